import type {} from '@gema/client';
import type {
  AvailabilityUpdated,
  BookingStatusUpdated,
  CapacityUpdated,
  PaymentStatusUpdated,
  SystemNotification,
} from './types.ts';

declare module '@gema/client' {
  interface GemaEvents {
    '.AvailabilityUpdated': AvailabilityUpdated;
    '.CapacityUpdated': CapacityUpdated;
    '.BookingStatusUpdated': BookingStatusUpdated;
    '.PaymentStatusUpdated': PaymentStatusUpdated;
    '.SystemNotification': SystemNotification;
  }
}

/** Public channel: `AvailabilityUpdated`, `CapacityUpdated`. */
export const AVAILABILITY_CHANNEL = 'availability';
/** Public channel: `SystemNotification`. */
export const NOTIFICATIONS_CHANNEL = 'notifications';

/**
 * Private channel of a user: `BookingStatusUpdated`, `PaymentStatusUpdated`. (`booking.{id}` says the same a second
 * time: listen to one of the two.)
 */
export function userChannel(userId: number): string {
  return `user.${userId}`;
}
