// Checklist F: presence.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { useServer } from '../harness/server.mjs';
import { maxPresenceMembers, maxPresenceMemberSize } from '../harness/settings.mjs';
import { Wire, openMany } from '../harness/wire.mjs';

const ADDED = 'pusher_internal:member_added';
const REMOVED = 'pusher_internal:member_removed';
const ROOM = 'presence-room';

/** Each test has its own room, so that no member of another one is in it. */
let rooms = 0;
const room = () => `${ROOM}-${(rooms += 1)}`;

describe('Presence', () => {
  const server = useServer();

  const bad = [
    ['[88] without channel_data', undefined],
    ['[88] with empty channel_data', ''],
    ['[89] with channel_data that lacks user_id', '{"user_info":{"name":"x"}}'],
    ['[89] with an empty user_id', '{"user_id":""}'],
    ['[89] with user_id null', '{"user_id":null}'],
    ['[90] with channel_data that is not JSON', '{user_id:1'],
    ['[90] with channel_data that is an array', '["1"]'],
    ['[110] with a user_id of 129 characters', JSON.stringify({ user_id: 'x'.repeat(129) })],
  ];
  for (const [name, channelData] of bad) {
    it(`${name} a presence subscribe is an error`, async (t) => {
      const wire = await Wire.open(server, { t });
      wire.subscribe(ROOM, { channelData });
      await wire.refusal();
    });
  }

  it('[91] [92] [93] [94] [95] the success frame is that of Pusher', async (t) => {
    const wire = await Wire.open(server, { t });
    const channel = room();
    const frame = await wire.join(channel, { channelData: '{"user_id":669}' });
    const data = '{"presence":{"count":1,"ids":["669"],"hash":{"669":null}}}';
    assert.deepEqual({ ...frame }, { event: 'pusher_internal:subscription_succeeded', data, channel });
  });

  it('[96] user_info is returned unchanged in meaning', async (t) => {
    const [one, two] = await openMany(server, 2, { t });
    const channel = room();
    const info = { name: 'Zoë 日本 🎉', tags: [1, [2, { deep: null }]], big: Number.MAX_SAFE_INTEGER, half: 0.5, empty: {} };
    const joined = await one.joinAs(channel, 'a', info);
    assert.deepEqual(joined.hash, { a: info });
    await two.joinAs(channel, 'b', info);
    assert.deepEqual(JSON.parse((await one.expect(ADDED)).data), { user_id: 'b', user_info: info });
  });

  it('[96] integers beyond 53 bits keep their digits', async (t) => {
    const wire = await Wire.open(server, { t });
    const { data } = await wire.join(room(), { channelData: '{"user_id":"a","user_info":{"id":12345678901234567890}}' });
    assert.match(data, /12345678901234567890/);
  });

  it('[97] [98] [105] the first connection of a user is announced once, to the others only', async (t) => {
    const [one, two, three] = await openMany(server, 3, { t });
    const channel = room();
    await one.joinAs(channel, 'a', { n: 1 });
    await two.joinAs(channel, 'b', { n: 2 });
    const data = '{"user_id":"b","user_info":{"n":2}}';
    assert.deepEqual({ ...(await one.expect(ADDED)) }, { event: ADDED, data, channel });
    const { count, ids, hash } = await three.joinAs(channel, 'c', { n: 3 });
    assert.deepEqual([count, [...ids].sort(), hash], [3, ['a', 'b', 'c'], { a: { n: 1 }, b: { n: 2 }, c: { n: 3 } }]);
    await one.expect(ADDED);
    await two.expect(ADDED);
    for (const wire of [one, two, three]) await wire.quiet();
  });

  it('[99] [100] [101] [102] a second tab of a user is not announced; only the last one leaves', async (t) => {
    const [witness, one, two] = await openMany(server, 3, { t });
    const channel = room();
    await witness.joinAs(channel, 'w', {});
    await one.joinAs(channel, 'u', { tab: 1 });
    await witness.expect(ADDED);
    const second = await two.joinAs(channel, 'u', { tab: 2 });
    assert.deepEqual([second.count, [...second.ids].sort()], [2, ['u', 'w']]);
    await witness.quiet();
    await one.close();
    await witness.quiet();
    await two.close();
    assert.deepEqual({ ...(await witness.expect(REMOVED)) }, { event: REMOVED, data: '{"user_id":"u"}', channel });
  });

  it('[103] an unsubscribe removes the member as well', async (t) => {
    const [witness, leaver] = await openMany(server, 2, { t });
    const channel = room();
    await witness.joinAs(channel, 'w');
    await leaver.joinAs(channel, 5);
    await witness.expect(ADDED);
    leaver.unsubscribe(channel);
    assert.deepEqual(JSON.parse((await witness.expect(REMOVED)).data), { user_id: '5' });
    await leaver.quiet();
  });

  it('[104] the number 7 and the string "7" are the same user', async (t) => {
    const [witness, one, two] = await openMany(server, 3, { t });
    const channel = room();
    await witness.joinAs(channel, 'w');
    await one.joinAs(channel, 7);
    await witness.expect(ADDED);
    const { ids } = await two.joinAs(channel, '7');
    assert.deepEqual([...ids].sort(), ['7', 'w']);
    await witness.quiet();
  });

  it('[106] [107] the signature covers channel_data byte for byte', async (t) => {
    const texts = [
      '{"user_id": 10, "user_info": {"name": "Mr. Channels"}}',
      '{"user_id":"é","user_info":{"n":"日本"}}',
      '{"user_info":{"path":"a\\/b","e":"\\u00e9"},"user_id":"x"}',
      ' { "user_id" : "blank" } ',
    ];
    for (const channelData of texts) {
      const wire = await Wire.open(server, { t });
      await wire.join(room(), { channelData });
    }
  });

  it('[108] the signature of another member is refused', async (t) => {
    const wire = await Wire.open(server, { t });
    const channel = room();
    const auth = wire.auth(channel, '{"user_id":10,"user_info":{"name":"Mr. Pusher"}}');
    wire.subscribe(channel, { auth, channelData: '{"user_id":10,"user_info":{"name":"Mr. Channels"}}' });
    await wire.error(4009);
    assert.equal((await wire.expect('pusher:subscription_error')).channel, channel);
    await wire.quiet();
  });

  it('[110] a user_id of 128 characters is accepted', async (t) => {
    const wire = await Wire.open(server, { t });
    await wire.joinAs(room(), 'x'.repeat(128));
  });

  it('[115] a signed-in connection joins without channel_data as its user', async (t) => {
    const [witness, wire] = await openMany(server, 2, { t });
    const channel = room();
    await witness.joinAs(channel, 'w');
    await wire.signedIn({ id: 'u1', user_info: { name: 'One' } });
    const { presence } = JSON.parse((await wire.join(channel)).data);
    assert.deepEqual(presence.hash, { w: null, u1: { name: 'One' } });
    assert.deepEqual(JSON.parse((await witness.expect(ADDED)).data), { user_id: 'u1', user_info: { name: 'One' } });
  });

  it('[116] joins and leaves at the same time never show an unknown member', async (t) => {
    const channel = room();
    const watcher = await Wire.open(server, { t });
    const churn = Array.from({ length: 10 }, async (_, n) => {
      const wire = await Wire.open(server, { t });
      for (let round = 0; round < 10; round += 1) {
        wire.subscribe(channel, { channelData: `{"user_id":"u${n}"}` });
        wire.unsubscribe(channel);
      }
      await wire.frames.until(({ event }) => event.endsWith('subscription_succeeded'));
      wire.send({ event: 'pusher:ping' });
      await wire.frames.until(({ event }) => event === 'pusher:pong');
    });
    const known = new Set((await watcher.joinAs(channel, 'watcher')).ids);
    await Promise.all(churn);
    const marker = await Wire.open(server, { t });
    await marker.joinAs(channel, 'marker');
    for (;;) {
      const { event, data } = await watcher.frames.next('member event');
      const { user_id } = JSON.parse(data);
      if (user_id === 'marker') break;
      if (event === ADDED) assert.ok(!known.has(user_id) && known.add(user_id), `${user_id} was added twice`);
      else assert.ok(known.delete(user_id), `${user_id} was removed but never there`);
    }
    assert.deepEqual([...known], ['watcher']);
  });
});

