import type { MessagesLike } from '@gema/booking';
import type { id } from './id.ts';

/** What only this application says, beside the catalogues of @gema/booking, in English. */
export const en = {
  'hero.title': 'Find your place in the studio',

  'header.switchLanguage': 'Ganti ke Bahasa Indonesia',
  'header.theme': 'Theme: {theme}',

  'banner.tryNow': 'Try now',
  'banner.refused': 'The server refuses this application (code {code}).',
  'banner.insecure': 'This page is secure, its connection would not be: REVERB_SCHEME must be https.',
  'banner.protocol': 'The server does not speak the Pusher protocol.',

  'notices.label': 'Notices',
  'notices.dismiss': 'Dismiss notification',

  'availability.error.places': 'The free places could not be loaded',
  'availability.taken': 'Places taken in {name}',
  'availability.freeOfCharge': 'Free of charge',

  'logIn.heading': 'Welcome',
  'logIn.toBook': 'Log in to book {name}',
  'expired.goOn': 'Go on without logging in',

  'pay.later': 'Pay later',
  'pay.now': 'Pay now',
  'pay.again': 'Pay again',
  'pay.done': 'Done',
  'pay.simulation': 'Simulation',

  'problem.network': 'The server cannot be reached. Try again: nothing is done twice.',
  'problem.expired': 'Your session has ended. Log in again, then repeat this.',
  'problem.seconds': '{seconds} s',

  'bookings.lede': 'What you have booked, with each change as it happens.',
  'bookings.pages': 'Pages',

  'admin.lede': 'What you change here is seen by everybody at once.',
  'admin.booking.latest': 'Latest bookings',
  'admin.booking.nothing': 'Choose a new status first.',

  'start.failed': 'Studio Gema cannot be opened',
  'start.failedText': 'The service does not answer ({reason}).',
} as const satisfies MessagesLike<typeof id>;
