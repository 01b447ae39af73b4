import { createAuthorization } from './authorization.ts';
import { backoffDelay } from './backoff.ts';
import { createChannels } from './channels.ts';
import type { EchoLike } from './echo.ts';
import { createEcho, insecurity } from './echo-options.ts';
import { isPort } from './env.ts';
import { createLifecycle } from './lifecycle.ts';
import { connectionOf } from './owners.ts';
import { createPolicies } from './policies.ts';
import type { Connection, ConnectionOptions } from './types.ts';

/**
 * A connection. Nothing happens until it is asked to connect, or for a channel; on a server that renders pages, nothing
 * happens at all.
 *
 * An Echo that is there already is followed from now on, and reconnected by our schedule; its authorization stays as it
 * is. `destroy()` hands it back.
 *
 * @throws Error when the port is none
 */
export function createConnection(options: ConnectionOptions | EchoLike): Connection {
  const given = 'connector' in options ? options : null;
  const settings = (given ? {} : options) as ConnectionOptions;
  const { port = 443 } = settings;
  if (!isPort(port)) throw new Error(`port must be a port, not "${port}"`);
  const policies = createPolicies(settings.reconnect, () => lifecycle.refresh());
  const random = settings.random ?? Math.random;
  const delay = (attempt: number) => backoffDelay(attempt, { ...policies.current(), random });
  let echo: EchoLike | null = given;
  /** Undefined: `getToken` is asked. */
  let fixedToken: string | null | undefined;
  let destroyed = false;

  async function currentToken(): Promise<string | null | undefined> {
    if (fixedToken !== undefined || !settings.getToken) return fixedToken;
    // An empty token is none.
    return (await settings.getToken()) || null;
  }

  const authorization = createAuthorization(settings, currentToken);
  const channels = createChannels({
    echo: () => echo,
    authorization: given ? null : authorization,
    delay,
    onAuthError: settings.onAuthError,
  });
  const lifecycle = createLifecycle({
    policy: policies.current,
    delay,
    random,
    given: given?.connector.pusher ?? null,
    obstacle: () => (given ? null : insecurity(settings)),
    create() {
      echo = createEcho(settings, authorization.handler);
      connectionOf.set(echo, connection);
      channels.joinAll();
      return echo.connector.pusher;
    },
    onOpen: channels.open,
    onClose: channels.close,
  });

  const connection: Connection = {
    get echo() {
      return echo;
    },
    getSnapshot: lifecycle.snapshot,
    subscribe: lifecycle.changes.add,
    acquire(channel, visibility) {
      if (destroyed) throw new Error('connection destroyed');
      if (lifecycle.snapshot().status === 'idle') lifecycle.connect();
      return channels.acquire(channel, visibility);
    },
    connect: lifecycle.connect,
    retry: lifecycle.retry,
    disconnect: lifecycle.disconnect,
    destroy() {
      destroyed = true;
      channels.clear();
      lifecycle.destroy();
      if (echo) connectionOf.delete(echo);
      echo = null;
    },
    setToken(token) {
      fixedToken = token;
      channels.renew(token !== null);
    },
    reauthorize() {
      fixedToken = undefined;
      channels.renew(true);
    },
    setReconnect: policies.set,
    onReconnected: lifecycle.recoveries.add,
  };
  if (given) connectionOf.set(given, connection);
  return connection;
}
