import { connectionOptionsFromEnv, type ConnectionOptions } from '@gema/client';
import { exchange, globalFetch, type Fetch } from './api/transport.ts';
import type { ClientConfig } from './types.ts';

/** Where this application authorizes private channels, and that it takes several at once. */
const OURS = { authEndpoint: '/api/broadcasting/auth', batchAuthorization: true } as const;

/**
 * How to connect: what `GET /config.json` says, so that one build serves everywhere; where there is no such file, the
 * variables `VITE_REVERB_*` of the build, which `env` has (give it `import.meta.env`).
 *
 * A server that does not answer within 15 s counts as one without the file.
 *
 * Rejects when neither is of use: the error names what is missing, its `cause` is what became of `/config.json`.
 */
export async function loadConnectionOptions(
  fetch: Fetch = globalFetch,
  env: Record<string, unknown> = {},
): Promise<ConnectionOptions> {
  try {
    return { ...OURS, ...(await fetchConfig(fetch)) };
  } catch (cause) {
    try {
      return { ...OURS, ...connectionOptionsFromEnv(env) };
    } catch (error) {
      throw new Error(`no /config.json, and ${error instanceof Error ? error.message : String(error)}`, {
        cause,
      });
    }
  }
}

async function fetchConfig(fetch: Fetch): Promise<ConnectionOptions> {
  const config: Partial<ClientConfig> = await exchange(fetch, {
    url: '/config.json',
    method: 'GET',
    headers: {},
  });
  const { key, host, port, scheme, path, authEndpoint } = config;
  if (!key || !host || !isPort(port) || (scheme !== 'http' && scheme !== 'https')) {
    throw new Error('/config.json lacks key, host, port or scheme');
  }
  return { key, host, port, scheme, ...(path && { path }), ...(authEndpoint && { authEndpoint }) };
}

function isPort(port: number | undefined): port is number {
  return Number.isInteger(port) && Number(port) > 0 && Number(port) < 65_536;
}
