import type { AvailabilityStatus } from './availability.ts';
import type { NotificationTone } from './notifications.ts';
import type { NotificationType } from './types.ts';

/**
 * Drawings, as the `d` of one path in `viewBox="0 0 24 24"`. The stylesheet gives every `svg` its size and stroke, so
 * `<svg viewBox="0 0 24 24" aria-hidden="true"><path d={ICONS.bell} /></svg>` is all there is to an icon.
 */
export const ICONS = {
  /** The sign of the studio: an echo. */
  brand: 'M9 17a3 3 0 0 1 6 0M5.5 17a6.5 6.5 0 0 1 13 0M2 17a10 10 0 0 1 20 0M1.5 20.5h21',
  check: 'M20 6 9 17l-5-5',
  checkCircle: 'M21 11v1a9 9 0 1 1-5.3-8.2M21 4.5 12 13.5l-3-3',
  hourglass: 'M6 3h12M6 21h12M7 3v4l5 5-5 5v4M17 3v4l-5 5 5 5v4',
  warning:
    'M12 9v4M12 17v.01M10.3 4 2.5 17.5A2 2 0 0 0 4.2 20.5h15.6a2 2 0 0 0 1.7-3L13.7 4a2 2 0 0 0-3.4 0Z',
  info: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM12 11v5M12 8v.01',
  error: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM15 9l-6 6M9 9l6 6',
  full: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM5.6 5.6l12.8 12.8',
  bell: 'M18 9a6 6 0 0 0-12 0c0 6-2.5 7-2.5 8h17c0-1-2.5-2-2.5-8M10 20.5a2.2 2.2 0 0 0 4 0',
  ticket: 'M3 9V6h18v3a3 3 0 0 0 0 6v3H3v-3a3 3 0 0 0 0-6ZM14 6v2M14 11v2M14 16v2',
  card: 'M3 6h18v12H3ZM3 10.5h18M6.5 14.5h3',
  megaphone: 'M4 10v4h3l8 4.5v-13L7 10ZM7.5 14l1 5.5h2.5l-1-4.2M18.5 9.5a3.5 3.5 0 0 1 0 5',
  calendar: 'M4 5h16v16H4ZM4 10h16M8 2.5v4M16 2.5v4',
  close: 'M18 6 6 18M6 6l12 12',
  previous: 'm15 18-6-6 6-6',
  next: 'm9 18 6-6-6-6',
  refresh: 'M20 11a8 8 0 0 0-14.5-3.5L3 10M3 4.5V10h5.5M4 13a8 8 0 0 0 14.5 3.5L21 14M21 19.5V14h-5.5',
  wifiOff:
    'M3 3l18 18M8.5 16a5 5 0 0 1 7 0M5.5 12.5a9.5 9.5 0 0 1 4.5-2.4M2.5 9a14 14 0 0 1 4-2.6M10.5 5.1a14 14 0 0 1 11 3.9M14.5 10.3a9.5 9.5 0 0 1 4 2.2M12 19.5v.01',
  user: 'M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM4 20.5a8 8 0 0 1 16 0',
  logOut: 'M10 4H5v16h5M10 12h11M17 8l4 4-4 4',
  settings:
    'M4 7h10M18 7h2M4 17h2M10 17h10M16 9.2a2.2 2.2 0 1 0 0-4.4 2.2 2.2 0 0 0 0 4.4ZM8 19.2a2.2 2.2 0 1 0 0-4.4 2.2 2.2 0 0 0 0 4.4Z',
  theme: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM12 3v18M12 7.5h4.7M12 12h8.5M12 16.5h4.7',
  sound: 'M4 9.5v5h3.5l5 4v-13l-5 4ZM16 9a4.5 4.5 0 0 1 0 6M18.5 6.5a8 8 0 0 1 0 11',
} as const;

/** The name of a drawing. */
export type IconName = keyof typeof ICONS;

/** The drawing that goes with how full a session is. */
export const STATUS_ICONS: Record<AvailabilityStatus, IconName> = {
  available: 'checkCircle',
  'almost-full': 'warning',
  full: 'full',
  loading: 'hourglass',
};

/** The drawing that goes with what a notification is about. */
export const NOTIFICATION_ICONS: Record<NotificationType, IconName> = {
  booking: 'ticket',
  payment: 'card',
  system: 'megaphone',
};

/** The drawing that goes with how something is meant, in banners. */
export const TONE_ICONS: Record<NotificationTone, IconName> = {
  info: 'info',
  success: 'checkCircle',
  warning: 'warning',
  error: 'error',
};
