/** Another user in the middle of everything, with the real pusher-js: nobody gets what was granted to the one before. */
import Echo from 'laravel-echo';
import Pusher from 'pusher-js/dist/web/pusher.js';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { createConnection, type Connection, type ConnectionOptions } from '../src/index.ts';
import { MockSocket } from './mock-socket.ts';
import { bearersOf, stubEndpoint, withMockSockets } from './support.ts';

const CHANNEL = 'private-user.1';
const SUBSCRIBE = `subscribe ${CHANNEL}`;
const UNSUBSCRIBE = `unsubscribe ${CHANNEL}`;
const REFUSAL = { type: 'AuthError', error: 'a wrong signature', status: 401 };

let connection: Connection;
let status: number;

beforeEach(() => {
  status = 200;
});

withMockSockets(() => connection.destroy());

/** Grants with the token as signature, while `status` is 200. */
function stubSignatures() {
  const fetch = stubEndpoint(() => ({
    status,
    body: { auth: bearersOf(fetch).at(-1), channel_data: '{"user_id":"1"}' },
  }));
  return fetch;
}

function make(options: Partial<ConnectionOptions> = {}): void {
  connection = createConnection({ key: 'key', host: 'ws.test', random: () => 0, Pusher, ...options });
}

function connect(options: Partial<ConnectionOptions> = {}): void {
  make({ getToken: () => 'A', ...options });
  connection.connect();
  MockSocket.latest.accept('1.1');
}

/** What was sent over the newest socket for the channel, after the turn in which it was asked for. */
async function sent(): Promise<string[]> {
  await vi.advanceTimersByTimeAsync(10);
  return MockSocket.latest.sent
    .filter(({ data }) => data.channel !== undefined)
    .map(({ event, data }) => `${event.replace('pusher:', '')} ${data.channel}`);
}

function confirm(channel = CHANNEL, data: object = {}): void {
  MockSocket.latest.receive('pusher_internal:subscription_succeeded', data, channel);
}

function refuse(): void {
  MockSocket.latest.receive('pusher:subscription_error', REFUSAL, CHANNEL);
}

/** Time in which the server sends nothing but pings. */
async function quiet(milliseconds: number): Promise<void> {
  for (let passed = 0; passed < milliseconds; passed += 5000) {
    await vi.advanceTimersByTimeAsync(5000);
    MockSocket.latest.receive('pusher:ping', {});
  }
}

/** The frame of A is on its way. */
async function withFrame(options: Partial<ConnectionOptions> = {}) {
  stubSignatures();
  connect(options);
  const handle = connection.acquire('user.1', 'private');
  const onSubscribed = vi.fn();
  handle.onSubscribed(onSubscribed);
  expect(await sent()).toEqual([SUBSCRIBE]);
  return { handle, onSubscribed, state: () => handle.getSnapshot().state };
}

