import { computed, effectScope, type ComputedRef, type MaybeRefOrGetter } from 'vue';
import type { ChannelFault, ChannelState, EventName } from '@gema/client';
import { useChannelListener, type ChannelEventHandler, type ChannelOptions } from './useChannelListener.ts';
import { listOf, snapshotOf } from './useSubscriptions.ts';

/** The subscription of `useChannelEvent()`. */
export interface ChannelEventState {
  readonly state: ComputedRef<ChannelState>;
  /** Why the channel is not subscribed, else `null`. */
  readonly error: ComputedRef<ChannelFault | null>;
  /** Ends the subscription of this call before its scope does. Idempotent; others keep theirs. */
  readonly stop: () => void;
}

/**
 * Listens to one or more events of a channel until the scope (component, store, effect scope) ends; outside of
 * a scope until `stop()`. The channel may be a ref or a getter: a change subscribes to the new one before the
 * old one is left. `null` listens to nothing (no user yet, say).
 *
 * @throws Error where no connection is provided or given.
 */
export function useChannelEvent<Event extends EventName>(
  channel: MaybeRefOrGetter<string | null>,
  events: Event | readonly Event[],
  handler: ChannelEventHandler<Event>,
  options: ChannelOptions = {},
): ChannelEventState {
  const scope = effectScope();
  const snapshot = snapshotOf(useChannelListener(scope, listOf(channel), events, handler, options), channel);
  return {
    state: computed(() => snapshot.value.state),
    error: computed(() => snapshot.value.error),
    stop: () => scope.stop(),
  };
}
