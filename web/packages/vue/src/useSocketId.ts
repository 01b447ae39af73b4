import { computed, effectScope, type ComputedRef } from 'vue';
import { useConnectionSnapshot } from './useConnectionSnapshot.ts';
import { useConnection, type ConnectionChoice } from './webSocketConnection.ts';

/**
 * The id that the server gave to the shared connection, for the header `X-Socket-ID`; `null` while not
 * connected. Does not connect.
 */
export function useSocketId(options: ConnectionChoice = {}): ComputedRef<string | null> {
  const snapshot = useConnectionSnapshot(effectScope(), useConnection(options.connection));
  return computed(() => snapshot.value.socketId);
}
