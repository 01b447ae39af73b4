// Checklist G: cache channels and subscription counts.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Api } from '../harness/api.mjs';
import { eventually } from '../harness/inbox.mjs';
import { useServer } from '../harness/server.mjs';
import { shortCache, subscriptionCounts } from '../harness/settings.mjs';
import { Wire, openMany } from '../harness/wire.mjs';

const COUNT = 'pusher_internal:subscription_count';

describe('Cache channels', () => {
  const server = useServer();
  const api = new Api(server);

  it('[117] an empty one answers with a cache miss after the success', async (t) => {
    const wire = await Wire.open(server, { t });
    await wire.join('cache-empty');
    const miss = await wire.expect('pusher:cache_miss');
    assert.deepEqual({ ...miss }, { event: 'pusher:cache_miss', data: '{}', channel: 'cache-empty' });
    await wire.quiet();
  });

  for (const channel of ['cache-a', 'private-cache-a', 'private-encrypted-cache-a']) {
    it(`[118] [119] ${channel} replays the last event, and only that`, async (t) => {
      const wire = await Wire.open(server, { t });
      await api.trigger(channel, 'first', '1');
      await api.trigger(channel, 'App\\Events\\Last', '{"n":"é"}');
      await wire.join(channel);
      const { event, data, channel: from } = await wire.frames.next('replay');
      assert.deepEqual([event, data, from], ['App\\Events\\Last', '{"n":"é"}', channel]);
      await wire.quiet();
    });
  }

  it('[120] client events are not stored', async (t) => {
    const [one, two, late] = await openMany(server, 3, { t });
    await one.join('private-cache-client');
    await one.expect('pusher:cache_miss');
    await two.join('private-cache-client');
    await two.expect('pusher:cache_miss');
    one.send({ event: 'client-typing', channel: 'private-cache-client', data: {} });
    await two.expect('client-typing');
    await late.join('private-cache-client');
    await late.expect('pusher:cache_miss');
  });

  it('[122] socket_id excludes a connection now, but not from a later replay', async (t) => {
    const wire = await Wire.open(server, { t });
    await wire.join('cache-excluded');
    await wire.expect('pusher:cache_miss');
    await api.trigger('cache-excluded', 'hello', '1', { socket_id: wire.socketId });
    await wire.quiet();
    wire.unsubscribe('cache-excluded');
    await wire.join('cache-excluded');
    await wire.expect('hello');
  });

  it('[123] other channels know no cache miss', async (t) => {
    const wire = await Wire.open(server, { t });
    for (const channel of ['plain', 'private-plain', 'cached-plain', 'private-cached']) {
      await wire.join(channel);
      await wire.quiet();
    }
  });

  it('[124] presence-cache combines members and replay', async (t) => {
    const [one, two] = await openMany(server, 2, { t });
    assert.equal((await one.joinAs('presence-cache-x', 'a')).count, 1);
    await one.expect('pusher:cache_miss');
    await api.trigger('presence-cache-x', 'hello', '1');
    await one.expect('hello');
    assert.equal((await two.joinAs('presence-cache-x', 'b')).count, 2);
    await two.expect('hello');
  });

  it('[125] the cache survives the last subscriber', async (t) => {
    const wire = await Wire.open(server, { t });
    await wire.join('cache-kept');
    await wire.expect('pusher:cache_miss');
    await api.trigger('cache-kept', 'hello');
    await wire.expect('hello');
    wire.unsubscribe('cache-kept');
    await wire.quiet();
    assert.deepEqual((await api.get('/channels/cache-kept')).json, { occupied: false });
    await wire.join('cache-kept');
    await wire.expect('hello');
  });

  it('[126] counts are not sent unless they are switched on', async (t) => {
    const [one, two] = await openMany(server, 2, { t });
    await one.join('uncounted');
    await two.join('uncounted');
    await one.quiet();
    await two.quiet();
  });
});

describe('Cache channels with a short memory', () => {
  const server = useServer({ env: shortCache });
  const api = new Api(server);

  it('[121] the cached event expires, then a cache miss follows', async (t) => {
    const wire = await Wire.open(server, { t });
    const joined = async () => {
      await wire.join('cache-short');
      const { event } = await wire.frames.next('replay or miss');
      wire.unsubscribe('cache-short');
      return event;
    };
    await eventually('a replay', async () => {
      await api.trigger('cache-short', 'hello');
      return (await joined()) === 'hello';
    });
    await eventually('a cache miss', async () => (await joined()) === 'pusher:cache_miss');
  });
});

describe('Subscription counts', () => {
  const server = useServer({ env: subscriptionCounts });
  const api = new Api(server);
  const counted = async (wire) => {
    const frame = await wire.expect(COUNT);
    return JSON.parse(frame.data).subscription_count;
  };

  it('[128] everyone is told the number of connections, the new one too', async (t) => {
    const [one, two] = await openMany(server, 2, { t });
    await one.join('counted');
    assert.deepEqual({ ...(await one.expect(COUNT)) }, { event: COUNT, data: '{"subscription_count":1}', channel: 'counted' });
    await two.join('counted');
    assert.deepEqual([await counted(one), await counted(two)], [2, 2]);
    await two.close();
    assert.equal(await counted(one), 1);
  });

  it('[127] presence channels are not counted', async (t) => {
    const [one, two] = await openMany(server, 2, { t });
    await one.joinAs('presence-counted', 'a');
    await two.joinAs('presence-counted', 'b');
    await one.expect('pusher_internal:member_added');
    await one.quiet();
    await two.quiet();
  });

  it('[129] above 100 connections the count comes at most once in five seconds', async (t) => {
    // Two shards take turns as the machine lets them: only the one who is there before all others hears every count.
    const [first, ...others] = await openMany(server, 130, { t });
    await first.join('crowd');
    const began = performance.now();
    for (const wire of others) wire.subscribe('crowd');
    const joined = others.map((wire) => wire.frames.until(({ event }) => event.endsWith('subscription_succeeded')));
    await Promise.all(joined);
    await api.trigger('crowd', 'marker');
    const counts = [];
    await first.frames.until(({ event, data }) => {
      if (event === COUNT) counts.push(JSON.parse(data).subscription_count);
      return event === 'marker';
    });
    const periods = Math.floor((performance.now() - began) / 5_000);
    assert.deepEqual(counts.slice(0, 100), Array.from({ length: 100 }, (_, at) => at + 1));
    assert.ok(counts.length - 100 <= periods, `${counts.slice(100)} within ${periods} times five seconds`);
  });
});
