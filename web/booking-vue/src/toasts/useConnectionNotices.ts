import { onScopeDispose, watch } from 'vue';
import { handleWebSocketError, type Connection, type NoticeLevel } from '@gema/client';
import type { Texts } from '../texts/texts.ts';

/** Tells of errors, loss and recovery of the connection, in the language of the user. */
export function useConnectionNotices(
  connection: Connection,
  { locale, t }: Texts,
  notify: (message: string, level: NoticeLevel) => void,
): void {
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
  onScopeDispose(() => stop?.());
}
