import type { Locale, Message, Messages, Texts } from './texts.ts';

/** The `{names}` in a text. */
type Names<S> = S extends `${string}{${infer Name}}${infer Rest}` ? Name | Names<Rest> : never;

/** What has to be given for a message. */
type NamesOf<M> = M extends string
  ? Names<M>
  : M extends { one: infer One; other: infer Other }
    ? 'count' | Names<One> | Names<Other>
    : never;

/** The keys of one catalogue, or of several as a union. */
type KeyOf<T extends Texts> = T extends Texts ? keyof T['id'] & string : never;

/** The message of a key, in all languages as a union. */
type MessageOf<T extends Texts, K> = T extends Texts
  ? K extends keyof T['id'] & keyof T['en']
    ? T['id'][K] | T['en'][K]
    : never
  : never;

type ArgumentsOf<M> = [NamesOf<M>] extends [never] ? [] : [values: Record<NamesOf<M>, string | number>];

/**
 * The text of a key. What its `{names}` stand for has to be given: numbers are written as the language does.
 * `T` is the union of the catalogues.
 */
export type Translator<T extends Texts> = <K extends KeyOf<T>>(
  key: K,
  ...values: ArgumentsOf<MessageOf<T, K>>
) => string;

/**
 * The texts of some catalogues in one language. Of keys that several catalogues have, the last one counts.
 *
 * ```ts
 * const t = createTranslator('en', sharedTexts, ownTexts);
 * t('connection.retryIn', { count: 4 });
 * ```
 */
export function createTranslator<const T extends readonly Texts[]>(
  locale: Locale,
  ...catalogues: T
): Translator<T[number]> {
  const messages: Messages = Object.assign({}, ...catalogues.map((texts) => texts[locale])) as Messages;
  const plurals = new Intl.PluralRules(locale);
  const numbers = new Intl.NumberFormat(locale);

  const chosen = (message: Message, count: unknown): string =>
    typeof message === 'string'
      ? message
      : plurals.select(Number(count)) === 'one'
        ? message.one
        : message.other;

  return (key, ...[values = {}]: [values?: Record<string, string | number>]) => {
    const message = messages[key];
    // Only a key that was not checked by types can be absent.
    if (message === undefined) return key;
    return chosen(message, values.count).replace(/\{(\w+)\}/g, (placeholder, name: string) => {
      const value = values[name] ?? placeholder;
      return typeof value === 'number' ? numbers.format(value) : value;
    });
  };
}
