// The real Laravel Echo with `broadcaster: 'reverb'`; the npm SDK publishes as Laravel would.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Inbox, TIMEOUT, eventually, within } from '../harness/inbox.mjs';
import { newEcho, newSdk, subscribed, useBackend } from '../harness/sdk.mjs';
import { useServer } from '../harness/server.mjs';
import { serverPath } from '../harness/settings.mjs';
import { Api } from '../harness/api.mjs';

/** The first call of a callback. */
const once = (register) => within(TIMEOUT, 'callback', (resolve) => register(resolve));

describe('Laravel Echo', () => {
  const server = useServer();
  const backend = useBackend(server);
  const api = new Api(server);
  const laravel = () => newSdk(server);
  const echo = (t, user, options) => newEcho(t, server, { backend, user, ...options });

  it('[255] connects with nothing but key, host, ports and transports', async (t) => {
    const client = await newEcho(t, server);
    assert.equal(client.connectionStatus(), 'connected');
    assert.match(client.socketId(), /^\d+\.\d+$/);
  });

  it('broadcaster pusher with a cluster reaches the hosts that it is given, as with hosted Pusher before', async (t) => {
    const channel = await subscribed((await echo(t, undefined, { broadcaster: 'pusher', cluster: 'mt1' })).channel('moved'));
    const got = once((done) => channel.listen('OrderShipped', done));
    await laravel().trigger('moved', 'App\\Events\\OrderShipped', { id: 3 });
    assert.deepEqual(await got, { id: 3 });
  });

  it('[257] listen(OrderShipped) gets App\\Events\\OrderShipped', async (t) => {
    const channel = await subscribed((await echo(t)).channel('orders'));
    const got = once((done) => channel.listen('OrderShipped', done));
    await laravel().trigger('orders', 'App\\Events\\OrderShipped', { id: 1 });
    assert.deepEqual(await got, { id: 1 });
  });

  it('[258] listen(.server.created) gets server.created', async (t) => {
    const channel = await subscribed((await echo(t)).channel('servers'));
    const got = once((done) => channel.listen('.server.created', done));
    await laravel().trigger('servers', 'server.created', { id: 2 });
    assert.deepEqual(await got, { id: 2 });
  });

  it('listenToAll gets every event by its short name', async (t) => {
    const channel = await subscribed((await echo(t)).channel('all'));
    const got = new Inbox();
    channel.listenToAll((name, data) => got.push([name, data]));
    await laravel().trigger('all', 'App\\Events\\Sub\\Evt', { n: 1 });
    await laravel().trigger('all', 'plain', { n: 2 });
    assert.deepEqual([await got.next(), await got.next()], [['Sub\\Evt', { n: 1 }], ['.plain', { n: 2 }]]);
  });

  it('[256] private() joins through the authorization endpoint with its headers', async (t) => {
    const client = await echo(t, { user_id: '1' }, { bearerToken: 'token' });
    const channel = await subscribed(client.private('App.Models.User.1'));
    const { path, headers, form } = backend.requests.at(-1);
    assert.equal(path, '/broadcasting/auth');
    assert.equal(headers.authorization, 'Bearer token');
    assert.deepEqual(form, { socket_id: client.socketId(), channel_name: 'private-App.Models.User.1' });
    const got = once((done) => channel.listen('OrderShipped', done));
    await laravel().trigger('private-App.Models.User.1', 'App\\Events\\OrderShipped', { id: 3 });
    assert.deepEqual(await got, { id: 3 });
  });

  it('[256] encryptedPrivate() decrypts what Laravel encrypted', async (t) => {
    const channel = await subscribed((await echo(t)).encryptedPrivate('vault'));
    const got = once((done) => channel.listen('OrderShipped', done));
    await laravel().trigger('private-encrypted-vault', 'App\\Events\\OrderShipped', { secret: 'é' });
    assert.deepEqual(await got, { secret: 'é' });
  });

  it('[259] join() knows who is here, joins and leaves', async (t) => {
    const [ann, bob] = [{ user_id: '1', user_info: { name: 'Ann' } }, { user_id: '2', user_info: { name: 'Bob' } }];
    const [first, second] = [await echo(t, ann), await echo(t, bob)];
    const room = first.join('room');
    const [joining, leaving] = [new Inbox(), new Inbox()];
    room.joining((member) => joining.push(member)).leaving((member) => leaving.push(member));
    assert.deepEqual(await once((done) => room.here(done)), [{ name: 'Ann' }]);
    const here = await once((done) => second.join('room').here(done));
    assert.deepEqual(here.map(({ name }) => name).sort(), ['Ann', 'Bob']);
    assert.deepEqual(await joining.next(), { name: 'Bob' });
    second.leave('room');
    assert.deepEqual(await leaving.next(), { name: 'Bob' });
    assert.deepEqual([joining.pending, leaving.pending], [[], []]);
  });

  for (const kind of ['private', 'join']) {
    it(`[260] whisper on ${kind}() reaches the others only`, async (t) => {
      const [first, second] = [await echo(t, { user_id: '1' }), await echo(t, { user_id: '2' })];
      const [mine, theirs] = [await subscribed(first[kind]('chat')), await subscribed(second[kind]('chat'))];
      const own = new Inbox();
      mine.listenForWhisper('typing', (data) => own.push(data));
      const got = once((done) => theirs.listenForWhisper('typing', done));
      mine.whisper('typing', { name: 'Ann', n: [1] });
      assert.deepEqual(await got, { name: 'Ann', n: [1] });
      const back = once((done) => mine.listenForWhisper('back', done));
      theirs.whisper('back', {});
      await back;
      assert.deepEqual(own.pending, []);
    });
  }

  it('[261] notification() gets BroadcastNotificationCreated', async (t) => {
    const channel = await subscribed((await echo(t)).private('App.Models.User.7'));
    const got = once((done) => channel.notification(done));
    const name = 'Illuminate\\Notifications\\Events\\BroadcastNotificationCreated';
    await laravel().trigger('private-App.Models.User.7', name, { id: 'uuid', type: 'App\\Notifications\\Paid' });
    assert.deepEqual(await got, { id: 'uuid', type: 'App\\Notifications\\Paid' });
  });

  it('[262] toOthers() with the socket id leaves the sender out', async (t) => {
    const [first, second] = [await echo(t), await echo(t)];
    const [mine, theirs] = [await subscribed(first.channel('others')), await subscribed(second.channel('others'))];
    const [here, there] = [new Inbox(), new Inbox()];
    for (const [channel, inbox] of [[mine, here], [theirs, there]]) {
      for (const name of ['.changed', '.marker']) channel.listen(name, () => inbox.push(name));
    }
    await laravel().trigger('others', 'changed', {}, { socket_id: first.socketId() });
    await laravel().trigger('others', 'marker', {});
    assert.equal(await here.next(), '.marker');
    assert.equal(await there.next(), '.changed');
  });

  it('[263] error() fires on a 403 of the endpoint', async (t) => {
    const error = await once(async (done) => (await echo(t)).private('forbidden').error(done));
    assert.equal(error.status, 403);
  });

  it('[263] error() fires when the server refuses the signature', async (t) => {
    const error = await once(async (done) => (await echo(t)).private('forged').error(done));
    assert.deepEqual([error.type, error.status], ['AuthError', 401]);
  });

  it('[264] leave() unsubscribes every variant of the channel', async (t) => {
    const client = await echo(t, { user_id: '1' });
    await Promise.all([client.channel('v'), client.private('v'), client.encryptedPrivate('v'), client.join('v')].map(subscribed));
    const names = ['v', 'private-v', 'private-encrypted-v', 'presence-v'];
    const occupied = () => Promise.all(names.map(async (name) => (await api.get(`/channels/${name}`)).json.occupied));
    assert.deepEqual(await occupied(), [true, true, true, true]);
    client.leave('v');
    await eventually('all variants are left', async () => !(await occupied()).includes(true));
  });

  it('[264] a channel that was left can be joined again', async (t) => {
    const client = await echo(t);
    await subscribed(client.private('again'));
    client.leave('again');
    const channel = await subscribed(client.private('again'));
    const got = once((done) => channel.listen('.hello', done));
    await laravel().trigger('private-again', 'hello', { n: 1 });
    assert.deepEqual(await got, { n: 1 });
  });

  it('[265] a broadcast to 150 channels arrives in chunks of 100', async (t) => {
    const client = await echo(t);
    const names = Array.from({ length: 150 }, (_, n) => `many.${n}`);
    const channels = await Promise.all(names.map((name) => subscribed(client.channel(name))));
    const got = Promise.all(channels.map((channel) => once((done) => channel.listen('.all', done))));
    await laravel().trigger(names.slice(0, 100), 'all', {});
    await laravel().trigger(names.slice(100), 'all', {});
    await got;
  });

  it('signin() signs the user in, and the user gets its events', async (t) => {
    const client = await echo(t, { id: 'ann' });
    const { connection, user } = client.connector.pusher;
    const ready = once((done) => connection.bind('message', ({ event, channel }) => {
      if (event.endsWith('subscription_succeeded') && channel === '#server-to-user-ann') done();
    }));
    client.connector.signin();
    await ready;
    const got = once((done) => user.bind('hello', done));
    await laravel().sendToUser('ann', 'hello', { n: 1 });
    assert.deepEqual(await got, { n: 1 });
  });
});

describe('Laravel Echo behind a path prefix', () => {
  const server = useServer({ env: serverPath('/ws'), path: '/ws' });

  it('connects by wsPath and gets events', async (t) => {
    const client = await newEcho(t, server, { wsPath: '/ws' });
    const channel = await subscribed(client.channel('orders'));
    const got = once((done) => channel.listen('.hello', done));
    await new Api(server).trigger('orders', 'hello', '{"n":1}');
    assert.deepEqual(await got, { n: 1 });
  });
});
