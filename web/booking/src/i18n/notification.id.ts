import type { Messages } from './texts.ts';

/** What notifications say, in Indonesian. */
export const notificationId = {
  'notification.booking.title': 'Kabar Pemesanan',
  'notification.booking.message': 'Status pemesanan {booking_code} Anda berubah menjadi {status}',
  'notification.payment.title': 'Kabar Pembayaran',
  'notification.payment.message': 'Status pembayaran untuk pemesanan {booking_code}: {payment_status}',
  'notification.system.title': 'Pemberitahuan',
} as const satisfies Messages;
