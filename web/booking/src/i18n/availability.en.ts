import type { availabilityId } from './availability.id.ts';
import type { MessagesLike } from './texts.ts';

/** What the application for availability and booking says, in English. The sentences of the guide stand here word by word. */
export const availabilityEn = {
  'availability.title': 'Real-time Session Availability',
  'availability.loading': 'Loading availability...',
} as const satisfies MessagesLike<typeof availabilityId>;
