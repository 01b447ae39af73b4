import { useCallback, useInsertionEffect, useRef } from 'react';

/**
 * A function that never changes and calls the newest `callback`. For callbacks of events, not of renders: the
 * newest is the one of the last commit.
 */
export function useNewest<Arguments extends unknown[]>(
  callback: (...args: Arguments) => void,
): (...args: Arguments) => void {
  const newest = useRef(callback);
  // Set with the commit and not in a passive effect: an event may come between the two.
  useInsertionEffect(() => {
    newest.current = callback;
  }, [callback]);
  return useCallback((...args: Arguments) => newest.current(...args), []);
}
