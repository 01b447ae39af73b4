import { effectScope, onScopeDispose } from 'vue';
import { whenMounted } from './lifecycle.ts';
import { useConnection, type ConnectionChoice } from './webSocketConnection.ts';

/**
 * Calls `refetch` once after each recovery from a loss, not after the first connect. Events that were sent
 * meanwhile are lost for good, so this is the place to fetch the present state again.
 *
 * @returns a function that ends it before the scope does.
 */
export function useReconnected(refetch: () => void, options: ConnectionChoice = {}): () => void {
  const connection = useConnection(options.connection);
  const scope = effectScope();
  whenMounted(scope, () => onScopeDispose(connection.onReconnected(refetch)));
  return () => scope.stop();
}
