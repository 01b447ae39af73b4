import type { StudioSession } from '@gema/booking';
import { clockIn, type Day } from '../dates.ts';
import { useClock } from './useClock.ts';
import { useRoute } from './useRoute.ts';

/** How often the calendar is looked at, in milliseconds. */
const LOOK_EVERY_MS = 15_000;

/** The day that the address names, and the day that it is where the sessions take place; null until they are known. */
export function useStudioDay(sessions: readonly StudioSession[] | null): {
  readonly day: Day | null;
  readonly today: Day | null;
} {
  const zone = sessions?.[0]?.timezone ?? null;
  const today = useClock((now) => (zone === null ? '' : clockIn(zone, now).day), LOOK_EVERY_MS);
  const { day } = useRoute();
  if (today === '') return { day: null, today: null };
  // An address of yesterday shows what can still be booked.
  return { day: day !== null && day > today ? day : today, today };
}
