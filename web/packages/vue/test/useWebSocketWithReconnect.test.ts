import { beforeEach, expect, test, vi } from 'vitest';
import {
  createWebSocket,
  useWebSocket,
  useWebSocketWithReconnect,
  type ReconnectOptions,
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
  refuse,
} from './support.ts';

isolateTests();

beforeEach(() => {
  vi.spyOn(console, 'log').mockImplementation(() => undefined);
  vi.spyOn(console, 'error').mockImplementation(() => undefined);
});

const mountHook = (options?: ReconnectOptions) =>
  mountSetup(() => useWebSocketWithReconnect(options), createWebSocket(fakeOptions()));

/** Lets attempts fail as soon as they begin, and tells after how many seconds each of them began. */
async function refuseAttempts(seconds: number): Promise<number[]> {
  const pusher = FakePusher.latest;
  const before = pusher.count('attempt');
  const began: number[] = [];
  let previous = 0;
  for (let second = 1; second <= seconds; second += 1) {
    await pass(1000);
    if (pusher.count('attempt') === before + began.length) continue;
    began.push(second - previous);
    previous = second;
    await refuse();
  }
  return began;
}

test('S-RE-10, X-34: tries after 2, 4, 8, 16 and 32 s, says so, then gives up until retry()', async () => {
  const { result } = mountHook();
  await open();
  await lose();
  expect(await refuseAttempts(300)).toEqual([2, 4, 8, 16, 32]);
  expect(vi.mocked(console.log).mock.calls).toEqual(
    [1, 2, 3, 4, 5].map((attempt) => [`Reconnection attempt ${attempt}`]),
  );
  expect(console.error).toHaveBeenCalledExactlyOnceWith('Max reconnection attempts reached');
  expect(result.status.value).toBe('failed');
  expect(result.error.value?.kind).toBe('exhausted');
  expect(result.gaveUp.value).toBe(true);
  expect(result.reconnecting.value).toBe(false);
  expect(vi.getTimerCount()).toBe(0);

  result.retry();
  expect(result.gaveUp.value).toBe(false);
  await open();
  expect(result.connected.value).toBe(true);
});

test('X-34: useWebSocket() alone doubles from 1 s to 30 s and does not give up', async () => {
  const { result } = mountSetup(() => useWebSocket(), createWebSocket(fakeOptions()));
  await open();
  await lose();
  expect(await refuseAttempts(151)).toEqual([1, 2, 4, 8, 16, 30, 30, 30, 30]);
  expect(result.status.value).toBe('reconnecting');
  expect(console.log).not.toHaveBeenCalled();
});

test('X-29, X-30: a loss starts it, the same Echo comes back, the count begins anew at the next loss', async () => {
  const { result } = mountHook();
  await open();
  const echo = result.echo.value;
  for (let loss = 0; loss < 3; loss += 1) {
    await pass(10_000); // a stable connection: attempts are counted anew
    await lose();
    expect(result.reconnecting.value).toBe(true);
    expect(result.attempt.value).toBe(1);
    expect(result.maxAttempts.value).toBe(5);
    await pass(2000);
    await refuse();
    expect(result.attempt.value).toBe(2);
    await pass(4000);
    await open();
    expect(result.connected.value).toBe(true);
    expect(result.attempt.value).toBe(0);
    expect(result.echo.value).toBe(echo);
  }
  expect(FakePusher.instances).toHaveLength(1);
});

test('what is undefined in the policy is that of the schedule; nonsense is refused', async () => {
  const { result } = mountHook({ baseMs: undefined as never });
  await open();
  await lose();
  expect(result.nextRetryIn.value).toBe(2);
  expect(() => mountHook({ factor: NaN })).toThrow('reconnect.factor must not be NaN');
});

test('X-33: pusher-js makes no attempt of its own', async () => {
  mountHook({ baseMs: 600_000, maxMs: 600_000 });
  await open();
  await lose();
  await pass(599_000);
  expect(FakePusher.latest.count('attempt')).toBe(1);
  await pass(1000);
  expect(FakePusher.latest.count('attempt')).toBe(2);
});

test.for([4001, 4009, 4301])('X-35: after a refusal with %i nothing is tried', async (code) => {
  const { result } = mountHook();
  await open();
  await refuse(code);
  expect(result.gaveUp.value).toBe(true);
  expect(result.error.value).toMatchObject({ kind: 'refused', code });
  await pass(600_000);
  expect(FakePusher.latest.count('attempt')).toBe(1);
  expect(console.error).not.toHaveBeenCalled();
});

test('X-35: over quota (4004) is tried again, slowly', async () => {
  const { result } = mountHook();
  await open();
  await refuse(4004);
  expect(result.reconnecting.value).toBe(true);
  await pass(2000);
  expect(FakePusher.latest.count('attempt')).toBe(1);
  await pass(60_000);
  expect(FakePusher.latest.count('attempt')).toBeGreaterThan(1);
});

test('nextRetryIn counts the seconds down, and sets no timer when nothing is waited for', async () => {
  const { result } = mountHook();
  await open();
  expect(result.nextRetryIn.value).toBeNull();
  expect(vi.getTimerCount()).toBe(0);
  await lose();
  await pass(2000);
  expect(result.nextRetryIn.value).toBeNull();
  await refuse();

  const seen = [result.nextRetryIn.value];
  for (let second = 1; second < 4; second += 1) {
    await pass(1000);
    seen.push(result.nextRetryIn.value);
  }
  expect(seen).toEqual([4, 3, 2, 1]);
  await pass(1000);
  expect(result.nextRetryIn.value).toBeNull();
  await open();
  expect(result.nextRetryIn.value).toBeNull();
  expect(vi.getTimerCount()).toBe(0);
});

test('X-32: the timer of nextRetryIn ends with its component, the wait for the attempt does not', async () => {
  const { remove } = mountTogether(
    { plain: () => useWebSocket(), guide: () => useWebSocketWithReconnect() },
    createWebSocket(fakeOptions()),
  );
  await open();
  await lose();
  expect(vi.getTimerCount()).toBe(2);
  await remove('guide');
  expect(vi.getTimerCount()).toBe(1);
  await pass(2000);
  expect(FakePusher.latest.count('attempt')).toBe(2);
});

test('what is given differs from the schedule of the guide, the rest is as there', async () => {
  const { result } = mountHook({ baseMs: 1000, maxAttempts: 2 });
  await open();
  await lose();
  expect(await refuseAttempts(60)).toEqual([1, 2]);
  expect(result.maxAttempts.value).toBe(2);
});

test('the schedule holds as long as the component is mounted', async () => {
  const { remove } = mountTogether(
    { plain: () => useWebSocket(), guide: () => useWebSocketWithReconnect() },
    createWebSocket(fakeOptions()),
  );
  await open();
  await remove('guide');
  await lose();
  expect(await refuseAttempts(7)).toEqual([1, 2, 4]);
  expect(console.log).not.toHaveBeenCalled();
});

test('two components write one log', async () => {
  const { remove } = mountTogether(
    { a: () => useWebSocketWithReconnect(), b: () => useWebSocketWithReconnect() },
    createWebSocket(fakeOptions()),
  );
  await open();
  await lose();
  await pass(2000);
  expect(vi.mocked(console.log).mock.calls).toEqual([['Reconnection attempt 1']]);
  await remove('a');
  await refuse();
  await pass(4000);
  expect(vi.mocked(console.log).mock.calls).toHaveLength(2);
});
