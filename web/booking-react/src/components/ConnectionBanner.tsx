import type { Connection, ConnectionSnapshot } from '@gema/client';
import { useSyncExternalStore, type ReactElement } from 'react';
import { useLocale, type Translate } from '../context/LocaleContext.ts';
import { useSecondsUntil } from '../hooks/useClock.ts';
import { useWebSocket } from '../hooks/useWebSocket.ts';
import { Banner } from './Banner.tsx';

/** It stays in sight when the page is scrolled. */
const CLASS = 'connection-banner';

/**
 * Says what becomes of a lost connection, and lets the visitor not wait for it. Nothing while all is well. The line
 * of `ConnectionStatus` is what assistive technology is told: a countdown would never stop talking.
 */
export function ConnectionBanner(): ReactElement | null {
  const { connection } = useWebSocket();
  return connection && <StatusBanner connection={connection} />;
}

function StatusBanner({ connection }: { readonly connection: Connection }): ReactElement | null {
  const snapshot = useSyncExternalStore(
    (changed) => connection.subscribe(changed),
    () => connection.getSnapshot(),
  );
  const { status, attempt, nextRetryAt } = snapshot;
  const seconds = useSecondsUntil(nextRetryAt);
  const retry = (): void => connection.retry();
  const { t } = useLocale();

  if (status === 'offline') {
    return <Banner tone="warning" icon="wifiOff" className={CLASS} text={t('connection.status.offline')} />;
  }
  if (status === 'reconnecting') {
    const when =
      seconds > 0 ? t('connection.retryIn', { count: seconds }) : t('connection.status.reconnecting');
    return (
      <Banner
        tone="warning"
        icon="refresh"
        className={CLASS}
        text={`${when} · ${t('connection.attempt', { attempt })}`}
      >
        <button type="button" className="button" onClick={retry}>
          {t('banner.tryNow')}
        </button>
      </Banner>
    );
  }
  if (status !== 'failed' && status !== 'disconnected') return null;
  return (
    <Banner
      tone="error"
      className={CLASS}
      text={`${t(`connection.status.${status}`)}. ${reasonOf(snapshot, t)}`}
    >
      <button type="button" className="button" onClick={retry}>
        {t('action.retry')}
      </button>
    </Banner>
  );
}

/** Our own words for what visitors meet; whoever has set the service up wrongly reads what the client says. */
function reasonOf({ error, maxAttempts }: ConnectionSnapshot, t: Translate): string {
  return error?.kind === 'exhausted'
    ? t('connection.gaveUp', { count: maxAttempts })
    : (error?.message ?? '');
}
