import type { Connection, ConnectionSnapshot } from '@gema/client';

interface Log {
  users: number;
  stop: () => void;
}

const logs = new WeakMap<Connection, Log>();

/**
 * Writes each attempt to reconnect and the end of all attempts to the console. A connection has one log,
 * however many components ask for it; it stops with the last one.
 */
export function logReconnection(connection: Connection): () => void {
  const log = logs.get(connection) ?? { users: 0, stop: startLog(connection) };
  log.users += 1;
  logs.set(connection, log);
  return () => {
    log.users -= 1;
    if (log.users > 0) return;
    logs.delete(connection);
    log.stop();
  };
}

function startLog(connection: Connection): () => void {
  let before = connection.getSnapshot();
  return connection.subscribe(() => {
    const now = connection.getSnapshot();
    if (isAttempting(now) && !(isAttempting(before) && before.attempt === now.attempt)) {
      console.log(`Reconnection attempt ${now.attempt}`);
    }
    if (isExhausted(now) && !isExhausted(before)) console.error('Max reconnection attempts reached');
    before = now;
  });
}

/** An attempt is under way: none is waited for. */
function isAttempting({ status, nextRetryAt, attempt }: ConnectionSnapshot): boolean {
  return status === 'reconnecting' && nextRetryAt === null && attempt > 0;
}

function isExhausted({ status, error }: ConnectionSnapshot): boolean {
  return status === 'failed' && error?.kind === 'exhausted';
}
