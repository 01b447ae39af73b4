import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import {
  backoffDelay,
  createConnection,
  GUIDE_RECONNECT,
  reconnectPolicy,
  type Connection,
} from '../src/index.ts';
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
  await vi.advanceTimersByTimeAsync(10_000); // the connection is stable
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

test('what is undefined is missing', async () => {
  connection.setReconnect({ baseMs: undefined as never, factor: 3 });
  expect(await waitAfterLoss()).toBe(500);
  expect(reconnectPolicy({ baseMs: undefined, maxMs: 1 }, GUIDE_RECONNECT)).toEqual({
    ...GUIDE_RECONNECT,
    maxMs: 1,
  });
});

test.each([
  { baseMs: NaN },
  { baseMs: -1 },
  { factor: Infinity },
  { maxMs: 2 ** 31 },
  { jitter: 1.1 },
  { maxAttempts: NaN },
])('%j is refused, where it is given', (policy) => {
  const [key] = Object.keys(policy);
  const message = new RegExp(`^reconnect.${key} must not be `);
  expect(() => connection.setReconnect(policy)).toThrow(message);
  expect(() => createConnection({ key: 'key', host: 'localhost', reconnect: policy })).toThrow(message);
  expect(() => backoffDelay(1, policy)).toThrow(RangeError);
});

test('without a base, there is no wait, however many attempts failed', () => {
  expect(backoffDelay(5000, { baseMs: 0 })).toBe(0);
});

test('users are told of another number of attempts', () => {
  const seen: number[] = [];
  connection.subscribe(() => seen.push(connection.getSnapshot().maxAttempts));
  const undo = connection.setReconnect({ maxAttempts: 5 });
  undo();
  expect(seen).toEqual([5, Infinity]);
  expect(connection.getSnapshot()).toMatchObject({ status: 'connected', socketId: '1.1' });
});
