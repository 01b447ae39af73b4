import type { SessionSnapshot } from '@gema/booking';
import { nextPage, type View } from './route.ts';

/** Whether `view` is a log-in at present: it is one, the visitor was sent here for one, or it needs to know who it is. */
export function isLogIn(view: View, { status, user }: SessionSnapshot): boolean {
  if (view === 'login') return true;
  // With a token it is only a question of time who it is.
  if (status === 'authenticated') return false;
  // Until they choose to go elsewhere.
  const sentHere = nextPage(location.search) !== null && location.hash === '';
  return sentHere || (view !== 'sessions' && user === null);
}
