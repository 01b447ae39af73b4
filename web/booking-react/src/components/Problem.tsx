import { ApiError, NetworkError } from '@gema/booking';
import type { ReactElement } from 'react';
import { useLocale, type Translate } from '../context/LocaleContext.ts';
import { Icon } from './Icon.tsx';

interface ProblemProps {
  readonly error: Error | null;
  /** Seconds that the server asked to wait. */
  readonly wait?: number;
  /** Names of fields that show their own errors: an error about nothing else is not repeated here. */
  readonly fields?: readonly string[];
}

/** What went wrong with a request, in the visitor's language where we know it. Told at once. */
export function Problem({ error, wait = 0, fields = [] }: ProblemProps): ReactElement | null {
  const { t } = useLocale();
  if (error === null || saidByFields(error, fields)) return null;
  if (error instanceof ApiError && error.status === 429 && wait === 0) return null;
  return (
    <div className="banner banner--error" role="alert">
      <Icon name="warning" />
      <p>{problemText(error, t, wait)}</p>
    </div>
  );
}

function saidByFields(error: Error, fields: readonly string[]): boolean {
  if (!(error instanceof ApiError) || error.status !== 422) return false;
  const wrong = Object.keys(error.errors);
  return wrong.length > 0 && wrong.every((name) => fields.includes(name));
}

/** One sentence for an error. */
export function problemText(error: Error, t: Translate, wait = 0): string {
  if (error instanceof NetworkError) return t('errorNetwork');
  if (!(error instanceof ApiError)) return error.message;
  if (error.status === 401) return t('errorExpired');
  if (error.status === 429) return t('errorTooMany', { seconds: wait });
  if (error.status >= 500) return t('errorServer');
  // The one conflict that everybody may meet; the API says its conflicts in English only.
  if (error.status === 409 && error.message === 'Session is fully booked') return t('errorFull');
  return error.message;
}
