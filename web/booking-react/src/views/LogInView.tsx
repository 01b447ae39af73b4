import type { ReactElement } from 'react';
import { LogInForm } from '../components/LogInForm.tsx';
import { PageHeading } from '../components/PageHeading.tsx';
import { useLocale } from '../context/LocaleContext.ts';
import { goTo } from '../hooks/useRoute.ts';
import type { View } from '../route.ts';

interface LogInViewProps {
  /** Where to go afterwards, unless `?next=` says it; none to stay, for a view that lacked a user. */
  readonly then?: View;
  readonly lead?: string;
}

/** Log-in and registration as a page. */
export function LogInView({ then, lead }: LogInViewProps): ReactElement {
  const { t } = useLocale();
  const done = (): void => {
    if (then !== undefined) goTo(then);
  };
  return (
    <div className="card card--narrow">
      <PageHeading title={t('logIn.heading')} lead={lead ?? t('logIn.lede')} name={t('account.logIn')} />
      <LogInForm onDone={done} />
    </div>
  );
}
