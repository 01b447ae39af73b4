import { createConnection } from '@gema/client';
import type { Connection, ConnectionOptions, ConnectionSnapshot, EchoLike } from '@gema/client';

/** A connection that is kept alive until `release` is called. `release` is idempotent. */
export interface HeldConnection {
  readonly connection: Connection;
  readonly release: () => void;
}

/**
 * Where hooks get their connection from. Its members are what `useSyncExternalStore` wants; none of them
 * makes a connection except `hold` and `subscribe`, which belong in effects.
 */
export interface ConnectionSource {
  /** Makes the connection if there is none, and keeps it until the release. */
  readonly hold: () => HeldConnection;
  /** Holds the connection and tells of each change of its snapshot. */
  readonly subscribe: (onChange: () => void) => () => void;
  /** `null` before anybody held it and after it was destroyed. */
  readonly getConnection: () => Connection | null;
  readonly getSnapshot: () => ConnectionSnapshot;
  readonly getEcho: () => EchoLike | null;
  /** Tries again now; nothing where there is no connection. */
  readonly retry: () => void;
  /** Disconnects on purpose; nothing where there is no connection. */
  readonly disconnect: () => void;
}

/** A source that makes its connection of options, and destroys it when nobody holds it any more. */
export interface OwnedSource extends ConnectionSource {
  /** From now on `getToken` and `onAuthError` of these options are called. */
  readonly refreshCallbacks: (options: ConnectionOptions) => void;
}

/** What is seen where there is no connection: before mount and on a server. */
export const IDLE_SNAPSHOT: ConnectionSnapshot = {
  status: 'idle',
  connected: false,
  socketId: null,
  attempt: 0,
  maxAttempts: Infinity,
  nextRetryAt: null,
  error: null,
  since: 0,
  lostAt: null,
};

/** The snapshot of a server render and of hydration. */
export const getServerSnapshot = (): ConnectionSnapshot => IDLE_SNAPSHOT;

/** The connection, the Echo and the socket id of a server render. */
export const getServerNull = (): null => null;

/** A source of a connection that somebody else made: it is never destroyed here. */
export function createGivenSource(connection: Connection): ConnectionSource {
  const held: HeldConnection = { connection, release: () => undefined };
  return sourceOf(
    () => held,
    () => connection,
  );
}

/**
 * A source of a connection of its own. It is made when the first component holds it and destroyed one
 * macrotask after the last one let go: StrictMode's double mount and a change of route within one commit do
 * not bounce the socket.
 */
export function createOwnedSource(options: ConnectionOptions): OwnedSource {
  let newest = options;
  let connection: Connection | null = null;
  let holders = 0;
  let farewell: ReturnType<typeof setTimeout> | undefined;

  const letGo = () => {
    holders -= 1;
    if (holders > 0) return;
    farewell = setTimeout(() => {
      connection?.destroy();
      connection = null;
    }, 0);
  };

  const hold = (): HeldConnection => {
    // First this: it throws when the options are wrong.
    connection ??= createConnection(withNewestCallbacks(options, () => newest));
    clearTimeout(farewell);
    holders += 1;
    return { connection, release: once(letGo) };
  };

  return {
    ...sourceOf(hold, () => connection),
    refreshCallbacks: (changed) => {
      newest = changed;
    },
  };
}

/** The connection asks for `getToken` each time: its absence means cookies, not "logged out". */
function withNewestCallbacks(options: ConnectionOptions, newest: () => ConnectionOptions): ConnectionOptions {
  return {
    ...options,
    get getToken() {
      return newest().getToken as NonNullable<ConnectionOptions['getToken']>;
    },
    onAuthError: (fault, token) => newest().onAuthError?.(fault, token),
  };
}

function sourceOf(hold: () => HeldConnection, getConnection: () => Connection | null): ConnectionSource {
  return {
    hold,
    getConnection,
    subscribe: (onChange) => {
      const { connection, release } = hold();
      const unsubscribe = connection.subscribe(onChange);
      return () => {
        unsubscribe();
        release();
      };
    },
    getSnapshot: () => getConnection()?.getSnapshot() ?? IDLE_SNAPSHOT,
    getEcho: () => getConnection()?.echo ?? null,
    retry: () => getConnection()?.retry(),
    disconnect: () => getConnection()?.disconnect(),
  };
}

function once(fn: () => void): () => void {
  let called = false;
  return () => {
    if (called) return;
    called = true;
    fn();
  };
}
