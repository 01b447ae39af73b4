import type { EffectScope, ShallowRef } from 'vue';
import type { ChannelSnapshot, EventName, PayloadOf, Visibility } from '@gema/client';
import { useSubscriptions } from './useSubscriptions.ts';
import { useConnection, type ConnectionChoice } from './webSocketConnection.ts';

/** Settings of the composables that listen. */
export interface ChannelOptions extends ConnectionChoice {
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

/** The half that `useChannelEvent` and `useChannels` share. */
export function useChannelListener<Event extends EventName>(
  scope: EffectScope,
  names: () => readonly string[],
  events: Event | readonly Event[],
  handler: ChannelEventHandler<Event>,
  { connection, visibility = 'public' }: ChannelOptions,
): Readonly<ShallowRef<ReadonlyMap<string, ChannelSnapshot>>> {
  const eventNames = new Set<Event>(typeof events === 'string' ? [events] : events);
  return useSubscriptions(scope, useConnection(connection), {
    names,
    visibility,
    listen: (handle) => {
      const stops = [...eventNames].map((event) =>
        handle.on(event, (payload) =>
          handler(...([payload, event, handle.name] as ChannelEventArguments<Event>)),
        ),
      );
      return () => {
        for (const stop of stops) stop();
      };
    },
  });
}
