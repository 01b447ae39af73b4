import { createContext, useContext, useSyncExternalStore } from 'react';
import type { ConnectionSnapshot } from '@gema/client';
import { getServerSnapshot, type ConnectionSource } from './connectionSource.ts';
import { getDefaultSource, watchDefaultSource } from './defaultConnection.ts';

/** What `<WebSocketProvider>` gives to the hooks below it. */
export const ConnectionSourceContext = createContext<ConnectionSource | null>(null);

/**
 * The source of the provider above, else the one of `configureWebSocket()`.
 *
 * @throws Error where there is neither.
 */
export function useConnectionSource(): ConnectionSource {
  const provided = useContext(ConnectionSourceContext);
  const configured = useSyncExternalStore(watchDefaultSource, getDefaultSource, getDefaultSource);
  const source = provided ?? configured;
  if (source === null) {
    throw new Error(
      'No WebSocket connection is configured. Put the component inside <WebSocketProvider options={…}>, ' +
        'or call configureWebSocket(options) before the first render.',
    );
  }
  return source;
}

/** The snapshot of the connection of `source`; keeps the connection but does not connect it. */
export function useConnectionSnapshot(source: ConnectionSource): ConnectionSnapshot {
  return useSyncExternalStore(source.subscribe, source.getSnapshot, getServerSnapshot);
}
