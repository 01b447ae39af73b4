import { ApiError, NetworkError } from '@gema/booking';
import type { Translate } from '../context/LocaleContext.ts';

/** One sentence for an error, in the visitor's language where we know it. */
export function problemText(error: Error, t: Translate): string {
  if (error instanceof NetworkError) return t('errorNetwork');
  if (!(error instanceof ApiError)) return error.message;
  if (error.status === 401) return t('errorExpired');
  if (error.status === 429) return t('errorTooMany');
  if (error.status >= 500) return t('errorServer');
  // The one conflict that everybody may meet; the API says its conflicts in English only.
  if (error.status === 409 && error.message === 'Session is fully booked') return t('errorFull');
  return error.message;
}
