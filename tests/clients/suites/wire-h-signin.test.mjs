// Checklist H: sign-in, user channel, watchlist.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Api } from '../harness/api.mjs';
import { useServer } from '../harness/server.mjs';
import { Wire, openMany } from '../harness/wire.mjs';

const WATCHLIST = 'pusher_internal:watchlist_events';

/** Each test has users of its own. */
let users = 0;
const user = () => `user-${(users += 1)}`;

/** The next watchlist frame as `{ online: [...], offline: [...] }`. */
async function watched(wire) {
  const frame = await wire.expect(WATCHLIST);
  assert.equal(frame.channel, undefined);
  return Object.fromEntries(JSON.parse(frame.data).events.map(({ name, user_ids }) => [name, [...user_ids].sort()]));
}

describe('Sign-in', () => {
  const server = useServer();
  const api = new Api(server);
  const terminate = (id) => api.post(`/users/${id}/terminate_connections`, {});

  it('[130] [131] the success frame returns user_data byte for byte', async (t) => {
    const wire = await Wire.open(server, { t });
    const text = wire.signin(`{"user_info": {"name":"Zo\\u00eb", "emoji":"🎉"},  "id":"${user()}"}`);
    const { data } = await wire.expect('pusher:signin_success');
    assert.deepEqual(JSON.parse(data), { user_data: text });
  });

  it('[132] a wrong signature is an error, and the connection is not signed in', async (t) => {
    const wire = await Wire.open(server, { t });
    const id = user();
    wire.signin({ id }, `${server.key}:${'0'.repeat(64)}`);
    await wire.error();
    wire.subscribe(`#server-to-user-${id}`, { auth: '' });
    await wire.refusal();
  });

  it('[132] the signature of another connection is an error', async (t) => {
    const [one, two] = await openMany(server, 2, { t });
    const text = JSON.stringify({ id: user() });
    two.signin(text, server.auth(`${one.socketId}::user::${text}`));
    await two.error();
  });

  for (const text of ['{"name":"x"}', '{"id":7}', '{"id":""}', '{"id":null}', '[]', 'not json']) {
    it(`[133] user_data ${text} is an error`, async (t) => {
      const wire = await Wire.open(server, { t });
      wire.signin(text);
      await wire.error();
      await wire.quiet();
    });
  }

  it('[134] to sign in again as the same user succeeds, as another one is an error', async (t) => {
    const wire = await Wire.open(server, { t });
    const id = user();
    await wire.signedIn({ id });
    await wire.signedIn({ id });
    wire.signin({ id: user() });
    await wire.error();
    await wire.join(`#server-to-user-${id}`);
  });

  it('[135] [136] the user channel belongs to the user alone', async (t) => {
    const [mine, foreign, nobody] = await openMany(server, 3, { t });
    const id = user();
    await mine.signedIn({ id });
    await foreign.signedIn({ id: user() });
    assert.equal((await mine.join(`#server-to-user-${id}`)).data, '{}');
    for (const wire of [foreign, nobody]) {
      wire.subscribe(`#server-to-user-${id}`, { auth: '' });
      await wire.refusal();
    }
  });

  it('[137] [138] an event for a user reaches all of its connections and nobody else', async (t) => {
    const wires = await openMany(server, 3, { t });
    const [id, other] = [user(), user()];
    for (const [n, one] of [id, id, other].entries()) {
      await wires[n].signedIn({ id: one });
      await wires[n].join(`#server-to-user-${one}`);
    }
    await api.trigger(`#server-to-user-${id}`, 'hello', 'text');
    for (const wire of wires.slice(0, 2)) {
      const frame = await wire.expect('hello');
      assert.deepEqual({ ...frame }, { event: 'hello', channel: `#server-to-user-${id}`, data: 'text' });
    }
    await wires[2].quiet();
  });

  it('[139] user channels are not listed', async (t) => {
    const wire = await Wire.open(server, { t });
    const id = user();
    await wire.signedIn({ id });
    await wire.join(`#server-to-user-${id}`);
    await wire.join('listed');
    const listed = Object.keys((await api.get('/channels')).json.channels);
    assert.ok(listed.includes('listed'));
    assert.deepEqual(listed.filter((name) => name.startsWith('#')), []);
  });

  it('[140] a new connection is not signed in', async (t) => {
    const id = user();
    const old = await Wire.open(server);
    await old.signedIn({ id });
    await old.close();
    const fresh = await Wire.open(server, { t });
    fresh.subscribe(`#server-to-user-${id}`, { auth: '' });
    await fresh.refusal();
  });

  it('[145] terminate closes every connection of the user with 4009', async (t) => {
    const wires = await openMany(server, 3, { t });
    const [id, other] = [user(), user()];
    for (const [n, one] of [id, id, other].entries()) await wires[n].signedIn({ id: one });
    const answer = await terminate(id);
    assert.deepEqual([answer.status, answer.text], [200, '{}']);
    for (const wire of wires.slice(0, 2)) assert.equal((await wire.ended()).code, 4009);
    await wires[2].quiet();
  });

  it('[146] a member of the same id that is not signed in stays', async (t) => {
    const wire = await Wire.open(server, { t });
    const id = user();
    await wire.joinAs('presence-room', id);
    assert.equal((await terminate(id)).status, 200);
    await wire.quiet();
  });
});

describe('Watchlist', () => {
  const server = useServer();

  it('[141] [143] after sign-in one frame tells who is online and who is not', async (t) => {
    const [watcher, friend] = await openMany(server, 2, { t });
    const [online, offline] = [user(), user()];
    await friend.signedIn({ id: online });
    await watcher.signedIn({ id: user(), watchlist: [online, offline] });
    assert.deepEqual(await watched(watcher), { online: [online], offline: [offline] });
    await watcher.quiet();
  });

  it('[142] the first sign-in of a watched user and the end of its last connection are told', async (t) => {
    const [watcher, one, two] = await openMany(server, 3, { t });
    const id = user();
    await watcher.signedIn({ id: user(), watchlist: [id] });
    assert.deepEqual(await watched(watcher), { offline: [id] });
    await one.signedIn({ id });
    assert.deepEqual(await watched(watcher), { online: [id] });
    await two.signedIn({ id });
    await one.close();
    await watcher.quiet();
    await two.close();
    assert.deepEqual(await watched(watcher), { offline: [id] });
    await watcher.quiet();
  });

  it('[144] of 101 watched users the first 100 are watched, and an error tells so', async (t) => {
    const watcher = await Wire.open(server, { t });
    const watchlist = Array.from({ length: 101 }, user);
    await watcher.signedIn({ id: user(), watchlist });
    const frames = [await watcher.frames.next('frame'), await watcher.frames.next('frame')];
    const error = frames.find(({ event }) => event === 'pusher:error');
    assert.equal(error?.data.code, 4302);
    const states = frames.find(({ event }) => event === WATCHLIST);
    assert.equal(JSON.parse(states.data).events[0].user_ids.length, 100);
    await watcher.quiet();
  });
});
