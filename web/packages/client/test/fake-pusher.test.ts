import Echo from 'laravel-echo';
import { beforeEach, expect, test, vi } from 'vitest';
import { FakePusher, settled } from './fake-pusher.ts';

beforeEach(() => {
  vi.useFakeTimers();
  FakePusher.reset();
});

function echoOf(options: object = {}) {
  return new Echo<'reverb'>({
    broadcaster: 'reverb',
    key: 'key',
    ...{ Pusher: FakePusher as never },
    ...options,
  });
}

test('Echo subscribes, hears an event and leaves', async () => {
  const echo = echoOf();
  const heard = vi.fn();
  echo.channel('news').listen('.Told', heard);
  FakePusher.latest.open('1.1');
  await settled();
  expect(echo.socketId()).toBe('1.1');
  expect(FakePusher.latest.emit('news', 'Told', { a: 1 })).toBe(true);
  expect(heard).toHaveBeenCalledExactlyOnceWith({ a: 1 }, {});
  echo.leaveChannel('news');
  expect(FakePusher.latest.emit('news', 'Told', { a: 1 })).toBe(false);
  expect(FakePusher.latest.log).toEqual(['connect', 'attempt', 'subscribe news', 'unsubscribe news']);
});

test('a close with a code from 4000 is an error twice, one with 1006 once', () => {
  echoOf();
  const pusher = FakePusher.latest.open();
  const errors = vi.fn();
  pusher.connection.bind('error', errors);
  pusher.lose();
  expect(errors).toHaveBeenCalledTimes(1);
  expect(pusher.connection.state).toBe('connected');
  vi.advanceTimersByTime(1000);
  pusher.open().refuse(4001, 'no such app');
  expect(errors).toHaveBeenCalledTimes(3);
  expect(errors).toHaveBeenLastCalledWith({
    type: 'WebSocketError',
    error: { type: 'PusherError', data: { code: 4001, message: 'no such app' } },
  });
  expect(pusher.connection.state).toBe('disconnected');
});

test('a refused port is tried again by pusher-js after 15 s, and unavailable after 10 s', () => {
  echoOf();
  const pusher = FakePusher.latest.refuse();
  vi.advanceTimersByTime(9_999);
  expect(pusher.connection.state).toBe('connecting');
  vi.advanceTimersByTime(1);
  expect(pusher.connection.state).toBe('unavailable');
  expect(pusher.count('attempt')).toBe(1);
  vi.advanceTimersByTime(5_000);
  expect(pusher.count('attempt')).toBe(2);
});

test('a presence channel knows its members', async () => {
  const echo = echoOf();
  const here = vi.fn();
  echo.join('room').here(here);
  const pusher = FakePusher.latest;
  pusher.here['presence-room'] = { 7: { name: 'Sari' } };
  pusher.open();
  await settled();
  expect(here).toHaveBeenCalledExactlyOnceWith([undefined, { name: 'Sari' }]);
});

test('a refused authorization has its status', async () => {
  const failed = vi.fn();
  vi.spyOn(FakePusher, 'authorization').mockReturnValue(403);
  echoOf().private('user.1').error(failed);
  FakePusher.latest.open();
  await settled();
  expect(failed).toHaveBeenCalledExactlyOnceWith({ type: 'AuthError', error: 'status 403', status: 403 });
});
