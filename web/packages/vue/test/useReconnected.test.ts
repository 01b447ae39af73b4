import { createConnection } from '@gema/client';
import { expect, test, vi } from 'vitest';
import { createWebSocket, useReconnected, useWebSocket } from '../src/index.ts';
import { fakeOptions, isolateTests, lose, mountSetup, open, pass, refuse } from './support.ts';

isolateTests();

async function loseAndRecover(): Promise<void> {
  await pass(10_000); // a stable connection: attempts are counted anew
  await lose();
  await pass(1000);
  await refuse();
  await pass(2000);
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
