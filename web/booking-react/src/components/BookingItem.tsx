import type { BookingWithSession, Locale } from '@gema/booking';
import type { ReactElement } from 'react';
import { useLocale } from '../context/LocaleContext.ts';
import type { Day } from '../dates.ts';
import { timeSpan } from '../timeSpan.ts';
import { StatusBadge } from './StatusBadge.tsx';

interface BookingItemProps {
  readonly booking: BookingWithSession;
  readonly onPay: () => void;
  readonly onCancel: () => void;
}

/** One booking in the list: when and what, its code, where it stands, and what can be done about it. */
export function BookingItem({ booking, onPay, onCancel }: BookingItemProps): ReactElement {
  const { locale, t, format } = useLocale();
  const { session, booking_code: code, status, payment_status: payment } = booking;
  const payable = status === 'pending' && (payment === 'unpaid' || payment === 'failed');
  const cancellable = status === 'pending' || status === 'confirmed';

  return (
    <li className="booking-item card" data-booking-id={booking.id} data-status={status}>
      <p className="booking-item__date small" aria-hidden="true">
        <span>{monthOf(booking.booking_date, locale)}</span>
        <strong>{Number(booking.booking_date.slice(8))}</strong>
      </p>
      <div>
        <h2>{session?.name ?? code}</h2>
        <p className="muted small">
          {format.date(booking.booking_date)}
          {session !== undefined && ` · ${timeSpan(session, format)}`}
        </p>
        <p className="code">
          <span className="visually-hidden">{t('admin.booking.code')} </span>
          {code}
        </p>
      </div>
      <div className="row" aria-live="polite">
        <StatusBadge of="booking" status={status} />
        <StatusBadge of="payment" status={payment} />
      </div>
      {(payable || cancellable) && (
        <div className="row">
          {payable && (
            <button
              type="button"
              className="button button--primary"
              aria-label={t('pay.actionFor', { booking_code: code })}
              onClick={onPay}
            >
              {t('pay.action')}
            </button>
          )}
          {cancellable && (
            <button
              type="button"
              className="button"
              aria-label={t('cancel.actionFor', { booking_code: code })}
              onClick={onCancel}
            >
              {t('cancel.action')}
            </button>
          )}
        </div>
      )}
    </li>
  );
}

function monthOf(day: Day, locale: Locale): string {
  return new Intl.DateTimeFormat(locale, { month: 'short', timeZone: 'UTC' }).format(
    new Date(`${day}T00:00:00Z`),
  );
}
