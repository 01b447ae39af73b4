import { describe, expect, test, vi } from 'vitest';
import { GUIDE_RECONNECT } from '../src/index.ts';
import { FakePusher, settled } from './fake-pusher.ts';
import { connectedWith, connectionWith, withFakes } from './support.ts';

withFakes();

describe('a loss', () => {
  test('is seen at once, at connecting_in, though Pusher still says connected (M9, X-20, X-29)', () => {
    const connection = connectedWith();
    FakePusher.latest.lose();
    expect(FakePusher.latest.connection.state).toBe('connected');
    expect(connection.getSnapshot()).toMatchObject({
      status: 'reconnecting',
      connected: false,
      socketId: null,
      attempt: 1,
      nextRetryAt: Date.now() + 1000,
      error: { kind: 'lost', code: 1006, message: 'connection lost' },
    });
  });

  test('is never shown as disconnected or failed (M9, M10)', async () => {
    const connection = connectedWith();
    const statuses = new Set<string>();
    connection.subscribe(() => statuses.add(connection.getSnapshot().status));
    FakePusher.latest.lose();
    for (let attempt = 1; attempt <= 8; attempt += 1) {
      await vi.advanceTimersToNextTimerAsync();
      FakePusher.latest.refuse();
    }
    await vi.advanceTimersToNextTimerAsync();
    FakePusher.latest.open();
    expect([...statuses]).toEqual(['reconnecting', 'connected']);
  });

  test('that Pusher reports only by its state is seen, too', () => {
    const connection = connectedWith();
    FakePusher.latest.connection.emit('state_change', { previous: 'connected', current: 'unavailable' });
    expect(connection.getSnapshot().status).toBe('reconnecting');
  });

  test('by a missing pong is seen at once, without a socket in between (M23)', async () => {
    const connection = connectedWith();
    FakePusher.latest.connection.failPong();
    expect(connection.getSnapshot()).toMatchObject({ status: 'reconnecting', attempt: 1 });
    await vi.advanceTimersByTimeAsync(999);
    expect(FakePusher.latest.count('attempt')).toBe(1);
  });

  test('is counted once, though Pusher tells of it several times', () => {
    const connection = connectedWith();
    FakePusher.latest.lose();
    FakePusher.latest.connection.emit('connecting_in', 1);
    FakePusher.latest.connection.emit('state_change', { previous: 'connected', current: 'unavailable' });
    expect(connection.getSnapshot().attempt).toBe(1);
  });
});

