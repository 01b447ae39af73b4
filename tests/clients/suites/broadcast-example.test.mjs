// The library's example application, with stock pusher-js in front of it: private and encrypted channels.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { batchedAuthorization } from '../../../crates/broadcast/js/batched-authorization.js';
import { TIMEOUT, recorded, within } from '../harness/inbox.mjs';
import { Process } from '../harness/process.mjs';
import { connected, joined } from '../harness/sdk.mjs';
import { useServer } from '../harness/server.mjs';

class Orders extends Process {
  ready = { path: '/orders/7/ship', answer: '405 ' };

  constructor(server) {
    super(process.env.ORDERS_BIN ?? '../../target/debug/examples/orders');
    this.server = server;
  }

  command() {
    return {
      args: [],
      env: {
        REVERB_APP_ID: this.server.appId,
        REVERB_APP_KEY: this.server.key,
        REVERB_APP_SECRET: this.server.secret,
        REVERB_PORT: String(this.server.port),
        ORDERS_ADDRESS: `${this.host}:${this.port}`,
      },
    };
  }

  /** Ships an order; the status of the answer. */
  async ship(order, token, headers = {}) {
    const url = `${this.http}/orders/${order}/ship`;
    const answer = await fetch(url, { method: 'POST', headers: { Authorization: `Bearer ${token}`, ...headers } });
    return answer.status;
  }
}

describe('the example of gema-broadcast', () => {
  const server = useServer();
  const orders = new Orders(server);
  before(() => orders.start());
  after(() => orders.stop({ code: null, signal: 'SIGTERM' }));

  const headers = (token) => ({ Authorization: `Bearer ${token}` });
  const client = (t, token) =>
    connected(t, server, {
      channelAuthorization: { endpoint: `${orders.http}/broadcasting/auth`, transport: 'ajax', headers: headers(token) },
    });

  for (const kind of ['private', 'private-encrypted']) {
    it(`tells the owner on a ${kind} channel`, async (t) => {
      const events = recorded(await joined(await client(t, 'ani-token'), `${kind}-orders.7`), 'OrderShipped');
      assert.equal(await orders.ship(7, 'ani-token'), 200);
      assert.deepEqual(await events.next(), ['OrderShipped', { id: 7 }]);
    });

    it(`refuses others on a ${kind} channel`, async (t) => {
      const pusher = await client(t, 'budi-token');
      await assert.rejects(joined(pusher, `${kind}-orders.7`), /AuthError.*403/);
      assert.equal(await orders.ship(7, 'budi-token'), 403);
    });
  }

  it('does not tell the connection that X-Socket-ID names', async (t) => {
    const [author, other] = [await client(t, 'ani-token'), await client(t, 'ani-token')];
    const channels = [await joined(author, 'private-orders.7'), await joined(other, 'private-orders.7')];
    const [own, others] = channels.map((channel) => recorded(channel, 'OrderShipped'));
    assert.equal(await orders.ship(7, 'ani-token', { 'X-Socket-ID': author.connection.socket_id }), 200);
    assert.equal(await orders.ship(7, 'ani-token', { 'X-Socket-ID': other.connection.socket_id }), 200);
    await Promise.all([own.next(), others.next()]);
    assert.deepEqual([own.pending, others.pending], [[], []]);
    assert.equal(await orders.ship(7, 'ani-token', { 'X-Socket-ID': 'nonsense' }), 422);
  });

  it('authorizes many channels in one request', async (t) => {
    let requests = 0;
    const counted = () => {
      requests += 1;
      return headers('budi-token');
    };
    const customHandler = batchedAuthorization(`${orders.http}/broadcasting/auth`, counted);
    const pusher = await connected(t, server, { channelAuthorization: { customHandler } });
    const names = Array.from({ length: 40 }, (_, at) => `private-orders.${100 + at}`);
    const all = names.map((name) => joined(pusher, name));
    await assert.rejects(joined(pusher, 'private-orders.7'), /403/);
    await within(TIMEOUT, 'all subscriptions', (done, failed) => Promise.all(all).then(done, failed));
    assert.equal(requests, 1);
  });
});
