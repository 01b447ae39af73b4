import type { EchoLike } from './echo.ts';
import type { Connection, ErrorMessages, NoticeLevel } from './types.ts';

export function handleWebSocketError(
  echo: EchoLike | Connection,
  notify?: (message: string, level: NoticeLevel) => void,
  messages?: Partial<ErrorMessages>,
): () => void {
  throw new Error(`not there yet ${String([echo, notify, messages])}`);
}