describe('Limits of presence', () => {
  const server = useServer({ env: { ...maxPresenceMembers(3), ...maxPresenceMemberSize(1024) } });

  it('[109] the member over the limit is refused, alone', async (t) => {
    const [one, two, three, four] = await openMany(server, 4, { t });
    await one.joinAs(ROOM, 1);
    await two.joinAs(ROOM, 2);
    await three.joinAs(ROOM, 3);
    four.subscribe(ROOM, { channelData: '{"user_id":4}' });
    await four.refusal();
    for (const expected of [2, 3]) assert.equal(JSON.parse((await one.expect(ADDED)).data).user_id, String(expected));
    await one.quiet();
    await three.close();
    await one.expect(REMOVED);
  });

  it('[109] a second tab of a member is not over the limit', async (t) => {
    const wires = await openMany(server, 4, { t });
    const users = ['a', 'b', 'c', 'a'];
    for (const [n, wire] of wires.entries()) await wire.joinAs('presence-tabs', users[n]);
  });

  it('[111] a member of more than the configured size is refused', async (t) => {
    const wire = await Wire.open(server, { t });
    wire.subscribe('presence-big', { channelData: JSON.stringify({ user_id: 1, user_info: 'x'.repeat(1024) }) });
    await wire.refusal();
  });
});
