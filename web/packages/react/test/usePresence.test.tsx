import { expect, test } from 'vitest';
import { usePresence } from '../src/index.ts';
import { FakePusher, pass, server, showHook, stubAuthorization } from './harness.tsx';

const ME = { id: '1', info: { name: 'Sari' } };
const BUDI = { id: '2', info: { name: 'Budi' } };

test('members, me and count are state', async () => {
  stubAuthorization();
  const { result } = showHook(() => usePresence('room'));
  expect(result.current).toMatchObject({ members: [], me: null, count: 0 });
  await server((pusher) => pusher.open());
  expect(result.current).toEqual({ state: 'subscribed', error: null, members: [ME], me: ME, count: 1 });
  await server((pusher) => pusher.join('presence-room', BUDI.id, BUDI.info));
  expect(result.current).toMatchObject({ members: [ME, BUDI], count: 2 });
  await server((pusher) => pusher.leave('presence-room', BUDI.id));
  expect(result.current).toMatchObject({ members: [ME], me: ME, count: 1 });
});

test('a channel that rejects is shown', async () => {
  stubAuthorization(() => 403);
  const { result } = showHook(() => usePresence('room'));
  await server((pusher) => pusher.open());
  expect(result.current).toMatchObject({ state: 'forbidden', error: { status: 403 }, count: 0 });
});

test('null is in no channel, and leaves the one before', async () => {
  stubAuthorization();
  const { result, rerender } = showHook<unknown, string | null>(usePresence, { initialProps: 'room' });
  await server((pusher) => pusher.open());
  rerender(null);
  await pass(0);
  expect(result.current).toEqual({ state: 'idle', error: null, members: [], me: null, count: 0 });
  expect(FakePusher.latest.serverChannels.size).toBe(0);
});
