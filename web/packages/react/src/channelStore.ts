import type { ChannelFault, ChannelHandle, ChannelState, Visibility } from '@gema/client';
import type { ConnectionSource } from './connectionSource.ts';

/** How far the subscription to a channel has come. */
export interface ChannelStatus {
  readonly state: ChannelState;
  /** Why the channel is not subscribed, else `null`. */
  readonly error: ChannelFault | null;
}

/** The status of several channels by name. */
export type ChannelStatuses = Readonly<Record<string, ChannelStatus>>;

/** The status of a channel that nobody asked for: before mount, on a server, or `null` for a name. */
export const IDLE_CHANNEL: ChannelStatus = { state: 'idle', error: null };

/** No channels. */
export const NO_STATUSES: ChannelStatuses = {};

/** Channels that stay subscribed until the release. */
export interface AcquiredChannels {
  readonly handles: readonly ChannelHandle[];
  release(): void;
}

/** Subscribes to channels of the shared connection. Belongs in an effect. */
export function acquireChannels(
  source: ConnectionSource,
  names: readonly string[],
  visibility: Visibility,
): AcquiredChannels {
  const { connection, release } = source.hold();
  const handles = names.map((name) => connection.acquire(name, visibility));
  return {
    handles,
    release: () => {
      for (const handle of handles) handle.release();
      release();
    },
  };
}

/** What `useSyncExternalStore` wants; channels are subscribed to as long as somebody subscribes to the store. */
export interface ChannelStore<Snapshot> {
  readonly subscribe: (onChange: () => void) => () => void;
  readonly getSnapshot: () => Snapshot;
}

/** A store of what `read` sees in the handles, which are none while nobody subscribes. */
export function createChannelStore<Snapshot>(
  source: ConnectionSource,
  names: readonly string[],
  visibility: Visibility,
  read: (handles: readonly ChannelHandle[]) => Snapshot,
): ChannelStore<Snapshot> {
  let handles: readonly ChannelHandle[] = [];
  return {
    getSnapshot: () => read(handles),
    subscribe: (onChange) => {
      if (names.length === 0) return () => undefined;
      const acquired = acquireChannels(source, names, visibility);
      handles = acquired.handles;
      const stops = handles.map((handle) => handle.subscribe(onChange));
      return () => {
        for (const stop of stops) stop();
        handles = [];
        acquired.release();
      };
    },
  };
}

/** Reads statuses; the same object as long as none has changed, whatever else did (members, say). */
export function createStatusReader(): (handles: readonly ChannelHandle[]) => ChannelStatuses {
  let known = NO_STATUSES;
  return (handles) => {
    const snapshots = handles.map((handle) => [handle.name, handle.getSnapshot()] as const);
    const same =
      snapshots.length === Object.keys(known).length &&
      snapshots.every(([name, now]) => known[name]?.state === now.state && known[name].error === now.error);
    if (!same) {
      known = Object.fromEntries(snapshots.map(([name, { state, error }]) => [name, { state, error }]));
    }
    return known;
  };
}
