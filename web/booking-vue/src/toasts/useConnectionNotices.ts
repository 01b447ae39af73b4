import { onScopeDispose, watch } from 'vue';
import { handleWebSocketError, type Connection } from '@gema/client';
import type { Texts } from '../texts/texts.ts';
import type { Notices } from './notices.ts';

/** Tells of errors, loss and recovery of the connection, in the language of the user. */
export function useConnectionNotices(connection: Connection, { locale, t }: Texts, notices: Notices): void {
  let stop: (() => void) | undefined;
  watch(
    locale,
    () => {
      stop?.();
      const notify = (message: string, level: 'warning' | 'info' | 'success'): void => {
        if (level === 'success') {
          // What was said of the trouble is no longer true.
          notices.withdraw('connection-warning');
          notices.withdraw('connection-info');
        }
        notices.say(`connection-${level}`, level, message);
      };
      stop = handleWebSocketError(connection, notify, {
        error: t('connection.error'),
        disconnected: t('connection.lost'),
        reconnected: t('connection.restored'),
      });
    },
    { immediate: true },
  );
  onScopeDispose(() => stop?.());
}
