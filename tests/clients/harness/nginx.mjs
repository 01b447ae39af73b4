// nginx as a child process, in front of a server.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort, Process } from './process.mjs';

const SHIPPED = fileURLToPath(new URL('../../../deploy/nginx/gema.conf', import.meta.url));
const BINARY = ['/usr/sbin/nginx', '/usr/local/sbin/nginx', '/usr/bin/nginx'].find(existsSync) ?? 'nginx';

/** nginx with one configuration, a function of itself, within the rest that every nginx has. */
export class Nginx extends Process {
  path = '';
  #configuration;
  #defaults;

  /** `server` is behind it; `defaults` are directives that the configuration may override. */
  constructor(server, configuration, { tls = false, defaults = '' } = {}) {
    super(BINARY);
    this.server = server;
    this.tls = tls;
    this.#configuration = configuration;
    this.#defaults = defaults;
  }

  /** Credentials are those of the server behind it. */
  get appId() {
    return this.server.appId;
  }

  get key() {
    return this.server.key;
  }

  get secret() {
    return this.server.secret;
  }

  get http() {
    return `${this.tls ? 'https' : 'http'}://${this.host}:${this.port}`;
  }

  async start() {
    this.port = await freePort();
    if (this.tls) this.#makeCertificate();
    return super.start();
  }

  command() {
    const root = process.getuid() === 0 ? 'user root;' : '';
    const folders = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${this.directory}/${name};`);
    const main = `
      ${root}
      pid ${this.directory}/pid;
      error_log stderr warn;
      events { worker_connections 1024; }
      http {
        access_log off;
        ${folders.join('\n')}
        ${this.#defaults}
        ${this.#configuration(this)}
      }`;
    const args = ['-p', this.directory, '-c', join(this.directory, 'nginx.conf'), '-e', 'stderr', '-g', 'daemon off;'];
    return { args, env: {}, files: { 'nginx.conf': main } };
  }

  #makeCertificate() {
    const options = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '1'];
    const files = ['-keyout', join(this.directory, 'key.pem'), '-out', join(this.directory, 'cert.pem')];
    execFileSync('openssl', [...options, ...files, '-subj', '/CN=localhost'], { stdio: 'pipe' });
  }
}

/** The configuration that is shipped, with the addresses and the certificate of a test, and no other change. */
export function shipped(nginx) {
  const changes = [
    ['server 127.0.0.1:8080;', `server ${nginx.server.host}:${nginx.server.port};`],
    ['listen 443 ssl;', `listen ${nginx.host}:${nginx.port} ssl;`],
    ['listen [::]:443 ssl;', ''],
    ['/etc/letsencrypt/live/ws.example.com/fullchain.pem', `${nginx.directory}/cert.pem`],
    ['/etc/letsencrypt/live/ws.example.com/privkey.pem', `${nginx.directory}/key.pem`],
  ];
  return changes.reduce((text, [from, to]) => {
    assert.equal(text.split(from).length, 2, `${from} is not there once`);
    return text.replace(from, to);
  }, readFileSync(SHIPPED, 'utf8'));
}
