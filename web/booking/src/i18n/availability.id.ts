import type { Messages } from './texts.ts';

/** What the application for availability and booking says, in Indonesian. */
export const availabilityId = {
  'availability.title': 'Ketersediaan Sesi Secara Langsung',
  'availability.loading': 'Memuat ketersediaan...',
} as const satisfies Messages;
