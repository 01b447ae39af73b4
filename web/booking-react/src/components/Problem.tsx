import { ApiError } from '@gema/booking';
import type { ReactElement } from 'react';
import { useLocale } from '../context/LocaleContext.ts';
import { Banner } from './Banner.tsx';
import { problemText } from './problemText.ts';

interface ProblemProps {
  readonly error: Error | null;
  /** Seconds that the server asked to wait. */
  readonly wait?: number;
  /** Names of fields that show their own errors: an error about nothing else is not repeated here. */
  readonly fields?: readonly string[];
}

/** What went wrong with a request. Told at once; a countdown is shown, but not told each second. */
export function Problem({ error, wait = 0, fields = [] }: ProblemProps): ReactElement | null {
  const { locale, t } = useLocale();
  if (error === null || saidByFields(error, fields)) return null;
  if (error instanceof ApiError && error.status === 429 && wait === 0) return null;
  return (
    <Banner tone="error" role="alert" text={problemText(error, locale, t)}>
      {wait > 0 && (
        <strong className="tabular" aria-hidden="true">
          {t('problem.seconds', { seconds: wait })}
        </strong>
      )}
    </Banner>
  );
}

function saidByFields(error: Error, fields: readonly string[]): boolean {
  if (!(error instanceof ApiError) || error.status !== 422) return false;
  const wrong = Object.keys(error.errors);
  return wrong.length > 0 && wrong.every((name) => fields.includes(name));
}
