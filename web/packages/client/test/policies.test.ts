import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createConnection, GUIDE_RECONNECT, type Connection } from '../src/index.ts';
import { FakePusher, settled } from './fake-pusher.ts';

let connection: Connection;

beforeEach(() => {
  vi.useFakeTimers();
  FakePusher.reset();
  connection = createConnection({
    key: 'key',
    host: 'localhost',
    scheme: 'http',
    Pusher: FakePusher,
    random: () => 0,
    reconnect: { baseMs: 500 },
  });
  connection.connect();
  FakePusher.latest.open('1.1');
});

afterEach(() => {
  connection.destroy();
  vi.useRealTimers();
});

/** Milliseconds from a loss to the next attempt. */
async function waitAfterLoss(): Promise<number> {
  FakePusher.latest.lose();
  const wait = (connection.getSnapshot().nextRetryAt ?? 0) - Date.now();
  await settled();
  connection.retry();
  FakePusher.latest.open('1.2');
  return wait;
}

test('another policy holds until it is undone, and what it leaves out is that of the options', async () => {
  expect(await waitAfterLoss()).toBe(500);
  const undo = connection.setReconnect({ maxAttempts: 3 });
  expect(await waitAfterLoss()).toBe(500);
  expect(connection.getSnapshot().maxAttempts).toBe(3);
  undo();
  expect(connection.getSnapshot().maxAttempts).toBe(Infinity);
});

test('of several policies the newest that is not undone holds', async () => {
  const undoGuide = connection.setReconnect(GUIDE_RECONNECT);
  const undoSlow = connection.setReconnect({ baseMs: 9000 });
  expect(await waitAfterLoss()).toBe(9000);
  undoGuide();
  undoGuide();
  expect(await waitAfterLoss()).toBe(9000);
  undoSlow();
  expect(await waitAfterLoss()).toBe(500);
});

test('users are told of another number of attempts', () => {
  const seen: number[] = [];
  connection.subscribe(() => seen.push(connection.getSnapshot().maxAttempts));
  const undo = connection.setReconnect({ maxAttempts: 5 });
  undo();
  expect(seen).toEqual([5, Infinity]);
  expect(connection.getSnapshot()).toMatchObject({ status: 'connected', socketId: '1.1' });
});
