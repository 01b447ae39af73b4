import type { Booking, StudioSession } from '@gema/booking';
import type { ReactElement } from 'react';
import { useLocale } from '../context/LocaleContext.ts';
import type { Day } from '../dates.ts';
import { BookingBadge, PaymentBadge } from './StatusBadge.tsx';

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
          <span>{t('bookingCode')}</span>
          <strong>{booking.booking_code}</strong>
        </p>
      )}
      <dl className="facts">
        <div>
          <dt>{t('session')}</dt>
          <dd>{session.name}</dd>
        </div>
        <div>
          <dt>{t('day')}</dt>
          <dd>{format.day(day)}</dd>
        </div>
        <div>
          <dt>{t('clock')}</dt>
          <dd>
            {format.clock(session.start_time)} - {format.clock(session.end_time)} {format.zone(session.timezone)}
          </dd>
        </div>
        <div>
          <dt>{t('price')}</dt>
          <dd>{session.price === 0 ? t('free') : format.money(session.price)}</dd>
        </div>
        {(booking !== undefined || pending) && (
          <div>
            <dt>{t('booking')}</dt>
            <dd aria-live="polite">
              <BookingBadge status={booking?.status ?? 'pending'} />
              {booking !== undefined && <PaymentBadge status={booking.payment_status} />}
            </dd>
          </div>
        )}
      </dl>
    </>
  );
}
