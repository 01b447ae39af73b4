import { useEffect } from 'react';
import { act } from '@testing-library/react';
import { beforeEach, expect, test, vi } from 'vitest';
import type { ConnectionStatus } from '@gema/client';
import { useChannelEvent, useWebSocket, useWebSocketWithReconnect } from '../src/index.ts';
import { FakePusher, optionsOf, pass, server, show, showHook } from './harness.tsx';

const GUIDE_SECONDS = [2, 4, 8, 16, 32];

beforeEach(() => {
  vi.spyOn(console, 'log').mockReturnValue();
  vi.spyOn(console, 'error').mockReturnValue();
});

/** Connects and loses the connection. */
async function lose() {
  await server((pusher) => pusher.open());
  await server((pusher) => pusher.lose());
}

/** The attempts that were made. */
const attempts = () => FakePusher.latest.count('attempt');

/** Waits `seconds` and sees that the attempt is made exactly then. */
async function expectAttemptAfter(seconds: number) {
  const before = attempts();
  await pass(seconds * 1000 - 1);
  expect(attempts()).toBe(before);
  await pass(1);
  expect(attempts()).toBe(before + 1);
}

test("X-29, X-33, X-34, S-RE-10: the guide's schedule starts with the loss, then gives up, and retry() begins anew", async () => {
  const { result } = showHook(() => useWebSocketWithReconnect());
  await lose();
  expect(result.current).toMatchObject({ reconnecting: true, attempt: 1, maxAttempts: 5, gaveUp: false });
  for (const [index, seconds] of GUIDE_SECONDS.entries()) {
    expect(result.current).toMatchObject({ attempt: index + 1, nextRetryIn: seconds });
    expect(console.log).toHaveBeenCalledTimes(index);
    await expectAttemptAfter(seconds);
    expect(console.log).toHaveBeenLastCalledWith(`Reconnection attempt ${index + 1}`);
    expect(result.current.nextRetryIn).toBeNull();
    await server((pusher) => pusher.refuse());
  }
  expect(result.current).toMatchObject({ status: 'failed', reconnecting: false, gaveUp: true });
  expect(result.current.error?.kind).toBe('exhausted');
  expect(console.log).toHaveBeenCalledTimes(5);
  expect(console.error).toHaveBeenCalledExactlyOnceWith('Max reconnection attempts reached');
  await pass(600_000);
  expect(attempts()).toBe(6);

  act(() => result.current.retry());
  await server((pusher) => pusher.open());
  expect(result.current).toMatchObject({ status: 'connected', gaveUp: false, attempt: 0 });
});

test('X-34: useWebSocket() alone has 1, 2, 4, 8, 16, 30, 30 seconds and no end', async () => {
  const { result } = showHook(() => useWebSocket());
  await lose();
  for (const seconds of [1, 2, 4, 8, 16, 30, 30, 30]) {
    await expectAttemptAfter(seconds);
    await server((pusher) => pusher.refuse());
  }
  expect(result.current.status).toBe('reconnecting');
});

test('X-34: useWebSocket() alone has jitter', async () => {
  showHook(() => useWebSocket(), { options: optionsOf({ random: () => 0.5 }) });
  await lose();
  await expectAttemptAfter(0.75);
});

test('a policy of the application is merged into the guide’s and may be a new object each time', async () => {
  const { result, rerender } = showHook(() => useWebSocketWithReconnect({ baseMs: 500, maxAttempts: 2 }));
  await lose();
  rerender();
  expect(result.current).toMatchObject({ maxAttempts: 2, nextRetryIn: 1 });
  await expectAttemptAfter(0.5);
  await server((pusher) => pusher.refuse());
  rerender();
  await expectAttemptAfter(1);
  await server((pusher) => pusher.refuse());
  expect(result.current.gaveUp).toBe(true);
});

test('what is undefined in the policy is that of the schedule; nonsense is refused', async () => {
  const { rerender, result } = showHook(
    (factor?: number) => useWebSocketWithReconnect({ baseMs: undefined as never, factor: factor ?? 2 }),
    {
      initialProps: 2,
    },
  );
  await lose();
  expect(result.current.nextRetryIn).toBe(2);
  vi.spyOn(console, 'error').mockReturnValue();
  expect(() => rerender(NaN)).toThrow('reconnect.factor must not be NaN');
});

test('the schedule ends with the component that asked for it', async () => {
  const Guide = () => {
    useWebSocketWithReconnect();
    return null;
  };
  const App = ({ guide }: { guide: boolean }) => {
    const { status } = useWebSocket();
    return (
      <>
        {guide && <Guide />}
        {status}
      </>
    );
  };
  const { rerender } = show(<App guide />);
  await lose();
  await expectAttemptAfter(2);
  await server((pusher) => pusher.open());
  rerender(<App guide={false} />);
  await pass(10_000); // a stable connection: attempts are counted anew
  await server((pusher) => pusher.lose());
  await expectAttemptAfter(1);
});

