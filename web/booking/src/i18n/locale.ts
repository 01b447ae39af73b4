import { createPreference, withEffect, type Preference } from '../preference.ts';
import type { KeyValueStore } from '../storage.ts';
import { LOCALES, type Locale } from './texts.ts';

/**
 * The language, kept with key `locale`; Indonesian until another is chosen. It is set as `lang` on `root`, by default
 * `<html>`, so that screen readers speak it.
 */
export function createLocalePreference(
  store?: KeyValueStore,
  root: HTMLElement = document.documentElement,
): Preference<Locale> {
  const options = { key: 'locale', values: LOCALES, fallback: 'id', ...(store && { store }) } as const;
  return withEffect(createPreference<Locale>(options), (locale) => {
    root.lang = locale;
  });
}
