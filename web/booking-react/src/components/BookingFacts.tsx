import type { Booking, StudioSession } from '@gema/booking';
import type { ReactElement } from 'react';
import { useLocale } from '../context/LocaleContext.ts';
import { timeSpan } from '../timeSpan.ts';
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
          <span>{t('facts.code')}</span>
          <strong>{booking.booking_code}</strong>
        </p>
      )}
      <dl className="facts">
        <div>
          <dt>{t('facts.session')}</dt>
          <dd>{session.name}</dd>
        </div>
        <div>
          <dt>{t('facts.day')}</dt>
          <dd>{format.date(day)}</dd>
        </div>
        <div>
          <dt>{t('facts.time')}</dt>
          <dd>{timeSpan(session, format)}</dd>
        </div>
        <div>
          <dt>{t('facts.price')}</dt>
          <dd>{session.price === 0 ? t('card.freeOfCharge') : format.money(session.price)}</dd>
        </div>
        {(booking !== undefined || pending) && (
          <div>
            <dt>{t('facts.booking')}</dt>
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
