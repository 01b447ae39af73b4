import { createConnection } from '@gema/client';
import { expect, test, vi } from 'vitest';
import { inject } from 'vue';
import {
  createWebSocket,
  useChannelEvent,
  useWebSocket,
  useWebSocketWithReconnect,
  webSocketConnectionKey,
} from '../src/index.ts';
import {
  FakePusher,
  fakeOptions,
  isolateTests,
  lose,
  mountSetup,
  mountTogether,
  open,
  pass,
  settled,
} from './support.ts';

isolateTests();

test('X-21: three components share one connection and one subscription', async () => {
  const heard = vi.fn();
  const setup = () => {
    useWebSocket();
    useChannelEvent('availability', '.AvailabilityUpdated', heard);
  };
  mountTogether({ a: setup, b: setup, c: setup }, createWebSocket(fakeOptions()));
  await open();
  expect(FakePusher.instances).toHaveLength(1);
  expect(FakePusher.latest.count('attempt')).toBe(1);
  expect(FakePusher.latest.count('subscribe availability')).toBe(1);
  FakePusher.latest.emit('availability', 'AvailabilityUpdated', { session_id: 1 });
  expect(heard).toHaveBeenCalledTimes(3);
});

test('a connection stays while its components come and go', async () => {
  const { remove } = mountTogether(
    { a: () => useWebSocket(), b: () => useWebSocket() },
    createWebSocket(fakeOptions()),
  );
  await open();
  await remove('a');
  await remove('b');
  expect(FakePusher.latest.connection.state).toBe('connected');
});

test('the plugin destroys its own connection with the application', async () => {
  const { unmount } = mountSetup(() => {
    useChannelEvent('news', '.Told', vi.fn());
    return useWebSocketWithReconnect();
  }, createWebSocket(fakeOptions()));
  await open();
  const pusher = FakePusher.latest;
  unmount();
  expect(pusher.connection.state).toBe('disconnected');
  expect(vi.getTimerCount()).toBe(0);
});

test('the plugin never destroys a connection that was given', async () => {
  const connection = createConnection(fakeOptions());
  const { result, unmount } = mountSetup(() => useWebSocket(), createWebSocket(connection));
  expect(result.connection).toBe(connection);
  await open();
  unmount();
  expect(connection.getSnapshot().status).toBe('connected');
  connection.destroy();
});

test('two applications share a plugin: the last one ends the connection, a later one begins anew', async () => {
  const plugin = createWebSocket(fakeOptions());
  const first = mountSetup(() => useWebSocket(), plugin);
  const second = mountSetup(() => useWebSocket(), plugin);
  expect(second.result.connection).toBe(first.result.connection);
  await open();
  first.unmount();
  expect(second.result.connected.value).toBe(true);
  second.unmount();
  expect(FakePusher.latest.connection.state).toBe('disconnected');

  const third = mountSetup(() => useWebSocket(), plugin);
  await open();
  expect(FakePusher.instances).toHaveLength(2);
  expect(third.result.connected.value).toBe(true);
});

test('the connection of the plugin is the one that components get, and opens nothing by itself', () => {
  const plugin = createWebSocket(fakeOptions());
  const { result } = mountSetup(() => inject(webSocketConnectionKey), plugin);
  expect(result).toBe(plugin.connection);
  expect(FakePusher.instances).toHaveLength(0);
});

test('without a plugin the error says what to do', () => {
  vi.spyOn(console, 'warn').mockImplementation(() => undefined);
  expect(() => mountSetup(() => useWebSocket())).toThrow('app.use(createWebSocket(options))');
});

test('X-31: over ten outages there is one Pusher, and one subscription at the server', async () => {
  const heard = vi.fn();
  mountSetup(() => {
    useChannelEvent('news', '.Told', heard);
    return useWebSocket();
  }, createWebSocket(fakeOptions()));
  await open();
  for (let outage = 0; outage < 10; outage += 1) {
    await pass(10_000); // a stable connection: attempts are counted anew
    await lose();
    await pass(1000);
    await open();
  }
  expect(FakePusher.instances).toHaveLength(1);
  expect(FakePusher.latest.count('attempt')).toBe(11);
  FakePusher.latest.emit('news', 'Told', 1);
  expect(heard).toHaveBeenCalledTimes(1);
});

test.for([
  ['useWebSocket', useWebSocket] as const,
  ['useWebSocketWithReconnect', useWebSocketWithReconnect] as const,
])(
  'X-32, X-77: %s leaves neither timer nor socket when unmounted during the wait for an attempt',
  async ([, useHook]) => {
    const { unmount } = mountSetup(() => {
      useChannelEvent('news', '.Told', vi.fn());
      return useHook();
    }, createWebSocket(fakeOptions()));
    await open();
    const pusher = FakePusher.latest;
    await lose();
    expect(vi.getTimerCount()).toBeGreaterThan(0);
    unmount();
    expect(vi.getTimerCount()).toBe(0);
    await pass(120_000);
    await settled();
    expect(pusher.count('attempt')).toBe(1);
    expect(pusher.connection.state).toBe('disconnected');
  },
);
