import type { notificationId } from './notification.id.ts';
import type { MessagesLike } from './texts.ts';

/** What notifications say, in English. The sentences of the guide stand here word by word. */
export const notificationEn = {
  'notification.booking.title': 'Booking Update',
  'notification.booking.message': 'Your booking {booking_code} status has been updated to {status}',
  'notification.payment.title': 'Payment Update',
  'notification.payment.message': 'Payment for booking {booking_code} has been {payment_status}',
  'notification.system.title': 'System Notification',
} as const satisfies MessagesLike<typeof notificationId>;
