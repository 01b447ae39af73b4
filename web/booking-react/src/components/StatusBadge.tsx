import type { BookingStatus, IconName, PaymentStatus } from '@gema/booking';
import type { ReactElement } from 'react';
import { useLocale } from '../context/LocaleContext.ts';
import { Icon } from './Icon.tsx';

const ICONS: Record<BookingStatus | PaymentStatus, IconName> = {
  pending: 'hourglass',
  confirmed: 'check',
  completed: 'check',
  cancelled: 'close',
  expired: 'close',
  unpaid: 'card',
  paid: 'check',
  failed: 'warning',
  refunded: 'refresh',
};

type StatusBadgeProps =
  | { readonly of: 'booking'; readonly status: BookingStatus }
  | { readonly of: 'payment'; readonly status: PaymentStatus };

/** Where a booking or its payment stands, in a word. */
export function StatusBadge(badge: StatusBadgeProps): ReactElement {
  const { t } = useLocale();
  const word =
    badge.of === 'booking' ? t(`booking.status.${badge.status}`) : t(`payment.status.${badge.status}`);
  return (
    <span className={`badge badge--${badge.status}`} data-of={badge.of} data-status={badge.status}>
      <Icon name={ICONS[badge.status]} />
      {word}
    </span>
  );
}
