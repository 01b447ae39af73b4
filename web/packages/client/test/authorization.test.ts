import { describe, expect, test, vi } from 'vitest';
import { FakePusher, settled } from './fake-pusher.ts';
import { bearersOf, connectedWith, stubEndpoint, stubGrants, withFakes } from './support.ts';

withFakes();

const authorized = () => FakePusher.latest.log.filter((entry) => /^subscribe/.test(entry));

describe('an authorization', () => {
  test('asks the endpoint, and passes on what it grants', async () => {
    const fetch = stubEndpoint(() => ({
      status: 200,
      body: { auth: 'key:sig', channel_data: '{"user_id":"1"}', shared_secret: 's' },
    }));
    connectedWith({ getToken: () => 'T', authEndpoint: 'https://api.test/auth' }).acquire('room', 'presence');
    await settled();
    expect(fetch).toHaveBeenCalledExactlyOnceWith('https://api.test/auth', {
      method: 'POST',
      headers: { Accept: 'application/json', 'Content-Type': 'application/json', Authorization: 'Bearer T' },
      body: '{"socket_id":"1.1","channel_name":"presence-room"}',
      signal: expect.any(AbortSignal) as AbortSignal,
    });
    expect(FakePusher.latest.sent[0]?.data).toEqual({
      auth: 'key:sig',
      channel_data: '{"user_id":"1"}',
      channel: 'presence-room',
    });
  });

  test('passes on the secret of an encrypted channel', async () => {
    stubEndpoint(() => ({ status: 200, body: { auth: 'key:sig', shared_secret: 's' } }));
    connectedWith();
    const granted = vi.fn();
    FakePusher.latest.options.channelAuthorization?.customHandler?.(
      { socketId: '1.1', channelName: 'private-encrypted-a' },
      granted,
    );
    await settled();
    expect(granted).toHaveBeenCalledExactlyOnceWith(null, { auth: 'key:sig', shared_secret: 's' });
  });

  test('asks Laravel’s endpoint by default, without a header when the page uses cookies', async () => {
    const fetch = stubGrants();
    connectedWith().acquire('user.1', 'private');
    await settled();
    expect(fetch.mock.calls[0]?.[0]).toBe('/broadcasting/auth');
    expect(bearersOf(fetch)).toEqual([undefined]);
    expect(authorized()).toEqual(['subscribe private-user.1']);
  });

  test('brings the CSRF token of the page, as Echo does', async () => {
    document.head.innerHTML = '<meta name="csrf-token" content="C">';
    const fetch = stubGrants();
    connectedWith().acquire('user.1', 'private');
    await settled();
    document.head.innerHTML = '';
    expect(fetch.mock.calls[0]?.[1]).toMatchObject({ headers: { 'X-CSRF-TOKEN': 'C' } });
  });

  test('reads the token every time, at the time (X-13, X-15)', async () => {
    const fetch = stubGrants();
    const getToken = vi.fn<() => string>();
    const connection = connectedWith({ getToken });
    expect(getToken).not.toHaveBeenCalled();
    getToken.mockReturnValue('one');
    connection.acquire('a', 'private');
    await settled();
    getToken.mockReturnValue('two');
    connection.acquire('b', 'private');
    await settled();
    expect(bearersOf(fetch)).toEqual(['Bearer one', 'Bearer two']);
  });

  test('waits for a token that is fetched', async () => {
    const fetch = stubGrants();
    connectedWith({ getToken: () => Promise.resolve('later') }).acquire('a', 'private');
    await settled();
    expect(bearersOf(fetch)).toEqual(['Bearer later']);
  });

  test.each([null, undefined, '', Promise.resolve(null)])(
    'is not asked for without a token (X-14): %s',
    async (token) => {
      const fetch = stubGrants();
      const onAuthError = vi.fn();
      const handle = connectedWith({ getToken: () => token, onAuthError }).acquire('a', 'private');
      await settled();
      expect(fetch).not.toHaveBeenCalled();
      expect(onAuthError).not.toHaveBeenCalled();
      expect(handle.getSnapshot()).toEqual({
        state: 'unauthenticated',
        error: { channel: 'private-a', status: null, message: 'no token' },
        members: [],
        me: null,
      });
    },
  );

  test('is never asked for a public channel', async () => {
    const fetch = stubGrants();
    const handle = connectedWith({ getToken: () => null }).acquire('news');
    await settled();
    expect(fetch).not.toHaveBeenCalled();
    expect(handle.getSnapshot().state).toBe('subscribed');
  });
});

