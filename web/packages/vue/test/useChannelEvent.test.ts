import { createConnection } from '@gema/client';
import { expect, test, vi } from 'vitest';
import { effectScope, nextTick, ref } from 'vue';
import { createWebSocket, useChannelEvent, useWebSocket } from '../src/index.ts';
import {
  FakePusher,
  fakeOptions,
  isolateTests,
  lose,
  mountSetup,
  mountTogether,
  open,
  pass,
  passMacrotask,
  settled,
} from './support.ts';

isolateTests();

const tell = (channel: string, payload: unknown = { text: channel }) =>
  FakePusher.latest.emit(channel, 'Told', payload);

test('M3, M4: a change of the channel subscribes to the new one, then leaves the old one', async () => {
  const channel = ref('first');
  const heard = vi.fn();
  mountSetup(() => useChannelEvent(channel, '.Told', heard), createWebSocket(fakeOptions()));
  await open();
  tell('first');
  channel.value = 'second';
  await nextTick();
  expect(tell('first'), 'the old one is left one macrotask later').toBe(true);
  await passMacrotask();
  await settled();
  expect(tell('first')).toBe(false);
  expect(tell('second')).toBe(true);
  expect(heard.mock.calls).toEqual([
    [{ text: 'first' }, '.Told', 'first'],
    [{ text: 'second' }, '.Told', 'second'],
  ]);
  const log = FakePusher.latest.log;
  expect(log.indexOf('subscribe second')).toBeLessThan(log.indexOf('unsubscribe first'));
});

test('M3: the new channel is acquired before the old one is released', async () => {
  const connection = createConnection(fakeOptions());
  const order: string[] = [];
  const acquire = connection.acquire.bind(connection);
  vi.spyOn(connection, 'acquire').mockImplementation((name, visibility) => {
    order.push(`acquire ${name}`);
    const handle = acquire(name, visibility);
    const release = handle.release.bind(handle);
    vi.spyOn(handle, 'release').mockImplementation(() => {
      order.push(`release ${name}`);
      release();
    });
    return handle;
  });
  const channel = ref<string | null>('first');
  mountSetup(() => useChannelEvent(channel, '.Told', vi.fn()), createWebSocket(connection));
  channel.value = 'second';
  await nextTick();
  channel.value = null;
  await nextTick();
  expect(order).toEqual(['acquire first', 'acquire second', 'release first', 'release second']);
  connection.destroy();
});

test('M4: null is not subscribed; a name that comes later is', async () => {
  const userId = ref<number | null>(null);
  const heard = vi.fn();
  const { result } = mountSetup(() => {
    useWebSocket();
    return useChannelEvent(() => (userId.value === null ? null : `user.${userId.value}`), '.Told', heard);
  }, createWebSocket(fakeOptions()));
  await open();
  expect(FakePusher.latest.log.some((entry) => entry.startsWith('subscribe'))).toBe(false);
  expect(result.state.value).toBe('idle');
  userId.value = 7;
  await settled();
  expect(result.state.value).toBe('subscribed');
  expect(tell('user.7')).toBe(true);
  expect(heard).toHaveBeenCalledTimes(1);
  userId.value = null;
  await settled();
  await passMacrotask();
  expect(result.state.value).toBe('idle');
  expect(tell('user.7')).toBe(false);
});

test('X-17: no subscription without a name', async () => {
  mountSetup(
    () => useChannelEvent('', '.Told', vi.fn(), { visibility: 'private' }),
    createWebSocket(fakeOptions()),
  );
  await settled();
  expect(FakePusher.instances).toHaveLength(0);
});

test('M4: it can be called later than setup() with a given connection, and ended by stop()', async () => {
  const plugin = createWebSocket(fakeOptions());
  mountSetup(() => useWebSocket(), plugin);
  await open();
  const channel = ref('first');
  const heard = vi.fn();
  const { state, stop } = useChannelEvent(channel, '.Told', heard, { connection: plugin.connection });
  await settled();
  expect(state.value).toBe('subscribed');
  channel.value = 'second';
  await settled();
  tell('second');
  expect(heard).toHaveBeenCalledTimes(1);
  stop();
  tell('second');
  expect(heard).toHaveBeenCalledTimes(1);
  await passMacrotask();
  expect(tell('second')).toBe(false);
});

