// The real server as a child process.

import { createHmac } from 'node:crypto';
import { after, before } from 'node:test';
import { exchange } from './api.mjs';
import { selfSigned } from './certificate.mjs';
import { Process } from './process.mjs';

/** One server and the credentials of its only application. */
export class Server extends Process {
  appId = '123456';
  key = 'k3y0gema0clients0app';
  secret = 's3cr3t0gema0clients0';
  #settings;
  #toml;

  /**
   * `env` are variables, `toml` the text of a `gema.toml`, `path` is the prefix that `env` sets; with `tls` it has a
   * certificate of its own.
   */
  constructor({ env = {}, toml, path = '', tls = false } = {}) {
    super(process.env.GEMA_BIN ?? '../../target/debug/gema');
    this.#settings = env;
    this.#toml = toml;
    /** Prefix of all paths, as clients write it: empty or `/ws`. */
    this.path = path;
    /** Key and certificate, as texts of PEM, if it speaks TLS. */
    this.certificate = tls ? selfSigned(this.host) : null;
  }

  get http() {
    return `${this.certificate ? 'https' : 'http'}://${this.host}:${this.port}${this.path}`;
  }

  get ws() {
    return `${this.certificate ? 'wss' : 'ws'}://${this.host}:${this.port}${this.path}`;
  }

  async ask(path) {
    const { status, text } = await exchange(this, 'GET', path);
    return `${status} ${text}`;
  }

  command() {
    return {
      args: ['start', '--host', this.host, '--port', String(this.port)],
      env: {
        REVERB_APP_ID: this.appId,
        REVERB_APP_KEY: this.key,
        REVERB_APP_SECRET: this.secret,
        ...(this.certificate && { GEMA_TLS_CERT: 'cert.pem', GEMA_TLS_KEY: 'key.pem' }),
        ...this.#settings,
      },
      files: {
        ...(this.#toml && { 'gema.toml': this.#toml }),
        ...(this.certificate && { 'cert.pem': this.certificate.cert, 'key.pem': this.certificate.key }),
      },
    };
  }

  /** `KEY:HEX` over the text, as an application's authorization endpoint makes it. */
  auth(text) {
    return `${this.key}:${createHmac('sha256', this.secret).update(text).digest('hex')}`;
  }
}

/** A server for the tests of one `describe` block. */
export function useServer(options) {
  const server = new Server(options);
  before(() => server.start());
  after(() => server.stop());
  return server;
}
