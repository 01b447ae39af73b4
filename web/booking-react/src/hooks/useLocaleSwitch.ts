import type { Locale } from '@gema/booking';
import { useSyncExternalStore } from 'react';
import { useStudio } from '../context/StudioContext.ts';

/** The chosen language, and what chooses another one. */
export function useLocaleSwitch(): [Locale, (locale: Locale) => void] {
  const { locale } = useStudio();
  return [useSyncExternalStore(locale.subscribe, locale.getSnapshot), locale.set];
}
