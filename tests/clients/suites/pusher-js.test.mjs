// The real pusher-js: channels of all kinds, client events, users.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Api } from '../harness/api.mjs';
import { bound, eventually, recorded } from '../harness/inbox.mjs';
import { connected, joined, newPusher, newSdk, useBackend } from '../harness/sdk.mjs';
import { useServer } from '../harness/server.mjs';
import { subscriptionCounts } from '../harness/settings.mjs';

describe('pusher-js', () => {
  const server = useServer({ env: subscriptionCounts });
  const backend = useBackend(server);
  const api = new Api(server);
  const sdk = () => newSdk(server);
  const client = (t, user) => connected(t, server, { backend, user });

  it('[248] connects and knows its socket id', async (t) => {
    const { connection } = await client(t);
    assert.match(connection.socket_id, /^\d+\.\d+$/);
  });

  it('receives objects, strings and numbers on a public channel', async (t) => {
    const channel = await joined(await client(t), 'news');
    for (const data of [{ a: [1, 'é'] }, 'text', 7]) {
      const event = bound(channel, 'my-event');
      await sdk().trigger('news', 'my-event', data);
      assert.deepEqual(await event, data);
    }
  });

  it('receives nothing after it unsubscribed', async (t) => {
    const pusher = await client(t);
    for (const name of ['left', 'marker']) await joined(pusher, name);
    pusher.unsubscribe('left');
    await eventually('nobody is subscribed', async () => !(await api.get('/channels/left')).json.occupied);
    // The client drops what is of no channel: so this looks at all that the server sends.
    const messages = recorded(pusher.connection, 'message');
    await sdk().trigger(['left', 'marker'], 'marker', {});
    assert.equal((await messages.next())[1].channel, 'marker');
    await sdk().trigger('marker', 'end', {});
    assert.equal((await messages.next())[1].event, 'end');
  });

  it('subscribes, unsubscribes and subscribes again in one turn, as React does', async (t) => {
    const pusher = await client(t);
    pusher.subscribe('private-strict');
    pusher.unsubscribe('private-strict');
    const channel = await joined(pusher, 'private-strict');
    const events = recorded(channel, 'once', 'marker');
    await sdk().trigger('private-strict', 'once', {});
    await sdk().trigger('private-strict', 'marker', {});
    assert.deepEqual([(await events.next())[0], (await events.next())[0]], ['once', 'marker']);
  });

  it('joins a private channel through the authorization endpoint', async (t) => {
    const pusher = await client(t);
    const channel = await joined(pusher, 'private-orders.1');
    const { form } = backend.requests.at(-1);
    assert.deepEqual(form, { socket_id: pusher.connection.socket_id, channel_name: 'private-orders.1' });
    const event = bound(channel, 'paid');
    await sdk().trigger('private-orders.1', 'paid', { id: 1 });
    assert.deepEqual(await event, { id: 1 });
  });

  it('learns of a wrong signature by subscription_error and an error, and stays connected', async (t) => {
    const pusher = await client(t);
    const error = bound(pusher.connection, 'error');
    const channel = pusher.subscribe('private-forged');
    const { type, status } = await bound(channel, 'pusher:subscription_error');
    assert.deepEqual([type, status], ['AuthError', 401]);
    assert.equal((await error).data.code, 4009);
    assert.equal(pusher.connection.state, 'connected');
    await joined(pusher, 'news');
  });

  it('learns of a 403 of the endpoint and can ask again', async (t) => {
    const pusher = await client(t);
    const { status } = await bound(pusher.subscribe('private-forbidden'), 'pusher:subscription_error');
    assert.equal(status, 403);
    await joined(pusher, 'private-allowed');
  });

  it('sees members come and go, once for all tabs of a user', async (t) => {
    const watcher = await client(t, { user_id: 'w', user_info: { name: 'Watcher' } });
    const room = await joined(watcher, 'presence-room');
    assert.deepEqual([room.members.count, room.members.me], [1, { id: 'w', info: { name: 'Watcher' } }]);
    const events = recorded(room, 'pusher:member_added', 'pusher:member_removed');

    const user = { user_id: '7', user_info: { name: 'Seven' } };
    const [one, two] = [await client(t, user), await client(t, user)];
    const first = await joined(one, 'presence-room');
    assert.deepEqual(first.members.me, { id: '7', info: { name: 'Seven' } });
    assert.deepEqual(await events.next(), ['pusher:member_added', { id: '7', info: { name: 'Seven' } }]);
    const second = await joined(two, 'presence-room');
    assert.deepEqual(second.members.members, { w: { name: 'Watcher' }, 7: { name: 'Seven' } });
    assert.equal(room.members.count, 2);

    one.disconnect();
    const marker = bound(room, 'marker');
    await sdk().trigger('presence-room', 'marker', {});
    await marker;
    assert.deepEqual(events.pending, []);
    two.unsubscribe('presence-room');
    assert.deepEqual(await events.next(), ['pusher:member_removed', { id: '7', info: { name: 'Seven' } }]);
    assert.equal(room.members.count, 1);
  });

  it('decrypts what the SDK encrypted', async (t) => {
    const channel = await joined(await client(t), 'private-encrypted-vault');
    const event = bound(channel, 'secret');
    await sdk().trigger('private-encrypted-vault', 'secret', { text: 'für dich 🎉' });
    assert.deepEqual(await event, { text: 'für dich 🎉' });
  });

  it('learns of a cache miss, and gets the last event later', async (t) => {
    const pusher = await client(t);
    const channel = pusher.subscribe('cache-prices');
    await bound(channel, 'pusher:cache_miss');
    await sdk().trigger('cache-prices', 'price', { eur: 1 });
    await sdk().trigger('cache-prices', 'price', { eur: 2 });
    const late = (await client(t)).subscribe('cache-prices');
    const events = recorded(late, 'price', 'pusher:cache_miss');
    assert.deepEqual(await events.next(), ['price', { eur: 2 }]);
  });

  it('exchanges client events, and knows who sent them on presence channels', async (t) => {
    const [one, two] = [await client(t, { user_id: 'one' }), await client(t, { user_id: 'two' })];
    for (const name of ['private-chat', 'presence-chat']) {
      const [mine, theirs] = [await joined(one, name), await joined(two, name)];
      const got = new Promise((resolve) => theirs.bind('client-typing', (data, metadata) => resolve([data, metadata])));
      mine.bind('client-typing', () => assert.fail('the sender got its own event'));
      mine.trigger('client-typing', { text: 'é', n: 1 });
      const [data, metadata] = await got;
      assert.deepEqual(data, { text: 'é', n: 1 });
      assert.equal(metadata?.user_id, name.startsWith('presence-') ? 'one' : undefined);
      const marker = bound(mine, 'marker');
      await sdk().trigger(name, 'marker', {});
      await marker;
    }
  });

  it('does not get an event that excludes its socket id', async (t) => {
    const [one, two] = [await client(t), await client(t)];
    const [mine, theirs] = [await joined(one, 'excluded'), await joined(two, 'excluded')];
    const [here, there] = [recorded(mine, 'hello', 'marker'), recorded(theirs, 'hello', 'marker')];
    await sdk().trigger('excluded', 'hello', {}, { socket_id: one.connection.socket_id });
    await sdk().trigger('excluded', 'marker', {});
    assert.equal((await here.next())[0], 'marker');
    assert.equal((await there.next())[0], 'hello');
  });

  it('knows the number of subscriptions', async (t) => {
    const [one, two] = [await client(t), await client(t)];
    const channel = await joined(one, 'counted');
    const counts = recorded(channel, 'pusher:subscription_count');
    await joined(two, 'counted');
    await counts.until(([, { subscription_count }]) => subscription_count === 2);
    assert.equal(channel.subscriptionCount, 2);
    two.disconnect();
    await counts.until(([, { subscription_count }]) => subscription_count === 1);
  });

  it('holds 200 channels at once', async (t) => {
    const pusher = await client(t);
    const names = Array.from({ length: 200 }, (_, n) => `many-${n}`);
    const channels = await Promise.all(names.map((name) => joined(pusher, name)));
    const got = Promise.all(channels.slice(0, 100).map((channel) => bound(channel, 'all')));
    await sdk().trigger(names.slice(0, 100), 'all', { n: 1 });
    await got;
  });
});

