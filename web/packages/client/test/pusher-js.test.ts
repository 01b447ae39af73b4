/** The assumptions on pusher-js, proven with its real build for browsers and a WebSocket without network. */
import Pusher from 'pusher-js/dist/web/pusher.js';
import { describe, expect, test, vi } from 'vitest';
import { createConnection, type Connection, type ConnectionOptions } from '../src/index.ts';
import { MockSocket } from './mock-socket.ts';
import { withMockSockets } from './support.ts';

let connection: Connection;

function connect(options: Partial<ConnectionOptions> = {}): Connection {
  connection = createConnection({
    key: 'key',
    host: 'ws.test',
    port: 8080,
    scheme: 'http',
    random: () => 0,
    Pusher,
    ...options,
  });
  connection.connect();
  return connection;
}

/** Seconds since the first socket at which sockets were opened. */
function attempts(): number[] {
  const [first] = MockSocket.instances;
  return MockSocket.instances.map(({ openedAt }) => (openedAt - (first?.openedAt ?? 0)) / 1000);
}

withMockSockets(() => connection.destroy());

describe('with the real pusher-js', () => {
  test('a connection is made to the host and port given, and nowhere else', async () => {
    connect({ path: '/socket' });
    MockSocket.latest.accept('1.1');
    expect(connection.getSnapshot()).toMatchObject({ status: 'connected', socketId: '1.1' });
    await vi.advanceTimersByTimeAsync(20_000);
    expect(MockSocket.instances.map(({ url }) => url)).toEqual([
      'ws://ws.test:8080/socket/app/key?protocol=7&client=js&version=8.6.0&flash=false',
    ]);
  });

  test('a loss is seen in the same tick (M9, X-20, X-29)', () => {
    connect();
    MockSocket.latest.accept('1.1').end(1006);
    expect(connection.getSnapshot()).toMatchObject({
      status: 'reconnecting',
      connected: false,
      attempt: 1,
      error: { kind: 'lost', code: 1006 },
    });
  });

  test('a refused port is tried after 1, 2, 4 s, not after 15 s (M11, X-33)', async () => {
    connect();
    for (const wait of [1000, 2000, 4000, 8000]) {
      MockSocket.latest.refuse();
      expect(connection.getSnapshot()).toMatchObject({
        status: 'reconnecting',
        nextRetryAt: Date.now() + wait,
      });
      await vi.advanceTimersByTimeAsync(wait);
    }
    expect(attempts()).toEqual([0, 1, 3, 7, 15]);
  });

  test('so it is when pusher-js knows a transport from before, and tries that one first', async () => {
    connect();
    MockSocket.latest.accept('1.1').end(1006);
    expect(localStorage.getItem('pusherTransportNonTLS')).not.toBeNull();
    await vi.advanceTimersByTimeAsync(1000);
    MockSocket.latest.refuse(); // the known one
    MockSocket.latest.refuse(); // as if it was not known
    expect(connection.getSnapshot()).toMatchObject({ attempt: 2, nextRetryAt: Date.now() + 2000 });
  });

  test('the second socket of plain ws does not end an attempt that is still under way', async () => {
    connect();
    const [first] = MockSocket.instances;
    await vi.advanceTimersByTimeAsync(2000);
    expect(MockSocket.latest.url).toMatch(/^wss:/);
    MockSocket.latest.refuse();
    expect(connection.getSnapshot().status).toBe('connecting');
    first?.accept('1.1');
    expect(connection.getSnapshot().status).toBe('connected');
  });

  test('an attempt without an answer ends after 10 s', async () => {
    connect({ scheme: 'https' });
    await vi.advanceTimersByTimeAsync(9_999);
    expect(connection.getSnapshot().status).toBe('connecting');
    await vi.advanceTimersByTimeAsync(1);
    expect(connection.getSnapshot()).toMatchObject({ status: 'reconnecting', attempt: 1 });
    await vi.advanceTimersByTimeAsync(1000);
    expect(attempts()).toEqual([0, 11]);
  });

  test.each([1000, 1001, 1006, 1011, 4100, 4150])(
    'after %i one attempt follows, and only one',
    async (code) => {
      connect();
      MockSocket.latest.accept('1.1').end(code);
      await vi.advanceTimersByTimeAsync(1000);
      expect(attempts()).toEqual([0, 1]);
      MockSocket.latest.accept('1.2');
      await vi.advanceTimersByTimeAsync(10_000);
      expect(attempts()).toEqual([0, 1]);
      expect(connection.getSnapshot().status).toBe('connected');
    },
  );

  test('after 4200 it returns at once, spread over half a second', async () => {
    connect({ random: () => 0.5 });
    MockSocket.latest.accept('1.1').end(4200);
    await vi.advanceTimersByTimeAsync(249);
    expect(attempts()).toEqual([0]);
    await vi.advanceTimersByTimeAsync(1);
    expect(attempts()).toEqual([0, 0.25]);
  });

  test.each([4001, 4009, 4301])('%i is final, before and after the handshake (M13, X-35)', async (code) => {
    connect();
    const before = connection;
    MockSocket.latest.open().receive('pusher:error', { code, message: 'no' });
    expect(before.getSnapshot()).toMatchObject({
      status: 'failed',
      error: { kind: 'refused', code, message: 'no' },
    });
    before.destroy();

    connect();
    MockSocket.latest.accept('1.1').end(code, 'no');
    expect(connection.getSnapshot()).toMatchObject({ status: 'failed', error: { kind: 'refused', code } });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(MockSocket.instances).toHaveLength(2);
  });

  test('an error without a close leaves the connection', () => {
    connect();
    MockSocket.latest.accept('1.1').receive('pusher:error', { code: 4301, message: 'too fast' });
    expect(connection.getSnapshot()).toMatchObject({ status: 'connected', error: null });
  });

  test('a silent loss is seen after 15 + 5 s (M23)', async () => {
    connect();
    MockSocket.latest.accept('1.1');
    await vi.advanceTimersByTimeAsync(19_999);
    expect(connection.getSnapshot().status).toBe('connected');
    await vi.advanceTimersByTimeAsync(1);
    expect(connection.getSnapshot()).toMatchObject({ status: 'reconnecting', attempt: 1 });
    await vi.advanceTimersByTimeAsync(1000);
    expect(attempts()).toEqual([0, 21]);
  });

  test('a subscription survives the loss, and its listener hears (M12, X-30)', async () => {
    connect();
    const heard = vi.fn();
    connection.acquire('news').on('.Told', heard);
    MockSocket.latest.accept('1.1').end(1006);
    await vi.advanceTimersByTimeAsync(1000);
    MockSocket.latest.accept('1.2');
    await vi.advanceTimersByTimeAsync(1);
    expect(MockSocket.latest.sent.map(({ event, data }) => [event, data.channel])).toEqual([
      ['pusher:subscribe', 'news'],
    ]);
    MockSocket.latest.receive('pusher_internal:subscription_succeeded', {}, 'news');
    MockSocket.latest.receive('Told', { a: 1 }, 'news');
    expect(heard).toHaveBeenCalledExactlyOnceWith({ a: 1 }, '.Told');
  });

  test('a channel left before it was subscribed is not subscribed after a reconnect', async () => {
    connect();
    MockSocket.latest.accept('1.1');
    connection.acquire('news').release();
    await vi.advanceTimersByTimeAsync(1);
    MockSocket.latest.end(1006);
    await vi.advanceTimersByTimeAsync(1000);
    MockSocket.latest.accept('1.2');
    await vi.advanceTimersByTimeAsync(100);
    expect(MockSocket.latest.sent).toEqual([]);
  });

  test('a disconnect and connect on purpose is one connection', async () => {
    connect();
    MockSocket.latest.accept('1.1');
    connection.disconnect();
    connection.connect();
    await vi.advanceTimersByTimeAsync(100);
    expect(MockSocket.live).toHaveLength(1);
    MockSocket.latest.accept('1.2');
    expect(connection.getSnapshot()).toMatchObject({ status: 'connected', socketId: '1.2' });
  });

  test('ten outages leave one socket (X-31)', async () => {
    connect();
    for (let outage = 0; outage < 10; outage += 1) {
      const socket = MockSocket.latest.accept(`1.${outage}`);
      await vi.advanceTimersByTimeAsync(10_000);
      socket.end([1006, 4100, 4200, 1001][outage % 4] ?? 1006);
      await vi.advanceTimersByTimeAsync(1000);
    }
    MockSocket.latest.accept('2.1');
    await vi.advanceTimersByTimeAsync(5000);
    expect(MockSocket.live).toHaveLength(1);
  });
});
