import { computed, effectScope, toValue, type ComputedRef, type MaybeRefOrGetter } from 'vue';
import type { EventName } from '@gema/client';
import { useChannelListener, type ChannelEventHandler, type ChannelOptions } from './useChannelListener.ts';
import type { ChannelStatus } from './useSubscriptions.ts';

/** The subscriptions of `useChannels()`. */
export interface ChannelsState {
  /** By the name of the channel as it was given; one that is not there yet is `idle`. */
  readonly statuses: ComputedRef<Readonly<Record<string, ChannelStatus>>>;
  /** Ends the subscriptions of this call before its scope does. Idempotent; others keep theirs. */
  readonly stop: () => void;
}

/**
 * Listens to events of a list of channels until the scope (component, store, effect scope) ends; outside of a
 * scope until `stop()`. The list may be a ref, a reactive array or a getter: a channel that joins or leaves it
 * does not disturb the others.
 *
 * @throws Error where no connection is provided or given.
 */
export function useChannels<Event extends EventName>(
  names: MaybeRefOrGetter<readonly string[]>,
  events: Event | readonly Event[],
  handler: ChannelEventHandler<Event>,
  options: ChannelOptions = {},
): ChannelsState {
  const scope = effectScope();
  // The copy reads each element, so that a push is noticed too.
  const snapshots = useChannelListener(scope, () => [...toValue(names)], events, handler, options);
  return {
    statuses: computed(() =>
      Object.fromEntries([...snapshots.value].map(([name, { state, error }]) => [name, { state, error }])),
    ),
    stop: () => scope.stop(),
  };
}
