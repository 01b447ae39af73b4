import { onScopeDispose, shallowRef, type EffectScope, type ShallowRef } from 'vue';
import type { Connection, ConnectionSnapshot } from '@gema/client';
import { isHydrating, isServer, whenMounted } from './lifecycle.ts';

/** What a server renders, and therefore what hydration has to begin with. */
const IDLE_SNAPSHOT: ConnectionSnapshot = {
  status: 'idle',
  connected: false,
  socketId: null,
  attempt: 0,
  maxAttempts: Infinity,
  nextRetryAt: null,
  error: null,
  since: 0,
  lostAt: null,
};

/** The snapshot of the connection as state, as long as `scope` lives. Opens nothing. */
export function useConnectionSnapshot(
  scope: EffectScope,
  connection: Connection,
): Readonly<ShallowRef<ConnectionSnapshot>> {
  const snapshot = shallowRef(IDLE_SNAPSHOT);
  const update = () => {
    snapshot.value = connection.getSnapshot();
  };
  const follow = () => {
    onScopeDispose(connection.subscribe(update));
    update();
  };
  if (isHydrating()) whenMounted(scope, follow);
  // Not with the mount: an async setup() may look at it before.
  else if (!isServer()) scope.run(follow);
  return snapshot;
}