describe('while a subscription of A is on its way', () => {
  test.each([['B'], [null, 'B']])('B is asked for after its answer: %j, %j', async (...tokens) => {
    const { state, onSubscribed } = await withFrame();
    for (const token of tokens) connection.setToken(token);
    expect(await sent()).toEqual([SUBSCRIBE]);
    confirm();
    expect([state(), onSubscribed.mock.calls.length]).toEqual(['subscribing', 0]);
    expect(await sent()).toEqual([SUBSCRIBE, UNSUBSCRIBE, SUBSCRIBE]);
    expect(MockSocket.latest.sent.at(-1)?.data.auth).toBe('Bearer B');
    confirm();
    expect([state(), onSubscribed.mock.calls.length]).toEqual(['subscribed', 1]);
  });

  test.each([
    [403, 'forbidden'],
    [401, 'unauthenticated'],
    [500, 'failed'],
  ])('its confirmation is nobody else’s: B gets %i', async (answer, expected) => {
    const { state, onSubscribed } = await withFrame();
    status = answer;
    connection.setToken('B');
    confirm();
    expect(await sent()).toEqual([SUBSCRIBE, UNSUBSCRIBE]);
    expect([state(), onSubscribed.mock.calls.length]).toEqual([expected, 0]);
  });

  test.each(['setToken', 'reauthorize'])('a log-out leaves with its confirmation: %s', async (how) => {
    let token: string | null = 'A';
    const { state } = await withFrame({ getToken: () => token });
    token = null;
    if (how === 'setToken') connection.setToken(null);
    else connection.reauthorize();
    confirm();
    expect(await sent()).toEqual([SUBSCRIBE, UNSUBSCRIBE]);
    expect(state()).toBe('unauthenticated');
  });

  test('its refusal is nobody else’s', async () => {
    const onAuthError = vi.fn();
    const { state } = await withFrame({ onAuthError });
    connection.setToken('B');
    refuse();
    await sent();
    confirm();
    expect(state()).toBe('subscribed');
    connection.setToken('C');
    await sent();
    refuse();
    expect(state()).toBe('forbidden');
    expect(onAuthError).not.toHaveBeenCalled();
  });

  test('a server that never answers is asked as B after 20 s', async () => {
    const { state } = await withFrame();
    connection.setToken('B');
    await quiet(20_000);
    expect(await sent()).toEqual([SUBSCRIBE, UNSUBSCRIBE, SUBSCRIBE]);
    confirm();
    expect(state()).toBe('subscribed');
  });

  test('a loss ends the wait', async () => {
    const { state } = await withFrame();
    connection.setToken('B');
    MockSocket.latest.end(1006);
    await vi.advanceTimersByTimeAsync(1000);
    MockSocket.latest.accept('1.2');
    expect(await sent()).toEqual([SUBSCRIBE]);
    expect(MockSocket.latest.sent.at(-1)?.data.auth).toBe('Bearer B');
    confirm();
    expect(state()).toBe('subscribed');
  });
});

test('what comes late for A is not heard by B', async () => {
  stubSignatures();
  connect();
  const handle = connection.acquire('room', 'presence');
  const heard = vi.fn();
  handle.on('.Secret', heard);
  await sent();
  confirm('presence-room', { presence: { count: 1, ids: ['1'], hash: { 1: {} } } });
  connection.setToken('B');
  MockSocket.latest.receive(
    'pusher_internal:member_added',
    { user_id: '9', user_info: null },
    'presence-room',
  );
  MockSocket.latest.receive('Secret', { a: 1 }, 'presence-room');
  expect(handle.getSnapshot()).toMatchObject({ state: 'subscribing', members: [] });
  await sent();
  confirm('presence-room', { presence: { count: 1, ids: ['1'], hash: { 1: {} } } });
  expect(handle.getSnapshot().members).toHaveLength(1);
  expect(heard).not.toHaveBeenCalled();
});

test('a confirmation that comes after the wait for it was given up does not count', async () => {
  const { state } = await withFrame();
  await quiet(20_000);
  expect(state()).toBe('failed');
  confirm();
  expect(state()).toBe('failed');
  await vi.advanceTimersByTimeAsync(1000);
  expect(await sent()).toEqual([SUBSCRIBE, UNSUBSCRIBE, SUBSCRIBE]);
  expect(state()).toBe('subscribing');
  confirm();
  expect(state()).toBe('subscribed');
});

test.each(['offline', 'disconnected'])('tokens that change before there is an Echo: %s', async (how) => {
  stubSignatures();
  make();
  if (how === 'disconnected') connection.disconnect();
  else vi.spyOn(navigator, 'onLine', 'get').mockReturnValue(false);
  connection.acquire('user.1', 'private');
  connection.setToken(null);
  connection.setToken('B');
  vi.restoreAllMocks();
  if (how === 'disconnected') connection.connect();
  else window.dispatchEvent(new Event('online'));
  MockSocket.latest.accept('1.1');
  expect(await sent()).toEqual([SUBSCRIBE]);
});

