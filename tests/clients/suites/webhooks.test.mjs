// Webhooks of the real server, read with the code of the npm `pusher` SDK.

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, describe, it } from 'node:test';
import { TIMEOUT, within } from '../harness/inbox.mjs';
import { connected, joined, newSdk, useBackend } from '../harness/sdk.mjs';
import { Server } from '../harness/server.mjs';

/** A receiver as the SDK's documentation has it: headers in lower case, the body as it came. */
class Receiver {
  events = [];
  /** When the requests say that they were made. */
  times = [];
  #waiting = [];

  async start() {
    this.http = createServer((request, answer) => this.#take(request, answer));
    await new Promise((done) => this.http.listen(0, '127.0.0.1', done));
    this.url = `http://127.0.0.1:${this.http.address().port}/webhooks`;
  }

  stop() {
    this.http.closeAllConnections();
    return new Promise((done) => this.http.close(done));
  }

  /** The event that is told next of all that match. */
  event(name, channel) {
    return within(TIMEOUT, `${name} of ${channel}`, (resolve) => {
      const look = () => {
        const at = this.events.findIndex((event) => event.name === name && event.channel === channel);
        if (at >= 0) resolve(...this.events.splice(at, 1));
        return at >= 0;
      };
      if (!look()) this.#waiting.push(look);
    });
  }

  async #take(request, answer) {
    let rawBody = '';
    for await (const chunk of request) rawBody += chunk;
    const webhook = this.sdk.webhook({ headers: request.headers, rawBody });
    const forged = this.sdk.webhook({ headers: request.headers, rawBody: `${rawBody} ` });
    const right = webhook.isValid() && !forged.isValid();
    answer.writeHead(right ? 200 : 401).end();
    if (!right) return;
    this.times.push(webhook.getTime().getTime());
    this.events.push(...webhook.getEvents());
    this.#waiting = this.#waiting.filter((look) => !look());
  }
}

describe('The npm SDK reads webhooks', () => {
  const began = Date.now();
  const receiver = new Receiver();
  const server = new Server({ env: { GEMA_APP_SUBSCRIPTION_COUNTS: 'true' } });
  before(async () => {
    await receiver.start();
    receiver.sdk = newSdk(server);
    server.command = ((command) => () => {
      const { env, ...rest } = command.call(server);
      return { ...rest, env: { ...env, GEMA_APP_WEBHOOK_URL: receiver.url } };
    })(server.command);
    await server.start();
  });
  after(async () => {
    await server.stop();
    await receiver.stop();
  });
  const backend = useBackend(server);

  it('[225] [227] a channel with a subscriber is occupied', async (t) => {
    const client = await connected(t, server);
    await joined(client, 'news');
    const { id, ...event } = await receiver.event('channel_occupied', 'news');
    assert.deepEqual(event, { name: 'channel_occupied', channel: 'news' });
    assert.equal(typeof id, 'string');
    client.unsubscribe('news');
    await receiver.event('channel_vacated', 'news');
    const now = Date.now();
    for (const time of receiver.times) assert.ok(began <= time && time <= now, `${time} is not in ${began}..${now}`);
  });

  it('[230] [232] a member comes, says something and goes', async (t) => {
    const user = { user_id: 'u1', user_info: { name: 'Ani' } };
    const client = await connected(t, server, { backend, user });
    const room = await joined(client, 'presence-room');
    assert.equal((await receiver.event('member_added', 'presence-room')).user_id, 'u1');
    room.trigger('client-moved', { x: 1 });
    const { id, ...event } = await receiver.event('client_event', 'presence-room');
    assert.deepEqual(event, {
      name: 'client_event',
      channel: 'presence-room',
      event: 'client-moved',
      data: '{"x":1}',
      socket_id: client.connection.socket_id,
      user_id: 'u1',
    });
    client.disconnect();
    assert.equal((await receiver.event('member_removed', 'presence-room')).user_id, 'u1');
  });

  it('[233] [234] a cache channel misses its event, and a channel has a number of subscribers', async (t) => {
    const client = await connected(t, server);
    await joined(client, 'cache-prices');
    await receiver.event('cache_miss', 'cache-prices');
    assert.equal((await receiver.event('subscription_count', 'cache-prices')).subscription_count, 1);
  });

  it('[236] an encrypted channel is told in requests that the SDK takes', async (t) => {
    const client = await connected(t, server, { backend });
    await joined(client, 'private-encrypted-room');
    await receiver.event('channel_occupied', 'private-encrypted-room');
  });
});
