import type { Locale } from '@gema/booking';
import type { ReactElement } from 'react';
import { wordsOf } from '../context/LocaleContext.ts';

interface StartFailureProps {
  readonly locale: Locale;
  readonly onRetry: () => void;
}

/** In place of the application, when the service does not say how to connect. */
export function StartFailure({ locale, onRetry }: StartFailureProps): ReactElement {
  const { t } = wordsOf(locale);
  return (
    <main className="app-main">
      <div className="card card--narrow" role="alert">
        <h1>{t('error.title')}</h1>
        <p>{t('error.unreachable')}</p>
        <button type="button" className="button button--primary" onClick={onRetry}>
          {t('action.retry')}
        </button>
      </div>
    </main>
  );
}
