import { computed, effectScope, onScopeDispose, type ComputedRef, type Ref } from 'vue';
import { GUIDE_RECONNECT, reconnectPolicy, type ReconnectPolicy } from '@gema/client';
import { whenMounted } from './lifecycle.ts';
import { logReconnection } from './reconnectionLog.ts';
import { useConnectionSnapshot } from './useConnectionSnapshot.ts';
import { useSecondsUntil } from './useSecondsUntil.ts';
import { useWebSocket, type WebSocketState } from './useWebSocket.ts';
import { useConnection, type ConnectionChoice } from './webSocketConnection.ts';

/** What shall differ from the schedule 2, 4, 8, 16, 32 seconds and five attempts, and the connection. */
export interface ReconnectOptions extends Partial<ReconnectPolicy>, ConnectionChoice {}

/** What `useWebSocketWithReconnect()` adds: how the way back goes. */
export interface ReconnectState extends WebSocketState {
  /** The connection was lost and is being sought again. */
  readonly reconnecting: ComputedRef<boolean>;
  /** The attempt that is waited for or under way, from 1; 0 while nothing is lost. */
  readonly attempt: ComputedRef<number>;
  /** How many attempts are made before giving up; may be `Infinity`. */
  readonly maxAttempts: ComputedRef<number>;
  /** Whole seconds until the next attempt, ticking once a second; `null` unless an attempt is waited for. */
  readonly nextRetryIn: Readonly<Ref<number | null>>;
  /** Nothing reconnects by itself any more; `retry()` does. `error` says why. */
  readonly gaveUp: ComputedRef<boolean>;
}

/**
 * `useWebSocket()` with a schedule for reconnecting: 2, 4, 8, 16 and 32 seconds, then it gives up.
 *
 * There is one connection, so the schedule holds for all of its users while this scope lives, and of several
 * schedules the one that was set last. Each attempt and the end of attempts are written to the console, once
 * per connection.
 *
 * @throws Error where no connection is provided or given; RangeError when the policy has a number that is none,
 *   negative or too large.
 */
export function useWebSocketWithReconnect(options: ReconnectOptions = {}): ReconnectState {
  const { connection: given, ...policy } = options;
  const schedule = reconnectPolicy(policy, GUIDE_RECONNECT);
  const connection = useConnection(given);
  const scope = effectScope();

  // Before useWebSocket(), so that the schedule is there before the first connect.
  whenMounted(scope, () => {
    onScopeDispose(connection.setReconnect(schedule));
    onScopeDispose(logReconnection(connection));
  });

  const snapshot = useConnectionSnapshot(scope, connection);
  const reconnecting = computed(() => snapshot.value.status === 'reconnecting');
  return {
    ...useWebSocket({ connection }),
    reconnecting,
    attempt: computed(() => snapshot.value.attempt),
    maxAttempts: computed(() => snapshot.value.maxAttempts),
    nextRetryIn: useSecondsUntil(scope, () => (reconnecting.value ? snapshot.value.nextRetryAt : null)),
    gaveUp: computed(() => snapshot.value.status === 'failed'),
  };
}

export default useWebSocketWithReconnect;
