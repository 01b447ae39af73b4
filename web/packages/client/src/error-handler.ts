import type { EchoLike } from './echo.ts';
import { bindAll } from './listeners.ts';
import { connectionOf } from './owners.ts';
import type { Connection, ErrorMessages, NoticeLevel } from './types.ts';

const MESSAGES: ErrorMessages = {
  error: 'Connection error. Attempting to reconnect...',
  disconnected: 'Disconnected from server',
  reconnected: 'Reconnected to server',
};

interface PusherError {
  type?: string;
  data?: { code?: number | null; message?: string };
  error?: PusherError;
}

type Report = (error: PusherError) => void;
/** Tells whether there is a connection, and whether there is none on purpose. */
type Become = (connected: boolean, onPurpose?: boolean) => void;

/**
 * Tells the user of errors (`warning`), of a loss (`info`) and of each recovery (`success`); a disconnect on purpose is
 * silent. Every error is told once, though Pusher reports some twice, and goes to the console.
 *
 * @param notify by default an event `gema:notify` at `window` with `detail: { message, level }`
 * @param messages instead of the English texts
 * @returns what ends it
 */
export function handleWebSocketError(
  echo: EchoLike | Connection,
  notify: (message: string, level: NoticeLevel) => void = dispatchNotice,
  messages: Partial<ErrorMessages> = {},
): () => void {
  const texts = { ...MESSAGES, ...messages };
  const connection = 'acquire' in echo ? echo : connectionOf.get(echo);
  let lastCode: number | null | undefined;
  let lastAt = 0;
  let connected = false;
  let lost = Boolean(connection?.getSnapshot().lostAt);

  function report(error: PusherError): void {
    const code = (error.error?.data ?? error.data)?.code;
    // A close tells its error twice, often after a message with that error; a socket that breaks has an error, then
    // closes with 1006.
    const told = Date.now() - lastAt < 1000 && (code === lastCode || code === 1006);
    lastCode = code;
    lastAt = Date.now();
    if (told) return;
    console.error('WebSocket error:', error);
    notify(texts.error, 'warning');
  }

  function become(now: boolean, onPurpose = false): void {
    if (connected && !now && !onPurpose) {
      lost = true;
      console.info('WebSocket disconnected');
      notify(texts.disconnected, 'info');
    }
    if (onPurpose) lost = false;
    if (now && lost) {
      lost = false;
      console.info('WebSocket reconnected');
      notify(texts.reconnected, 'success');
    }
    connected = now;
  }

  return connection
    ? followConnection(connection, report, become)
    : followEcho(echo as EchoLike, report, become);
}

function followConnection(connection: Connection, report: Report, become: Become): () => void {
  let unbind: (() => void) | undefined;
  const update = () => {
    if (connection.echo) unbind ??= bindAll(connection.echo.connector.pusher.connection, { error: report });
    const { connected, status } = connection.getSnapshot();
    become(connected, status === 'disconnected');
  };
  const unsubscribe = connection.subscribe(update);
  update();
  return () => {
    unsubscribe();
    unbind?.();
  };
}

/** An Echo without a {@link Connection}: Pusher reconnects it. */
function followEcho(echo: EchoLike, report: Report, become: Become): () => void {
  const socket = echo.connector.pusher.connection;
  const lose = () => become(false);
  become(socket.state === 'connected');
  return bindAll(socket, {
    error(error: PusherError) {
      report(error);
      // A close with a code: also one after which Pusher stays away.
      if (error.error?.data) lose();
    },
    connecting_in: lose,
    connecting: lose,
    disconnected: () => become(false, true),
    connected: () => become(true),
  });
}

function dispatchNotice(message: string, level: NoticeLevel): void {
  window.dispatchEvent(new CustomEvent('gema:notify', { detail: { message, level } }));
}
