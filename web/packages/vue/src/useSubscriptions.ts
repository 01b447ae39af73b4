import {
  computed,
  onScopeDispose,
  shallowRef,
  toValue,
  watch,
  type ComputedRef,
  type EffectScope,
  type MaybeRefOrGetter,
  type ShallowRef,
} from 'vue';
import type {
  ChannelFault,
  ChannelHandle,
  ChannelSnapshot,
  ChannelState,
  Connection,
  Visibility,
} from '@gema/client';
import { whenMounted } from './lifecycle.ts';

/** How far the subscription to a channel has come. */
export interface ChannelStatus {
  readonly state: ChannelState;
  /** Why the channel is not subscribed, else `null`. */
  readonly error: ChannelFault | null;
}

/** The snapshot of a channel that nobody asked for: before mount, on a server, or `null` for a name. */
const IDLE_CHANNEL: ChannelSnapshot = { state: 'idle', error: null, members: [], me: null };

/** Which channels, and what is done with each of them. */
export interface SubscriptionRequest {
  /** The wanted channels. Reactive; a name may stand in it twice. */
  names: () => readonly string[];
  visibility: Visibility | undefined;
  /** Starts to listen on a channel that was acquired under this name, and returns what ends that. */
  listen: (handle: ChannelHandle, name: string) => () => void;
}

interface Subscription {
  readonly handle: ChannelHandle;
  close(): void;
}

/**
 * Keeps channels of the shared connection acquired as long as they are wanted and `scope` lives. A change of
 * the names touches those only that came or went: first the new ones are acquired, then the others released.
 *
 * @returns the snapshots of the acquired channels by name.
 */
export function useSubscriptions(
  scope: EffectScope,
  connection: Connection,
  { names, visibility, listen }: SubscriptionRequest,
): Readonly<ShallowRef<ReadonlyMap<string, ChannelSnapshot>>> {
  const subscriptions = new Map<string, Subscription>();
  const snapshots = shallowRef<ReadonlyMap<string, ChannelSnapshot>>(new Map());

  const publish = () => {
    snapshots.value = new Map(
      [...subscriptions].map(([name, { handle }]) => [name, handle.getSnapshot()] as const),
    );
  };
  const open = (name: string): Subscription => {
    const handle = connection.acquire(name, visibility);
    const stops = [listen(handle, name), handle.subscribe(publish)];
    return {
      handle,
      close: () => {
        for (const stop of stops) stop();
        handle.release();
      },
    };
  };
  const change = (wanted: readonly string[]) => {
    for (const name of wanted) {
      if (!subscriptions.has(name)) subscriptions.set(name, open(name));
    }
    for (const [name, subscription] of subscriptions) {
      if (wanted.includes(name)) continue;
      subscriptions.delete(name);
      subscription.close();
    }
    publish();
  };

  whenMounted(scope, () => {
    watch(names, change, { immediate: true });
    onScopeDispose(() => change([]));
  });
  return snapshots;
}

/** The list of one channel; `null` and an empty name are none. */
export function listOf(channel: MaybeRefOrGetter<string | null>): () => readonly string[] {
  return () => {
    const name = toValue(channel);
    return name ? [name] : [];
  };
}

/** The snapshot of one channel among others. */
export function snapshotOf(
  snapshots: Readonly<ShallowRef<ReadonlyMap<string, ChannelSnapshot>>>,
  channel: MaybeRefOrGetter<string | null>,
): ComputedRef<ChannelSnapshot> {
  return computed(() => snapshots.value.get(toValue(channel) ?? '') ?? IDLE_CHANNEL);
}
