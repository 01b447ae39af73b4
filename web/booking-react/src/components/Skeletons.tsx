import type { ReactElement } from 'react';
import { useLocale } from '../context/LocaleContext.ts';

interface SkeletonsProps {
  readonly className: string;
  readonly count: number;
  /** Height of each, in rem. */
  readonly height: number;
}

/** Grey shapes where cards will be. */
export function Skeletons({ className, count, height }: SkeletonsProps): ReactElement {
  const { t } = useLocale();
  return (
    <div className={className} role="status" aria-busy="true">
      <span className="visually-hidden">{t('app.loading')}</span>
      {Array.from({ length: count }, (_, index) => (
        <div key={index} className="card skeleton" style={{ minHeight: `${height}rem` }} aria-hidden="true" />
      ))}
    </div>
  );
}
