import { effectScope, onScopeDispose } from 'vue';
import { whenMounted } from './lifecycle.ts';
import { useConnection, type ConnectionChoice } from './webSocketConnection.ts';

/**
 * Calls `fn` once after each recovery from a loss, not after the first connect. Channels are not subscribed yet: what
 * was missed is fetched in `onSubscribed` of `useChannelEvent`, or an event of the meantime stays unknown.
 *
 * @returns a function that ends it before the scope does.
 */
export function useReconnected(fn: () => void, options: ConnectionChoice = {}): () => void {
  const connection = useConnection(options.connection);
  const scope = effectScope();
  whenMounted(scope, () => onScopeDispose(connection.onReconnected(fn)));
  return () => scope.stop();
}
