import { userChannel, type BookingStatusUpdated, type PaymentStatusUpdated } from '@gema/booking';
import { useChannelEvent, type ChannelStatus } from '@gema/react';
import { useSession } from '../context/StudioContext.ts';

/** What either event says of a booking. */
export type BookingUpdate = BookingStatusUpdated | PaymentStatusUpdated;

const EVENTS = ['.BookingStatusUpdated', '.PaymentStatusUpdated'] as const;

/**
 * Calls `handler` with each change of a booking of the user who is logged in. Returns whether they can arrive.
 *
 * @param onSubscribed from now on they arrive: what was fetched before may lack some
 */
export function useBookingUpdates(
  handler: (update: BookingUpdate) => void,
  onSubscribed: () => void,
): ChannelStatus {
  const { user } = useSession();
  // The user of the API, not the `user_id` of the storage: without one there is nothing to listen to.
  return useChannelEvent(user === null ? null : userChannel(user.id), EVENTS, (update) => handler(update), {
    visibility: 'private',
    onSubscribed,
  });
}

/** The fields that events change, and the version that orders them. */
type Changing = Pick<BookingUpdate, 'status' | 'payment_status' | 'updated_at' | 'version'>;

/** `booking` after `update`, unless the update is not newer. */
export function withUpdate<T extends Changing>(booking: T, update: Changing): T {
  if (update.version <= booking.version) return booking;
  const { status, payment_status, updated_at, version } = update;
  return { ...booking, status, payment_status, updated_at, version };
}
