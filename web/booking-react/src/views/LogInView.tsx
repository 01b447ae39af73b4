import type { ReactElement } from 'react';
import { LogInForm } from '../components/LogInForm.tsx';
import { PageHeading } from '../components/PageHeading.tsx';
import { useLocale } from '../context/LocaleContext.ts';
import { useSession } from '../context/StudioContext.ts';
import { goTo } from '../hooks/useRoute.ts';
import type { View } from '../route.ts';

/** Log-in and registration as a page, in the place of `view`: which it then shows, unless `?next=` says otherwise. */
export function LogInView({ view }: { readonly view: View }): ReactElement {
  const { status, user } = useSession();
  const { t } = useLocale();
  const needed = view === 'bookings' || view === 'admin';
  const expired = status === 'expired';
  const lead = expired ? 'expired.text' : view === 'bookings' ? 'bookings.logIn.title' : 'logIn.lede';
  return (
    <div className="card card--narrow">
      <PageHeading
        title={t(expired ? 'expired.title' : 'logIn.heading')}
        lead={t(lead)}
        name={t('account.logIn')}
      />
      <LogInForm
        email={user?.email ?? ''}
        onDone={() => {
          if (!needed) goTo('sessions');
        }}
      />
    </div>
  );
}