describe('Users of pusher-js', () => {
  const server = useServer();
  const backend = useBackend(server);
  const sdk = () => newSdk(server);

  /** A client that is signed in and subscribed to its user channel, which pusher-js does by itself. */
  async function signedIn(t, user) {
    const client = newPusher(t, server, { backend, user });
    const messages = recorded(client.connection, 'message');
    client.signin();
    await messages.until(([, { event, channel }]) => event.endsWith('subscription_succeeded') && channel === `#server-to-user-${user.id}`);
    return client;
  }

  it('sign in and receive what is sent to them', async (t) => {
    const [one, two] = [await signedIn(t, { id: 'ann', name: 'Ann' }), await signedIn(t, { id: 'bob' })];
    assert.equal(one.user.user_data.name, 'Ann');
    const [anns, bobs] = [recorded(one.user, 'hello', 'marker'), recorded(two.user, 'hello', 'marker')];
    await sdk().sendToUser('ann', 'hello', { n: 1 });
    await sdk().sendToUser('bob', 'marker', { n: 2 });
    assert.deepEqual(await anns.next(), ['hello', { n: 1 }]);
    assert.deepEqual(await bobs.next(), ['marker', { n: 2 }]);
  });

  it('see those on their watchlist go online and offline', async (t) => {
    const watcher = newPusher(t, server, { backend, user: { id: 'watcher', watchlist: ['watched'] } });
    const events = recorded(watcher.user.watchlist, 'online', 'offline');
    watcher.signin();
    assert.deepEqual((await events.next())[1].user_ids, ['watched']);
    const watched = await signedIn(t, { id: 'watched' });
    assert.deepEqual(await events.next(), ['online', { name: 'online', user_ids: ['watched'] }]);
    watched.disconnect();
    assert.deepEqual(await events.next(), ['offline', { name: 'offline', user_ids: ['watched'] }]);
  });

  it('join presence channels with their own identity', async (t) => {
    const client = await signedIn(t, { id: 'carol', user_info: { name: 'Carol' } });
    const room = await joined(client, 'presence-lounge');
    assert.deepEqual(room.members.members, { carol: { name: 'Carol' } });
  });

  it('are disconnected for good when their connections are terminated', async (t) => {
    const client = await signedIn(t, { id: 'mallory' });
    const [gone, error] = [bound(client.connection, 'disconnected'), bound(client.connection, 'error')];
    await sdk().terminateUserConnections('mallory');
    // With a code below 4100 it does not come back.
    assert.equal((await error).data.code, 4009);
    await gone;
    assert.equal(client.connection.retryTimer ?? null, null);
  });
});
