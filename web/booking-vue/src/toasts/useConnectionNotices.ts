import { onScopeDispose, watch } from 'vue';
import { handleWebSocketError, type Connection, type NoticeLevel } from '@gema/client';
import type { Texts } from '../texts/texts.ts';
import type { Notices } from './notices.ts';

/** All are about one state: the last one counts. */
const SUBJECT = 'connection';

/**
 * Tells of errors, loss and recovery of the connection, in the language of the user, with one notice at a time. An
 * outage is told once; what becomes of the attempts to end it stands on the page.
 */
export function useConnectionNotices(connection: Connection, { locale, t }: Texts, notices: Notices): void {
  const isConnected = (): boolean => connection.getSnapshot().connected;
  let wasConnected = isConnected();
  let told = false;
  const notify = (message: string, level: NoticeLevel): void => {
    if (level === 'warning' && told && !isConnected()) return;
    told = true;
    notices.say(SUBJECT, level, message);
  };

  // Before the others hear of it: if it was a loss, they say that it is over.
  const unsubscribe = connection.subscribe(() => {
    const recovered = isConnected() && !wasConnected;
    wasConnected = isConnected();
    // What was said of the trouble is no longer true.
    if (recovered) notices.withdraw(SUBJECT);
  });

  let stop: (() => void) | undefined;
  watch(
    locale,
    () => {
      stop?.();
      stop = handleWebSocketError(connection, notify, {
        error: t('connection.error'),
        disconnected: t('connection.lost'),
        reconnected: t('connection.restored'),
      });
    },
    { immediate: true },
  );
  onScopeDispose(() => {
    unsubscribe();
    stop?.();
  });
}
