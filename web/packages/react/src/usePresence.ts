import { useMemo, useSyncExternalStore } from 'react';
import type { ChannelSnapshot, Member } from '@gema/client';
import { createChannelStore, type ChannelHandles, type ChannelStatus } from './channelStore.ts';
import { useConnectionSource } from './useConnectionSource.ts';

/** Who is in a presence channel. */
export interface Presence extends ChannelStatus {
  readonly members: readonly Member[];
  /** This user among the members, `null` until the channel is subscribed. */
  readonly me: Member | null;
  /** How many members there are, this user among them. */
  readonly count: number;
}

const NOBODY: ChannelSnapshot = { state: 'idle', error: null, members: [], me: null };

/**
 * The members of a presence channel (its name without `presence-`) as state. `null` is in no channel.
 */
export function usePresence(channel: string | null): Presence {
  const source = useConnectionSource();
  const store = useMemo(
    () => createChannelStore(source, channel === null ? [] : [channel], 'presence', readFirst),
    [source, channel],
  );
  const { state, error, members, me } = useSyncExternalStore(
    store.subscribe,
    store.getSnapshot,
    store.getSnapshot,
  );
  return { state, error, members, me, count: members.length };
}

const readFirst = (handles: ChannelHandles): ChannelSnapshot =>
  handles.values().next().value?.getSnapshot() ?? NOBODY;
