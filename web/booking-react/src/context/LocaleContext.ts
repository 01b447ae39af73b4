import {
  createFormatters,
  createTranslator,
  availabilityTexts,
  sharedTexts,
  type Formatters,
  type Locale,
} from '@gema/booking';
import { createContext, use } from 'react';
import { en } from '../texts/en.ts';
import { id } from '../texts/id.ts';

/** What the catalogues of @gema/booking do not have. */
const ownTexts = { id, en };

/** A language at work. */
export interface Words {
  readonly locale: Locale;
  /** The text of a key. */
  readonly t: Translate;
  readonly format: Formatters;
}

/** Finds the text of a key. */
export type Translate = ReturnType<typeof translatorOf>;

function translatorOf(locale: Locale) {
  return createTranslator(locale, sharedTexts, availabilityTexts, ownTexts);
}

/** The words and the formats of a language. */
export function wordsOf(locale: Locale): Words {
  return { locale, t: translatorOf(locale), format: createFormatters(locale) };
}

/** Where components find the language. */
export const WordsContext = createContext<Words | null>(null);

/** The language of the visitor. Throws outside of a `WordsContext`. */
export function useLocale(): Words {
  const words = use(WordsContext);
  if (words === null) throw new Error('useLocale needs a WordsContext above it');
  return words;
}
