import type { Booking, BookingStatus, BookingWithSession, PageMeta } from '@gema/booking';
import type { ChannelStatus } from '@gema/react';
import { useState } from 'react';
import { useStudio } from '../context/StudioContext.ts';
import { useBookingUpdates, withUpdate, type BookingUpdate } from './useBookingUpdates.ts';
import { useRequest } from './useRequest.ts';

/** One page of a user's bookings, kept up to date. */
export interface Bookings {
  /** Null until the first answer, and when none of this page is left: those that follow are on their way. */
  readonly items: readonly BookingWithSession[] | null;
  readonly meta: PageMeta | null;
  readonly error: Error | null;
  readonly loading: boolean;
  /** Whether changes arrive as they happen. */
  readonly channel: ChannelStatus['state'];
  readonly reload: () => void;
  /** Takes an answer of the API in. */
  readonly accept: (booking: Booking) => void;
}

type Newest = ReadonlyMap<
  number,
  Pick<BookingUpdate, 'status' | 'payment_status' | 'updated_at' | 'version'>
>;

/** The bookings of the user `userId`, of one status or of all ('all'), page by page. */
export function useBookings(userId: number, status: BookingStatus | 'all', page: number): Bookings {
  const { api } = useStudio();
  const [newest, setNewest] = useState<Newest>(new Map());
  const { data, error, loading, reload } = useRequest(`${userId} ${status} ${page}`, () =>
    api.bookings({ user_id: userId, page, per_page: 10, ...(status !== 'all' && { status }) }),
  );

  const note = (id: number, update: BookingUpdate | Booking): void => {
    setNewest((before) => {
      const known = before.get(id);
      return known !== undefined && known.version >= update.version
        ? before
        : new Map(before).set(id, update);
    });
  };

  const matches = (booking: Pick<Booking, 'status'>): boolean =>
    status === 'all' || booking.status === status;
  const take = (id: number, update: BookingUpdate | Booking): void => {
    note(id, update);
    // A booking that is not on this page may belong on it; one that leaves it makes room for another.
    if (!matches(update) || !data?.items.some((one) => one.id === id)) reload();
  };
  const { state: channel } = useBookingUpdates((update) => take(update.booking_id, update), reload);

  const items = data?.items
    .map((booking) => withUpdate(booking, newest.get(booking.id) ?? booking))
    .filter(matches);
  const left = items?.length === 0 && data?.items.length !== 0;
  return {
    items: left ? null : (items ?? null),
    meta: data?.meta ?? null,
    error,
    loading,
    channel,
    reload,
    accept: (booking) => take(booking.id, booking),
  };
}
