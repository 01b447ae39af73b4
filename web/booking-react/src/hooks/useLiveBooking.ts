import type { Booking } from '@gema/booking';
import { useReconnected } from '@gema/react';
import { useCallback, useEffect, useEffectEvent, useState } from 'react';
import { useStudio } from '../context/StudioContext.ts';
import { useBookingUpdates, withUpdate } from './useBookingUpdates.ts';

/** How often a payment under way is asked for, should its event not arrive, in milliseconds. */
const ASK_EVERY_MS = 5000;

/** The newest state of one booking, and what takes an answer of the API in. */
export function useLiveBooking<T extends Booking>(initial: T): [T, (answer: Booking) => void] {
  const { api } = useStudio();
  const [booking, setBooking] = useState(initial);
  const accept = useCallback((answer: Booking) => setBooking((before) => withUpdate(before, answer)), []);

  useBookingUpdates((update) => {
    if (update.booking_id === booking.id) setBooking((before) => withUpdate(before, update));
  });

  const ask = (): void => {
    // What cannot be asked now is asked again, or told by an event.
    api.booking(booking.booking_code).then(accept, () => undefined);
  };
  useReconnected(ask);
  const askAgain = useEffectEvent(ask);

  const waiting = booking.payment_status === 'pending';
  useEffect(() => {
    if (!waiting) return;
    const timer = setInterval(() => askAgain(), ASK_EVERY_MS);
    return () => clearInterval(timer);
  }, [waiting]);

  return [booking, accept];
}
