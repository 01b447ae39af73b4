// Checklist K: publishing.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Api } from '../harness/api.mjs';
import { useServer } from '../harness/server.mjs';
import { EVENT_SIZE } from '../harness/settings.mjs';
import { Wire, openMany } from '../harness/wire.mjs';

const event = (more = {}) => ({ name: 'hello', data: 'text', channels: ['news'], ...more });
const without = (...names) => Object.fromEntries(Object.entries(event()).filter(([name]) => !names.includes(name)));
const names = (count) => Array.from({ length: count }, (_, n) => `many-${n}`);

describe('Publishing', () => {
  const server = useServer();
  const api = new Api(server);

  /** A subscriber of the channels. */
  async function listener(t, ...channels) {
    const wire = await Wire.open(server, { t });
    for (const channel of channels) await wire.join(channel);
    return wire;
  }

  /** Nothing came before a marker on the channel. */
  async function untouched(wire, channel = 'news') {
    await api.trigger(channel, 'marker');
    await wire.expect('marker');
  }

  it('[180] [181] [182] channel and channels both publish, and the answer is literally {}', async (t) => {
    const wire = await listener(t, 'news');
    for (const target of [{ channel: 'news' }, { channels: ['news'] }]) {
      const answer = await api.post('/events', { name: 'my-event', data: '{"a": 1}', ...target });
      assert.deepEqual([answer.status, answer.text], [200, '{}']);
      assert.equal(answer.headers['content-type'].split(';')[0], 'application/json');
      assert.deepEqual({ ...(await wire.expect('my-event')) }, { event: 'my-event', channel: 'news', data: '{"a": 1}' });
    }
  });

  for (const data of ['123', 'null', '', '[1]', 'ünï 🎉', 'line\u2028separator', 'quote " backslash \\ slash / nul \u0000 tab \t', '{"a":  1 }']) {
    it(`[183] data ${JSON.stringify(data)} arrives verbatim`, async (t) => {
      const wire = await listener(t, 'news');
      await api.trigger('news', 'verbatim', data);
      assert.equal((await wire.expect('verbatim')).data, data);
    });
  }

  it('[183] escapes of PHP and Python arrive as the characters they mean', async (t) => {
    const wire = await listener(t, 'news');
    const body = '{"name": "h\\u00e9", "data": "{\\"url\\":\\"a\\\\\\/b\\",\\"e\\":\\"\\u65e5\\ud83c\\udf89\\"}", "channels": ["news"]}';
    assert.equal((await api.post('/events', body)).status, 200);
    assert.equal((await wire.expect('hé')).data, '{"url":"a\\/b","e":"日🎉"}');
  });

  for (const name of ['App\\Events\\OrderShipped', 'server.created', 'with blank', 'ünï/🎉', 'client-foo', 'x'.repeat(200)]) {
    it(`[184] [185] the event name ${name.slice(0, 30)} arrives unchanged`, async (t) => {
      const wire = await listener(t, 'news');
      await api.trigger('news', name);
      await wire.expect(name);
    });
  }

  it('[186] 100 channels are accepted', async (t) => {
    const wire = await listener(t, 'many-0', 'many-99');
    await api.trigger(names(100), 'hello');
    await wire.expect('hello');
    await wire.expect('hello');
  });

  it('[187] [188] data of 10 240 bytes is accepted, one byte more is refused with 413', async (t) => {
    const wire = await listener(t, 'news');
    const sizes = [['x', 1], ['é', 2], ['"', 1], ['🎉', 4], ['\n', 1]];
    for (const [letter, bytes] of sizes) {
      const data = letter.repeat(EVENT_SIZE / bytes);
      await api.trigger('news', 'big', data);
      assert.equal((await wire.expect('big')).data, data);
      const answer = await api.post('/events', event({ data: `${data}x` }));
      assert.equal(answer.status, 413, letter);
      assert.ok(answer.json, answer.text);
    }
    await untouched(wire);
  });

  const invalid = [
    ['[185] a name of 201 characters', event({ name: 'x'.repeat(201) }), 'name'],
    ['[186] 101 channels', event({ channels: ['news', ...names(100)] }), 'channels'],
    ['[186] no channels', event({ channels: [] }), 'channels'],
    ['[190] a missing name', without('name'), 'name'],
    ['[190] an empty name', event({ name: '' }), 'name'],
    ['[190] a name that is a number', event({ name: 7 }), 'name'],
    ['[190] missing data', without('data'), 'data'],
    ['[190] missing channels', without('channels'), null],
    ['[190] channels that are a string', event({ channels: 'news' }), 'channels'],
    ['[190] a channel that is an array', { ...without('channels'), channel: ['news'] }, 'channel'],
    ['[191] pusher: in front of the name', event({ name: 'pusher:x' }), 'name'],
    ['[191] pusher_internal: in front of the name', event({ name: 'pusher_internal:x' }), 'name'],
    ['[192] an illegal channel', event({ channels: ['news', 'a b'] }), null],
    ['[192] a channel of 201 characters', event({ channels: ['news', 'x'.repeat(201)] }), null],
    ['[192] an empty channel', event({ channels: ['news', ''] }), null],
    ['[196] a malformed socket_id', event({ socket_id: 'abc' }), 'socket_id'],
    ['[206] malformed JSON', '{"name":', null],
    ['[206] an empty body', '', null],
    ['[206] an array', [], null],
    ['[206] a number', 7, null],
  ];
  for (const [name, body, field] of invalid) {
    it(`${name} is refused with 400, and nothing is delivered`, async (t) => {
      const wire = await listener(t, 'news');
      const answer = await api.post('/events', typeof body === 'number' ? String(body) : body);
      assert.equal(answer.status, 400, answer.text);
      assert.equal(typeof answer.json, 'object', answer.text);
      if (field) assert.ok(Array.isArray(answer.json[field]) && answer.json[field][0].length > 0, answer.text);
      await untouched(wire);
    });
  }

  it('data that is not a string is delivered as compact JSON', async (t) => {
    const wire = await listener(t, 'news');
    assert.equal((await api.post('/events', event({ data: { a: [1, 2] } }))).status, 200);
    assert.equal((await wire.expect('hello')).data, '{"a":[1,2]}');
  });

  it('[193] a channel that nobody subscribed is fine', async () => {
    assert.equal((await api.post('/events', event({ channels: ['nobody', '#server-to-user-nobody'] }))).text, '{}');
  });

  it('[194] [195] socket_id excludes that subscriber on all channels, and only it', async (t) => {
    const [one, two] = [await listener(t, 'news', 'more'), await listener(t, 'news', 'more')];
    await api.trigger(['news', 'more'], 'hello', 'text', { socket_id: one.socketId });
    await two.expect('hello');
    await two.expect('hello');
    await untouched(one);
    for (const socket_id of ['1.1', null]) {
      await api.trigger('news', 'all', 'text', { socket_id });
      await one.expect('all');
    }
  });

  it('[198] a channel that is listed twice delivers once', async (t) => {
    const wire = await listener(t, 'news');
    await api.trigger(['news', 'news'], 'hello');
    await wire.expect('hello');
    await untouched(wire);
  });

  it('[199] [200] info is answered for every channel with what applies to it', async (t) => {
    const wires = await openMany(server, 2, { t });
    await wires[0].join('info');
    await wires[0].joinAs('presence-info', 'a');
    await wires[1].joinAs('presence-info', 'a');
    const { channels } = await api.trigger(['info', 'presence-info', 'presence-empty', 'nobody'], 'hello', 'text', { info: 'user_count,subscription_count' });
    assert.deepEqual(channels, {
      info: { subscription_count: 1 },
      'presence-info': { user_count: 1, subscription_count: 2 },
      'presence-empty': { user_count: 0, subscription_count: 0 },
      nobody: { subscription_count: 0 },
    });
  });

  it('[201] events of one publisher arrive in order', async (t) => {
    const wire = await listener(t, 'news');
    for (let n = 0; n < 200; n += 1) await api.trigger('news', 'count', String(n));
    for (let n = 0; n < 200; n += 1) assert.equal((await wire.expect('count')).data, String(n));
  });

  it('all subscribers see the events of many publishers in the same order', async (t) => {
    const wires = await Promise.all(Array.from({ length: 8 }, () => listener(t, 'order')));
    await Promise.all(Array.from({ length: 100 }, (_, n) => api.trigger('order', 'count', String(n))));
    const seen = [];
    for (const wire of wires) {
      const order = [];
      for (let n = 0; n < 100; n += 1) order.push((await wire.expect('count')).data);
      seen.push(order.join());
    }
    assert.equal(new Set(seen).size, 1);
  });

  it('[207] a request that is repeated is delivered again', async (t) => {
    const wire = await listener(t, 'news');
    const timestamp = Math.floor(Date.now() / 1000);
    for (let n = 0; n < 2; n += 1) assert.equal((await api.post('/events', event(), { sign: { timestamp } })).status, 200);
    await wire.expect('hello');
    await wire.expect('hello');
  });
});