describe('attempts', () => {
  test('follow our schedule, counted from each failure (X-33, X-34)', async () => {
    const connection = connectedWith();
    FakePusher.latest.lose();
    for (const [index, wait] of [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000].entries()) {
      expect(connection.getSnapshot()).toMatchObject({ attempt: index + 1, nextRetryAt: Date.now() + wait });
      await vi.advanceTimersByTimeAsync(wait - 1);
      expect(FakePusher.latest.count('attempt')).toBe(index + 1);
      await vi.advanceTimersByTimeAsync(1);
      expect(FakePusher.latest.count('attempt')).toBe(index + 2);
      expect(connection.getSnapshot()).toMatchObject({ attempt: index + 1, nextRetryAt: null });
      await vi.advanceTimersByTimeAsync(10);
      FakePusher.latest.refuse();
    }
  });

  test('are on the same instance (X-30, X-31)', async () => {
    const connection = connectedWith();
    const { echo } = connection;
    for (let outage = 0; outage < 10; outage += 1) {
      await vi.advanceTimersByTimeAsync(10_000);
      FakePusher.latest.lose();
      await vi.advanceTimersByTimeAsync(1000);
      FakePusher.latest.open();
    }
    expect(FakePusher.instances).toHaveLength(1);
    expect(connection.echo).toBe(echo);
    expect(FakePusher.latest.count('attempt')).toBe(11);
  });

  test('start from 1 again after a connection of ten seconds (X-30)', async () => {
    const connection = connectedWith();
    FakePusher.latest.lose();
    await vi.advanceTimersByTimeAsync(1000);
    FakePusher.latest.refuse();
    await vi.advanceTimersByTimeAsync(2000);
    FakePusher.latest.open();
    expect(connection.getSnapshot()).toMatchObject({ attempt: 0, nextRetryAt: null, error: null });
    await vi.advanceTimersByTimeAsync(10_000);
    FakePusher.latest.lose();
    expect(connection.getSnapshot()).toMatchObject({ attempt: 1, nextRetryAt: Date.now() + 1000 });
  });

  test('count on when the server takes each connection and ends it at once', async () => {
    const connection = connectedWith({ random: () => 1, reconnect: { jitter: 0, maxAttempts: 5 } });
    const waits: number[] = [];
    while (connection.getSnapshot().status !== 'failed') {
      FakePusher.latest.lose(4200);
      const { nextRetryAt } = connection.getSnapshot();
      if (nextRetryAt === null) break;
      waits.push(nextRetryAt - Date.now());
      await vi.advanceTimersByTimeAsync(nextRetryAt - Date.now());
      FakePusher.latest.open();
      await vi.advanceTimersByTimeAsync(100);
    }
    expect(waits).toEqual([500, 2000, 4000, 8000, 16_000]);
    expect(connection.getSnapshot()).toMatchObject({ status: 'failed', error: { kind: 'exhausted' } });
  });

  test('tell since when there is no connection', async () => {
    const connection = connectedWith();
    expect(connection.getSnapshot().lostAt).toBeNull();
    FakePusher.latest.lose();
    const lostAt = Date.now();
    await vi.advanceTimersByTimeAsync(1000);
    FakePusher.latest.refuse();
    expect(connection.getSnapshot()).toMatchObject({ attempt: 2, lostAt });
    await vi.advanceTimersByTimeAsync(2000);
    FakePusher.latest.open();
    expect(connection.getSnapshot().lostAt).toBeNull();
    connection.disconnect();
    expect(connection.getSnapshot().lostAt).toBe(Date.now());
  });

  test('end after 10 s without an answer, also when Pusher has no timeline', async () => {
    vi.spyOn(FakePusher.prototype, 'timeline', 'get').mockReturnValue(undefined as never);
    const connection = connectionWith();
    connection.connect();
    FakePusher.latest.refuse();
    await vi.advanceTimersByTimeAsync(9_999);
    expect(connection.getSnapshot().status).toBe('connecting');
    await vi.advanceTimersByTimeAsync(1);
    expect(connection.getSnapshot()).toMatchObject({
      status: 'reconnecting',
      attempt: 1,
      error: { kind: 'lost' },
    });
  });

  test('are not ended by the late errors of an earlier one', async () => {
    const connection = connectionWith();
    connection.connect();
    await vi.advanceTimersByTimeAsync(10_000); // no answer: the socket is closed, its error follows
    connection.retry();
    await settled();
    expect(connection.getSnapshot()).toMatchObject({ status: 'reconnecting', attempt: 1, nextRetryAt: null });
  });

  test('before the first success are reconnecting, too, and their end is no recovery', async () => {
    const connection = connectionWith();
    const recovered = vi.fn();
    connection.onReconnected(recovered);
    connection.connect();
    FakePusher.latest.refuse();
    expect(connection.getSnapshot()).toMatchObject({ status: 'reconnecting', attempt: 1 });
    await vi.advanceTimersByTimeAsync(1000);
    FakePusher.latest.open();
    expect(recovered).not.toHaveBeenCalled();
  });

  test('of the guide are 5, then it has failed until retry (X-34, S-RE-10)', async () => {
    const connection = connectedWith({ reconnect: GUIDE_RECONNECT });
    FakePusher.latest.lose();
    for (const wait of [2000, 4000, 8000, 16_000, 32_000]) {
      expect(connection.getSnapshot()).toMatchObject({ nextRetryAt: Date.now() + wait, maxAttempts: 5 });
      await vi.advanceTimersByTimeAsync(wait);
      FakePusher.latest.refuse();
    }
    expect(connection.getSnapshot()).toMatchObject({
      status: 'failed',
      attempt: 5,
      nextRetryAt: null,
      error: { kind: 'exhausted' },
    });
    await vi.advanceTimersByTimeAsync(600_000);
    connection.connect();
    expect(FakePusher.latest.count('attempt')).toBe(6);
    connection.retry();
    expect(connection.getSnapshot()).toMatchObject({ status: 'reconnecting', attempt: 1 });
    FakePusher.latest.open();
    expect(connection.getSnapshot().status).toBe('connected');
  });

  test('may be none', () => {
    const connection = connectedWith({ reconnect: { maxAttempts: 0 } });
    FakePusher.latest.lose();
    expect(connection.getSnapshot()).toMatchObject({
      status: 'failed',
      socketId: null,
      attempt: 0,
      maxAttempts: 0,
    });
  });

  test('are made at once by retry', async () => {
    const connection = connectedWith();
    FakePusher.latest.lose();
    await vi.advanceTimersByTimeAsync(100);
    connection.retry();
    expect(FakePusher.latest.count('attempt')).toBe(2);
    expect(connection.getSnapshot()).toMatchObject({ status: 'reconnecting', attempt: 1, nextRetryAt: null });
    FakePusher.latest.open();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(FakePusher.latest.count('attempt')).toBe(2);
  });

  test('are made by retry within the loss itself, once', async () => {
    const connection = connectedWith();
    const end = connection.subscribe(() => {
      end();
      connection.retry();
    });
    FakePusher.latest.lose(4100);
    await settled();
    expect(FakePusher.latest.count('attempt')).toBe(2);
    await vi.advanceTimersByTimeAsync(1000);
    expect(FakePusher.latest.count('attempt')).toBe(2);
    FakePusher.latest.open();
    expect(connection.getSnapshot().status).toBe('connected');
  });

  test('are not made any more after disconnect within the loss', async () => {
    const connection = connectedWith();
    const end = connection.subscribe(() => {
      end();
      connection.disconnect();
    });
    FakePusher.latest.lose();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(FakePusher.latest.count('attempt')).toBe(1);
    expect(connection.getSnapshot().status).toBe('disconnected');
  });
});

