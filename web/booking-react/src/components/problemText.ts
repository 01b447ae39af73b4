import { ApiError, errorMessage, NetworkError, type Locale } from '@gema/booking';
import type { Translate } from '../context/LocaleContext.ts';

/** What a form itself finds wrong, in the visitor's language. */
export class FormError extends Error {}

/** One sentence for an error. Of what our forms meet we say more than that it went wrong: what to do now. */
export function problemText(error: Error, locale: Locale, t: Translate): string {
  if (error instanceof FormError) return error.message;
  if (error instanceof NetworkError) return t('problem.network');
  if (error instanceof ApiError && error.status === 429) return t('error.tooMany');
  return errorMessage(error, locale);
}
