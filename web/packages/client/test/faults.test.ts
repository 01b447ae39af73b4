import { describe, expect, test, vi } from 'vitest';
import { FakePusher, settled } from './fake-pusher.ts';
import { connectedWith, connectionWith, withFakes } from './support.ts';

withFakes();

describe.each(['in the handshake', 'when connected'])('a close %s', (when) => {
  const begin = () => {
    const connection = when === 'when connected' ? connectedWith() : connectionWith();
    connection.connect();
    return connection;
  };

  test.each([4000, 4001, 4009, 4099, 4300, 4301, 4302])('with %i is final (M13, X-35)', async (code) => {
    const connection = begin();
    FakePusher.latest.refuse(code, 'no such app');
    expect(connection.getSnapshot()).toMatchObject({
      status: 'failed',
      nextRetryAt: null,
      error: { kind: 'refused', code, message: 'no such app' },
    });
    await vi.advanceTimersByTimeAsync(600_000);
    expect(FakePusher.latest.count('attempt')).toBe(1);
  });

  test('with 4001 is left by retry', async () => {
    const connection = begin();
    FakePusher.latest.refuse(4001);
    await settled();
    connection.retry();
    FakePusher.latest.open();
    expect(connection.getSnapshot()).toMatchObject({ status: 'connected', error: null });
  });

  test('with 4004 is tried again, slowly', async () => {
    const connection = begin();
    FakePusher.latest.refuse(4004, 'over quota');
    expect(connection.getSnapshot()).toMatchObject({
      status: 'reconnecting',
      nextRetryAt: Date.now() + 30_000,
      error: { kind: 'refused', code: 4004, message: 'over quota' },
    });
    await vi.advanceTimersByTimeAsync(29_999);
    expect(FakePusher.latest.count('attempt')).toBe(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(FakePusher.latest.count('attempt')).toBe(2);
  });

  test.each([1002, 4100, 4199])('with %i is tried again by our schedule, once', async (code) => {
    const connection = begin();
    FakePusher.latest.refuse(code);
    expect(connection.getSnapshot()).toMatchObject({
      status: 'reconnecting',
      nextRetryAt: Date.now() + 1000,
      error: { kind: 'lost', code },
    });
    await vi.advanceTimersByTimeAsync(1000);
    expect(FakePusher.latest.count('attempt')).toBe(2);
    FakePusher.latest.open();
    await vi.advanceTimersByTimeAsync(5000);
    expect(FakePusher.latest.count('attempt')).toBe(2);
  });

  test.each([4200, 4201, 4299])('with %i is tried again at once, spread over half a second', async (code) => {
    const connection =
      when === 'when connected'
        ? connectedWith({ random: () => 0.5 })
        : connectionWith({ random: () => 0.5 });
    connection.connect();
    FakePusher.latest.refuse(code);
    expect(connection.getSnapshot().nextRetryAt).toBe(Date.now() + 250);
    await vi.advanceTimersByTimeAsync(249);
    expect(FakePusher.latest.count('attempt')).toBe(1);
    await vi.advanceTimersByTimeAsync(1);
    FakePusher.latest.refuse(code);
    expect(connection.getSnapshot().nextRetryAt).toBe(Date.now() + 1500);
  });
});

test('an error that comes twice is one (M14)', () => {
  const connection = connectedWith();
  const changes = vi.fn();
  connection.subscribe(changes);
  FakePusher.latest.refuse(4001);
  expect(changes).toHaveBeenCalledOnce();
});

test('an error without a close changes nothing, also in the next loss', () => {
  const connection = connectedWith();
  const snapshot = connection.getSnapshot();
  FakePusher.latest.error(4301, 'too fast').error(4009, 'a wrong signature');
  expect(connection.getSnapshot()).toBe(snapshot);
  FakePusher.latest.lose(1001);
  expect(connection.getSnapshot().error).toEqual({
    kind: 'lost',
    code: null,
    message: 'connection lost',
  });
});

test('a server that speaks something else', () => {
  const connection = connectionWith();
  connection.connect();
  FakePusher.latest.connection.emit('error', { type: 'HandshakeError', error: 'Invalid handshake' });
  expect(connection.getSnapshot()).toMatchObject({ status: 'reconnecting', error: { kind: 'protocol' } });
});

describe('plain ws from a page of https (X-87)', () => {
  test('fails with a clear message, and nothing is made', () => {
    vi.stubGlobal('location', { protocol: 'https:' });
    const connection = connectionWith({ scheme: 'http' });
    connection.acquire('a');
    expect(connection.getSnapshot()).toMatchObject({
      status: 'failed',
      error: {
        kind: 'insecure',
        code: null,
        message: expect.stringContaining('set the scheme to https') as string,
      },
    });
    connection.retry();
    expect(connection.getSnapshot().status).toBe('failed');
    expect(FakePusher.instances).toHaveLength(0);
    expect(connection.echo).toBeNull();
  });

  test.each([
    ['http:', 'http'],
    ['http:', 'https'],
    ['https:', 'https'],
  ] as const)('page %s and scheme %s are fine', (protocol, scheme) => {
    vi.stubGlobal('location', { protocol });
    const connection = connectionWith({ scheme });
    connection.connect();
    expect(connection.getSnapshot().status).toBe('connecting');
  });
});
