import type { ReactElement } from 'react';
import { useLocale } from '../context/LocaleContext.ts';
import { useWebSocket } from '../hooks/useWebSocket.ts';

/** The line that says whether changes arrive as they happen. */
export function ConnectionStatus(): ReactElement {
  const { connected, status } = useWebSocket();
  const { t } = useLocale();
  return (
    <div className="connection-status" role="status" data-status={status}>
      {t(connected ? 'connection.connected' : 'connection.disconnected')}
    </div>
  );
}
