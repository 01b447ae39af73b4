import { describe, expect, test, vi } from 'vitest';
import type { ConnectionOptions } from '../src/index.ts';
import { FakePusher, settled } from './fake-pusher.ts';
import { bearersOf, connectedWith, connectionWith, stubEndpoint, withFakes } from './support.ts';

withFakes();

/** The signatures of the subscriptions that the server was asked for. */
function signaturesSent(): unknown[] {
  return FakePusher.latest.sent
    .filter(({ event }) => event === 'pusher:subscribe')
    .map(({ data }) => (data as { auth: unknown }).auth);
}

/** An endpoint that knows one token. */
function stubToken(valid: string) {
  const fetch = stubEndpoint(() => {
    const bearer = bearersOf(fetch).at(-1);
    return bearer === `Bearer ${valid}`
      ? { status: 200, body: { auth: 'x' } }
      : { status: bearer === 'Bearer other' ? 403 : 401, body: { message: 'no' } };
  });
  return fetch;
}

async function withPrivateChannel(options: Partial<ConnectionOptions>) {
  const connection = connectedWith(options);
  const handle = connection.acquire('user.1', 'private');
  await settled();
  return { connection, handle, state: () => handle.getSnapshot().state };
}

describe('setToken', () => {
  test.each(['expired', 'other', null])('heals a channel that was refused with %s (X-15)', async (first) => {
    const fetch = stubToken('new');
    const { connection, state, handle } = await withPrivateChannel({ getToken: () => first });
    expect(state()).not.toBe('subscribed');
    const heard = vi.fn();
    handle.on('.Told', heard);
    connection.setToken('new');
    expect(state()).toBe('subscribing');
    await settled();
    expect(handle.getSnapshot()).toMatchObject({ state: 'subscribed', error: null });
    FakePusher.latest.emit('private-user.1', 'Told');
    expect(heard).toHaveBeenCalledOnce();
    expect(bearersOf(fetch).at(-1)).toBe('Bearer new');
  });

  test('is used instead of getToken from now on', async () => {
    const fetch = stubToken('new');
    const getToken = vi.fn(() => 'old');
    const { connection } = await withPrivateChannel({ getToken });
    connection.setToken('new');
    connection.acquire('b', 'private');
    await settled();
    expect(bearersOf(fetch)).toEqual(['Bearer old', 'Bearer new', 'Bearer new']);
    expect(getToken).toHaveBeenCalledOnce();
  });

  test('works without getToken', async () => {
    const fetch = stubToken('new');
    const connection = connectionWith();
    connection.setToken('new');
    const handle = connection.acquire('a', 'private');
    FakePusher.latest.open();
    await settled();
    expect(handle.getSnapshot().state).toBe('subscribed');
    expect(bearersOf(fetch)).toEqual(['Bearer new']);
  });

  test('ends at once what another user was granted, and asks as the new one', async () => {
    const fetch = stubToken('A');
    const { connection, handle, state } = await withPrivateChannel({ getToken: () => 'A' });
    const heard = vi.fn();
    handle.on('.Told', heard);
    connection.acquire('news');
    await settled();
    connection.setToken('other');
    expect(state()).toBe('subscribing');
    expect(FakePusher.latest.serverChannels).toEqual(new Set(['news']));
    await settled();
    expect(state()).toBe('forbidden');
    FakePusher.latest.emit('private-user.1', 'Told');
    expect(heard).not.toHaveBeenCalled();
    expect(bearersOf(fetch)).toEqual(['Bearer A', 'Bearer other']);
  });

  test('joins again as a new user who may', async () => {
    const fetch = stubEndpoint(() => ({ status: 200, body: { auth: bearersOf(fetch).at(-1) } }));
    const { connection, handle, state } = await withPrivateChannel({ getToken: () => 'A' });
    const heard = vi.fn();
    handle.on('.Told', heard);
    connection.setToken('B');
    await settled();
    expect(state()).toBe('subscribed');
    expect(signaturesSent()).toEqual(['Bearer A', 'Bearer B']);
    FakePusher.latest.emit('private-user.1', 'Told');
    expect(heard).toHaveBeenCalledOnce();
  });

  test.each([['B'], [null, 'B']])('takes no grant that is on its way: %j, %j', async (...tokens) => {
    const fetch = stubEndpoint(() => ({ status: 200, body: { auth: bearersOf(fetch).at(-1) } }));
    const connection = connectedWith({ getToken: () => 'A' });
    FakePusher.latest.confirms = false;
    const handle = connection.acquire('user.1', 'private');
    await settled(); // the frame of A is on its way
    for (const token of tokens) connection.setToken(token);
    await settled();
    FakePusher.latest.confirm('private-user.1');
    expect(handle.getSnapshot().state).toBe('subscribing'); // that was A's
    expect(FakePusher.latest.serverChannels).toEqual(new Set());
    await settled();
    FakePusher.latest.confirm('private-user.1');
    expect(handle.getSnapshot().state).toBe('subscribed');
    expect(signaturesSent()).toEqual(['Bearer A', 'Bearer B']);
    expect(FakePusher.latest.log.filter((entry) => /subscribe private/.test(entry))).toEqual([
      'subscribe private-user.1',
      'unsubscribe private-user.1',
      'subscribe private-user.1',
    ]);
  });

  test('drops the members whom another user saw', async () => {
    const fetch = stubEndpoint(() => ({
      status: 200,
      body: { auth: 'x', channel_data: JSON.stringify({ user_id: bearersOf(fetch).at(-1) }) },
    }));
    const connection = connectedWith({ getToken: () => 'A' });
    const handle = connection.acquire('room', 'presence');
    await settled();
    expect(handle.getSnapshot().me?.id).toBe('Bearer A');
    connection.setToken('B');
    expect(handle.getSnapshot()).toMatchObject({ state: 'subscribing', members: [], me: null });
    await settled();
    expect(handle.getSnapshot().me?.id).toBe('Bearer B');
  });

  test('replaces a request that is under way; its answer is dropped', async () => {
    const answers: ((status: number) => void)[] = [];
    stubEndpoint(
      () =>
        new Promise((resolve) => {
          answers.push((status) => resolve({ status, body: { auth: 'x' } }));
        }),
    );
    const { connection, state } = await withPrivateChannel({ getToken: () => 'old' });
    connection.setToken('new');
    await settled();
    answers[0]?.(401);
    await settled();
    expect(state()).toBe('subscribing');
    answers[1]?.(200);
    await settled();
    expect(state()).toBe('subscribed');
    expect(FakePusher.latest.count('subscribe private-user.1')).toBe(1);
  });

  test('null leaves private channels, on the server too, and not public ones (X-15)', async () => {
    const fetch = stubToken('new');
    const { connection, handle, state } = await withPrivateChannel({ getToken: () => 'new' });
    connection.acquire('news');
    await settled();
    const heard = vi.fn();
    handle.on('.Told', heard);
    connection.setToken(null);
    expect(state()).toBe('unauthenticated');
    expect(FakePusher.latest.serverChannels).toEqual(new Set(['news']));
    expect(FakePusher.latest.emit('private-user.1', 'Told')).toBe(false);
    const later = connection.acquire('b', 'private');
    await settled();
    expect(later.getSnapshot().state).toBe('unauthenticated');
    expect(fetch).toHaveBeenCalledOnce();
    connection.setToken('new');
    await settled();
    expect([state(), later.getSnapshot().state]).toEqual(['subscribed', 'subscribed']);
    FakePusher.latest.emit('private-user.1', 'Told');
    expect(heard).toHaveBeenCalledOnce();
  });

  test('null stays so through a reconnect', async () => {
    const fetch = stubToken('new');
    const { connection, state } = await withPrivateChannel({ getToken: () => 'new' });
    connection.setToken(null);
    FakePusher.latest.lose();
    await vi.advanceTimersByTimeAsync(1000);
    FakePusher.latest.open();
    await settled();
    expect(state()).toBe('unauthenticated');
    expect(fetch).toHaveBeenCalledOnce();
  });

  test('is taken while the connection is lost, and used when it is back', async () => {
    const fetch = stubToken('new');
    const { connection, state } = await withPrivateChannel({ getToken: () => 'expired' });
    FakePusher.latest.lose();
    connection.setToken('new');
    expect(state()).toBe('idle');
    await vi.advanceTimersByTimeAsync(1000);
    FakePusher.latest.open();
    await settled();
    expect(state()).toBe('subscribed');
    expect(bearersOf(fetch)).toEqual(['Bearer expired', 'Bearer new']);
  });

  test('ends the wait for a retry', async () => {
    let status = 500;
    const fetch = stubEndpoint(() => ({ status, body: { auth: 'x' } }));
    const { connection, state } = await withPrivateChannel({ getToken: () => 'old' });
    status = 200;
    connection.setToken('new');
    await settled();
    expect(state()).toBe('subscribed');
    await vi.advanceTimersByTimeAsync(60_000);
    expect(fetch).toHaveBeenCalledTimes(2);
  });
});

