import { createConnection } from '@gema/client';
import { expect, test, vi } from 'vitest';
import { createWebSocket, useReconnected, useWebSocket } from '../src/index.ts';
import { FakePusher, fakeOptions, isolateTests, mountSetup, open } from './support.ts';

isolateTests();

async function loseAndRecover(): Promise<void> {
  FakePusher.latest.lose();
  vi.advanceTimersByTime(1000);
  FakePusher.latest.refuse();
  vi.advanceTimersByTime(2000);
  await open();
}

test('X-25: a recovery is told once, the first connect is not', async () => {
  const refetch = vi.fn();
  mountSetup(() => {
    useReconnected(refetch);
    return useWebSocket();
  }, createWebSocket(fakeOptions()));
  await open();
  expect(refetch).not.toHaveBeenCalled();
  await loseAndRecover();
  expect(refetch).toHaveBeenCalledTimes(1);
  await loseAndRecover();
  expect(refetch).toHaveBeenCalledTimes(2);
});

test('it ends with the component, or before', async () => {
  const connection = createConnection(fakeOptions());
  const refetch = vi.fn();
  const { unmount } = mountSetup(() => {
    useReconnected(refetch);
    return useWebSocket();
  }, createWebSocket(connection));
  const stop = useReconnected(refetch, { connection });
  await open();
  unmount();
  stop();
  await loseAndRecover();
  expect(refetch).not.toHaveBeenCalled();
  connection.destroy();
});
