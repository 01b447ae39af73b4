import { DEFAULT_RECONNECT, type ConnectionFault } from '@gema/client';
import type { ReactElement } from 'react';
import { useLocale, type Translate } from '../context/LocaleContext.ts';
import { useWebSocketWithReconnect } from '../hooks/useWebSocketWithReconnect.ts';
import { Icon } from './Icon.tsx';

/**
 * Says what becomes of a lost connection, and lets the visitor not wait for it. Nothing while all is well. The line
 * of `ConnectionStatus` is what assistive technology is told: a countdown would never stop talking.
 */
export function ConnectionBanner(): ReactElement | null {
  const { status, error, attempt, maxAttempts, nextRetryIn, retry } =
    useWebSocketWithReconnect(DEFAULT_RECONNECT);
  const { t } = useLocale();

  if (status === 'offline') {
    return (
      <div className="banner banner--warning connection-banner">
        <Icon name="wifiOff" />
        <p>{t('banner.offline')}</p>
      </div>
    );
  }
  if (status === 'reconnecting') {
    const waiting = nextRetryIn !== null && nextRetryIn > 0;
    return (
      <div className="banner banner--warning connection-banner">
        <Icon name="refresh" />
        <p>
          {waiting
            ? t('banner.reconnectingIn', { seconds: nextRetryIn, attempt })
            : t('banner.reconnectingNow')}
        </p>
        <button type="button" className="button button--ghost" onClick={retry}>
          {t('banner.tryNow')}
        </button>
      </div>
    );
  }
  if (status === 'failed' || status === 'disconnected') {
    return (
      <div className="banner banner--error connection-banner">
        <Icon name="warning" />
        <p>{t('banner.failed', { reason: reasonOf(error, maxAttempts, t) })}</p>
        <button type="button" className="button button--ghost" onClick={retry}>
          {t('action.retry')}
        </button>
      </div>
    );
  }
  return null;
}

function reasonOf(fault: ConnectionFault | null, maxAttempts: number, t: Translate): string {
  switch (fault?.kind) {
    case 'refused':
      return t('banner.refused', { code: String(fault.code ?? '?') });
    case 'exhausted':
      return t('banner.exhausted', { attempts: maxAttempts });
    case 'insecure':
      return t('banner.insecure');
    case 'protocol':
      return t('banner.protocol');
    case 'lost':
      return t('banner.lost');
    case undefined:
      return t('banner.closed');
  }
}
