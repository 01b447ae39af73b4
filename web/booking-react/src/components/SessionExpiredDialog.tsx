import type { ReactElement } from 'react';
import { useLocale } from '../context/LocaleContext.ts';
import { useSession, useStudio } from '../context/StudioContext.ts';
import { Dialog } from './Dialog.tsx';
import { LogInForm } from './LogInForm.tsx';

/** Asks to log in again over the page, when the server no longer accepts the token. */
export function SessionExpiredDialog(): ReactElement | null {
  const { session } = useStudio();
  const { status, user } = useSession();
  const { t } = useLocale();
  if (status !== 'expired') return null;
  const goOn = (): void => session.logOut();
  return (
    <Dialog title={t('expired.title')} onClose={goOn}>
      <p>{user === null ? t('expired.text') : t('expired.textFor', { name: user.name })}</p>
      <LogInForm email={user?.email ?? ''} onDone={() => undefined} />
      <button type="button" className="button button--ghost" onClick={goOn}>
        {t('expired.goOn')}
      </button>
    </Dialog>
  );
}