describe('the answer (M15)', () => {
  test('401 is unauthenticated and told to the application', async () => {
    const onAuthError = vi.fn();
    stubEndpoint(() => ({ status: 401, body: { message: 'Unauthorized' } }));
    const handle = connectedWith({ getToken: () => 'old', onAuthError }).acquire('a', 'private');
    await settled();
    const error = { channel: 'private-a', status: 401, message: 'Unauthorized' };
    expect(handle.getSnapshot()).toMatchObject({ state: 'unauthenticated', error });
    expect(onAuthError).toHaveBeenCalledExactlyOnceWith(error, 'old');
    await vi.advanceTimersByTimeAsync(600_000);
    expect(fetch).toHaveBeenCalledOnce();
  });

  test('401 is told once for all channels, and again for another token or connection', async () => {
    const onAuthError = vi.fn();
    stubEndpoint(() => ({ status: 401, body: {} }));
    let token = 'A';
    const connection = connectedWith({ getToken: () => token, onAuthError });
    for (const name of ['a', 'b', 'c']) connection.acquire(name, 'private');
    await settled();
    const tokens = () => onAuthError.mock.calls.map(([, refused]) => refused as string);
    expect(tokens()).toEqual(['A']);
    token = 'B';
    connection.reauthorize();
    await settled();
    expect(tokens()).toEqual(['A', 'B']);
    FakePusher.latest.lose();
    await vi.advanceTimersByTimeAsync(1000);
    FakePusher.latest.open();
    await settled();
    expect(tokens()).toEqual(['A', 'B', 'B']);
  });

  test('401 with cookies is told without a token', async () => {
    const onAuthError = vi.fn();
    const fetch = stubEndpoint(() => ({ status: 401, body: {} }));
    connectedWith({ onAuthError, credentials: 'include' }).acquire('a', 'private');
    await settled();
    expect(onAuthError).toHaveBeenCalledExactlyOnceWith(expect.anything(), null);
    expect(fetch).toHaveBeenCalledWith(
      expect.anything(),
      expect.objectContaining({ credentials: 'include' }),
    );
  });

  test.each([408, 413, 429])('%i is not for ever', async (status) => {
    stubEndpoint(() => ({ status, body: {} }));
    const handle = connectedWith({ getToken: () => 'T' }).acquire('a', 'private');
    await settled();
    expect(handle.getSnapshot().state).toBe('failed');
  });

  test.each([false, true])(
    'a getToken that never answers has failed after 20 s (batch: %s)',
    async (batch) => {
      const fetch = stubEndpoint(() => ({
        status: 200,
        body: { auth: 'x', channels: { 'private-a': { auth: 'x' } } },
      }));
      const getToken = vi.fn<() => Promise<string>>(() => Promise.resolve('T'));
      getToken.mockReturnValueOnce(new Promise(() => undefined));
      const handle = connectedWith({ getToken, batchAuthorization: batch }).acquire('a', 'private');
      await vi.advanceTimersByTimeAsync(19_999);
      expect(handle.getSnapshot().state).toBe('subscribing');
      await vi.advanceTimersByTimeAsync(1);
      expect(handle.getSnapshot()).toMatchObject({ state: 'failed', error: { message: 'no answer' } });
      await vi.advanceTimersByTimeAsync(1000);
      expect(handle.getSnapshot().state).toBe('subscribed');
      expect(fetch).toHaveBeenCalledOnce();
    },
  );

  test('401 is asked again after a reconnect', async () => {
    let status = 401;
    stubEndpoint(() => ({ status, body: { auth: 'x' } }));
    const handle = connectedWith({ getToken: () => 'T' }).acquire('a', 'private');
    await settled();
    FakePusher.latest.lose();
    expect(handle.getSnapshot().state).toBe('unauthenticated');
    status = 200;
    await vi.advanceTimersByTimeAsync(1000);
    FakePusher.latest.open();
    await settled();
    expect(handle.getSnapshot()).toMatchObject({ state: 'subscribed', error: null });
  });

  test('403 is forbidden, also after a reconnect', async () => {
    const onAuthError = vi.fn();
    const fetch = stubEndpoint(() => ({ status: 403, body: { message: 'Forbidden' } }));
    const handle = connectedWith({ getToken: () => 'T', onAuthError }).acquire('a', 'private');
    await settled();
    const forbidden = {
      state: 'forbidden',
      error: { channel: 'private-a', status: 403, message: 'Forbidden' },
    };
    expect(handle.getSnapshot()).toMatchObject(forbidden);
    FakePusher.latest.lose();
    await vi.advanceTimersByTimeAsync(1000);
    FakePusher.latest.open();
    await vi.advanceTimersByTimeAsync(600_000);
    expect(handle.getSnapshot()).toMatchObject(forbidden);
    expect(fetch).toHaveBeenCalledOnce();
    expect(onAuthError).not.toHaveBeenCalled();
  });

  test.each([
    ['500', { status: 500 }],
    ['503', { status: 503, body: { message: 'Service Unavailable' } }],
    ['429', { status: 429 }],
    ['network', new TypeError('Failed to fetch')],
    ['200 without auth', { status: 200, body: '<html>' }],
  ])('%s has failed, and is retried with backoff', async (_name, answer) => {
    const fetch = stubEndpoint(() => answer);
    const handle = connectedWith({ getToken: () => 'T' }).acquire('a', 'private');
    await settled();
    expect(handle.getSnapshot().state).toBe('failed');
    expect(handle.getSnapshot().error?.message).not.toBe('');
    for (const [index, wait] of [1000, 2000, 4000].entries()) {
      await vi.advanceTimersByTimeAsync(wait - 1);
      expect(fetch).toHaveBeenCalledTimes(index + 1);
      await vi.advanceTimersByTimeAsync(1);
      expect(fetch).toHaveBeenCalledTimes(index + 2);
    }
    stubGrants();
    await vi.advanceTimersByTimeAsync(8000);
    expect(handle.getSnapshot()).toMatchObject({ state: 'subscribed', error: null });
    expect(authorized()).toEqual(['subscribe private-a']);
  });

  test('a token that cannot be had has failed, and is retried', async () => {
    const fetch = stubGrants();
    const getToken = vi.fn<() => string>().mockImplementationOnce(() => {
      throw new Error('no storage');
    });
    getToken.mockReturnValue('T');
    const handle = connectedWith({ getToken }).acquire('a', 'private');
    await settled();
    expect(handle.getSnapshot()).toMatchObject({
      state: 'failed',
      error: { status: null, message: 'Error: no storage' },
    });
    await vi.advanceTimersByTimeAsync(1000);
    expect(fetch).toHaveBeenCalledOnce();
    expect(handle.getSnapshot().state).toBe('subscribed');
  });

  test('retries end with the connection, and begin anew with it', async () => {
    const fetch = stubEndpoint(() => ({ status: 500 }));
    const handle = connectedWith({ getToken: () => 'T' }).acquire('a', 'private');
    await settled();
    FakePusher.latest.lose();
    expect(handle.getSnapshot()).toMatchObject({ state: 'idle', error: null });
    await vi.advanceTimersByTimeAsync(1000);
    expect(fetch).toHaveBeenCalledOnce();
    FakePusher.latest.open();
    await vi.advanceTimersByTimeAsync(1000);
    expect(fetch).toHaveBeenCalledTimes(3);
  });

  test('retries end with the channel', async () => {
    const fetch = stubEndpoint(() => ({ status: 500 }));
    connectedWith({ getToken: () => 'T' })
      .acquire('a', 'private')
      .release();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(fetch).toHaveBeenCalledOnce();
  });

  test('that the server refuses afterwards is final, and no matter of the token', async () => {
    const onAuthError = vi.fn();
    stubGrants();
    const connection = connectedWith({ getToken: () => 'T', onAuthError });
    FakePusher.latest.confirms = false;
    const handle = connection.acquire('a', 'private');
    await settled();
    FakePusher.latest.emit('private-a', 'pusher:subscription_error', {
      type: 'AuthError',
      error: 'a wrong signature',
      status: 401,
    });
    expect(handle.getSnapshot()).toMatchObject({
      state: 'forbidden',
      error: { channel: 'private-a', status: 401, message: 'a wrong signature' },
    });
    expect(onAuthError).not.toHaveBeenCalled();
    connection.setToken('new');
    await settled();
    expect(FakePusher.latest.count('subscribe private-a')).toBe(2);
  });

  test('for a socket that is gone is dropped', async () => {
    const answers: (() => void)[] = [];
    stubEndpoint(
      ({ socket_id: socket }) =>
        new Promise((resolve) => {
          answers.push(() => resolve({ status: 200, body: { auth: `for ${String(socket)}` } }));
        }),
    );
    const handle = connectedWith({ getToken: () => 'T' }).acquire('a', 'private');
    await settled();
    FakePusher.latest.lose();
    await vi.advanceTimersByTimeAsync(1000);
    FakePusher.latest.open('2.2');
    await settled();
    answers[0]?.();
    await settled();
    expect(authorized()).toEqual([]);
    answers[1]?.();
    await settled();
    expect(FakePusher.latest.sent.map(({ data }) => data)).toEqual([
      { auth: 'for 2.2', channel: 'private-a' },
    ]);
    expect(handle.getSnapshot().state).toBe('subscribed');
  });

  test('that comes while the connection is lost is dropped', async () => {
    const answers: (() => void)[] = [];
    stubEndpoint(
      () =>
        new Promise((resolve) => {
          answers.push(() => resolve({ status: 401 }));
        }),
    );
    const onAuthError = vi.fn();
    const handle = connectedWith({ getToken: () => 'T', onAuthError }).acquire('a', 'private');
    await settled();
    FakePusher.latest.lose();
    answers[0]?.();
    await settled();
    expect(handle.getSnapshot().state).toBe('idle');
    expect(onAuthError).not.toHaveBeenCalled();
  });

  test('for a channel that was released is dropped', async () => {
    const answers: (() => void)[] = [];
    stubEndpoint(
      () =>
        new Promise((resolve) => {
          answers.push(() => resolve({ status: 200, body: { auth: 'x' } }));
        }),
    );
    connectedWith({ getToken: () => 'T' })
      .acquire('a', 'private')
      .release();
    await vi.advanceTimersByTimeAsync(1);
    answers[0]?.();
    await settled();
    expect(authorized()).toEqual([]);
    expect(FakePusher.latest.allChannels()).toEqual([]);
  });
});
