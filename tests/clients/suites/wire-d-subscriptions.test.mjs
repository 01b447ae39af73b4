// Checklist D: public subscriptions.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Api } from '../harness/api.mjs';
import { useServer } from '../harness/server.mjs';
import { Wire } from '../harness/wire.mjs';

const SUCCEEDED = 'pusher_internal:subscription_succeeded';

describe('Public subscriptions', () => {
  const server = useServer();
  const api = new Api(server);

  const forms = [
    ['[55] with an empty auth', { auth: '', channel: 'news' }],
    ['[56] without auth', { channel: 'news' }],
    ['[56] with auth null', { auth: null, channel: 'news' }],
    ['[57] with channel_data null', { auth: '', channel: 'news', channel_data: null }],
    ['[58] with data as a JSON string', '{"auth":"","channel":"news"}'],
  ];
  for (const [name, data] of forms) {
    it(`${name} a subscribe succeeds`, async (t) => {
      const wire = await Wire.open(server, { t });
      wire.send({ event: 'pusher:subscribe', data });
      await wire.expect(SUCCEEDED);
      await wire.quiet();
    });
  }

  it('[59] the success frame is that of Pusher', async (t) => {
    const wire = await Wire.open(server, { t });
    assert.deepEqual({ ...(await wire.join('my-channel')) }, { event: SUCCEEDED, data: '{}', channel: 'my-channel' });
  });

  it('[60] no event comes before the success', async (t) => {
    const wire = await Wire.open(server, { t });
    const storm = Array.from({ length: 20 }, (_, n) => api.trigger('storm', 'drop', String(n)));
    await wire.join('storm');
    await Promise.all(storm);
  });

  it('[61] a second subscribe to the same channel is an error, and events arrive once', async (t) => {
    const wire = await Wire.open(server, { t });
    await wire.join('twice');
    wire.subscribe('twice');
    assert.match((await wire.refusal()).message, /existing subscription.*twice/i);
    await api.trigger('twice', 'once');
    await wire.expect('once');
    await wire.quiet();
  });

  it('[62] unsubscribe has no reply, and no event arrives afterwards', async (t) => {
    const wire = await Wire.open(server, { t });
    await wire.join('left');
    wire.unsubscribe('left');
    await wire.quiet();
    await api.trigger('left', 'too-late');
    await wire.join('marker');
    await api.trigger('marker', 'marker');
    await wire.expect('marker');
  });

  it('[63] unsubscribe from a channel that is not subscribed is an error, and the connection stays', async (t) => {
    const wire = await Wire.open(server, { t });
    wire.unsubscribe('never');
    await wire.error();
    await wire.quiet();
  });

  it('[64] subscribe, unsubscribe, subscribe in one segment ends subscribed', async (t) => {
    const wire = await Wire.open(server, { t });
    wire.socket._socket.cork();
    wire.subscribe('strict');
    wire.unsubscribe('strict');
    wire.subscribe('strict');
    wire.socket._socket.uncork();
    await wire.expect(SUCCEEDED);
    await wire.expect(SUCCEEDED);
    await api.trigger('strict', 'once');
    await wire.expect('once');
    await wire.quiet();
  });

  const bad = [
    ['[65] with a blank', { channel: 'a b' }],
    ['[65] with a slash', { channel: 'a/b' }],
    ['[65] with a colon', { channel: 'a:b' }],
    ['[65] with an umlaut', { channel: 'grün' }],
    ['[66] that is empty', { channel: '' }],
    ['[66] that is missing', {}],
    ['[66] that is null', { channel: null }],
    ['[66] that is an array', { channel: ['news'] }],
    ['[67] of 201 characters', { channel: 'x'.repeat(201) }],
    ['[70] that begins with a #', { channel: '#hash' }],
  ];
  for (const [name, data] of bad) {
    it(`${name} a channel name is an error, and the connection stays`, async (t) => {
      const wire = await Wire.open(server, { t });
      wire.send({ event: 'pusher:subscribe', data });
      await wire.refusal();
    });
  }

  const good = [
    ['[67] of 164 characters', 'x'.repeat(164)],
    ['with every permitted character', 'azAZ09_-=@,.;'],
    ['[69] privatefoo', 'privatefoo'],
    ['[69] Private-x', 'Private-x'],
    ['[69] presencex', 'presencex'],
    ['[69] cached-x', 'cached-x'],
  ];
  for (const [name, channel] of good) {
    it(`${name} a channel is public`, async (t) => {
      const wire = await Wire.open(server, { t });
      assert.equal((await wire.join(channel, { auth: '' })).data, '{}');
      await api.trigger(channel, 'hello', 'text');
      assert.equal((await wire.expect('hello')).channel, channel);
    });
  }

  it('[68] channel names are case-sensitive', async (t) => {
    const wire = await Wire.open(server, { t });
    await wire.join('News');
    await api.trigger('news', 'other');
    await api.trigger('News', 'marker');
    await wire.expect('marker');
  });

  it('[71] one connection can hold 1 000 subscriptions', async (t) => {
    const wire = await Wire.open(server, { t });
    const channels = Array.from({ length: 1_000 }, (_, n) => `many-${n}`);
    for (const channel of channels) wire.subscribe(channel);
    for (const channel of channels) assert.equal((await wire.expect(SUCCEEDED)).channel, channel);
    await api.trigger(['many-0', 'many-999'], 'hello');
    await wire.expect('hello');
    await wire.expect('hello');
    wire.subscribe('one-too-many');
    await wire.refusal();
    wire.unsubscribe('many-7');
    await wire.join('one-in-its-place');
  });
});
