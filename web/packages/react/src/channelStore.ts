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

/** Handles by the names that the application gave, which may lack the prefix. */
export type ChannelHandles = ReadonlyMap<string, ChannelHandle>;

const NO_HANDLES: ChannelHandles = new Map();

/** Channels that stay subscribed until the release. */
export interface AcquiredChannels {
  readonly handles: ChannelHandles;
  readonly release: () => void;
}

/** Subscribes to channels of the shared connection. Belongs in an effect. */
export function acquireChannels(
  source: ConnectionSource,
  names: readonly string[],
  visibility: Visibility | undefined,
): AcquiredChannels {
  const { connection, release } = source.hold();
  const handles = new Map(names.map((name) => [name, connection.acquire(name, visibility)]));
  return {
    handles,
    release: () => {
      for (const handle of handles.values()) handle.release();
      release();
    },
  };
}

/**
 * What `useSyncExternalStore` wants; channels are subscribed to as long as somebody subscribes to the store. Each
 * component has its own, so on a server and in hydration `getSnapshot` sees nothing yet.
 */
export interface ChannelStore<Snapshot> {
  readonly subscribe: (onChange: () => void) => () => void;
  readonly getSnapshot: () => Snapshot;
}

/** A store of what `read` sees in the handles, which are none while nobody subscribes. */
export function createChannelStore<Snapshot>(
  source: ConnectionSource,
  names: readonly string[],
  visibility: Visibility | undefined,
  read: (handles: ChannelHandles) => Snapshot,
): ChannelStore<Snapshot> {
  let handles = NO_HANDLES;
  return {
    getSnapshot: () => read(handles),
    subscribe: (onChange) => {
      if (names.length === 0) return () => undefined;
      const acquired = acquireChannels(source, names, visibility);
      handles = acquired.handles;
      const stops = [...handles.values()].map((handle) => handle.subscribe(onChange));
      return () => {
        for (const stop of stops) stop();
        handles = NO_HANDLES;
        acquired.release();
      };
    },
  };
}

/**
 * Reads the status of each of `names`; the same object as long as none has changed, whatever else did (members,
 * say).
 */
export function createStatusReader(names: readonly string[]) {
  let known: ChannelStatuses = {};
  return (handles: ChannelHandles): ChannelStatuses => {
    const now = names.map((name) => ({ name, ...(handles.get(name)?.getSnapshot() ?? IDLE_CHANNEL) }));
    const changed = now.some(
      ({ name, state, error }) => known[name]?.state !== state || known[name].error !== error,
    );
    if (changed) known = Object.fromEntries(now.map(({ name, state, error }) => [name, { state, error }]));
    return known;
  };
}
