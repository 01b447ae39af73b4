import { useEffect } from 'react';
import { act, render, screen } from '@testing-library/react';
import { expect, expectTypeOf, test, vi } from 'vitest';
import type { ConnectionStatus } from '@gema/client';
import { useWebSocket, useWebSocketWithReconnect, type WebSocketState } from '../src/index.ts';
import useWebSocketByDefault from '../src/useWebSocket.ts';
import useWebSocketWithReconnectByDefault from '../src/useWebSocketWithReconnect.ts';
import { FakePusher, inProvider, pass, server, show, showHook } from './harness.tsx';

test('X-19: both hooks are named and default exports', () => {
  expect(useWebSocketByDefault).toBe(useWebSocket);
  expect(useWebSocketWithReconnectByDefault).toBe(useWebSocketWithReconnect);
});

test('X-36: echo and connected are a typed part of the result', async () => {
  const { result } = showHook(() => useWebSocket());
  expectTypeOf(useWebSocket).returns.toEqualTypeOf<WebSocketState>();
  expectTypeOf<WebSocketState['connected']>().toEqualTypeOf<boolean>();
  await server((pusher) => pusher.open('1.1'));
  expect(result.current).toMatchObject({
    connected: true,
    status: 'connected',
    error: null,
    socketId: '1.1',
  });
  expect(result.current.echo).toBe(result.current.connection?.echo);
  expect(result.current.echo?.socketId()).toBe('1.1');
});

test('S-RE-1: connects on mount and disconnects on unmount', async () => {
  const { result, unmount } = showHook(() => useWebSocket());
  expect(result.current.status).toBe('connecting');
  await server((pusher) => pusher.open());
  unmount();
  await pass(0);
  expect(FakePusher.latest.connection.state).toBe('disconnected');
  expect(FakePusher.instances).toHaveLength(1);
});

test('X-20, M9: a loss is shown at once, while pusher-js still says connected', async () => {
  const { result } = showHook(() => useWebSocket());
  await server((pusher) => pusher.open());
  await server((pusher) => {
    pusher.lose();
    expect(pusher.connection.state).toBe('connected');
  });
  expect(result.current).toMatchObject({ connected: false, status: 'reconnecting', socketId: null });
  expect(result.current.error?.kind).toBe('lost');
});

test('X-21: three components share one connection', async () => {
  const Status = () => <p>{useWebSocket().socketId}</p>;
  show(
    <>
      <Status />
      <Status />
      <Status />
    </>,
  );
  await server((pusher) => pusher.open('7.7'));
  expect(FakePusher.instances).toHaveLength(1);
  expect(FakePusher.latest.count('attempt')).toBe(1);
  expect(screen.getAllByText('7.7')).toHaveLength(3);
});

test('X-22: the double mount of StrictMode connects once and disconnects never', async () => {
  showHook(() => useWebSocket());
  await server((pusher) => pusher.open());
  await pass(1000);
  expect(FakePusher.instances).toHaveLength(1);
  expect(FakePusher.latest.count('attempt')).toBe(1);
  expect(FakePusher.latest.count('disconnect')).toBe(0);
});

test('X-23: a component that mounts later has the Echo in its first render', async () => {
  const seen: unknown[] = [];
  const Late = () => {
    const { echo } = useWebSocket();
    seen.push(echo);
    return null;
  };
  const Wrapper = inProvider();
  const { rerender } = render(
    <Wrapper>
      <First />
    </Wrapper>,
  );
  await server((pusher) => pusher.open());
  rerender(
    <Wrapper>
      <First />
      <Late />
    </Wrapper>,
  );
  expect(seen.length).toBeGreaterThan(0);
  expect(seen).not.toContain(null);
});

test("the guide's effect listens through the Echo and leaves", async () => {
  const heard = vi.fn();
  const Guide = () => {
    const { echo } = useWebSocket();
    useEffect(() => {
      if (!echo) return;
      echo.channel('availability').listen('AvailabilityUpdated', heard).listen('CapacityUpdated', heard);
      return () => echo.leave('availability');
    }, [echo]);
    return null;
  };
  const { unmount } = show(<Guide />);
  await server((pusher) => pusher.open());
  await server((pusher) => pusher.emit('availability', 'AvailabilityUpdated', { session_id: 1 }));
  await server((pusher) => pusher.emit('availability', 'CapacityUpdated', { session_id: 1 }));
  expect(heard).toHaveBeenCalledTimes(2);
  unmount();
  expect(FakePusher.latest.channel('availability')).toBeUndefined();
});

test('M10: what is being retried is never shown as failed or disconnected, whatever pusher-js calls it', async () => {
  const seen: ConnectionStatus[] = [];
  showHook(() => {
    const { status } = useWebSocket();
    useEffect(() => {
      seen.push(status);
    }, [status]);
  });
  // Nothing answers: after 10 s pusher-js is `unavailable`.
  await pass(120_000);
  expect(FakePusher.latest.count('attempt')).toBeGreaterThan(3);
  expect(new Set(seen)).toEqual(new Set(['idle', 'connecting', 'reconnecting']));
});

test('M14: a close that pusher-js reports twice is one fault', async () => {
  const seen: unknown[] = [];
  const { result } = showHook(() => {
    const { status, connection } = useWebSocket();
    useEffect(() => connection?.subscribe(() => seen.push(connection.getSnapshot().error)), [connection]);
    return status;
  });
  await server((pusher) => pusher.open());
  seen.length = 0;
  await server((pusher) => pusher.refuse(4001, 'Application does not exist'));
  expect(result.current).toBe('failed');
  expect(seen).toEqual([{ kind: 'refused', code: 4001, message: 'Application does not exist' }]);
});

test.each([4001, 4009, 4301])('X-35: a close with %i is not tried again', async (code) => {
  const { result } = showHook(() => useWebSocketWithReconnect());
  await server((pusher) => pusher.open());
  await server((pusher) => pusher.refuse(code, 'no'));
  await pass(300_000);
  expect(FakePusher.latest.count('attempt')).toBe(1);
  expect(result.current).toMatchObject({ status: 'failed', gaveUp: true, nextRetryIn: null });
  expect(result.current.error).toMatchObject({ kind: 'refused', code });
});

test('retry leaves failed', async () => {
  const { result } = showHook(() => useWebSocket());
  await server((pusher) => pusher.refuse(4001, 'no'));
  expect(result.current.status).toBe('failed');
  act(() => result.current.retry());
  await server((pusher) => pusher.open());
  expect(result.current).toMatchObject({ status: 'connected', error: null });
});

test('a deliberate disconnect lasts, whoever mounts later', async () => {
  const Wrapper = inProvider();
  const { rerender } = render(
    <Wrapper>
      <First />
    </Wrapper>,
  );
  await server((pusher) => pusher.open());
  act(() => screen.getByRole('button').click());
  rerender(
    <Wrapper>
      <First />
      <First />
    </Wrapper>,
  );
  await pass(60_000);
  expect(screen.getAllByRole('button').map((button) => button.textContent)).toEqual([
    'disconnected',
    'disconnected',
  ]);
  expect(FakePusher.latest.count('attempt')).toBe(1);
});

test('retry and disconnect stay the same functions', async () => {
  const { result } = showHook(() => useWebSocket());
  const { retry, disconnect } = result.current;
  await server((pusher) => pusher.open());
  expect(result.current).toMatchObject({ retry, disconnect });
});

function First() {
  const { status, disconnect } = useWebSocket();
  return <button onClick={disconnect}>{status}</button>;
}
