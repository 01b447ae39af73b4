import type { EffectScope, ShallowRef } from 'vue';
import type { ChannelSnapshot, EventName, PayloadOf, Visibility } from '@gema/client';
import { useSubscriptions } from './useSubscriptions.ts';
import { useConnection, type ConnectionChoice } from './webSocketConnection.ts';

/** Settings of the composables that listen. */
export interface ChannelOptions extends ConnectionChoice {
  /** By default what the prefix of the name says: `private-`, `presence-`, or none of them for public. */
  visibility?: Visibility;
  /**
   * Called with the name as it was given each time the server confirms the subscription: at first, after a loss, as
   * another user. From then on events come, so this is the moment to fetch what may have been missed.
   */
  onSubscribed?: (channel: string) => void;
}

/** Payload, name of the event and name of the channel, both as they were given. */
export type ChannelEventHandler<Event extends EventName> = (
  payload: PayloadOf<Event>,
  event: Event,
  channel: string,
) => void;

/** The half that `useChannelEvent` and `useChannels` share. */
export function useChannelListener<Event extends EventName>(
  scope: EffectScope,
  names: () => readonly string[],
  events: Event | readonly Event[],
  handler: ChannelEventHandler<Event>,
  { connection, visibility, onSubscribed }: ChannelOptions,
): Readonly<ShallowRef<ReadonlyMap<string, ChannelSnapshot>>> {
  const eventNames = new Set<Event>(typeof events === 'string' ? [events] : events);
  return useSubscriptions(scope, useConnection(connection), {
    names,
    visibility,
    listen: (handle, name) => {
      const stops = [
        handle.onSubscribed(() => onSubscribed?.(name)),
        ...[...eventNames].map((event) => handle.on(event, (payload) => handler(payload, event, name))),
      ];
      return () => {
        for (const stop of stops) stop();
      };
    },
  });
}
