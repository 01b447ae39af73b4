import Echo from 'laravel-echo';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { createConnection, handleWebSocketError } from '../src/index.ts';
import { FakePusher, settled } from './fake-pusher.ts';
import { connectedWith, connectionWith, withFakes } from './support.ts';

withFakes();

const warning = ['Connection error. Attempting to reconnect...', 'warning'];
const info = ['Disconnected from server', 'info'];
const success = ['Reconnected to server', 'success'];

beforeEach(() => {
  vi.spyOn(console, 'error').mockImplementation(() => undefined);
  vi.spyOn(console, 'info').mockImplementation(() => undefined);
});

/** The three ways to come to it; `reconnect` waits for the attempt after a loss. */
const subjects = {
  'a Connection': () => {
    const connection = connectionWith();
    const notify = vi.fn();
    const dispose = handleWebSocketError(connection, notify);
    connection.connect();
    return { notify, dispose, disconnect: () => connection.disconnect() };
  },
  'the Echo of a Connection': () => {
    const connection = connectionWith();
    connection.connect();
    const notify = vi.fn();
    if (!connection.echo) throw new Error('no Echo');
    const dispose = handleWebSocketError(connection.echo, notify);
    return { notify, dispose, disconnect: () => connection.disconnect() };
  },
  'a plain Echo': () => {
    const echo = new Echo<'reverb'>({
      broadcaster: 'reverb',
      key: 'key',
      ...{ Pusher: FakePusher as never },
    });
    const notify = vi.fn();
    const dispose = handleWebSocketError(echo, notify);
    return { notify, dispose, disconnect: () => echo.disconnect() };
  },
};

test('who asks during an outage is told of its end', async () => {
  const connection = connectedWith();
  FakePusher.latest.lose();
  const notify = vi.fn();
  handleWebSocketError(connection, notify);
  await vi.advanceTimersByTimeAsync(1000);
  FakePusher.latest.open();
  expect(notify.mock.calls).toEqual([success]);
});

test('an error that comes again later is told again', async () => {
  const connection = connectedWith();
  const notify = vi.fn();
  handleWebSocketError(connection, notify);
  FakePusher.latest.error(4200, 'x').error(4200, 'x');
  expect(notify).toHaveBeenCalledOnce();
  await vi.advanceTimersByTimeAsync(1000);
  FakePusher.latest.error(4200, 'x');
  expect(notify).toHaveBeenCalledTimes(2);
});

test('an Echo whose connection is destroyed is one without', () => {
  const echo = new Echo<'reverb'>({ broadcaster: 'reverb', key: 'key', ...{ Pusher: FakePusher as never } });
  createConnection(echo).destroy();
  const notify = vi.fn();
  const dispose = handleWebSocketError(echo, notify);
  FakePusher.latest.open().lose();
  expect(notify.mock.calls).toEqual([warning, info]);
  dispose();
  echo.disconnect();
});

describe.each(Object.entries(subjects))('of %s', (name, make) => {
  test('a loss and its recovery are told, each once (S-ER-1, X-25, X-26)', async () => {
    const { notify, disconnect } = make();
    FakePusher.latest.open();
    expect(notify).not.toHaveBeenCalled();
    FakePusher.latest.lose();
    expect(notify.mock.calls).toEqual([warning, info]);
    expect(console.error).toHaveBeenCalledExactlyOnceWith(
      'WebSocket error:',
      expect.objectContaining({ type: 'PusherError' }),
    );
    await vi.advanceTimersByTimeAsync(1000);
    FakePusher.latest.open();
    await vi.advanceTimersByTimeAsync(5000);
    expect(notify.mock.calls).toEqual([warning, info, success]);
    expect(vi.mocked(console.info).mock.calls.flat()).toEqual([
      'WebSocket disconnected',
      'WebSocket reconnected',
    ]);
    disconnect();
  });

  test('a second loss is told again', async () => {
    const { notify, disconnect } = make();
    FakePusher.latest.open().lose();
    await vi.advanceTimersByTimeAsync(1000);
    FakePusher.latest.open().lose();
    expect(notify.mock.calls.map(([, level]) => level as string)).toEqual([
      'warning',
      'info',
      'success',
      'warning',
      'info',
    ]);
    disconnect();
  });

  test('a disconnect on purpose is silent, and so is the connect after it (X-26)', async () => {
    const { notify, disconnect } = make();
    FakePusher.latest.open();
    disconnect();
    await settled();
    expect(notify).not.toHaveBeenCalled();
  });

  test('a close with an error is told once (M14, X-28)', () => {
    const { notify, disconnect } = make();
    FakePusher.latest.open().error(4001, 'no such app').refuse(4001, 'no such app');
    expect(notify.mock.calls).toEqual([warning, info]);
    expect(console.error).toHaveBeenCalledOnce();
    disconnect();
  });

  test('a broken socket is told once', () => {
    const { notify, disconnect } = make();
    FakePusher.latest.open();
    FakePusher.latest.connection.emit('error', { type: 'WebSocketError', error: new Event('error') });
    FakePusher.latest.lose();
    expect(notify.mock.calls).toEqual([warning, info]);
    disconnect();
  });

  test('errors that differ are told each', () => {
    const { notify, disconnect } = make();
    FakePusher.latest.open().error(4301, 'too fast').error(4009, 'a wrong signature');
    expect(notify).toHaveBeenCalledTimes(2);
    disconnect();
  });

  test('a first connection that needs several attempts is no loss', async () => {
    const { notify, disconnect } = make();
    FakePusher.latest.refuse();
    await vi.advanceTimersByTimeAsync(name === 'a plain Echo' ? 15_000 : 1000);
    FakePusher.latest.open();
    expect(notify).not.toHaveBeenCalled();
    disconnect();
  });

  test('nothing is told after its end, and nothing is left bound (X-28)', () => {
    const { notify, dispose, disconnect } = make();
    FakePusher.latest.open();
    const before = FakePusher.latest.connection.boundCallbacks;
    dispose();
    expect(FakePusher.latest.connection.boundCallbacks).toBeLessThan(before);
    FakePusher.latest.lose();
    expect(notify).not.toHaveBeenCalled();
    disconnect();
  });
});

test('a loss of the network and a refusal are losses', () => {
  for (const lose of [
    () => window.dispatchEvent(new Event('offline')),
    () => FakePusher.latest.refuse(4009),
  ]) {
    const notify = vi.fn();
    handleWebSocketError(connectedWith(), notify);
    lose();
    expect(notify.mock.calls).toContainEqual(info);
  }
});

test('without notify, the page is told by an event (X-27)', () => {
  const heard = vi.fn();
  const listener = (event: Event) => void heard((event as CustomEvent<unknown>).detail);
  window.addEventListener('gema:notify', listener);
  handleWebSocketError(connectedWith());
  FakePusher.latest.lose();
  window.removeEventListener('gema:notify', listener);
  expect(heard.mock.calls).toEqual([
    [{ message: 'Connection error. Attempting to reconnect...', level: 'warning' }],
    [{ message: 'Disconnected from server', level: 'info' }],
  ]);
});

test('texts can be replaced', () => {
  const notify = vi.fn();
  handleWebSocketError(connectedWith(), notify, { disconnected: 'Terputus dari server' });
  FakePusher.latest.lose();
  expect(notify.mock.calls).toEqual([warning, ['Terputus dari server', 'info']]);
});
