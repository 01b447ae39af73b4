import { lazy, Suspense, type ReactElement } from 'react';
import { EmptyState } from '../components/EmptyState.tsx';
import { PageHeading } from '../components/PageHeading.tsx';
import { Skeletons } from '../components/Skeletons.tsx';
import { useLocale } from '../context/LocaleContext.ts';
import { useSession } from '../context/StudioContext.ts';
import { isLogIn } from '../logIn.ts';
import type { View } from '../route.ts';
import { BookingsView } from './BookingsView.tsx';
import { LogInView } from './LogInView.tsx';
import { SessionsView } from './SessionsView.tsx';

/** Few people see it: its code comes when it is asked for. */
const AdminView = lazy(() => import('../admin/AdminView.tsx'));

/** The view that the address names, or the log-in that it needs. */
export function CurrentView({ view }: { readonly view: View }): ReactElement {
  const session = useSession();
  const { t } = useLocale();

  if (isLogIn(view, session)) return <LogInView view={view} />;
  if (view === 'sessions') return <SessionsView />;
  const { user } = session;
  if (user === null) return <Skeletons className="stack" count={3} height={6} />;
  if (view === 'bookings') return <BookingsView key={user.id} user={user} />;
  if (!user.roles.includes('admin')) {
    return (
      <>
        <PageHeading title={t('nav.admin')} />
        <EmptyState icon="settings" title={t('admin.forbidden.title')} hint={t('admin.forbidden.text')} />
      </>
    );
  }
  return (
    <Suspense fallback={<Skeletons className="stack admin-grid" count={3} height={20} />}>
      <AdminView />
    </Suspense>
  );
}
