/** The languages of the front ends. */
export type Locale = 'id' | 'en';

/** The languages in the order in which they are offered; the first is the default. */
export const LOCALES: readonly Locale[] = ['id', 'en'];

/**
 * A text with `{names}` for what is filled in. One with `one` and `other` is chosen by the number `count`, by the
 * plural rules of the language.
 */
export type Message = string | { readonly one: string; readonly other: string };

/** The texts of one language, by key. */
export type Messages = Readonly<Record<string, Message>>;

/** Texts with the keys of others: `satisfies MessagesLike<typeof theirs>` finds keys that lack and keys too many. */
export type MessagesLike<M extends Messages> = { readonly [K in keyof M]: Message };

/** A catalogue: the same keys in all languages. */
export interface Texts {
  readonly id: Messages;
  readonly en: Messages;
}

/** A catalogue. A key that one of the languages lacks is an error of types. */
export function defineTexts<const Id extends Messages, const En extends MessagesLike<Id>>(texts: {
  readonly id: Id;
  readonly en: En & { readonly [K in Exclude<keyof En, keyof Id>]: never };
}): { readonly id: Id; readonly en: En } {
  return texts;
}

/** What is made once for each language, when it is asked for. */
export function perLocale<T>(make: (locale: Locale) => T): (locale: Locale) => T {
  const made = new Map<Locale, T>();
  return (locale) => {
    const kept = made.get(locale) ?? make(locale);
    made.set(locale, kept);
    return kept;
  };
}
