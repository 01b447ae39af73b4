// @vitest-environment node
import { createConnection } from '@gema/client';
import { beforeEach, expect, test, vi } from 'vitest';
import { createSSRApp, effectScope } from 'vue';
import { renderToString } from 'vue/server-renderer';
import { createWebSocket, useChannelEvent, useReconnected, useWebSocketWithReconnect } from '../src/index.ts';
import { Everything, EVERYTHING_IDLE } from './everything.ts';
import { countSubscribers, FakePusher, fakeOptions } from './support.ts';

beforeEach(() => {
  vi.useFakeTimers();
  FakePusher.reset();
  vi.stubGlobal('fetch', () => {
    throw new Error('a server render asks for nothing');
  });
});

test('M5: a server render opens no connection, subscribes to nothing and sets no timer', async () => {
  expect(typeof window).toBe('undefined');
  const warn = vi.spyOn(console, 'warn');
  const html = await renderToString(createSSRApp(Everything).use(createWebSocket(fakeOptions())));
  expect(html).toBe(EVERYTHING_IDLE);
  expect(FakePusher.instances).toEqual([]);
  expect(vi.getTimerCount()).toBe(0);
  expect(warn).not.toHaveBeenCalled();
});

test('M5: a connection that all requests share is not even listened to', async () => {
  const connection = createConnection(fakeOptions());
  const subscribers = countSubscribers(connection);
  await renderToString(createSSRApp(Everything).use(createWebSocket(connection)));
  expect(subscribers()).toBe(0);
  expect(FakePusher.instances).toEqual([]);
});

test('M5: neither does a store on the server', () => {
  const connection = createConnection(fakeOptions());
  const subscribers = countSubscribers(connection);
  effectScope(true).run(() => {
    useWebSocketWithReconnect({ connection });
    useChannelEvent('news', '.Told', vi.fn(), { connection });
    useReconnected(vi.fn(), { connection });
  });
  expect(subscribers()).toBe(0);
  expect(FakePusher.instances).toEqual([]);
  expect(vi.getTimerCount()).toBe(0);
});
