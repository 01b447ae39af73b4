import type { ReactElement } from 'react';
import { useLocale } from '../context/LocaleContext.ts';
import { Banner } from './Banner.tsx';
import { problemText } from './problemText.ts';

interface FailureProps {
  /** What could not be done. */
  readonly text: string;
  readonly error: Error;
  readonly onRetry: () => void;
}

/** Something could not be loaded: what, why, and the way to try again. */
export function Failure({ text, error, onRetry }: FailureProps): ReactElement {
  const { locale, t } = useLocale();
  return (
    <Banner tone="error" role="alert" text={`${text}. ${problemText(error, locale, t)}`}>
      <button type="button" className="button" onClick={onRetry}>
        {t('action.retry')}
      </button>
    </Banner>
  );
}
