import { computed, effectScope, type ComputedRef, type MaybeRefOrGetter } from 'vue';
import type { ChannelFault, ChannelState, Member } from '@gema/client';
import { listOf, snapshotOf, useSubscriptions } from './useSubscriptions.ts';
import { useConnection, type ConnectionChoice } from './webSocketConnection.ts';

/** Who is in a presence channel. */
export interface Presence {
  readonly members: ComputedRef<readonly Member[]>;
  /** This user among the members, `null` until the channel is subscribed. */
  readonly me: ComputedRef<Member | null>;
  /** How many members there are, this user among them. */
  readonly count: ComputedRef<number>;
  readonly state: ComputedRef<ChannelState>;
  /** Why the channel is not subscribed, else `null`. */
  readonly error: ComputedRef<ChannelFault | null>;
  /** Ends the subscription of this call before its scope does. Idempotent; others keep theirs. */
  readonly stop: () => void;
}

/**
 * The members of a presence channel (its name with or without `presence-`) as state, until the scope ends. The channel
 * may be a ref or a getter; `null` is in no channel.
 *
 * @throws Error where no connection is provided or given.
 */
export function usePresence(
  channel: MaybeRefOrGetter<string | null>,
  options: ConnectionChoice = {},
): Presence {
  const scope = effectScope();
  const snapshots = useSubscriptions(scope, useConnection(options.connection), {
    names: listOf(channel),
    visibility: 'presence',
    listen: () => () => undefined,
  });
  const snapshot = snapshotOf(snapshots, channel);
  return {
    members: computed(() => snapshot.value.members),
    me: computed(() => snapshot.value.me),
    count: computed(() => snapshot.value.members.length),
    state: computed(() => snapshot.value.state),
    error: computed(() => snapshot.value.error),
    stop: () => scope.stop(),
  };
}
