import type { IconName } from '@gema/booking';
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

  switch (status) {
    case 'offline':
      return <Banner tone="warning" icon="wifiOff" text={t('connection.status.offline')} />;
    case 'reconnecting': {
      const text = nextRetryIn
        ? t('connection.retryIn', { count: nextRetryIn })
        : t('connection.status.reconnecting');
      return (
        <Banner
          tone="warning"
          icon="refresh"
          text={`${text} · ${t('connection.attempt', { attempt })}`}
          action={t('banner.tryNow')}
          onAction={retry}
        />
      );
    }
    case 'failed':
    case 'disconnected':
      return (
        <Banner
          tone="error"
          icon="warning"
          text={`${t(`connection.status.${status}`)}. ${reasonOf(error, maxAttempts, t)}`}
          action={t('action.retry')}
          onAction={retry}
        />
      );
    default:
      return null;
  }
}

interface BannerProps {
  readonly tone: 'warning' | 'error';
  readonly icon: IconName;
  readonly text: string;
  readonly action?: string;
  readonly onAction?: () => void;
}

function Banner({ tone, icon, text, action, onAction }: BannerProps): ReactElement {
  return (
    <div className={`banner banner--${tone} connection-banner`}>
      <Icon name={icon} />
      <p>{text}</p>
      {action !== undefined && (
        <button type="button" className="button" onClick={onAction}>
          {action}
        </button>
      )}
    </div>
  );
}

function reasonOf(fault: ConnectionFault | null, maxAttempts: number, t: Translate): string {
  switch (fault?.kind) {
    case 'refused':
      return t('banner.refused', { code: String(fault.code ?? '?') });
    case 'exhausted':
      return t('connection.gaveUp', { count: maxAttempts });
    case 'insecure':
      return t('banner.insecure');
    case 'protocol':
      return t('banner.protocol');
    default:
      return '';
  }
}
