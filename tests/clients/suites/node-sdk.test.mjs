// The real npm `pusher` SDK as the publisher.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { newSdk } from '../harness/sdk.mjs';
import { useServer } from '../harness/server.mjs';
import { EVENT_SIZE } from '../harness/settings.mjs';
import { Wire, openMany } from '../harness/wire.mjs';

const names = (count) => Array.from({ length: count }, (_, n) => `many-${n}`);

describe('The npm SDK', () => {
  const server = useServer();
  const sdk = () => newSdk(server);

  /** The answer of a query as JSON. */
  async function answer(response) {
    assert.equal((await response).status, 200);
    return (await response).json();
  }

  /** A call that must fail with the status; the body of the answer. */
  async function fails(call, status) {
    const error = await call.then(() => assert.fail('the call succeeded'), (reason) => reason);
    assert.equal(error.status, status, `${error.message} ${error.body}`);
    return error.body;
  }

  it('[242] triggers on one channel', async (t) => {
    const wire = await Wire.open(server, { t });
    await wire.join('one');
    assert.deepEqual(await answer(sdk().trigger('one', 'hello', { a: 'é' })), {});
    assert.equal((await wire.expect('hello')).data, '{"a":"é"}');
  });

  it('[242] triggers on two channels', async (t) => {
    const wire = await Wire.open(server, { t });
    for (const name of ['one', 'two']) await wire.join(name);
    await sdk().trigger(['one', 'two'], 'hello', 'text');
    const channels = [(await wire.expect('hello')).channel, (await wire.expect('hello')).channel];
    assert.deepEqual(channels.sort(), ['one', 'two']);
  });

  it('[186] triggers on 100 channels, and 101 are refused', async (t) => {
    const wire = await Wire.open(server, { t });
    for (const name of ['many-0', 'many-99']) await wire.join(name);
    await sdk().trigger(names(100), 'hello', {});
    await wire.expect('hello');
    await wire.expect('hello');
    assert.throws(() => sdk().trigger(names(101), 'hello', {}), /100 channels/);
    await fails(sdk().post({ path: '/events', body: { name: 'hello', data: '{}', channels: names(101) } }), 400);
    await wire.quiet();
  });

  it('[242] triggers a batch of 10, and 11 are refused', async (t) => {
    const wire = await Wire.open(server, { t });
    await wire.join('batch');
    const entry = (n) => ({ channel: 'batch', name: `e${n}`, data: { n } });
    assert.deepEqual(await answer(sdk().triggerBatch(Array.from({ length: 10 }, (_, n) => entry(n)))), {});
    for (let n = 0; n < 10; n += 1) assert.equal((await wire.expect(`e${n}`)).data, `{"n":${n}}`);
    await fails(sdk().triggerBatch(Array.from({ length: 11 }, (_, n) => entry(n))), 400);
    await wire.quiet();
  });

  it('[199] asks for counts while it triggers', async (t) => {
    const [one, two] = await openMany(server, 2, { t });
    for (const wire of [one, two]) {
      await wire.join('counted');
      await wire.joinAs('presence-counted', 'same');
    }
    const response = sdk().trigger(['counted', 'presence-counted'], 'hello', {}, { info: 'user_count,subscription_count' });
    assert.deepEqual((await answer(response)).channels, {
      counted: { subscription_count: 2 },
      'presence-counted': { user_count: 1, subscription_count: 2 },
    });
  });

  it('[242] gets the channels, with a filter and counts', async (t) => {
    const wire = await Wire.open(server, { t });
    await wire.join('listed');
    await wire.joinAs('presence-listed', 'a');
    const all = await answer(sdk().get({ path: '/channels' }));
    assert.deepEqual([all.channels.listed, all.channels['presence-listed']], [{}, {}]);
    const params = { filter_by_prefix: 'presence-listed', info: 'user_count' };
    assert.deepEqual(await answer(sdk().get({ path: '/channels', params })), { channels: { 'presence-listed': { user_count: 1 } } });
  });

  it('[242] gets a channel', async (t) => {
    const wire = await Wire.open(server, { t });
    await wire.joinAs('presence-one', 'a');
    const params = { info: 'user_count,subscription_count' };
    assert.deepEqual(await answer(sdk().get({ path: '/channels/presence-one', params })), { occupied: true, user_count: 1, subscription_count: 1 });
    assert.deepEqual(await answer(sdk().get({ path: '/channels/unknown' })), { occupied: false });
  });

  it('[242] gets the users of a channel', async (t) => {
    const wire = await Wire.open(server, { t });
    await wire.joinAs('presence-users', 'a@b');
    assert.deepEqual(await answer(sdk().get({ path: '/channels/presence-users/users' })), { users: [{ id: 'a@b' }] });
    await fails(sdk().get({ path: '/channels/public/users' }), 400);
  });

  for (const id of ['plain', 'user@example.com', 'with space', 'ünï', 'a+b']) {
    it(`[177] [242] terminates the connections of the user ${id}`, async (t) => {
      const [one, other] = await openMany(server, 2, { t });
      await one.signedIn({ id });
      await one.join(`#server-to-user-${id}`);
      await other.signedIn({ id: 'other' });
      assert.deepEqual(await answer(sdk().terminateUserConnections(id)), {});
      assert.equal((await one.ended()).code, 4009);
      await other.quiet();
    });
  }

  it('[242] sends to a user', async (t) => {
    const [mine, other] = await openMany(server, 2, { t });
    await mine.signedIn({ id: 'ann' });
    await mine.join('#server-to-user-ann');
    await other.signedIn({ id: 'bob' });
    await other.join('#server-to-user-bob');
    assert.deepEqual(await answer(sdk().sendToUser('ann', 'hello', { n: 1 })), {});
    assert.equal((await mine.expect('hello')).data, '{"n":1}');
    await other.quiet();
  });

  it('[194] excludes a socket id', async (t) => {
    const [one, two] = await openMany(server, 2, { t });
    for (const wire of [one, two]) await wire.join('excluded');
    await sdk().trigger('excluded', 'hello', {}, { socket_id: one.socketId });
    await two.expect('hello');
    await sdk().trigger('excluded', 'marker', {});
    await one.expect('marker');
  });

  it('[187] sends data up to the limit, and more is refused with 413', async (t) => {
    const wire = await Wire.open(server, { t });
    await wire.join('big');
    const data = 'é'.repeat(EVENT_SIZE / 2);
    await sdk().trigger('big', 'hello', data);
    assert.equal((await wire.expect('hello')).data, data);
    const body = await fails(sdk().trigger('big', 'hello', `${data}x`), 413);
    assert.match(body, /10240/);
    await wire.quiet();
  });

  it('encrypts for an encrypted channel, and the server passes it through', async (t) => {
    const wire = await Wire.open(server, { t });
    await wire.join('private-encrypted-x');
    await sdk().trigger('private-encrypted-x', 'hello', { secret: 'plain text' });
    const { data } = await wire.expect('hello');
    assert.deepEqual(Object.keys(JSON.parse(data)).sort(), ['ciphertext', 'nonce']);
    assert.ok(!data.includes('plain text'));
  });

  it('is told 401 with a wrong secret, and 400 without data', async () => {
    assert.ok((await fails(newSdk(server, { secret: 'wrong' }).trigger('x', 'hello', {}), 401)).length > 0);
    await fails(sdk().trigger('x', 'hello', undefined), 400);
  });
});