describe('onReconnected', () => {
  test('fires once per recovery, not at the first connect (X-25)', async () => {
    const connection = connectionWith();
    const recovered = vi.fn();
    connection.onReconnected(recovered);
    connection.connect();
    FakePusher.latest.open();
    expect(recovered).not.toHaveBeenCalled();
    FakePusher.latest.lose();
    await vi.advanceTimersByTimeAsync(1000);
    FakePusher.latest.refuse();
    await vi.advanceTimersByTimeAsync(2000);
    expect(recovered).not.toHaveBeenCalled();
    FakePusher.latest.open();
    expect(recovered).toHaveBeenCalledOnce();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(recovered).toHaveBeenCalledOnce();
  });

  test('fires when the subscriptions are on their way, and the status says connected', async () => {
    const connection = connectedWith();
    connection.acquire('news');
    const seen: unknown[] = [];
    connection.onReconnected(() => seen.push(connection.getSnapshot().status, FakePusher.latest.log.at(-1)));
    FakePusher.latest.lose();
    await vi.advanceTimersByTimeAsync(1000);
    FakePusher.latest.open();
    expect(seen).toEqual(['connected', 'subscribe news']);
  });

  test('fires after a refusal that was overcome by retry', async () => {
    const connection = connectedWith();
    const recovered = vi.fn();
    connection.onReconnected(recovered);
    FakePusher.latest.refuse(4009);
    connection.retry();
    await settled();
    FakePusher.latest.open();
    expect(recovered).toHaveBeenCalledOnce();
  });
});
