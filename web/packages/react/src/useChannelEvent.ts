import type { EventName } from '@gema/client';
import { IDLE_CHANNEL, type ChannelStatus } from './channelStore.ts';
import { useChannelListener, type ChannelEventHandler, type ChannelOptions } from './useChannelListener.ts';

const NO_CHANNEL: readonly string[] = [];

/**
 * Listens to one or more events of a channel while the component is mounted. `null` listens to nothing (no
 * user yet, say). The handler may be a new function at each render: the newest is called, with the payload,
 * the name of the event and the name of the channel.
 *
 * @returns how far the subscription has come, and why it failed if it did.
 */
export function useChannelEvent<Event extends EventName>(
  channel: string | null,
  events: Event | readonly Event[],
  handler: ChannelEventHandler<Event>,
  options: ChannelOptions = {},
): ChannelStatus {
  const statuses = useChannelListener(channel ?? NO_CHANNEL, events, handler, options);
  return (channel === null ? undefined : statuses[channel]) ?? IDLE_CHANNEL;
}
