import type { MessagesLike } from '@gema/booking';
import type { id } from './id.ts';

/** What only this application says, beside the catalogues of @gema/booking, in English. */
export const en = {
  'hero.title': 'Find your place in the studio',

  'header.switchLanguage': 'Ganti ke Bahasa Indonesia',
  'header.theme': 'Theme: {theme}',

  'banner.tryNow': 'Try now',

  'notices.label': 'Notices',
  'notices.dismiss': 'Dismiss notification',

  'availability.error.places': 'The free places could not be loaded',
  'availability.freeOfCharge': 'Free of charge',

  'logIn.heading': 'Welcome',
  'logIn.toBook': 'Log in to book {name}',
  'expired.goOn': 'Go on without logging in',

  'pay.later': 'Pay later',
  'pay.now': 'Pay now',
  'pay.simulation': 'Simulation',

  'problem.network': 'The server cannot be reached. Try again: nothing is done twice.',
  'problem.seconds': '{seconds} s',

  'bookings.lede': 'What you have booked, with each change as it happens.',
  'bookings.noneOf': 'No bookings of this status',
  'bookings.pages': 'Pages',

  'admin.lede': 'What you change here is seen by everybody at once.',
  'admin.online.title': 'Online now',
  'admin.online.nobody': 'Nobody has a page open.',
  'admin.online.since': 'since {time}',
  'admin.online.error': 'Who is online could not be loaded',
  'admin.booking.latest': 'Latest bookings',
  'admin.booking.nothing': 'Choose a new status first.',
} as const satisfies MessagesLike<typeof id>;
