import { describe, expect, test, vi } from 'vitest';
import { createConnection } from '../src/index.ts';
import { FakePusher, settled } from './fake-pusher.ts';
import { connectedWith, connectionWith, withFakes } from './support.ts';

withFakes();

describe('a connection', () => {
  test('does nothing until it is asked (M5)', () => {
    const connection = connectionWith();
    expect(FakePusher.instances).toHaveLength(0);
    expect(connection.echo).toBeNull();
    expect(connection.getSnapshot()).toEqual({
      status: 'idle',
      connected: false,
      socketId: null,
      attempt: 0,
      maxAttempts: Infinity,
      nextRetryAt: null,
      error: null,
      since: Date.now(),
      lostAt: null,
    });
  });

  test('goes from idle over connecting to connected', () => {
    const connection = connectionWith();
    const statuses: string[] = [];
    connection.subscribe(() => statuses.push(connection.getSnapshot().status));
    connection.connect();
    expect(connection.echo).not.toBeNull();
    vi.advanceTimersByTime(300);
    FakePusher.latest.open('7.7');
    expect(statuses).toEqual(['connecting', 'connected']);
    expect(connection.getSnapshot()).toMatchObject({
      connected: true,
      socketId: '7.7',
      error: null,
      since: Date.now(),
    });
  });

  test('is one, however often it is asked for (X-21)', () => {
    const connection = connectionWith();
    connection.connect();
    connection.connect();
    connection.acquire('a');
    connection.retry();
    FakePusher.latest.open();
    connection.connect();
    connection.retry();
    expect(FakePusher.latest.count('attempt')).toBe(1);
    expect(FakePusher.instances).toHaveLength(1);
  });

  test('has the same snapshot until something changes', () => {
    const connection = connectedWith();
    const snapshot = connection.getSnapshot();
    vi.advanceTimersByTime(5000);
    connection.connect();
    connection.acquire('a').release();
    expect(connection.getSnapshot()).toBe(snapshot);
    FakePusher.latest.lose();
    expect(connection.getSnapshot()).not.toBe(snapshot);
  });

  test('is disconnected on request, and connects again', async () => {
    const connection = connectedWith();
    const recovered = vi.fn();
    connection.onReconnected(recovered);
    connection.disconnect();
    expect(connection.getSnapshot()).toMatchObject({ status: 'disconnected', connected: false, error: null });
    await vi.advanceTimersByTimeAsync(120_000);
    expect(FakePusher.latest.count('attempt')).toBe(1);
    connection.connect();
    expect(connection.getSnapshot().status).toBe('connecting');
    FakePusher.latest.open();
    expect(connection.getSnapshot().status).toBe('connected');
    expect(recovered).not.toHaveBeenCalled();
  });

  test('that was disconnected before it was connected connects once', async () => {
    const connection = connectionWith();
    connection.disconnect();
    connection.connect();
    await settled();
    expect(FakePusher.latest.log).toEqual(['connect', 'attempt', 'connect']);
    expect(connection.getSnapshot().status).toBe('connecting');
  });

  test('is not connected by acquire after a disconnect on request', () => {
    const connection = connectedWith();
    connection.disconnect();
    connection.acquire('a');
    expect(connection.getSnapshot().status).toBe('disconnected');
  });

  test('is disconnected as well when the application calls echo.disconnect()', async () => {
    const connection = connectedWith();
    connection.echo?.disconnect();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(connection.getSnapshot()).toMatchObject({ status: 'disconnected', error: null });
  });

  test('follows when the application calls pusher.connect()', async () => {
    const connection = connectedWith();
    connection.disconnect();
    await settled();
    connection.echo?.connector.pusher.connect();
    expect(connection.getSnapshot().status).toBe('connecting');
    FakePusher.latest.open();
    expect(connection.getSnapshot().status).toBe('connected');
    expect(FakePusher.latest.count('attempt')).toBe(2);
  });

  test('survives exceptions of its listeners', () => {
    const logged = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const connection = connectionWith();
    const later = vi.fn();
    const problem = new Error('of a listener');
    connection.subscribe(() => {
      throw problem;
    });
    connection.subscribe(later);
    connection.connect();
    FakePusher.latest.open();
    expect(connection.getSnapshot().status).toBe('connected');
    expect(later).toHaveBeenCalledTimes(2);
    expect(logged).toHaveBeenCalledWith(problem);
  });

  test('tells nobody who has unsubscribed', () => {
    const connection = connectionWith();
    const heard = vi.fn();
    const stays = vi.fn();
    const end = connection.subscribe(heard);
    connection.subscribe(stays);
    end();
    end();
    connection.connect();
    expect(heard).not.toHaveBeenCalled();
    expect(stays).toHaveBeenCalledOnce();
  });

  test('without WebSocket has failed', () => {
    const connection = connectionWith();
    connection.connect();
    FakePusher.latest.connection.emit('state_change', { previous: 'connecting', current: 'failed' });
    expect(connection.getSnapshot()).toMatchObject({
      status: 'failed',
      error: { kind: 'protocol', code: null },
    });
  });

  test('with a port that is none is an error at once', () => {
    expect(() => createConnection({ key: 'k', host: 'h', port: '' })).toThrow('port must be a port, not ""');
    expect(() => createConnection({ key: 'k', host: 'h', port: NaN })).toThrow('not "NaN"');
  });
});

describe('destroy', () => {
  test('ends what runs: no ghost connects later (X-32)', async () => {
    for (const state of ['connecting', 'connected', 'waiting'] as const) {
      const connection = connectionWith();
      const heard = vi.fn();
      connection.connect();
      const pusher = FakePusher.latest;
      if (state !== 'connecting') pusher.open();
      if (state === 'waiting') pusher.lose(4100);
      connection.subscribe(heard);
      connection.destroy();
      await settled();
      expect(vi.getTimerCount()).toBe(0);
      expect(pusher.connection.state).toBe('disconnected');
      const attempts = pusher.count('attempt');
      await vi.advanceTimersByTimeAsync(120_000);
      expect(pusher.count('attempt')).toBe(attempts);
      expect(connection.getSnapshot().status).toBe('disconnected');
      expect(connection.echo).toBeNull();
      expect(heard).toHaveBeenCalledOnce();
    }
  });

  test('leaves nothing bound', () => {
    const added = [vi.spyOn(window, 'addEventListener'), vi.spyOn(document, 'addEventListener')];
    const connection = connectedWith();
    const pusher = FakePusher.latest;
    const before = new FakePusher('key', {}).connection.boundCallbacks;
    expect(pusher.connection.boundCallbacks).toBeGreaterThan(before);
    connection.destroy();
    expect(pusher.connection.boundCallbacks).toBe(before);
    pusher.timeline.error({ cid: 99, error: 'late' });
    expect(connection.getSnapshot().status).toBe('disconnected');
    const options = added
      .flatMap(({ mock }) => mock.calls)
      .map(([, , how]) => how as AddEventListenerOptions);
    expect(options.map(({ signal }) => signal?.aborted)).toEqual([true, true, true]);
    FakePusher.latest.disconnect();
  });

  test('is for good, and idempotent', () => {
    const connection = connectedWith();
    const handle = connection.acquire('a');
    connection.destroy();
    connection.destroy();
    connection.connect();
    connection.retry();
    connection.disconnect();
    handle.release();
    expect(() => connection.acquire('b')).toThrow('connection destroyed');
    window.dispatchEvent(new Event('online'));
    expect(FakePusher.latest.count('attempt')).toBe(1);
    expect(connection.getSnapshot().status).toBe('disconnected');
  });
});
