import { useEffect, useState } from 'react';
import { act, screen } from '@testing-library/react';
import { expect, test, vi } from 'vitest';
import { handleWebSocketError } from '@gema/client';
import { useReconnected, useWebSocket } from '../src/index.ts';
import { pass, server, show, showHook } from './harness.tsx';

/** A loss, a failed attempt, a recovery. */
async function outage() {
  await pass(10_000); // a stable connection: attempts are counted anew
  await server((pusher) => pusher.lose());
  await pass(1000);
  await server((pusher) => pusher.refuse());
  await pass(2000);
  await server((pusher) => pusher.open());
}

test('X-25: called once per recovery and not for the first connect', async () => {
  const refetch = vi.fn();
  const { unmount } = showHook(() => {
    useWebSocket();
    useReconnected(refetch);
  });
  await server((pusher) => pusher.open());
  expect(refetch).not.toHaveBeenCalled();
  await outage();
  expect(refetch).toHaveBeenCalledTimes(1);
  await outage();
  expect(refetch).toHaveBeenCalledTimes(2);
  unmount();
  await pass(0);
  expect(vi.getTimerCount()).toBe(0);
});

test('X-25: handleWebSocketError on the connection of the hook tells the recovery once', async () => {
  vi.spyOn(console, 'error').mockReturnValue();
  vi.spyOn(console, 'log').mockReturnValue();
  vi.spyOn(console, 'info').mockReturnValue();
  vi.spyOn(console, 'warn').mockReturnValue();
  const notify = vi.fn();
  showHook(() => {
    const { connection } = useWebSocket();
    useEffect(() => (connection ? handleWebSocketError(connection, notify) : undefined), [connection]);
  });
  await server((pusher) => pusher.open());
  await outage();
  expect(notify.mock.calls.filter(([, level]) => level === 'success')).toEqual([
    ['Reconnected to server', 'success'],
  ]);
  expect(notify.mock.calls.filter(([, level]) => level === 'info')).toEqual([
    ['Disconnected from server', 'info'],
  ]);
});

test('M2: the newest function is called', async () => {
  const seen: number[] = [];
  const Counter = () => {
    const [count, setCount] = useState(0);
    useWebSocket();
    useReconnected(() => seen.push(count));
    return <button onClick={() => setCount(count + 1)}>{count}</button>;
  };
  show(<Counter />);
  await server((pusher) => pusher.open());
  act(() => screen.getByRole('button').click());
  await outage();
  expect(seen).toEqual([1]);
});
