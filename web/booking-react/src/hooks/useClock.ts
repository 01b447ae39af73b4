import { useCallback, useSyncExternalStore } from 'react';

/**
 * What `read` makes of the time (epoch ms), looked at every `everyMs` milliseconds; the component is rendered again
 * only when the result differs. No timer runs while `everyMs` is null.
 */
export function useClock<T extends string | number | boolean>(
  read: (now: number) => T,
  everyMs: number | null,
): T {
  const subscribe = useCallback(
    (changed: () => void) => {
      if (everyMs === null) return () => undefined;
      const timer = setInterval(changed, everyMs);
      return () => clearInterval(timer);
    },
    [everyMs],
  );
  return useSyncExternalStore(subscribe, () => read(Date.now()));
}

/** Whole seconds until the moment `at` (epoch ms), and 0 after it or without it. */
export function useSecondsUntil(at: number | null): number {
  return useClock(
    (now) => (at === null ? 0 : Math.max(0, Math.ceil((at - now) / 1000))),
    at === null ? null : 250,
  );
}
