import type { EventName } from '@gema/client';
import type { ChannelStatuses } from './channelStore.ts';
import { useChannelListener, type ChannelEventHandler, type ChannelOptions } from './useChannelListener.ts';

/**
 * Listens to events of a list of channels while the component is mounted. A channel that joins or leaves the
 * list does not disturb the others. The handler may be a new function at each render: the newest is called,
 * with the payload, the name of the event and the name of the channel.
 *
 * @returns the status of each channel by its name.
 */
export function useChannels<Event extends EventName>(
  names: readonly string[],
  events: Event | readonly Event[],
  handler: ChannelEventHandler<Event>,
  options: ChannelOptions = {},
): ChannelStatuses {
  return useChannelListener(names, events, handler, options);
}
