import type { BookingStatus, PaymentStatus, IconName } from '@gema/booking';
import type { ReactElement } from 'react';
import { useLocale } from '../context/LocaleContext.ts';
import { Icon } from './Icon.tsx';

const BOOKING_ICONS: Record<BookingStatus, IconName> = {
  pending: 'hourglass',
  confirmed: 'check',
  completed: 'check',
  cancelled: 'close',
  expired: 'close',
};

const PAYMENT_ICONS: Record<PaymentStatus, IconName> = {
  unpaid: 'card',
  pending: 'hourglass',
  paid: 'check',
  failed: 'warning',
  refunded: 'refresh',
};

/** Where a booking stands, in a word. */
export function BookingBadge({ status }: { readonly status: BookingStatus }): ReactElement {
  const { t } = useLocale();
  return (
    <span className={`badge badge--${status}`} data-status={status}>
      <Icon name={BOOKING_ICONS[status]} />
      {t(`booking.status.${status}`)}
    </span>
  );
}

/** Where a payment stands, in a word. */
export function PaymentBadge({ status }: { readonly status: PaymentStatus }): ReactElement {
  const { t } = useLocale();
  return (
    <span className={`badge badge--${status}`} data-payment-status={status}>
      <Icon name={PAYMENT_ICONS[status]} />
      {t(`payment.status.${status}`)}
    </span>
  );
}
