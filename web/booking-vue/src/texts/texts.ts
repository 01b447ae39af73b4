import { computed, type ComputedRef, type Ref } from 'vue';
import {
  createFormatters,
  createTranslator,
  notificationTexts,
  sharedTexts,
  type Formatters,
  type Locale,
  type Translator,
} from '@gema/booking';
import { en } from './en.ts';
import { id } from './id.ts';

const ownTexts = { id, en };

/** A text of this application in the present language. */
export type Translate = Translator<typeof sharedTexts | typeof notificationTexts | typeof ownTexts>;

/** Everything about the language; changes with it. */
export interface Texts {
  readonly locale: Ref<Locale>;
  readonly t: Translate;
  readonly format: ComputedRef<Formatters>;
}

/** The texts in the language that `locale` has. */
export function createTexts(locale: Ref<Locale>): Texts {
  const translator = computed(() => createTranslator(locale.value, sharedTexts, notificationTexts, ownTexts));
  return {
    locale,
    t: (key, ...values) => translator.value(key, ...values),
    format: computed(() => createFormatters(locale.value)),
  };
}
