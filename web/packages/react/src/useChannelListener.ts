import { useEffect, useMemo, useSyncExternalStore } from 'react';
import type { EventName, PayloadOf, Visibility } from '@gema/client';
import {
  acquireChannels,
  createChannelStore,
  createStatusReader,
  type ChannelStatuses,
} from './channelStore.ts';
import { useConnectionSource } from './useConnectionSource.ts';
import { useNewest } from './useNewest.ts';
import { useStrings } from './useStrings.ts';

/** Settings of the hooks that listen. */
export interface ChannelOptions {
  /** By default what the prefix of the name (`private-`, `presence-`) says, else `'public'`. */
  visibility?: Visibility;
  /**
   * Called with the name as it was given each time the server confirms the subscription: at first, after a loss, as
   * another user. From then on events come, so this is the moment to fetch what may have been missed.
   */
  onSubscribed?: (channel: string) => void;
}

/**
 * Payload, name of the event, name of the channel; both names as they were given to the hook. The payload of
 * several events is the union of theirs.
 */
export type ChannelEventHandler<Event extends EventName> = (
  payload: PayloadOf<Event>,
  event: Event,
  channel: string,
) => void;

/**
 * The half that `useChannelEvent` and `useChannels` share. Only a change of channels, events or visibility
 * subscribes anew; the handler that is called is always the newest.
 */
export function useChannelListener<Event extends EventName>(
  channels: string | readonly string[],
  events: Event | readonly Event[],
  handler: ChannelEventHandler<Event>,
  { visibility, onSubscribed }: ChannelOptions,
): ChannelStatuses {
  const source = useConnectionSource();
  const names = useStrings(channels);
  const eventNames = useStrings(events) as readonly Event[];
  const callNewest = useNewest(handler);
  const tellNewest = useNewest((channel: string) => onSubscribed?.(channel));

  useEffect(() => {
    if (names.length === 0) return;
    const { handles, release } = acquireChannels(source, names, visibility);
    for (const [name, handle] of handles) {
      handle.onSubscribed(() => tellNewest(name));
      for (const event of eventNames) handle.on(event, (payload) => callNewest(payload, event, name));
    }
    return release;
  }, [source, names, eventNames, visibility, callNewest, tellNewest]);

  const store = useMemo(
    () => createChannelStore(source, names, visibility, createStatusReader(names)),
    [source, names, visibility],
  );
  return useSyncExternalStore(store.subscribe, store.getSnapshot, store.getSnapshot);
}
