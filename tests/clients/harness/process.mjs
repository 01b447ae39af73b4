// A program of this project as a child process, in a fresh working directory and with nothing of our own environment.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TIMEOUT, within } from './inbox.mjs';

const HERE = fileURLToPath(new URL('.', import.meta.url));
export const HOST = '127.0.0.1';

/** A program that listens on a port. */
export class Process {
  host = HOST;
  port = 0;
  log = '';
  /** What it answers to a GET when it is ready. */
  ready = { path: '/up', answer: '200 {"health":"OK"}' };
  #binary;
  #child = null;
  #directory = null;

  /** `binary` is a path from the folder of these tests. */
  constructor(binary) {
    this.#binary = resolve(HERE, '..', binary);
  }

  /** Its working directory. */
  get directory() {
    return (this.#directory ??= mkdtempSync(join(tmpdir(), 'gema-')));
  }

  get pid() {
    return this.#child?.pid;
  }

  /** Where it answers HTTP. */
  get http() {
    return `http://${this.host}:${this.port}`;
  }

  /** Arguments and variables of the process, and `files` of its working directory. */
  command() {
    throw new Error('a program has to say how it is started');
  }

  /** Status and text of its answer to a GET. */
  async ask(path) {
    const answer = await fetch(`${this.http}${path}`, { signal: AbortSignal.timeout(2_000) });
    return `${answer.status} ${await answer.text()}`;
  }

  /** Starts the process and waits until it answers. */
  async start() {
    this.port ||= await freePort();
    const { args, env, files = {} } = this.command();
    for (const [name, text] of Object.entries(files)) writeFileSync(join(this.directory, name), text);
    const child = spawn(this.#binary, args, {
      cwd: this.directory,
      env: { PATH: process.env.PATH, HOME: this.directory, RUST_BACKTRACE: '1', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.stdout.on('data', (text) => (this.log += text));
    child.stderr.on('data', (text) => (this.log += text));
    child.ended = new Promise((done) => {
      child.once('error', (error) => done({ error }));
      child.once('exit', (code, signal) => done({ code, signal }));
    });
    child.ended.then((end) => (child.end = end));
    this.#child = child;
    await this.#ready(child);
    return this;
  }

  /** Sends a signal and nothing more. */
  signal(signal) {
    this.#child.kill(signal);
  }

  /** Asks the process to end with `signal` and returns `{ code, signal }`. */
  async end(signal = 'SIGTERM') {
    const child = this.#child;
    if (!child) return null;
    this.#child = null;
    child.kill(signal);
    const stuck = setTimeout(() => child.kill('SIGKILL'), TIMEOUT);
    const end = await child.ended;
    clearTimeout(stuck);
    return end;
  }

  /** Ends the process as an operator would, and checks that it went in order: with `expected`. */
  async stop(expected = { code: 0, signal: null }) {
    const end = await this.end();
    if (this.#directory) rmSync(this.#directory, { recursive: true, force: true });
    this.#directory = null;
    if (!end) return;
    assert.deepEqual(end, expected, `exit of ${this.#binary}; its log:\n${this.log}`);
    assert.doesNotMatch(this.log, /panicked at/);
  }

  async #ready(child) {
    let last = 'no answer';
    const end = Date.now() + 2 * TIMEOUT;
    while (!child.end && Date.now() < end) {
      try {
        last = await this.ask(this.ready.path);
        if (last === this.ready.answer) return;
      } catch (error) {
        last = error.cause?.code ?? error.message;
      }
      await new Promise((done) => setTimeout(done, 10));
    }
    child.kill('SIGKILL');
    const how = JSON.stringify(child.end ?? 'still running', (_, value) => value?.message ?? value);
    throw new Error(`${this.#binary} did not get ready on port ${this.port}: ${last}; ${how}; its log:\n${this.log}`);
  }
}

let tried = (process.pid % 300) * 40;

/**
 * A port that is free now and that the kernel does not give to outgoing connections. Each process of tests looks in a
 * place of its own: two that found the same one would ask each other's server.
 */
export async function freePort() {
  for (;;) {
    const port = 20_000 + (tried++ % 12_000);
    const free = await within(TIMEOUT, 'free port', (done) => {
      const probe = createServer();
      probe.once('error', () => done(false));
      probe.listen(port, HOST, () => probe.close(() => done(true)));
    });
    if (free) return port;
  }
}
