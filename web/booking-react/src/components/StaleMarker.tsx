import { useEffect, useState, type ReactElement } from 'react';
import { useLocale } from '../context/LocaleContext.ts';
import { useWebSocket } from '../hooks/useWebSocket.ts';
import { Banner } from './Banner.tsx';

/** How long without a connection until numbers are called stale, in milliseconds. */
const STALE_AFTER_MS = 30_000;

/** Says that the numbers may be out of date, once there has been no connection for 30 seconds. */
export function StaleMarker({ updatedAt }: { readonly updatedAt: number | null }): ReactElement | null {
  const { connected } = useWebSocket();
  const { t, format } = useLocale();
  const [stale, setStale] = useState(false);

  useEffect(() => {
    if (connected) return;
    const timer = setTimeout(() => setStale(true), STALE_AFTER_MS);
    return () => {
      clearTimeout(timer);
      setStale(false);
    };
  }, [connected]);

  if (!stale || updatedAt === null) return null;
  const time = format.time(new Date(updatedAt));
  return <Banner tone="warning" icon="hourglass" role="status" text={t('connection.stale', { time })} />;
}
