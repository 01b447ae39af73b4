import { useMemo } from 'react';

/** One or more names as an array without repetition, the same array as long as the names are the same. */
export function useStrings(names: string | readonly string[]): readonly string[] {
  const key = JSON.stringify([...new Set(typeof names === 'string' ? [names] : names)]);
  return useMemo(() => JSON.parse(key) as string[], [key]);
}