describe('Publishing in batches', () => {
  const server = useServer();
  const api = new Api(server);
  const entry = (more = {}) => ({ name: 'hello', data: 'text', channel: 'news', ...more });
  const batch = (entries) => api.post('/batch_events', { batch: entries });

  it('[189] [202] 10 events of 10 240 escaped bytes are accepted, in order', async (t) => {
    const wire = await Wire.open(server, { t });
    await wire.join('news');
    const data = '"'.repeat(EVENT_SIZE);
    const answer = await batch(Array.from({ length: 10 }, (_, n) => entry({ name: `e${n}`, data })));
    assert.deepEqual([answer.status, answer.text], [200, '{}']);
    for (let n = 0; n < 10; n += 1) assert.equal((await wire.expect(`e${n}`)).data.length, EVENT_SIZE);
  });

  const invalid = [
    ['[202] 11 events', Array.from({ length: 11 }, () => entry()), 400],
    ['[204] one event without data', [entry(), { name: 'x', channel: 'news' }], 400],
    ['[204] one event without a channel', [entry(), { name: 'x', data: 'x' }], 400],
    ['[204] one event with a bad channel', [entry(), entry({ channel: 'a b' })], 400],
    ['[204] one event that is a string', [entry(), 'x'], 400],
    ['[204] one event that is too large', [entry(), entry({ data: 'x'.repeat(EVENT_SIZE + 1) })], 413],
    ['no batch', undefined, 400],
    ['a batch that is an object', {}, 400],
  ];
  for (const [name, entries, status] of invalid) {
    it(`${name} is refused with ${status}, and nothing is delivered`, async (t) => {
      const wire = await Wire.open(server, { t });
      await wire.join('news');
      const answer = await batch(entries);
      assert.equal(answer.status, status, answer.text);
      assert.equal(typeof answer.json, 'object', answer.text);
      await api.trigger('news', 'marker');
      await wire.expect('marker');
    });
  }

  it('[203] info is answered entry by entry', async (t) => {
    const wire = await Wire.open(server, { t });
    await wire.joinAs('presence-batch', 'a');
    const answer = await batch([entry(), entry({ channel: 'presence-batch', info: 'user_count' }), entry()]);
    assert.deepEqual(answer.json, { batch: [{}, { user_count: 1 }, {}] });
  });

  it('[205] every entry has its own socket_id', async (t) => {
    const [one, two] = await openMany(server, 2, { t });
    for (const wire of [one, two]) await wire.join('news');
    await batch([entry({ name: 'for-two', socket_id: one.socketId }), entry({ name: 'for-one', socket_id: two.socketId }), entry({ name: 'for-all' })]);
    await one.expect('for-one');
    await one.expect('for-all');
    await two.expect('for-two');
    await two.expect('for-all');
  });
});
