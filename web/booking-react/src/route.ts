import { isDay, type Day } from './dates.ts';

/** The views of the application. */
export type View = 'sessions' | 'bookings' | 'admin' | 'login';

/** What the hash of the address names: a view and, for the sessions, a day (null: today). */
export interface Route {
  readonly view: View;
  readonly day: Day | null;
}

const VIEWS: readonly View[] = ['sessions', 'bookings', 'admin', 'login'];

/** Reads `#/sessions?date=2026-11-24`; what is unknown is the sessions of today. */
export function parseRoute(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?');
  const view = VIEWS.find((one) => one === path) ?? 'sessions';
  const date = new URLSearchParams(query).get('date');
  return { view, day: view === 'sessions' && date !== null && isDay(date) ? date : null };
}

/** The hash of a view, of a certain day where `day` says one. */
export function routeHash(view: View, day: Day | null = null): string {
  return day === null ? `#/${view}` : `#/${view}?date=${day}`;
}

/** The one page outside of this application to which a log-in may lead; any other `?next=` is ignored. */
export function nextPage(search: string): '/notifications' | null {
  return new URLSearchParams(search).get('next') === '/notifications' ? '/notifications' : null;
}