test('nextRetryIn ticks once a second, only while an attempt is waited for', async () => {
  const seen: (number | null)[] = [];
  let renders = 0;
  const { result } = showHook(() => {
    const { nextRetryIn } = useWebSocketWithReconnect({ baseMs: 3000 });
    renders += 1;
    useEffect(() => {
      seen.push(nextRetryIn);
    }, [nextRetryIn]);
    return nextRetryIn;
  });
  await server((pusher) => pusher.open());
  const quiet = renders;
  expect(vi.getTimerCount()).toBe(0);
  await pass(10_000);
  expect(renders).toBe(quiet);
  seen.length = 0;
  await server((pusher) => pusher.lose());
  expect(result.current).toBe(3);
  await pass(999);
  expect(result.current).toBe(3);
  await pass(1);
  expect(result.current).toBe(2);
  await pass(2000);
  expect(seen).toEqual([3, 2, 1, null]);
  await server((pusher) => pusher.open());
  expect(vi.getTimerCount()).toBe(0);
});

test('X-30: the second loss is seen too, the counter starts again, and the Echo stays the same', async () => {
  const { result } = showHook(() => useWebSocketWithReconnect());
  await lose();
  const { echo } = result.current;
  await pass(2000);
  await server((pusher) => pusher.refuse());
  await pass(4000);
  await server((pusher) => pusher.open());
  expect(result.current).toMatchObject({ connected: true, attempt: 0 });
  await pass(10_000); // a stable connection: attempts are counted anew
  await server((pusher) => pusher.lose());
  expect(result.current).toMatchObject({ connected: false, reconnecting: true, attempt: 1, nextRetryIn: 2 });
  await expectAttemptAfter(2);
  await server((pusher) => pusher.open());
  expect(result.current.connected).toBe(true);
  expect(result.current.echo).toBe(echo);
});

test('X-31: ten outages leave one instance, one socket and one listener', async () => {
  const heard = vi.fn();
  showHook(() => {
    useWebSocketWithReconnect();
    useChannelEvent('availability', '.AvailabilityUpdated', heard);
  });
  await server((pusher) => pusher.open());
  for (let outage = 1; outage <= 10; outage += 1) {
    await pass(10_000); // a stable connection: attempts are counted anew
    await server((pusher) => pusher.lose());
    await expectAttemptAfter(2);
    await server((pusher) => pusher.open());
  }
  await server((pusher) => pusher.emit('availability', 'AvailabilityUpdated', { session_id: 1 }));
  expect(heard).toHaveBeenCalledOnce();
  expect(FakePusher.instances).toHaveLength(1);
  expect(attempts()).toBe(11);
});

test('X-32: unmounted while waiting, no timer and no socket is left', async () => {
  const { result, unmount } = showHook(() => useWebSocketWithReconnect());
  await lose();
  expect(result.current.nextRetryIn).toBe(2);
  unmount();
  await pass(0);
  expect(vi.getTimerCount()).toBe(0);
  await pass(120_000);
  expect(attempts()).toBe(1);
  expect(FakePusher.instances).toHaveLength(1);
  expect(FakePusher.latest.connection).toMatchObject({ state: 'disconnected', transport: null });
});

test('X-32: unmounted while connected, connecting or given up, no timer is left', async () => {
  for (const ready of ['connecting', 'connected', 'failed']) {
    FakePusher.reset();
    const { result, unmount } = showHook(() => useWebSocketWithReconnect());
    if (ready === 'connected') await server((pusher) => pusher.open());
    if (ready === 'failed') await server((pusher) => pusher.refuse(4001));
    expect(result.current.status).toBe(ready);
    unmount();
    await pass(0);
    expect(vi.getTimerCount()).toBe(0);
    expect(FakePusher.latest.connection.transport).toBeNull();
  }
});

test('retrying is never shown as disconnected', async () => {
  const seen: ConnectionStatus[] = [];
  showHook(() => {
    const { status } = useWebSocketWithReconnect();
    useEffect(() => {
      seen.push(status);
    }, [status]);
  });
  await server((pusher) => pusher.open());
  seen.length = 0;
  await server((pusher) => pusher.lose());
  await pass(2000);
  await server((pusher) => pusher.refuse());
  await pass(4000);
  await server((pusher) => pusher.open());
  expect(seen).toEqual(['reconnecting', 'connected']);
});

test('several components write one log', async () => {
  showHook(() => {
    useWebSocketWithReconnect();
    useWebSocketWithReconnect();
  });
  await lose();
  await pass(2000);
  expect(console.log).toHaveBeenCalledExactlyOnceWith('Reconnection attempt 1');
});
