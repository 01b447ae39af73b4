import { createConnection } from '@gema/client';
import { expect, test, vi } from 'vitest';
import { effectScope, isProxy, isReactive, onMounted, reactive, ref, watch } from 'vue';
import { createWebSocket, useSocketId, useWebSocket } from '../src/index.ts';
import {
  countSubscribers,
  FakePusher,
  fakeOptions,
  isolateTests,
  lose,
  mountSetup,
  open,
  pass,
  refuse,
  settled,
} from './support.ts';

isolateTests();

const mountHook = () => mountSetup(() => useWebSocket(), createWebSocket(fakeOptions()));

test('S-VU-1, X-36: echo and connected of the guide, and more', async () => {
  const { result } = mountHook();
  expect(result.connected.value).toBe(false);
  expect(result.status.value).toBe('connecting');
  await open('7.7');
  expect(result.connected.value).toBe(true);
  expect(result.status.value).toBe('connected');
  expect(result.socketId.value).toBe('7.7');
  expect(result.error.value).toBeNull();
  expect(result.echo.value?.socketId()).toBe('7.7');
});

test('nothing is opened before the mount, and echo is there in onMounted() of whoever called', () => {
  const seen: unknown[] = [];
  mountSetup(() => {
    const { echo } = useWebSocket();
    seen.push(echo.value, FakePusher.instances.length);
    onMounted(() => seen.push(echo.value !== null, FakePusher.instances.length));
    return seen;
  }, createWebSocket(fakeOptions()));
  expect(seen).toEqual([null, 0, true, 1]);
});

test('M9, X-20: a loss is seen at connecting_in, before pusher-js changes its state', async () => {
  const { result } = mountHook();
  await open();
  // Without waiting for anything.
  FakePusher.latest.lose();
  expect(FakePusher.latest.connection.state).toBe('connected');
  expect(result.connected.value).toBe(false);
  expect(result.status.value).toBe('reconnecting');
  expect(result.error.value?.kind).toBe('lost');
  expect(result.socketId.value).toBeNull();
});

test('X-20: connected is never true between a loss and the recovery', async () => {
  const { result } = mountHook();
  await open();
  await lose();
  const seen: boolean[] = [];
  watch(result.connected, (connected) => seen.push(connected), { flush: 'sync', immediate: true });
  for (const wait of [1000, 2000, 4000, 8000]) {
    await pass(wait);
    await refuse();
  }
  expect(seen).toEqual([false]);
  await pass(16_000);
  await open();
  expect(seen).toEqual([false, true]);
});

test('X-20: a browser without network is offline at once', async () => {
  const { result } = mountHook();
  await open();
  vi.spyOn(navigator, 'onLine', 'get').mockReturnValue(false);
  window.dispatchEvent(new Event('offline'));
  expect(result.status.value).toBe('offline');
  expect(result.connected.value).toBe(false);
});

test('M10: what pusher-js calls unavailable is not failed, and a retry not disconnected', async () => {
  const { result } = mountHook();
  const seen: string[] = [result.status.value];
  watch(result.status, (status) => seen.push(status), { flush: 'sync' });
  // Nobody answers: neither open nor refused.
  await pass(90_000);
  await settled();
  expect(new Set(seen)).toEqual(new Set(['connecting', 'reconnecting']));
});

test('M14: a refusal, which pusher-js tells twice, is one error', async () => {
  const { result } = mountHook();
  await open();
  const errors: unknown[] = [];
  watch(result.error, (error) => errors.push(error), { flush: 'sync' });
  await refuse(4009);
  expect(errors).toEqual([
    { kind: 'refused', code: 4009, message: expect.stringContaining('4009') as string },
  ]);
  expect(result.status.value).toBe('failed');
});

test('M20, X-24: echo keeps its identity in refs, reactive objects and stores', async () => {
  const { result } = mountHook();
  await open();
  const echo = result.connection.echo;
  expect(echo).not.toBeNull();
  expect(result.echo.value).toBe(echo);
  expect(ref(result.echo.value).value).toBe(echo);
  expect(isReactive(ref(result.echo.value).value?.connector.pusher)).toBe(false);
  const store = reactive({ ...result });
  expect(store.echo).toBe(echo);
  expect(isProxy(store.connection)).toBe(false);
  expect(store.connection.getSnapshot().connected).toBe(true);
});

test('a deliberate disconnect is not undone by the mount of another component', async () => {
  const plugin = createWebSocket(fakeOptions());
  const { result } = mountSetup(() => useWebSocket(), plugin);
  await open();
  result.disconnect();
  expect(result.status.value).toBe('disconnected');
  mountSetup(() => useWebSocket(), plugin);
  await pass(60_000);
  expect(result.status.value).toBe('disconnected');
  result.retry();
  await open();
  expect(result.connected.value).toBe(true);
});

test('it works in an effect scope with a given connection, and follows it no longer than that', async () => {
  const connection = createConnection(fakeOptions());
  const subscribers = countSubscribers(connection);
  const scope = effectScope();
  const result = scope.run(() => useWebSocket({ connection }));
  await open();
  expect(result?.connected.value).toBe(true);
  expect(result?.echo.value).toBe(connection.echo);
  scope.stop();
  expect(subscribers()).toBe(0);
  connection.destroy();
});

test('a component follows the connection until it is unmounted', async () => {
  const connection = createConnection(fakeOptions());
  const subscribers = countSubscribers(connection);
  const { unmount } = mountSetup(() => [useWebSocket(), useSocketId()], createWebSocket(connection));
  await open();
  expect(subscribers()).toBeGreaterThan(0);
  unmount();
  expect(subscribers()).toBe(0);
  connection.destroy();
});

test('useSocketId() follows the connection and does not open it', async () => {
  const plugin = createWebSocket(fakeOptions());
  const { result: socketId } = mountSetup(() => useSocketId(), plugin);
  expect(FakePusher.instances).toHaveLength(0);
  expect(socketId.value).toBeNull();
  plugin.connection.connect();
  await open('1.2');
  expect(socketId.value).toBe('1.2');
  await lose();
  expect(socketId.value).toBeNull();
});
