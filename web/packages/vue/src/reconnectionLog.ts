import type { Connection, ConnectionSnapshot } from '@gema/client';

interface Log {
  users: number;
  stop: () => void;
}

const logs = new WeakMap<Connection, Log>();

/**
 * Writes each attempt to reconnect and the end of attempts to the console, once per connection however many
 * ask for it.
 *
 * @returns a function that ends it for this one; call it once.
 */
export function logReconnection(connection: Connection): () => void {
  const log = logs.get(connection) ?? { users: 0, stop: startLog(connection) };
  logs.set(connection, log);
  log.users += 1;
  return () => {
    log.users -= 1;
    if (log.users > 0) return;
    log.stop();
    logs.delete(connection);
  };
}

function startLog(connection: Connection): () => void {
  let previous = connection.getSnapshot();
  return connection.subscribe(() => {
    const now = connection.getSnapshot();
    if (attemptBegan(previous, now)) console.log(`Reconnection attempt ${now.attempt}`);
    if (gaveUp(now) && !gaveUp(previous)) console.error('Max reconnection attempts reached');
    previous = now;
  });
}

function attemptBegan(previous: ConnectionSnapshot, now: ConnectionSnapshot): boolean {
  return isTrying(now) && !(isTrying(previous) && previous.attempt === now.attempt);
}

/** The wait for this attempt is over. */
function isTrying({ status, attempt, nextRetryAt }: ConnectionSnapshot): boolean {
  return status === 'reconnecting' && attempt > 0 && nextRetryAt === null;
}

function gaveUp({ status, error }: ConnectionSnapshot): boolean {
  return status === 'failed' && error?.kind === 'exhausted';
}
