import { useEffect } from 'react';
import { GUIDE_RECONNECT, reconnectPolicy, type ReconnectPolicy } from '@gema/client';
import { logReconnection } from './reconnectionLog.ts';
import { useConnectionSnapshot, useConnectionSource } from './useConnectionSource.ts';
import { useSecondsUntil } from './useSecondsUntil.ts';
import { useWebSocket, type WebSocketState } from './useWebSocket.ts';

/** What `useWebSocketWithReconnect()` adds: how the way back goes. */
export interface ReconnectState extends WebSocketState {
  /** The connection was lost and is being sought again. */
  readonly reconnecting: boolean;
  /** The attempt that is waited for or under way, from 1; 0 while nothing is lost. */
  readonly attempt: number;
  /** How many attempts are made before giving up; may be `Infinity`. */
  readonly maxAttempts: number;
  /** Whole seconds until the next attempt, ticking once a second; `null` unless an attempt is waited for. */
  readonly nextRetryIn: number | null;
  /** Nothing reconnects by itself any more; `retry()` does. `error` says why. */
  readonly gaveUp: boolean;
}

/**
 * `useWebSocket()` with a schedule for reconnecting: 2, 4, 8, 16 and 32 seconds, then it gives up.
 *
 * There is one connection, so the schedule holds for all of its users while this component is mounted, and of
 * several schedules the one that was set last. Each attempt and the end of attempts are written to the
 * console, once per connection.
 *
 * @param policy what shall differ from that schedule; may be a new object at each render.
 * @throws RangeError when it has a number that is none, negative or too large
 */
export function useWebSocketWithReconnect(policy: Partial<ReconnectPolicy> = {}): ReconnectState {
  const source = useConnectionSource();
  const { baseMs, factor, maxMs, jitter, maxAttempts } = reconnectPolicy(policy, GUIDE_RECONNECT);

  useEffect(() => {
    const { connection, release } = source.hold();
    const undo = connection.setReconnect({ baseMs, factor, maxMs, jitter, maxAttempts });
    const stopLogging = logReconnection(connection);
    return () => {
      stopLogging();
      undo();
      release();
    };
  }, [source, baseMs, factor, maxMs, jitter, maxAttempts]);

  // After the effect above, so that the schedule is there before the first connect.
  const state = useWebSocket();
  const { attempt, maxAttempts: limit, nextRetryAt } = useConnectionSnapshot(source);
  const reconnecting = state.status === 'reconnecting';

  return {
    ...state,
    reconnecting,
    attempt,
    maxAttempts: limit,
    nextRetryIn: useSecondsUntil(reconnecting ? nextRetryAt : null),
    gaveUp: state.status === 'failed',
  };
}

export default useWebSocketWithReconnect;
