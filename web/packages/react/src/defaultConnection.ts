import type { Connection, ConnectionOptions } from '@gema/client';
import { createGivenSource, createOwnedSource, type ConnectionSource } from './connectionSource.ts';

let source: ConnectionSource | null = null;
const watchers = new Set<() => void>();

/**
 * Sets the connection of all hooks that are used outside of a `<WebSocketProvider>`.
 *
 * Nothing is opened here. A connection of options is made when the first component needs it and destroyed
 * after the last one is gone; a given connection is never destroyed. Components that are mounted already move
 * to the new connection.
 */
export function configureWebSocket(target: ConnectionOptions | Connection): void {
  source = isConnection(target) ? createGivenSource(target) : createOwnedSource(target);
  for (const watcher of [...watchers]) watcher();
}

/** The source that `configureWebSocket()` set, `null` before. */
export function getDefaultSource(): ConnectionSource | null {
  return source;
}

/** Tells when `configureWebSocket()` is called. */
export function watchDefaultSource(onChange: () => void): () => void {
  watchers.add(onChange);
  return () => {
    watchers.delete(onChange);
  };
}

function isConnection(target: ConnectionOptions | Connection): target is Connection {
  return 'acquire' in target;
}
