import { describe, expect, test, vi } from 'vitest';
import { FakePusher, settled } from './fake-pusher.ts';
import { connectedWith, connectionWith, withFakes } from './support.ts';

withFakes();

function goes(event: 'online' | 'offline'): void {
  vi.spyOn(navigator, 'onLine', 'get').mockReturnValue(event === 'online');
  window.dispatchEvent(new Event(event));
}

function shows(visibility: 'visible' | 'hidden'): void {
  vi.spyOn(document, 'hidden', 'get').mockReturnValue(visibility === 'hidden');
  document.dispatchEvent(new Event('visibilitychange'));
}

describe('without a network', () => {
  test('the status is offline at once, nothing is tried, and online brings the attempt at once', async () => {
    const connection = connectedWith();
    const recovered = vi.fn();
    connection.onReconnected(recovered);
    goes('offline');
    expect(connection.getSnapshot()).toMatchObject({
      status: 'offline',
      attempt: 1,
      nextRetryAt: null,
      error: { kind: 'lost', message: 'no network' },
    });
    await vi.advanceTimersByTimeAsync(300_000);
    expect(FakePusher.latest.count('attempt')).toBe(1);
    goes('online');
    expect(FakePusher.latest.count('attempt')).toBe(2);
    expect(connection.getSnapshot().status).toBe('reconnecting');
    FakePusher.latest.open();
    expect(recovered).toHaveBeenCalledOnce();
  });

  test('a wait and an attempt become offline, too', async () => {
    const connection = connectionWith();
    connection.connect();
    goes('offline');
    expect(connection.getSnapshot()).toMatchObject({ status: 'offline', attempt: 0 });
    goes('online');
    await settled();
    expect(connection.getSnapshot().status).toBe('connecting');
    FakePusher.latest.refuse();
    expect(connection.getSnapshot().nextRetryAt).not.toBeNull();
    goes('offline');
    expect(connection.getSnapshot()).toMatchObject({ status: 'offline', attempt: 1, nextRetryAt: null });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(FakePusher.latest.count('attempt')).toBe(2);
  });

  test('the first connect waits for it', () => {
    vi.spyOn(navigator, 'onLine', 'get').mockReturnValue(false);
    const connection = connectionWith();
    const handle = connection.acquire('news');
    expect(connection.getSnapshot()).toMatchObject({ status: 'offline', error: { kind: 'lost' } });
    expect(FakePusher.instances).toHaveLength(0);
    goes('online');
    FakePusher.latest.open();
    expect(connection.getSnapshot().status).toBe('connected');
    expect(handle.getSnapshot().state).toBe('subscribing');
  });

  test('retry tries all the same: the server may be on this machine', async () => {
    const connection = connectedWith();
    goes('offline');
    connection.retry();
    await settled();
    FakePusher.latest.open();
    expect(connection.getSnapshot().status).toBe('connected');
    FakePusher.latest.lose();
    expect(connection.getSnapshot().status).toBe('reconnecting');
  });

  test('what is idle, failed or disconnected stays so', () => {
    const idle = connectionWith();
    const disconnected = connectedWith();
    disconnected.disconnect();
    const failed = connectedWith();
    FakePusher.latest.refuse(4001);
    goes('offline');
    goes('online');
    expect([idle, disconnected, failed].map((connection) => connection.getSnapshot().status)).toEqual([
      'idle',
      'disconnected',
      'failed',
    ]);
  });
});

describe('a page that becomes visible', () => {
  test('tries at once what waits', async () => {
    const connection = connectedWith();
    FakePusher.latest.lose();
    await settled();
    shows('hidden');
    expect(FakePusher.latest.count('attempt')).toBe(1);
    shows('visible');
    expect(FakePusher.latest.count('attempt')).toBe(2);
    shows('visible');
    expect(FakePusher.latest.count('attempt')).toBe(2);
    expect(connection.getSnapshot()).toMatchObject({ status: 'reconnecting', attempt: 1, nextRetryAt: null });
  });

  test('does not disturb a connection, nor what ended on purpose', () => {
    const connected = connectedWith();
    const { latest } = FakePusher;
    const disconnected = connectedWith();
    disconnected.disconnect();
    shows('visible');
    expect(latest.count('attempt')).toBe(1);
    expect(connected.getSnapshot().status).toBe('connected');
    expect(disconnected.getSnapshot().status).toBe('disconnected');
  });
});
