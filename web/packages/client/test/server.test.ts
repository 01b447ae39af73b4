// @vitest-environment node
import { expect, test, vi } from 'vitest';
import { createConnection, handleWebSocketError } from '../src/index.ts';
import { FakePusher } from './fake-pusher.ts';

test('on a server that renders pages nothing is made (M5)', async () => {
  vi.useFakeTimers();
  expect(typeof window).toBe('undefined');
  const connection = createConnection({ key: 'key', host: 'ws.test', Pusher: FakePusher });
  const dispose = handleWebSocketError(connection, vi.fn());
  connection.connect();
  connection.retry();
  const handle = connection.acquire('room', 'presence');
  connection.setToken('T');
  connection.reauthorize();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(connection.getSnapshot().status).toBe('idle');
  expect(handle.getSnapshot()).toEqual({ state: 'idle', error: null, members: [], me: null });
  expect(connection.echo).toBeNull();
  expect(FakePusher.instances).toHaveLength(0);
  handle.release();
  dispose();
  connection.destroy();
  expect(vi.getTimerCount()).toBe(0);
});
