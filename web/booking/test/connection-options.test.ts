import { describe, expect, it, vi } from 'vitest';
import { loadConnectionOptions, type ClientConfig, type Fetch } from '../src/index.ts';

const CONFIG: ClientConfig = {
  key: 'gema-dev-key',
  host: '127.0.0.1',
  port: 8080,
  scheme: 'http',
  path: '',
  authEndpoint: '/api/broadcasting/auth',
};
const ENV = { VITE_REVERB_APP_KEY: 'built-key', VITE_REVERB_HOST: 'ws.example', VITE_REVERB_SCHEME: 'https' };

function answering(answer: Response | Error): Fetch {
  return () => (answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer));
}

describe('loadConnectionOptions', () => {
  it('takes what the server says (X-01)', async () => {
    const fetch = vi.fn(answering(Response.json(CONFIG)));
    await expect(loadConnectionOptions(fetch, ENV)).resolves.toEqual({
      key: 'gema-dev-key',
      host: '127.0.0.1',
      port: 8080,
      scheme: 'http',
      authEndpoint: '/api/broadcasting/auth',
      batchAuthorization: true,
    });
    expect(fetch.mock.lastCall?.[0]).toBe('/config.json');
  });

  it('takes path and endpoint where there are any', async () => {
    const config = { ...CONFIG, path: '/ws', authEndpoint: '/auth' };
    await expect(loadConnectionOptions(answering(Response.json(config)))).resolves.toMatchObject({
      path: '/ws',
      authEndpoint: '/auth',
    });
  });

  it.each([
    ['is missing', new Response('', { status: 404 })],
    ['cannot be reached', new TypeError('Failed to fetch')],
    ['is a page', new Response('<!doctype html>')],
    ['is null', Response.json(null)],
    ['has no key', Response.json({ ...CONFIG, key: '' })],
    ['has no port', Response.json({ ...CONFIG, port: '8080' })],
    ['has an impossible port', Response.json({ ...CONFIG, port: 70_000 })],
    ['has another scheme', Response.json({ ...CONFIG, scheme: 'ftp' })],
  ])('takes the variables of the build where /config.json %s', async (_, answer) => {
    await expect(loadConnectionOptions(answering(answer), ENV)).resolves.toEqual({
      key: 'built-key',
      host: 'ws.example',
      port: 443,
      scheme: 'https',
      authEndpoint: '/api/broadcasting/auth',
      batchAuthorization: true,
    });
  });

  it('does not wait for a server that does not answer', async () => {
    vi.useFakeTimers();
    const silent: Fetch = (_, init) =>
      new Promise((_resolve, reject) => {
        init?.signal?.addEventListener('abort', () => reject(new DOMException('aborted', 'AbortError')));
      });
    const options = loadConnectionOptions(silent, ENV);
    await vi.advanceTimersByTimeAsync(15_000);
    await expect(options).resolves.toMatchObject({ key: 'built-key' });
    vi.useRealTimers();
  });

  it('says what is missing where neither is of use', async () => {
    const error: unknown = await loadConnectionOptions(
      answering(new Response('', { status: 404 })),
      {},
    ).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(Error);
    expect((error as Error).message).toMatch(/no \/config\.json.*VITE_REVERB_APP_KEY/);
    expect((error as Error).cause).toMatchObject({ name: 'ApiError', status: 404 });
  });
});
