import type { BookingWithSession } from '@gema/booking';
import type { ReactElement } from 'react';
import { useLocale } from '../context/LocaleContext.ts';
import { BookingBadge, PaymentBadge } from './StatusBadge.tsx';

interface BookingItemProps {
  readonly booking: BookingWithSession;
  readonly onPay: () => void;
  readonly onCancel: () => void;
}

/** One booking in the list: when and what, its code, where it stands, and what can be done about it. */
export function BookingItem({ booking, onPay, onCancel }: BookingItemProps): ReactElement {
  const { t, format } = useLocale();
  const { session, booking_code: code, status, payment_status: payment } = booking;
  const payable = status === 'pending' && (payment === 'unpaid' || payment === 'failed');
  const cancellable = status === 'pending' || status === 'confirmed';

  return (
    <li className="booking-item card" data-booking-id={booking.id} data-status={status}>
      <p className="booking-item__date" aria-hidden="true">
        <span>{format.month(booking.booking_date)}</span>
        <strong>{format.dayOfMonth(booking.booking_date)}</strong>
      </p>
      <div className="booking-item__what">
        <h2>{session?.name ?? code}</h2>
        <p>
          {format.day(booking.booking_date)}
          {session !== undefined &&
            ` · ${format.clock(session.start_time)} - ${format.clock(session.end_time)} ${format.zone(session.timezone)}`}
        </p>
        <p className="booking-item__code">
          <span className="visually-hidden">{t('bookingCode')} </span>
          {code}
        </p>
      </div>
      <div className="booking-item__state" aria-live="polite">
        <BookingBadge status={status} />
        <PaymentBadge status={payment} />
      </div>
      {(payable || cancellable) && (
        <div className="booking-item__actions">
          {payable && (
            <button type="button" className="button button--primary" onClick={onPay}>
              {t('payNow')}
              <span className="visually-hidden"> {code}</span>
            </button>
          )}
          {cancellable && (
            <button type="button" className="button button--ghost" onClick={onCancel}>
              {t('cancelBooking')}
              <span className="visually-hidden"> {code}</span>
            </button>
          )}
        </div>
      )}
    </li>
  );
}
