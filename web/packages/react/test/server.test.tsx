// @vitest-environment node
import { renderToString } from 'react-dom/server';
import { expect, test, vi } from 'vitest';
import {
  configureWebSocket,
  useChannelEvent,
  useChannels,
  usePresence,
  useReconnected,
  useSocketId,
  useWebSocketWithReconnect,
  WebSocketProvider,
} from '../src/index.ts';
import { FakePusher, optionsOf } from './harness.tsx';

function Everything() {
  const { status, echo, connection, nextRetryIn } = useWebSocketWithReconnect();
  const { state } = useChannelEvent('news', 'Told', () => undefined);
  const channels = useChannels(['a', 'b'], 'Told', () => undefined);
  const { count } = usePresence('room');
  const socketId = useSocketId();
  useReconnected(() => undefined);
  return JSON.stringify({ status, echo, connection, nextRetryIn, state, channels, count, socketId });
}

const IDLE = { state: 'idle', error: null };

const NOTHING = {
  status: 'idle',
  echo: null,
  connection: null,
  nextRetryIn: null,
  state: 'idle',
  channels: { a: IDLE, b: IDLE },
  count: 0,
  socketId: null,
};

const textOf = (html: string): unknown => JSON.parse(html.replaceAll('&quot;', '"'));

test('M5: a server render is idle and makes nothing', () => {
  expect(typeof window).toBe('undefined');
  const html = renderToString(
    <WebSocketProvider options={optionsOf()}>
      <Everything />
    </WebSocketProvider>,
  );
  expect(textOf(html)).toEqual(NOTHING);
  expect(FakePusher.instances).toHaveLength(0);
  expect(vi.getTimerCount()).toBe(0);
});

test('M5: so it is with a configured connection', () => {
  configureWebSocket(optionsOf());
  expect(textOf(renderToString(<Everything />))).toEqual(NOTHING);
  expect(FakePusher.instances).toHaveLength(0);
});
