import type { ReactElement } from 'react';
import { useLocale } from '../context/LocaleContext.ts';
import { Icon } from './Icon.tsx';
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
    <div className="banner banner--error" role="alert">
      <Icon name="warning" />
      <p>
        {text} {problemText(error, locale, t)}
      </p>
      <button type="button" className="button button--ghost" onClick={onRetry}>
        {t('action.retry')}
      </button>
    </div>
  );
}
