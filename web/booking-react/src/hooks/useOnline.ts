import { userChannel } from '@gema/booking';
import { useChannelEvent } from '@gema/react';
import { useSession } from '../context/StudioContext.ts';

const NO_EVENTS: readonly never[] = [];

/**
 * Keeps the page subscribed to the channel of the user who is logged in, whichever view is open: from that the server
 * tells the application who is online.
 */
export function useOnline(): void {
  const { user } = useSession();
  useChannelEvent(user === null ? null : userChannel(user.id), NO_EVENTS, () => undefined, {
    visibility: 'private',
  });
}
