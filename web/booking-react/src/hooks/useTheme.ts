import type { Theme } from '@gema/booking';
import { useSyncExternalStore } from 'react';
import { useStudio } from '../context/StudioContext.ts';

/** The chosen theme, and what chooses another one. */
export function useTheme(): [Theme, (theme: Theme) => void] {
  const { theme } = useStudio();
  return [useSyncExternalStore(theme.subscribe, theme.getSnapshot), theme.set];
}
