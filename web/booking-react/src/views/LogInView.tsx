import type { ReactElement } from 'react';
import { LogInForm } from '../components/LogInForm.tsx';
import { PageHeading } from '../components/PageHeading.tsx';
import { useLocale } from '../context/LocaleContext.ts';
import { useStudio } from '../context/StudioContext.ts';
import { goTo } from '../hooks/useRoute.ts';
import { nextPage, type View } from '../route.ts';

interface LogInViewProps {
  /** Where to go afterwards; none to stay, for a view that was not shown for want of a user. */
  readonly then?: View;
  readonly lead?: string;
}

/** Log-in and registration as a page. `?next=/notifications` leads there afterwards. */
export function LogInView({ then, lead }: LogInViewProps): ReactElement {
  const { leave } = useStudio();
  const { t } = useLocale();
  const done = (): void => {
    const next = nextPage(location.search);
    if (next !== null) leave(next);
    else if (then !== undefined) goTo(then);
  };
  return (
    <div className="log-in card">
      <PageHeading title={t('logIn.heading')} lead={lead ?? t('logIn.lede')} name={t('account.logIn')} />
      <LogInForm onDone={done} />
    </div>
  );
}
