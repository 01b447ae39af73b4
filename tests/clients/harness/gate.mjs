// The way from a publisher to the server, which a test can close: a client that has lost its connection needs time to
// come back, and what is published in between reaches nobody. Behind a gate, publishers wait until the client is there.

import { connect, createServer } from 'node:net';
import { freePort, HOST } from './process.mjs';

/** Forwards TCP connections to a port while it is open; refuses them while it is closed. */
export class Gate {
  host = HOST;
  port = 0;
  #target;
  #listener = null;
  #sockets = new Set();

  /** `target` has the port to forward to. */
  constructor(target) {
    this.#target = target;
  }

  async open() {
    this.port ||= await freePort();
    this.#listener = createServer((near) => this.#forward(near));
    await new Promise((done, failed) => {
      this.#listener.once('error', failed);
      this.#listener.listen(this.port, this.host, done);
    });
  }

  async close() {
    const listener = this.#listener;
    this.#listener = null;
    if (!listener) return;
    const closed = new Promise((done) => listener.close(done));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #forward(near) {
    const far = connect(this.#target.port, this.#target.host);
    for (const [from, to] of [[near, far], [far, near]]) {
      this.#sockets.add(from);
      from.pipe(to);
      from.once('error', () => to.destroy());
      from.once('close', () => {
        this.#sockets.delete(from);
        to.destroy();
      });
    }
  }
}