describe('reauthorize', () => {
  test('uses what getToken says now, also after setToken', async () => {
    const fetch = stubToken('new');
    let token: string | null = 'expired';
    const { connection, state } = await withPrivateChannel({ getToken: () => token });
    expect(state()).toBe('unauthenticated');
    connection.setToken('expired too');
    await settled();
    token = 'new';
    connection.reauthorize();
    await settled();
    expect(state()).toBe('subscribed');
    expect(bearersOf(fetch)).toEqual(['Bearer expired', 'Bearer expired too', 'Bearer new']);
    token = null;
    connection.reauthorize();
    await settled();
    expect(state()).toBe('unauthenticated');
    expect(FakePusher.latest.serverChannels).toEqual(new Set());
  });

  test('takes the token of the newest call, whichever comes first', async () => {
    const fetch = stubEndpoint(() => ({ status: 200, body: { auth: bearersOf(fetch).at(-1) } }));
    const tokens: ((token: string) => void)[] = [];
    const getToken = () => new Promise<string>((resolve) => tokens.push(resolve));
    const { connection, state } = await withPrivateChannel({ getToken });
    tokens[0]?.('A');
    await settled();
    expect(state()).toBe('subscribed');
    connection.reauthorize();
    connection.reauthorize();
    await settled();
    expect(FakePusher.latest.serverChannels).toEqual(new Set());
    tokens.at(-1)?.('newest');
    await settled();
    for (const resolve of tokens) resolve('older');
    await settled();
    expect(state()).toBe('subscribed');
    expect(signaturesSent()).toEqual(['Bearer A', 'Bearer newest']);
  });

  test('gives way to a setToken that comes before the token', async () => {
    stubToken('new');
    const { connection, state } = await withPrivateChannel({ getToken: () => Promise.resolve(null) });
    connection.reauthorize();
    connection.setToken('new');
    await settled();
    expect(state()).toBe('subscribed');
  });

  test('tries again when the token cannot be had', async () => {
    stubToken('new');
    const getToken = vi.fn<() => string>(() => {
      throw new Error('no storage');
    });
    const { connection, state } = await withPrivateChannel({ getToken });
    expect(state()).toBe('failed');
    connection.reauthorize();
    await settled();
    expect(state()).toBe('failed');
    getToken.mockReturnValue('new');
    await vi.advanceTimersByTimeAsync(2000);
    expect(state()).toBe('subscribed');
  });
});
