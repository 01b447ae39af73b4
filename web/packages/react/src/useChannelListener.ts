import { useEffect, useMemo, useSyncExternalStore } from 'react';
import type { EventName, PayloadOf, Visibility } from '@gema/client';
import {
  acquireChannels,
  createChannelStore,
  createStatusReader,
  NO_STATUSES,
  type ChannelStatuses,
} from './channelStore.ts';
import { useConnectionSource } from './useConnectionSource.ts';
import { useNewest } from './useNewest.ts';
import { useStrings } from './useStrings.ts';

/** Settings of the hooks that listen. */
export interface ChannelOptions {
  /** `'public'` unless told otherwise. The name is given without the prefix `private-` or `presence-`. */
  visibility?: Visibility;
}

/**
 * Payload, name of the event, name of the channel. With several typed events the name tells which payload it
 * is.
 */
export type ChannelEventHandler<Event extends EventName> = (...args: ChannelEventArguments<Event>) => void;

type ChannelEventArguments<Event extends EventName> = Event extends EventName
  ? [payload: PayloadOf<Event>, event: Event, channel: string]
  : never;

/**
 * The half that `useChannelEvent` and `useChannels` share. Only a change of channels, events or visibility
 * subscribes anew; the handler that is called is always the newest.
 */
export function useChannelListener<Event extends EventName>(
  channels: string | readonly string[],
  events: Event | readonly Event[],
  handler: ChannelEventHandler<Event>,
  visibility: Visibility = 'public',
): ChannelStatuses {
  const source = useConnectionSource();
  const names = useStrings(channels);
  const eventNames = useStrings(events) as readonly Event[];
  const callNewest = useNewest(handler);

  useEffect(() => {
    if (names.length === 0) return;
    const { handles, release } = acquireChannels(source, names, visibility);
    const stops = handles.flatMap((handle) =>
      eventNames.map((event) =>
        handle.on(event, (payload) =>
          callNewest(...([payload, event, handle.name] as ChannelEventArguments<Event>)),
        ),
      ),
    );
    return () => {
      for (const stop of stops) stop();
      release();
    };
  }, [source, names, eventNames, visibility, callNewest]);

  const store = useMemo(
    () => createChannelStore(source, names, visibility, createStatusReader()),
    [source, names, visibility],
  );
  return useSyncExternalStore(store.subscribe, store.getSnapshot, getServerStatuses);
}

const getServerStatuses = (): ChannelStatuses => NO_STATUSES;
