import { useEffect, useMemo, useState, useSyncExternalStore, type ReactElement } from 'react';
import { ConnectionBanner } from './components/ConnectionBanner.tsx';
import { Header } from './components/Header.tsx';
import { NoticeRegion } from './components/NoticeRegion.tsx';
import { SessionExpiredDialog } from './components/SessionExpiredDialog.tsx';
import { useLocale, WordsContext, wordsOf } from './context/LocaleContext.ts';
import { useSession, useStudio } from './context/StudioContext.ts';
import { MovedContext } from './context/ViewContext.ts';
import { useOnline } from './hooks/useOnline.ts';
import { useRoute } from './hooks/useRoute.ts';
import { useWebSocket } from './hooks/useWebSocket.ts';
import { isLogIn } from './logIn.ts';
import { nextPage } from './route.ts';
import { handleWebSocketError } from './utils/websocketErrorHandler.ts';
import { CurrentView } from './views/CurrentView.tsx';

/** The whole application, in the visitor's language. */
export function App(): ReactElement {
  const { locale: preference } = useStudio();
  const locale = useSyncExternalStore(preference.subscribe, preference.getSnapshot);
  const words = useMemo(() => wordsOf(locale), [locale]);
  return (
    <WordsContext value={words}>
      <Shell />
    </WordsContext>
  );
}

function Shell(): ReactElement {
  const { api, notices } = useStudio();
  const { t } = useLocale();
  const { view } = useRoute();
  const session = useSession();
  const [seen, setSeen] = useState({ view, moved: false });
  if (seen.view !== view) setSeen({ view, moved: true });
  useConnectionNotices();
  useOnline();
  useNextPage();

  const logOut = (): void => {
    // Here it ends at once; the server may not hear of it.
    api.logOut().catch(() => undefined);
    notices.notify(t('logIn.loggedOut'), 'info');
  };

  return (
    <div className="app-shell">
      <a
        className="skip-link button visually-hidden"
        href="#main"
        onClick={(event) => {
          // The hash is the view's.
          event.preventDefault();
          document.getElementById('main')?.focus();
        }}
      >
        {t('app.skipToContent')}
      </a>
      <Header view={view} onLogOut={logOut} />
      <main id="main" className="app-main" tabIndex={-1}>
        <ConnectionBanner />
        <MovedContext value={seen.moved}>
          <CurrentView key={view} view={view} />
        </MovedContext>
      </main>
      <footer className="app-footer">
        <p>{t('app.name')}</p>
      </footer>
      {!isLogIn(view, session) && <SessionExpiredDialog />}
      <NoticeRegion />
    </div>
  );
}

/** Tells of errors, losses and recoveries of the connection. */
function useConnectionNotices(): void {
  const { connection } = useWebSocket();
  const { notices } = useStudio();
  const { t } = useLocale();
  useEffect(() => {
    if (connection === null) return;
    return handleWebSocketError(connection, notices.notify, {
      error: t('connection.error'),
      disconnected: t('connection.lost'),
      reconnected: t('connection.restored'),
    });
  }, [connection, notices, t]);
}

/** Goes on to `?next=/notifications` when the visitor is logged in already. */
function useNextPage(): void {
  const { leave } = useStudio();
  const { status } = useSession();
  useEffect(() => {
    const next = nextPage(location.search);
    if (next !== null && status === 'authenticated') leave(next);
  }, [leave, status]);
}
