/** Channels and their authorization with the real pusher-js: what the fake says of it holds. */
import Pusher from 'pusher-js/dist/web/pusher.js';
import { beforeEach, expect, test, vi } from 'vitest';
import { createConnection, type Connection, type ConnectionOptions } from '../src/index.ts';
import { MockSocket } from './mock-socket.ts';
import { bearersOf, stubEndpoint, withMockSockets } from './support.ts';

let connection: Connection;
let status: number;

beforeEach(() => {
  status = 200;
});

withMockSockets(() => connection.destroy());

function connect(options: Partial<ConnectionOptions> = {}): void {
  connection = createConnection({ key: 'key', host: 'ws.test', random: () => 0, Pusher, ...options });
  connection.connect();
  MockSocket.latest.accept('1.1');
}

function stubGrants() {
  return stubEndpoint(() => ({
    status,
    body: { auth: 'key:sig', channel_data: '{"user_id":"1","user_info":{"name":"Ayu"}}' },
  }));
}

/** What was sent over the newest socket, after the turn in which it was asked for. */
async function sent(): Promise<string[]> {
  await vi.advanceTimersByTimeAsync(10);
  return MockSocket.latest.sent.map(
    ({ event, data }) => `${event.replace('pusher:', '')} ${data.channel ?? ''}`,
  );
}

function confirm(channel: string, data: object = {}): void {
  MockSocket.latest.receive('pusher_internal:subscription_succeeded', data, channel);
}

test.each([401, 403, 500])(
  'a channel that is refused with %i is subscribed to after setToken',
  async (refusal) => {
    const fetch = stubGrants();
    status = refusal;
    connect({ getToken: () => 'old' });
    const handle = connection.acquire('user.1', 'private');
    const heard = vi.fn();
    handle.on('.Told', heard);
    expect(await sent()).toEqual([]);
    expect(handle.getSnapshot().error?.status).toBe(refusal);
    status = 200;
    connection.setToken('new');
    expect(await sent()).toEqual(['subscribe private-user.1']);
    confirm('private-user.1');
    MockSocket.latest.receive('Told', { a: 1 }, 'private-user.1');
    expect(handle.getSnapshot()).toMatchObject({ state: 'subscribed', error: null });
    expect(heard).toHaveBeenCalledOnce();
    expect(bearersOf(fetch)).toEqual(['Bearer old', 'Bearer new']);
  },
);

test('a channel that the server refuses is subscribed to after setToken', async () => {
  stubGrants();
  connect({ getToken: () => 'old' });
  const handle = connection.acquire('user.1', 'private');
  expect(await sent()).toEqual(['subscribe private-user.1']);
  MockSocket.latest.receive('pusher:error', { code: 4009, message: 'a wrong signature' });
  const refusal = { type: 'AuthError', error: 'a wrong signature', status: 401 };
  MockSocket.latest.receive('pusher:subscription_error', refusal, 'private-user.1');
  expect(handle.getSnapshot().state).toBe('forbidden');
  expect(connection.getSnapshot().status).toBe('connected');
  connection.setToken('new');
  expect(await sent()).toEqual(['subscribe private-user.1', 'subscribe private-user.1']);
});

test('a channel that the server refuses without its name has failed after 20 s, and is asked for again', async () => {
  stubGrants();
  connect({ getToken: () => 'T' });
  const handle = connection.acquire('user.1', 'private');
  expect(await sent()).toEqual(['subscribe private-user.1']);
  MockSocket.latest.receive('pusher:error', { code: 4009, message: 'a wrong signature' });
  for (let answered = 0; answered < 2; answered += 1) {
    await vi.advanceTimersByTimeAsync(9_000);
    MockSocket.latest.receive('pusher:ping', {});
  }
  expect(handle.getSnapshot().state).toBe('subscribing');
  await vi.advanceTimersByTimeAsync(2_000);
  expect(handle.getSnapshot()).toMatchObject({ state: 'failed', error: { message: 'no answer' } });
  await vi.advanceTimersByTimeAsync(1000);
  confirm('private-user.1');
  expect(handle.getSnapshot()).toMatchObject({ state: 'subscribed', error: null });
  const frames = await sent();
  expect(frames.filter((frame) => frame.endsWith('user.1'))).toEqual([
    'subscribe private-user.1',
    // The server may have it all the same, and would refuse a second one.
    'unsubscribe private-user.1',
    'subscribe private-user.1',
  ]);
});

test('log-out unsubscribes from private channels', async () => {
  stubGrants();
  connect({ getToken: () => 'T' });
  connection.acquire('user.1', 'private');
  await sent();
  confirm('private-user.1');
  connection.setToken(null);
  expect(await sent()).toEqual(['subscribe private-user.1', 'unsubscribe private-user.1']);
});

test('a channel that is released while it is authorized is never subscribed to', async () => {
  stubEndpoint(
    () =>
      new Promise((resolve) => {
        setTimeout(resolve, 50, { status: 200, body: { auth: 'x', channel_data: '{"user_id":"1"}' } });
      }),
  );
  connect({ getToken: () => 'T' });
  connection.acquire('user.1', 'private').release();
  connection.acquire('room', 'presence').release();
  await vi.advanceTimersByTimeAsync(100);
  MockSocket.latest.end(1006);
  await vi.advanceTimersByTimeAsync(1000);
  MockSocket.latest.accept('1.2');
  await vi.advanceTimersByTimeAsync(100);
  expect(MockSocket.instances.flatMap((socket) => socket.sent)).toEqual([]);
});

test('a presence channel knows its members', async () => {
  stubGrants();
  connect({ getToken: () => 'T' });
  const handle = connection.acquire('room', 'presence');
  expect(await sent()).toEqual(['subscribe presence-room']);
  const hash = { 1: { name: 'Ayu' }, 7: { name: 'Sari' } };
  confirm('presence-room', { presence: { count: 2, ids: ['1', '7'], hash } });
  MockSocket.latest.receive(
    'pusher_internal:member_added',
    { user_id: '9', user_info: null },
    'presence-room',
  );
  MockSocket.latest.receive('pusher_internal:member_removed', { user_id: '7' }, 'presence-room');
  expect(handle.getSnapshot()).toEqual({
    state: 'subscribed',
    error: null,
    members: [
      { id: '1', info: { name: 'Ayu' } },
      { id: '9', info: null },
    ],
    me: { id: '1', info: { name: 'Ayu' } },
  });
});

test('a presence channel whose grant names no member has failed, and is retried', async () => {
  const fetch = stubEndpoint(() => ({ status: 200, body: { auth: 'x' } }));
  connect({ getToken: () => 'T' });
  const handle = connection.acquire('room', 'presence');
  await sent();
  expect(handle.getSnapshot().state).toBe('failed');
  await vi.advanceTimersByTimeAsync(1000);
  expect(fetch).toHaveBeenCalledTimes(2);
});

test('a client event is sent', async () => {
  stubGrants();
  connect({ getToken: () => 'T' });
  const handle = connection.acquire('user.1', 'private');
  await sent();
  confirm('private-user.1');
  handle.whisper('typing', { name: 'Ayu' });
  expect(await sent()).toEqual(['subscribe private-user.1', 'client-typing ']);
});
