import { describe, expect, test, vi } from 'vitest';
import { FakePusher, settled } from './fake-pusher.ts';
import { bodiesOf, connectedWith, stubEndpoint, withFakes } from './support.ts';

withFakes();

describe('requests in batches', () => {
  const grantAll = ({ channel_names: names }: Record<string, unknown>) => ({
    status: 200,
    body: {
      channels: Object.fromEntries(
        (names as string[]).map((name) => [name, { status: 200, auth: `of ${name}` }]),
      ),
    },
  });

  test('are one for all channels of a turn', async () => {
    const fetch = stubEndpoint(grantAll);
    const connection = connectedWith({ getToken: () => 'T', batchAuthorization: true });
    for (const name of ['a', 'b', 'c']) connection.acquire(name, 'private');
    await settled();
    const names = ['private-a', 'private-b', 'private-c'];
    expect(bodiesOf(fetch)).toEqual([{ socket_id: '1.1', channel_names: names }]);
    expect(FakePusher.latest.serverChannels).toEqual(new Set(names));
    FakePusher.latest.lose();
    await vi.advanceTimersByTimeAsync(1000);
    FakePusher.latest.open('2.2');
    await settled();
    expect(bodiesOf(fetch)[1]).toEqual({ socket_id: '2.2', channel_names: names });
  });

  test('have at most 100 channels', async () => {
    const fetch = stubEndpoint(grantAll);
    const connection = connectedWith({ getToken: () => 'T', batchAuthorization: true });
    for (let index = 0; index < 250; index += 1) connection.acquire(`c${index}`, 'private');
    await settled();
    const sizes = bodiesOf(fetch).map((body) => (body as { channel_names: string[] }).channel_names.length);
    expect(sizes).toEqual([100, 100, 50]);
    expect(FakePusher.latest.serverChannels.size).toBe(250);
  });

  test.each([
    [200, null],
    [200, { channels: null }],
    [200, { channels: { 'private-a': null } }],
    [200, 'ok'],
    [500, { status: 200, auth: 'x' }],
  ])('have failed with an answer that makes no sense: %i %j', async (status, body) => {
    stubEndpoint(() => ({ status, body }));
    const options = { getToken: () => 'T', batchAuthorization: true };
    const handle = connectedWith(options).acquire('a', 'private');
    await settled();
    expect(handle.getSnapshot()).toMatchObject({ state: 'failed', error: { status } });
  });

  test('are answered for each channel, or as a whole', async () => {
    let whole = false;
    stubEndpoint(() =>
      whole
        ? { status: 401, body: { message: 'Unauthorized' } }
        : {
            status: 200,
            body: {
              channels: {
                'private-a': { status: 200, auth: 'x' },
                'private-b': { status: 403, message: 'Forbidden' },
              },
            },
          },
    );
    const connection = connectedWith({ getToken: () => 'T', batchAuthorization: true });
    const handles = ['a', 'b', 'c'].map((name) => connection.acquire(name, 'private'));
    await settled();
    const states = () => handles.map((handle) => handle.getSnapshot().state);
    expect(states()).toEqual(['subscribed', 'forbidden', 'failed']);
    whole = true;
    await vi.advanceTimersByTimeAsync(1000);
    expect(states()).toEqual(['subscribed', 'forbidden', 'unauthenticated']);
  });
});
