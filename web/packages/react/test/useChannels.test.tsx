import { expect, test, vi } from 'vitest';
import { useChannels } from '../src/index.ts';
import { FakePusher, pass, server, showHook, stubAuthorization, wire } from './harness.tsx';

test('hears each channel of the list and tells which it was', async () => {
  const handler = vi.fn();
  const { result } = showHook(() => useChannels(['news', 'sports'], ['Told', 'Asked'], handler));
  await server((pusher) => pusher.open());
  await server((pusher) => {
    pusher.emit('news', 'Told', 1);
    pusher.emit('sports', 'Asked', 2);
  });
  expect(handler.mock.calls).toEqual([
    [1, 'Told', 'news'],
    [2, 'Asked', 'sports'],
  ]);
  expect(result.current).toEqual({
    news: { state: 'subscribed', error: null },
    sports: { state: 'subscribed', error: null },
  });
});

test('M1: a change of the list does not disturb the channels that stay', async () => {
  const { result, rerender } = showHook((names: string[]) => useChannels(names, 'Told', vi.fn()), {
    initialProps: ['a', 'b'],
  });
  await server((pusher) => pusher.open());
  rerender(['b', 'c', 'c']);
  await pass(0);
  expect(wire()).toEqual(['subscribe a', 'subscribe b', 'subscribe c', 'unsubscribe a']);
  expect(Object.keys(result.current)).toEqual(['b', 'c']);
});

test('names without a prefix keep their names', async () => {
  stubAuthorization((request) => (request.headers.get('Authorization') ? 200 : 403));
  const handler = vi.fn();
  const { result } = showHook(() => useChannels(['user.1'], 'Told', handler, { visibility: 'private' }));
  await server((pusher) => pusher.open());
  expect(FakePusher.latest.count('authorize private-user.1')).toBe(1);
  expect(result.current['user.1']?.state).toBe('forbidden');
});

test('the empty list does not connect', async () => {
  const { result } = showHook(() => useChannels([], 'Told', vi.fn()));
  await pass(0);
  expect(result.current).toEqual({});
  expect(FakePusher.instances).toHaveLength(0);
});
