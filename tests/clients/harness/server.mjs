// The real binary as a child process, in a fresh working directory and with nothing of our own environment.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { after, before } from 'node:test';
import { within } from './inbox.mjs';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const BINARY = resolve(HERE, '..', process.env.GEMA_BIN ?? '../../target/debug/gema');
const HOST = '127.0.0.1';

/** One server and the credentials of its only application. */
export class Server {
  appId = '123456';
  key = 'k3y0gema0clients0app';
  secret = 's3cr3t0gema0clients0';
  host = HOST;
  port = 0;
  log = '';
  #settings;
  #toml;
  #process = null;
  #directory = null;

  /** `env` are variables, `toml` the text of a `gema.toml`, `path` is the prefix that `env` sets. */
  constructor({ env = {}, toml, path = '' } = {}) {
    this.#settings = env;
    this.#toml = toml;
    /** Prefix of all paths, as clients write it: empty or `/ws`. */
    this.path = path;
  }

  get http() {
    return `http://${this.host}:${this.port}${this.path}`;
  }

  get ws() {
    return `ws://${this.host}:${this.port}${this.path}`;
  }

  async start() {
    this.port ||= await freePort();
    this.#directory ??= mkdtempSync(join(tmpdir(), 'gema-'));
    if (this.#toml) writeFileSync(join(this.#directory, 'gema.toml'), this.#toml);
    const child = spawn(BINARY, ['start', '--host', this.host, '--port', String(this.port)], {
      cwd: this.#directory,
      env: {
        PATH: process.env.PATH,
        HOME: this.#directory,
        RUST_BACKTRACE: '1',
        REVERB_APP_ID: this.appId,
        REVERB_APP_KEY: this.key,
        REVERB_APP_SECRET: this.secret,
        ...this.#settings,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.stdout.on('data', (text) => (this.log += text));
    child.stderr.on('data', (text) => (this.log += text));
    child.ended = new Promise((done) => {
      child.once('error', (error) => done({ error }));
      child.once('exit', (code, signal) => done({ code, signal }));
    });
    child.ended.then((end) => (child.end = end));
    this.#process = child;
    await this.#ready(child);
    return this;
  }

  /** Asks the server to end with `signal` and returns `{ code, signal }`. */
  async end(signal = 'SIGTERM') {
    const child = this.#process;
    if (!child) return null;
    this.#process = null;
    child.kill(signal);
    const stuck = setTimeout(() => child.kill('SIGKILL'), 15_000);
    const end = await child.ended;
    clearTimeout(stuck);
    return end;
  }

  /** Ends the server as an operator would, and checks that it went in order. */
  async stop() {
    const end = await this.end();
    if (this.#directory) rmSync(this.#directory, { recursive: true, force: true });
    this.#directory = null;
    if (!end) return;
    assert.deepEqual(end, { code: 0, signal: null }, `exit of the server; its log:\n${this.log}`);
    assert.doesNotMatch(this.log, /panicked at/);
  }

  /** `KEY:HEX` over the text, as an application's authorization endpoint makes it. */
  auth(text) {
    return `${this.key}:${createHmac('sha256', this.secret).update(text).digest('hex')}`;
  }

  async #ready(child) {
    let last = 'no answer';
    for (let attempt = 0; attempt < 200; attempt += 1) {
      if (child.end) break;
      try {
        const answer = await fetch(`${this.http}/up`, { signal: AbortSignal.timeout(2_000) });
        last = `${answer.status} ${await answer.text()}`;
        if (last === '200 {"health":"OK"}') return;
      } catch (error) {
        last = error.cause?.code ?? error.message;
      }
      await new Promise((done) => setTimeout(done, 50));
    }
    child.kill('SIGKILL');
    const end = JSON.stringify(child.end ?? 'still running', (_, value) => value?.message ?? value);
    throw new Error(`${BINARY} did not get ready on port ${this.port}: ${last}; ${end}; its log:\n${this.log}`);
  }
}

/** A server for the tests of one `describe` block. */
export function useServer(options) {
  const server = new Server(options);
  before(() => server.start());
  after(() => server.stop());
  return server;
}

/** A port that is free now and that the kernel does not give to outgoing connections. */
async function freePort() {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    const free = await within(2_000, 'free port', (done) => {
      const probe = createServer();
      probe.once('error', () => done(false));
      probe.listen(port, HOST, () => probe.close(() => done(true)));
    });
    if (free) return port;
  }
}