test('M6: the channel is left after its last user, and stop() before unmount counts once', async () => {
  const heard = vi.fn();
  const stops: (() => void)[] = [];
  const { remove } = mountTogether(
    {
      a: () => stops.push(useChannelEvent('news', '.Told', vi.fn()).stop),
      b: () => useChannelEvent('news', '.Told', heard),
    },
    createWebSocket(fakeOptions()),
  );
  await open();
  for (const stop of stops) {
    stop();
    stop();
  }
  await passMacrotask();
  await remove('a');
  await passMacrotask();
  expect(tell('news')).toBe(true);
  expect(heard).toHaveBeenCalledTimes(1);
  await remove('b');
  await passMacrotask();
  expect(tell('news')).toBe(false);
  expect(FakePusher.latest.count('subscribe news')).toBe(1);
  expect(FakePusher.latest.count('unsubscribe news')).toBe(1);
});

test.for(['useWebSocket() first', 'useChannelEvent() first', 'useChannelEvent() alone'])(
  'X-83: the order of calls does not matter: %s',
  async (order) => {
    const heard = vi.fn();
    mountSetup(() => {
      if (order === 'useWebSocket() first') useWebSocket();
      const { state } = useChannelEvent('news', '.Told', heard);
      if (order === 'useChannelEvent() first') useWebSocket();
      return state;
    }, createWebSocket(fakeOptions()));
    await open();
    tell('news');
    expect(heard).toHaveBeenCalledTimes(1);
  },
);

test('X-83: it works in stores and other scopes, and ends with them', async () => {
  const connection = createConnection(fakeOptions());
  const heard = vi.fn();
  const store = effectScope(true);
  store.run(() => useChannelEvent('news', '.Told', heard, { connection }));
  await open();
  tell('news');
  expect(heard).toHaveBeenCalledTimes(1);
  store.stop();
  tell('news');
  await passMacrotask();
  expect(tell('news')).toBe(false);
  expect(heard).toHaveBeenCalledTimes(1);
  connection.destroy();
});

test('a store made in setup() outlives that component', async () => {
  const heard = vi.fn();
  const store = effectScope(true);
  const { remove } = mountTogether(
    { a: () => store.run(() => useChannelEvent('news', '.Told', heard)), b: () => useWebSocket() },
    createWebSocket(fakeOptions()),
  );
  await open();
  await remove('a');
  await passMacrotask();
  expect(tell('news')).toBe(true);
  expect(heard).toHaveBeenCalledTimes(1);
  store.stop();
});

test('a scope that ended before the mount subscribes to nothing', () => {
  mountSetup(() => {
    const { stop, state } = useChannelEvent('news', '.Told', vi.fn());
    stop();
    return state;
  }, createWebSocket(fakeOptions()));
  expect(FakePusher.instances).toHaveLength(0);
});

test('several events come to one handler, which is told the name; one given twice comes once', async () => {
  const heard = vi.fn();
  mountSetup(
    () => useChannelEvent('news', ['.Told', '.Asked', '.Told'], heard),
    createWebSocket(fakeOptions()),
  );
  await open();
  FakePusher.latest.emit('news', 'Told', 1);
  FakePusher.latest.emit('news', 'Asked', 2);
  FakePusher.latest.emit('news', 'Other', 3);
  expect(heard.mock.calls).toEqual([
    [1, '.Told', 'news'],
    [2, '.Asked', 'news'],
  ]);
});

test('a subscription survives a loss, and is told once', async () => {
  const heard = vi.fn();
  const { result } = mountSetup(
    () => useChannelEvent('news', '.Told', heard),
    createWebSocket(fakeOptions()),
  );
  await open();
  await lose();
  expect(result.state.value).not.toBe('subscribed');
  await pass(1000);
  await open();
  expect(result.state.value).toBe('subscribed');
  tell('news');
  expect(heard).toHaveBeenCalledTimes(1);
});

test('tells of each confirmation of each channel, until it is stopped', async () => {
  const channel = ref('first');
  const onSubscribed = vi.fn();
  const { result } = mountSetup(
    () => useChannelEvent(channel, '.Told', vi.fn(), { onSubscribed }),
    createWebSocket(fakeOptions()),
  );
  await open();
  expect(onSubscribed.mock.calls).toEqual([['first']]);
  channel.value = 'second';
  await nextTick();
  await settled();
  expect(onSubscribed.mock.calls).toEqual([['first'], ['second']]);
  await lose();
  await pass(1000);
  await open();
  expect(onSubscribed.mock.calls).toEqual([['first'], ['second'], ['second']]);
  result.stop();
  await passMacrotask();
  expect(onSubscribed).toHaveBeenCalledTimes(3);
});