describe('a token that is brought by who is told', () => {
  test.each([
    [403, 'forbidden'],
    [500, 'failed'],
    [401, 'unauthenticated'],
  ])('of %i', async (answer, told) => {
    stubSignatures();
    status = answer;
    const onAuthError = vi.fn();
    connect({ onAuthError });
    const handle = connection.acquire('user.1', 'private');
    handle.subscribe(() => {
      if (handle.getSnapshot().state !== told) return;
      status = 200;
      connection.setToken('B');
    });
    await sent();
    confirm();
    const states: string[] = [];
    handle.subscribe(() => states.push(handle.getSnapshot().state));
    await quiet(30_000);
    expect([handle.getSnapshot().state, states]).toEqual(['subscribed', []]);
    expect(await sent()).toEqual([SUBSCRIBE]);
    expect(onAuthError).not.toHaveBeenCalled();
  });

  test('of the connection', async () => {
    stubSignatures();
    make({ getToken: () => 'A' });
    const handle = connection.acquire('user.1', 'private');
    let told = false;
    handle.subscribe(() => {
      if (handle.getSnapshot().state !== 'subscribing' || told) return;
      told = true;
      connection.setToken('B');
    });
    await vi.advanceTimersByTimeAsync(5);
    MockSocket.latest.accept('1.1');
    await sent();
    confirm();
    await sent();
    if (handle.getSnapshot().state === 'subscribing') confirm();
    expect(handle.getSnapshot().state).toBe('subscribed');
    expect(MockSocket.latest.sent.at(-1)?.data.auth).toBe('Bearer B');
  });

  test('that is the same is not told of again', async () => {
    const fetch = stubSignatures();
    status = 401;
    const onAuthError = vi.fn(() => connection.reauthorize());
    connect({ onAuthError });
    connection.acquire('user.1', 'private');
    await sent();
    expect(onAuthError).toHaveBeenCalledOnce();
    expect(fetch).toHaveBeenCalledTimes(2);
  });
});

test('whoever destroys it when told of the subscribing leaves no timer', async () => {
  connect();
  const handle = connection.acquire('news');
  MockSocket.latest.end(1006);
  await vi.advanceTimersByTimeAsync(1000);
  handle.subscribe(() => {
    if (handle.getSnapshot().state === 'subscribing') connection.destroy();
  });
  MockSocket.latest.accept('1.2');
});

test.each(['not json', 'null'])('a grant of a member that is %s has failed', async (channel_data) => {
  stubEndpoint(() => ({ status: 200, body: { auth: 'x', channel_data } }));
  connect();
  const handle = connection.acquire('room', 'presence');
  await sent();
  expect(handle.getSnapshot().state).toBe('failed');
});

test('an Echo that was given asks once, whatever token is set', async () => {
  const answers: ((error: null, grant: { auth: string }) => void)[] = [];
  const echo = new Echo<'reverb'>({
    broadcaster: 'reverb',
    key: 'key',
    wsHost: 'ws.test',
    enabledTransports: ['ws', 'wss'],
    channelAuthorization: {
      customHandler: (_: unknown, callback: (typeof answers)[number]) => answers.push(callback),
    },
    ...{ Pusher: Pusher as never },
  } as never);
  connection = createConnection(echo);
  await vi.advanceTimersByTimeAsync(5);
  MockSocket.latest.accept('1.1');
  const handle = connection.acquire('user.1', 'private');
  await vi.advanceTimersByTimeAsync(5);
  connection.setToken('B');
  connection.setToken(null);
  for (const answer of answers) answer(null, { auth: 'x' });
  expect(await sent()).toEqual([SUBSCRIBE]);
  confirm();
  expect(handle.getSnapshot().state).toBe('subscribed');
  connection.destroy();
  echo.disconnect();
});
