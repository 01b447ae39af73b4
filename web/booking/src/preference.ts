import { createCell, type Observable } from './observable.ts';
import { openStore, type KeyValueStore } from './storage.ts';

/** A choice of the user that is kept between visits and followed in all tabs. */
export interface Preference<T extends string> extends Observable<T> {
  readonly set: (value: T) => void;
  /** Stops following other tabs. */
  readonly destroy: () => void;
}

/** What can be chosen, and where the choice is kept. */
export interface PreferenceOptions<T extends string> {
  key: string;
  values: readonly T[];
  /** Chosen as long as nothing, or nothing that there is, was chosen. */
  fallback: T;
  /** By default `openStore()`. */
  store?: KeyValueStore;
}

/** A choice among `values`. */
export function createPreference<T extends string>(options: PreferenceOptions<T>): Preference<T> {
  const { key, values, fallback, store = openStore() } = options;
  const read = (): T => values.find((value) => value === store.get(key)) ?? fallback;
  const cell = createCell(read());
  const stopFollowing = store.onChange((changed) => {
    if (changed === key || changed === null) cell.set(read());
  });
  return {
    getSnapshot: cell.getSnapshot,
    subscribe: cell.subscribe,
    set(value) {
      store.set(key, value);
      cell.set(value);
    },
    destroy: stopFollowing,
  };
}

/** `system`: what the operating system says. */
export type Theme = 'system' | 'light' | 'dark';

/** The themes in the order in which they are offered. */
export const THEMES: readonly Theme[] = ['system', 'light', 'dark'];

/** The theme, kept with key `theme`, and set as `data-theme` on `root` (none for `system`), by default `<html>`. */
export function createThemePreference(
  store?: KeyValueStore,
  root: HTMLElement = document.documentElement,
): Preference<Theme> {
  const options = { key: 'theme', values: THEMES, fallback: 'system', ...(store && { store }) } as const;
  return withEffect(createPreference<Theme>(options), (theme) => {
    if (theme === 'system') root.removeAttribute('data-theme');
    else root.dataset.theme = theme;
  });
}

/** A preference whose value is given to `apply`, now and after each change, until it is destroyed. */
export function withEffect<T extends string>(
  preference: Preference<T>,
  apply: (value: T) => void,
): Preference<T> {
  const applyNow = (): void => apply(preference.getSnapshot());
  applyNow();
  const stopApplying = preference.subscribe(applyNow);
  return {
    ...preference,
    destroy() {
      stopApplying();
      preference.destroy();
    },
  };
}
