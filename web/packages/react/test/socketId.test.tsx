import { expect, test, vi } from 'vitest';
import { fetchWithSocketId, useSocketId, useWebSocket } from '../src/index.ts';
import { FakePusher, pass, server, showHook } from './harness.tsx';

test('useSocketId follows the connection', async () => {
  const { result } = showHook(() => {
    useWebSocket();
    return useSocketId();
  });
  expect(result.current).toBeNull();
  await server((pusher) => pusher.open('1.1'));
  expect(result.current).toBe('1.1');
  await server((pusher) => pusher.lose());
  expect(result.current).toBeNull();
  await pass(1000);
  await server((pusher) => pusher.open('2.2'));
  expect(result.current).toBe('2.2');
});

test('useSocketId alone does not connect', async () => {
  const { result } = showHook(() => useSocketId());
  await pass(0);
  expect(result.current).toBeNull();
  expect(FakePusher.instances).toHaveLength(0);
});

/** What `fetch` was called with, as the request that it would send. */
function stubFetch() {
  const fetch = vi.fn<typeof globalThis.fetch>(() => Promise.resolve(new Response()));
  vi.stubGlobal('fetch', fetch);
  return () => new Request(...(fetch.mock.lastCall ?? ['']));
}

test('fetchWithSocketId adds X-Socket-ID and keeps the rest', async () => {
  const sent = stubFetch();
  await fetchWithSocketId('1.1', 'https://gema.test/bookings', {
    method: 'POST',
    headers: { Accept: 'application/json' },
    body: '{}',
  });
  expect(sent().method).toBe('POST');
  expect(sent().headers.get('Accept')).toBe('application/json');
  expect(sent().headers.get('X-Socket-ID')).toBe('1.1');
});

test('fetchWithSocketId keeps the headers of a Request', async () => {
  const sent = stubFetch();
  await fetchWithSocketId('1.1', new Request('https://gema.test/', { headers: { Accept: 'text/plain' } }));
  expect(sent().headers.get('Accept')).toBe('text/plain');
  expect(sent().headers.get('X-Socket-ID')).toBe('1.1');
});

test('fetchWithSocketId without an id is a plain fetch', async () => {
  const sent = stubFetch();
  await fetchWithSocketId(null, 'https://gema.test/');
  expect(sent().headers.has('X-Socket-ID')).toBe(false);
});
