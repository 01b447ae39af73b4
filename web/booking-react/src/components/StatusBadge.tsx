import type { BookingStatus, PaymentStatus } from '@gema/booking';
import type { ReactElement } from 'react';
import { useLocale } from '../context/LocaleContext.ts';

/** Where a booking stands, in a word. */
export function BookingBadge({ status }: { readonly status: BookingStatus }): ReactElement {
  const { t } = useLocale();
  return <span className={`badge badge--${status}`}>{t(`booking.status.${status}`)}</span>;
}

/** Where a payment stands, in a word. */
export function PaymentBadge({ status }: { readonly status: PaymentStatus }): ReactElement {
  const { t } = useLocale();
  return <span className={`badge badge--${status}`}>{t(`payment.status.${status}`)}</span>;
}
