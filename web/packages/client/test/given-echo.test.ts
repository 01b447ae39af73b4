import Echo from 'laravel-echo';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { createConnection, type Connection } from '../src/index.ts';
import { FakePusher, settled } from './fake-pusher.ts';
import { withFakes } from './support.ts';

withFakes();

let connection: Connection;

function echoOf(): Echo<'reverb'> {
  return new Echo<'reverb'>({
    broadcaster: 'reverb',
    key: 'key',
    auth: { headers: { Authorization: 'Bearer mine' } },
    ...{ Pusher: FakePusher as never },
  });
}

afterEach(async () => {
  connection.destroy();
  for (const pusher of FakePusher.instances) pusher.disconnect();
  await settled();
});

describe('an Echo that is there already', () => {
  test('is followed from the state that it is in', () => {
    const states = (['connecting', 'connected', 'disconnected', 'unavailable'] as const).map((state) => {
      const echo = echoOf();
      if (state === 'connected') FakePusher.latest.open('3.3');
      if (state === 'disconnected') echo.disconnect();
      if (state === 'unavailable') vi.advanceTimersByTime(10_000);
      connection = createConnection(echo);
      expect(connection.echo).toBe(echo);
      const { status, socketId } = connection.getSnapshot();
      connection.destroy();
      echo.disconnect();
      return [status, socketId];
    });
    expect(states).toEqual([
      ['connecting', null],
      ['connected', '3.3'],
      ['disconnected', null],
      ['connecting', null],
    ]);
  });

  test('is reconnected by our schedule', async () => {
    const echo = echoOf();
    FakePusher.latest.open();
    connection = createConnection(echo);
    FakePusher.latest.lose();
    expect(connection.getSnapshot()).toMatchObject({ status: 'reconnecting', attempt: 1 });
    await vi.advanceTimersByTimeAsync(1000);
    FakePusher.latest.refuse();
    expect(connection.getSnapshot().attempt).toBe(2);
  });

  test('keeps its authorization and its namespace', async () => {
    connection = createConnection(echoOf());
    const handle = connection.acquire('user.1', 'private');
    const heard = vi.fn();
    handle.on('Told', heard);
    FakePusher.latest.open();
    await settled();
    expect(FakePusher.latest.options['auth']).toEqual({ headers: { Authorization: 'Bearer mine' } });
    expect(FakePusher.latest.sent[0]?.data).toMatchObject({ auth: 'key:private-user.1' });
    FakePusher.latest.emit('private-user.1', 'App\\Events\\Told');
    expect(heard).toHaveBeenCalledOnce();
  });

  test.each([
    [401, 'unauthenticated'],
    [403, 'forbidden'],
    [500, 'failed'],
  ])('tells why a channel was refused: %i is %s (M15)', async (status, state) => {
    const authorization = vi.spyOn(FakePusher, 'authorization').mockReturnValue(status);
    connection = createConnection(echoOf());
    const handle = connection.acquire('user.1', 'private');
    FakePusher.latest.open();
    await settled();
    expect(handle.getSnapshot()).toMatchObject({ state, error: { status } });
    await vi.advanceTimersByTimeAsync(1000);
    expect(authorization).toHaveBeenCalledTimes(state === 'failed' ? 2 : 1);
    authorization.mockReturnValue({ auth: 'x' });
    connection.reauthorize();
    await settled();
    expect(handle.getSnapshot().state).toBe('subscribed');
  });

  test('finds a channel subscribed that it knows already', async () => {
    const echo = echoOf();
    echo.channel('news');
    FakePusher.latest.open();
    await settled();
    connection = createConnection(echo);
    expect(connection.acquire('news').getSnapshot().state).toBe('subscribed');
    expect(FakePusher.latest.count('subscribe news')).toBe(1);
  });

  test('is not disconnected by destroy, and our listeners are gone', () => {
    const echo = echoOf();
    const before = FakePusher.latest.connection.boundCallbacks;
    FakePusher.latest.open();
    connection = createConnection(echo);
    connection.destroy();
    expect(FakePusher.latest.connection.state).toBe('connected');
    expect(FakePusher.latest.connection.boundCallbacks).toBe(before);
    expect(connection.getSnapshot().status).toBe('disconnected');
  });

  test.each(['at once', 'later'])('is handed back to pusher-js when it is lost: destroy %s', async (when) => {
    const echo = echoOf();
    FakePusher.latest.open();
    connection = createConnection(echo);
    FakePusher.latest.lose();
    if (when === 'later') await settled();
    connection.destroy();
    await vi.advanceTimersByTimeAsync(1000);
    expect(FakePusher.latest.connection.state).toBe('connecting');
    FakePusher.latest.open();
    expect(echo.socketId()).toBe('2.1');
  });

  test.each(['disconnected', 'refused'])('stays %s after destroy', async (how) => {
    const echo = echoOf();
    FakePusher.latest.open();
    connection = createConnection(echo);
    if (how === 'refused') FakePusher.latest.refuse(4001);
    else connection.disconnect();
    connection.destroy();
    await settled();
    expect(FakePusher.latest.connection.state).toBe('disconnected');
    expect(FakePusher.latest.count('attempt')).toBe(1);
  });
});
