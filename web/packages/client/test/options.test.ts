import { describe, expect, test, vi } from 'vitest';
import type { ConnectionOptions } from '../src/index.ts';
import { FakePusher } from './fake-pusher.ts';
import { connectionWith, withFakes } from './support.ts';

withFakes();

function optionsOf(options: Partial<ConnectionOptions>): Record<string, unknown> {
  connectionWith(options).connect();
  return FakePusher.latest.options;
}

describe('the options of Pusher', () => {
  test('are complete', () => {
    const { channelAuthorization, ...options } = optionsOf({
      host: 'ws.test',
      port: '8080',
      scheme: 'http',
      path: '/socket',
    });
    expect(FakePusher.latest.key).toBe('key');
    expect(options).toMatchObject({
      wsHost: 'ws.test',
      wsPath: '/socket',
      forceTLS: false,
      cluster: '',
      namespace: '',
      activityTimeout: 15_000,
      pongTimeout: 5_000,
    });
    expect(channelAuthorization).toEqual({ customHandler: expect.any(Function) as unknown });
  });

  test('allow no transport but WebSocket, so that no key goes to pusher.com (M17, X-10)', () => {
    expect(optionsOf({})['enabledTransports']).toEqual(['ws', 'wss']);
  });

  test.each([
    [{ port: 8080 }, 8080, true],
    [{ port: '8443', scheme: 'https' }, 8443, true],
    [{ port: 8080, scheme: 'http' }, 8080, false],
    [{}, 443, true],
    [{ scheme: 'http' }, 80, false],
  ] as const)('name the port twice (M18, X-09): %j', (options, port, forceTLS) => {
    expect(optionsOf(options)).toMatchObject({ wsPort: port, wssPort: port, forceTLS });
  });

  test('name the Pusher class: it need not be on window (M19, X-11)', () => {
    expect(window).not.toHaveProperty('Pusher');
    expect(optionsOf({})['Pusher']).toBe(FakePusher);
  });

  test('take the times given', () => {
    expect(optionsOf({ activityTimeout: 1000, pongTimeout: 500 })).toMatchObject({
      activityTimeout: 1000,
      pongTimeout: 500,
    });
  });

  test('share no object with another instance, nor with the defaults of Echo (M8, X-18)', () => {
    const first = optionsOf({});
    (first['auth'] as { headers: Record<string, string> }).headers['Authorization'] = 'Bearer AAA';
    (first['userAuthentication'] as { headers: Record<string, string> }).headers['Authorization'] =
      'Bearer AAA';
    const second = optionsOf({});
    for (const name of ['auth', 'userAuthentication', 'enabledTransports', 'channelAuthorization']) {
      expect(second[name]).not.toBe(first[name]);
    }
    expect(JSON.stringify(second)).not.toContain('AAA');
  });

  test('take the class of Echo given', () => {
    const made = vi.fn();
    class OtherEcho {
      readonly connector: { pusher: FakePusher };
      constructor(options: never) {
        made(options);
        this.connector = { pusher: new FakePusher('other', options) };
      }
    }
    connectionWith({ Echo: OtherEcho as never }).connect();
    expect(made).toHaveBeenCalledOnce();
    expect(FakePusher.latest.key).toBe('other');
  });
});
