import { useSyncExternalStore } from 'react';
import type { Day } from '../dates.ts';
import { parseRoute, routeHash, type Route, type View } from '../route.ts';

function subscribe(changed: () => void): () => void {
  addEventListener('hashchange', changed);
  return () => removeEventListener('hashchange', changed);
}

/** What the hash of the address names at present. */
export function useRoute(): Route {
  const hash = useSyncExternalStore(subscribe, () => location.hash);
  return parseRoute(hash);
}

/** Goes to a view, as a link to it would. */
export function goTo(view: View): void {
  location.hash = routeHash(view);
}

/** Notes the chosen day in the address, so that a reload keeps it; "back" still leaves the view. */
export function keepDay(day: Day | null): void {
  history.replaceState(history.state, '', routeHash('sessions', day));
  dispatchEvent(new HashChangeEvent('hashchange'));
}
