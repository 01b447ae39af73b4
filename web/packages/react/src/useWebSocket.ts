import { useEffect, useSyncExternalStore } from 'react';
import type { Connection, ConnectionFault, ConnectionStatus, EchoLike } from '@gema/client';
import { getServerNull } from './connectionSource.ts';
import { useConnectionSnapshot, useConnectionSource } from './useConnectionSource.ts';

/** What `useWebSocket()` knows of the connection. */
export interface WebSocketState {
  /** The shared Echo; `null` on a server, before mount and until something connects. */
  readonly echo: EchoLike | null;
  /** The same as `status === 'connected'`. */
  readonly connected: boolean;
  readonly status: ConnectionStatus;
  /** Why `status` is what it is, `null` while there is nothing to explain. */
  readonly error: ConnectionFault | null;
  /** The id that the server gave to this connection, `null` while not connected. */
  readonly socketId: string | null;
  /** Tries again now, after `failed` or instead of waiting. Stable. */
  readonly retry: () => void;
  /** Disconnects on purpose: nothing reconnects until `retry()`. Stable. */
  readonly disconnect: () => void;
  /** The shared connection; `null` on a server and before mount, unless it was given to the provider. */
  readonly connection: Connection | null;
}

/**
 * The state of the shared connection, which is opened with the mount of the first component that asks. All
 * components share one connection: that of the `<WebSocketProvider>` above, else that of
 * `configureWebSocket()`.
 *
 * @throws Error where there is neither a provider nor a configured connection.
 */
export function useWebSocket(): WebSocketState {
  const source = useConnectionSource();
  const snapshot = useConnectionSnapshot(source);
  const connection = useSyncExternalStore(source.subscribe, source.getConnection, getServerNull);
  const echo = useSyncExternalStore(source.subscribe, source.getEcho, getServerNull);

  useEffect(() => {
    const held = source.hold();
    // Only the first time: a deliberate disconnect is not undone by another component's mount.
    if (held.connection.getSnapshot().status === 'idle') held.connection.connect();
    return held.release;
  }, [source]);

  return {
    echo,
    connected: snapshot.connected,
    status: snapshot.status,
    error: snapshot.error,
    socketId: snapshot.socketId,
    retry: source.retry,
    disconnect: source.disconnect,
    connection,
  };
}

export default useWebSocket;
