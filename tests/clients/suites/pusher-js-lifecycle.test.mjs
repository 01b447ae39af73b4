// The real pusher-js over the life of a connection: refusal, restart, silence, prefix.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Inbox, bound, recorded } from '../harness/inbox.mjs';
import { Backend, connected, joined, newPusher, newSdk, state, useBackend } from '../harness/sdk.mjs';
import { Server, useServer } from '../harness/server.mjs';
import { maxConnections, quickPing, serverPath } from '../harness/settings.mjs';
import { Wire } from '../harness/wire.mjs';

/** What happens to the connection, in order: states and errors. */
function story(client) {
  const inbox = new Inbox();
  client.connection.bind('state_change', ({ current }) => inbox.push(current));
  client.connection.bind('error', ({ error, data }) => inbox.push(error?.data?.code ?? data?.code ?? error));
  return inbox;
}

describe('A refused pusher-js', () => {
  const server = useServer();

  it('[21] with an unknown key is told 4001 and ends disconnected after one attempt', async (t) => {
    const client = newPusher(t, server, { key: 'nobody-has-this-key' });
    const seen = story(client);
    const codes = [];
    await seen.until((item) => {
      codes.push(item);
      return item === 'disconnected';
    });
    assert.ok(codes.includes(4001), `${codes}`);
    assert.equal(client.connection.state, 'disconnected');
    assert.equal(client.connection.retryTimer ?? null, null);
  });
});

describe('A quota', () => {
  const server = useServer({ env: maxConnections(1) });

  it('[23] ends the second pusher-js with 4004 and leaves the first one connected', async (t) => {
    const first = await connected(t, server);
    const second = newPusher(t, server);
    await story(second).until((item) => item === 4004);
    await state(second, 'disconnected');
    assert.equal(first.connection.state, 'connected');
    await joined(first, 'news');
  });
});

describe('A restart of the server', () => {
  for (const signal of ['SIGTERM', 'SIGKILL']) {
    it(`[47] [250] by ${signal}: pusher-js reconnects and subscribes everything again`, async (t) => {
      const server = new Server();
      const backend = new Backend(server);
      await server.start();
      await backend.start();
      t.after(() => backend.stop());
      t.after(() => server.stop());

      const user = { user_id: 'u', user_info: { n: 1 } };
      const client = await connected(t, server, { backend, user });
      const names = ['news', 'private-orders', 'presence-room', 'private-encrypted-vault', 'cache-last'];
      const channels = await Promise.all(names.map((name) => joined(client, name)));
      const old = client.connection.socket_id;
      const again = channels.map((channel) => bound(channel, 'pusher:subscription_succeeded'));

      const end = await server.end(signal);
      assert.deepEqual(end, signal === 'SIGTERM' ? { code: 0, signal: null } : { code: null, signal });
      await server.start();
      await Promise.all([state(client, 'connected'), ...again]);
      assert.notEqual(client.connection.socket_id, old);

      for (const channel of channels) {
        const event = bound(channel, 'hello');
        await newSdk(server).trigger(channel.name, 'hello', { n: 1 });
        assert.deepEqual(await event, { n: 1 });
      }
    });
  }
});

describe('Silence', () => {
  const server = useServer();

  it('[44] pusher-js with a short activityTimeout pings, is answered and stays connected', async (t) => {
    const client = await connected(t, server, { activityTimeout: 500, pongTimeout: 60_000 });
    const seen = story(client);
    const pongs = recorded(client.connection, 'message');
    for (let n = 0; n < 3; n += 1) await pongs.until(([, { event }]) => event === 'pusher:pong');
    assert.equal(client.connection.state, 'connected');
    assert.deepEqual(seen.pending, []);
  });
});

describe('Pings of the server', () => {
  const server = useServer({ env: quickPing() });

  it('[39] keep a silent pusher-js connected', async (t) => {
    const client = await connected(t, server);
    const seen = story(client);
    const channel = await joined(client, 'news');
    const clock = await Wire.open(server, { t });
    for (let n = 0; n < 5; n += 1) await clock.pings.next('Ping frame');
    const event = bound(channel, 'hello');
    await newSdk(server).trigger('news', 'hello', {});
    await event;
    assert.equal(client.connection.state, 'connected');
    assert.deepEqual(seen.pending, []);
  });
});

describe('A path prefix', () => {
  const server = useServer({ env: serverPath('/ws'), path: '/ws' });
  const backend = useBackend(server);

  it('[12] pusher-js connects by wsPath and joins a private channel', async (t) => {
    const client = await connected(t, server, { backend });
    await joined(client, 'private-orders');
  });

  it('[12] without wsPath pusher-js does not connect', async (t) => {
    const client = newPusher(t, server, { wsPath: '', unavailableTimeout: 500 });
    await state(client, 'unavailable');
  });
});
