import type { Message } from '@gema/booking';
import type { id } from './id.ts';

/** What only the frame of this application says, in English; the other texts stand in @gema/booking. */
export const en = {
  'notifications.today': 'Today',
  'notifications.yesterday': 'Yesterday',
  'notifications.unreadWord': 'unread',
  'notifications.viewBooking': 'View booking {booking_code}',
  'notifications.loadFailed': 'This list may be incomplete.',
  'notifications.empty.guest': 'Announcements to everybody appear here.',
  'notifications.error.loadMore': 'Older notifications could not be loaded. Try again.',
  'notifications.error.markAllRead': 'The notifications could not all be marked as read. Try again.',

  'toast.dismissAll': 'Dismiss all',

  'connection.tryNow': 'Try now',
  'connection.refused': 'The server refuses this connection (code {code}).',
  'connection.refusedWithoutCode': 'The server refuses this connection.',
  'connection.insecure':
    'This page is secure (https), but its server takes only connections without encryption.',
  'connection.protocol': 'This browser or the server does not know live updates.',

  'app.language.id': 'Bahasa Indonesia',
  'app.language.en': 'English',

  'settings.soundHint': 'A short tone, once a second at most.',

  'start.title': 'Studio Gema cannot start',
  'start.text': 'The service does not answer. Try again in a moment.',
} as const satisfies { readonly [Key in keyof typeof id]: Message };
