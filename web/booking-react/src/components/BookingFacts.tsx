import type { Booking, StudioSession } from '@gema/booking';
import type { ReactElement } from 'react';
import { useLocale } from '../context/LocaleContext.ts';
import type { Day } from '../dates.ts';
import { timeSpan } from '../timeSpan.ts';
import { StatusBadge } from './StatusBadge.tsx';

interface BookingFactsProps {
  readonly session: StudioSession;
  readonly day: Day;
  /** Once there is one. */
  readonly booking?: Booking;
  /** Whether it is being made: shown as pending before the server has said so. */
  readonly pending?: boolean;
}

/** What is booked, when, for how much, and where it stands. */
export function BookingFacts({ session, day, booking, pending = false }: BookingFactsProps): ReactElement {
  const { t, format } = useLocale();
  return (
    <>
      {booking !== undefined && (
        <p className="booking-code">
          <span>{t('admin.booking.code')}</span>
          <strong className="code">{booking.booking_code}</strong>
        </p>
      )}
      <dl className="facts">
        <dt>{t('book.session')}</dt>
        <dd>{session.name}</dd>
        <dt>{t('book.date')}</dt>
        <dd>{format.date(day)}</dd>
        <dt>{t('book.time')}</dt>
        <dd className="tabular">{timeSpan(session, format)}</dd>
        <dt>{t('book.price')}</dt>
        <dd>{session.price === 0 ? t('availability.freeOfCharge') : format.money(session.price)}</dd>
        {(booking !== undefined || pending) && (
          <>
            <dt>{t('bookings.status')}</dt>
            <dd className="row row--end" aria-live="polite">
              <StatusBadge of="booking" status={booking?.status ?? 'pending'} />
              {booking !== undefined && <StatusBadge of="payment" status={booking.payment_status} />}
            </dd>
          </>
        )}
      </dl>
    </>
  );
}
