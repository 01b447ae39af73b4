import { ApiError, type Booking } from '@gema/booking';
import { useCallback, useEffect, useEffectEvent, useState } from 'react';
import { useStudio } from '../context/StudioContext.ts';
import { useBookingUpdates, withUpdate } from './useBookingUpdates.ts';

/** How often it is asked for while its newest state may not have arrived, in milliseconds. */
const ASK_EVERY_MS = 5000;

/** The newest state of one booking, and what takes an answer of the API in. */
export function useLiveBooking<T extends Booking>(initial: T): [T, (answer: Booking) => void] {
  const { api } = useStudio();
  const [booking, setBooking] = useState(initial);
  /** Whether something may have been missed, and could not be asked for. */
  const [behind, setBehind] = useState(false);
  const accept = useCallback((answer: Booking) => setBooking((before) => withUpdate(before, answer)), []);

  const ask = (): void => {
    api.booking(booking.booking_code).then(
      (answer) => {
        accept(answer);
        setBehind(false);
      },
      // To refuse it once more, the server need not be asked.
      (error: unknown) => setBehind(!(error instanceof ApiError) || error.status >= 429),
    );
  };
  const askAgain = useEffectEvent(ask);
  useBookingUpdates((update) => {
    if (update.booking_id === booking.id) setBooking((before) => withUpdate(before, update));
  }, ask);

  // The event of a payment may not arrive.
  const waiting = behind || booking.payment_status === 'pending';
  useEffect(() => {
    if (!waiting) return;
    const timer = setInterval(() => askAgain(), ASK_EVERY_MS);
    return () => clearInterval(timer);
  }, [waiting]);

  return [booking, accept];
}
