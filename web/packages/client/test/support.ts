import { afterEach, beforeEach, expect, vi, type Mock } from 'vitest';
import { createConnection, type Connection, type ConnectionOptions } from '../src/index.ts';
import { FakePusher, settled } from './fake-pusher.ts';
import { MockSocket } from './mock-socket.ts';

const made: Connection[] = [];

/** Fake timers and fresh fakes for each test; in the end, no timer and no socket may be left. */
export function withFakes(): void {
  beforeEach(() => {
    vi.useFakeTimers();
    FakePusher.reset();
  });
  afterEach(async () => {
    for (const connection of made.splice(0)) connection.destroy();
    await settled();
    expect(vi.getTimerCount()).toBe(0);
    expect(FakePusher.instances.map(({ connection }) => connection.state)).toEqual(
      FakePusher.instances.map(() => 'disconnected'),
    );
    vi.unstubAllGlobals();
  });
}

/** For the real pusher-js: fake timers and mock sockets; after `end`, no timer and no socket may be left. */
export function withMockSockets(end: () => void): void {
  beforeEach(() => {
    vi.useFakeTimers();
    vi.stubGlobal('WebSocket', MockSocket);
    MockSocket.instances = [];
    localStorage.clear();
  });
  afterEach(async () => {
    end();
    await vi.advanceTimersByTimeAsync(100);
    expect(MockSocket.live).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
    vi.unstubAllGlobals();
  });
}

/** A connection over the fake Pusher, without jitter. */
export function connectionWith(options: Partial<ConnectionOptions> = {}): Connection {
  const connection = createConnection({
    key: 'key',
    host: 'ws.test',
    random: () => 0,
    Pusher: FakePusher,
    ...options,
  });
  made.push(connection);
  return connection;
}

/** The same, connected. */
export function connectedWith(options: Partial<ConnectionOptions> = {}): Connection {
  const connection = connectionWith(options);
  connection.connect();
  FakePusher.latest.open();
  return connection;
}

type Answer = { status: number; body?: unknown } | Error;

/** An authorization endpoint: takes the requests of `fetch`, answers with what `answer` says. */
export function stubEndpoint(answer: (body: Record<string, unknown>) => Answer | Promise<Answer>): Mock {
  const fetch = vi.fn(async (_url: string, { body }: { body: string; headers: Record<string, string> }) => {
    const given = await answer(JSON.parse(body) as Record<string, unknown>);
    if (given instanceof Error) throw given;
    return { status: given.status, ok: given.status < 400, json: () => Promise.resolve(given.body) };
  });
  vi.stubGlobal('fetch', fetch);
  return fetch;
}

/** An endpoint that grants everything. */
export function stubGrants(): Mock {
  return stubEndpoint(({ channel_name: channel }) => ({
    status: 200,
    body: { auth: `key:${String(channel)}`, channel_data: '{"user_id":"1","user_info":{"name":"Ayu"}}' },
  }));
}

/** The JSON bodies of the requests. */
export function bodiesOf(fetch: Mock): unknown[] {
  return fetch.mock.calls.map(([, { body }]) => JSON.parse(body as string) as unknown);
}

/** The header `Authorization` of each request. */
export function bearersOf(fetch: Mock): (string | undefined)[] {
  return fetch.mock.calls.map(([, { headers }]) => (headers as Record<string, string>)['Authorization']);
}
