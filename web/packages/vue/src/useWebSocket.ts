import {
  computed,
  effectScope,
  markRaw,
  onScopeDispose,
  shallowRef,
  type ComputedRef,
  type ShallowRef,
} from 'vue';
import type { Connection, ConnectionFault, ConnectionStatus, EchoLike } from '@gema/client';
import { whenMounted } from './lifecycle.ts';
import { useConnectionSnapshot } from './useConnectionSnapshot.ts';
import { useConnection, type ConnectionChoice } from './webSocketConnection.ts';

/** What `useWebSocket()` knows of the connection. */
export interface WebSocketState {
  /** The shared Echo itself, no proxy of it; `null` on a server, before mount and until something connects. */
  readonly echo: Readonly<ShallowRef<EchoLike | null>>;
  /** The same as `status.value === 'connected'`. */
  readonly connected: ComputedRef<boolean>;
  readonly status: ComputedRef<ConnectionStatus>;
  /** Why `status` is what it is, `null` while there is nothing to explain. */
  readonly error: ComputedRef<ConnectionFault | null>;
  /** The id that the server gave to this connection, `null` while not connected. */
  readonly socketId: ComputedRef<string | null>;
  /** Tries again now, after `failed` or instead of waiting. */
  readonly retry: () => void;
  /** Disconnects on purpose: nothing reconnects until `retry()`. */
  readonly disconnect: () => void;
  /** The shared connection. */
  readonly connection: Connection;
}

/**
 * The state of the shared connection, which is opened with the mount of the first component that asks, and
 * outside of components at once. It stays open when the component goes; the plugin closes it.
 *
 * @throws Error where no connection is provided or given.
 */
export function useWebSocket(options: ConnectionChoice = {}): WebSocketState {
  const connection = useConnection(options.connection);
  const scope = effectScope();
  const snapshot = useConnectionSnapshot(scope, connection);
  const echo = shallowRef<EchoLike | null>(null);

  const updateEcho = () => {
    echo.value = connection.echo && markRaw(connection.echo);
  };
  whenMounted(scope, () => {
    onScopeDispose(connection.subscribe(updateEcho));
    // Only the first time: a deliberate disconnect is not undone by another component's mount.
    if (connection.getSnapshot().status === 'idle') connection.connect();
    updateEcho();
  });

  return {
    echo,
    connected: computed(() => snapshot.value.connected),
    status: computed(() => snapshot.value.status),
    error: computed(() => snapshot.value.error),
    socketId: computed(() => snapshot.value.socketId),
    retry: () => connection.retry(),
    disconnect: () => connection.disconnect(),
    connection,
  };
}

export default useWebSocket;
