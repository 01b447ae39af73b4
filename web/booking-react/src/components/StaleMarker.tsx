import type { ReactElement } from 'react';
import { useLocale } from '../context/LocaleContext.ts';
import { useStudio } from '../context/StudioContext.ts';
import { useClock } from '../hooks/useClock.ts';
import { useWebSocket } from '../hooks/useWebSocket.ts';
import { Banner } from './Banner.tsx';

/** How long without a connection until what is shown is called stale, in milliseconds. */
const STALE_AFTER_MS = 30_000;

/** Says since when there is no connection, once that is longer than 30 seconds. */
export function StaleMarker(): ReactElement | null {
  const { connected, connection } = useWebSocket();
  const { openedAt } = useStudio();
  const { t, format } = useLocale();
  // Rendered again with `connected`, and it is lost at no other time.
  const lostAt = connection?.getSnapshot().lostAt ?? openedAt;
  const stale = useClock((now) => !connected && now - lostAt >= STALE_AFTER_MS, connected ? null : 1000);
  if (!stale) return null;
  const time = format.time(new Date(lostAt));
  return <Banner tone="warning" icon="hourglass" role="status" text={t('connection.stale', { time })} />;
}
