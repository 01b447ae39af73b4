import type { EchoLike, PusherConnectionLike } from './echo.ts';
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

interface Reporter {
  error: (error: PusherError) => void;
  lost: () => void;
  connected: () => void;
  recovered: () => void;
}

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
  let last: PusherError | undefined;
  const reporter: Reporter = {
    error(error) {
      const cause = error.type === 'WebSocketError' && error.error?.data ? error.error : error;
      const told = last !== undefined && isSame(last, cause);
      last = cause;
      if (told) return;
      console.error('WebSocket error:', error);
      notify(texts.error, 'warning');
    },
    lost() {
      console.info('WebSocket disconnected');
      notify(texts.disconnected, 'info');
    },
    connected() {
      last = undefined;
    },
    recovered() {
      console.info('WebSocket reconnected');
      notify(texts.reconnected, 'success');
    },
  };
  const connection = 'acquire' in echo ? echo : connectionOf.get(echo);
  return connection ? followConnection(connection, reporter) : followEcho(echo as EchoLike, reporter);
}

/**
 * A close tells its error twice, often after a message with that error; a socket that breaks has an error, then closes
 * with 1006.
 */
function isSame(last: PusherError, cause: PusherError): boolean {
  const [before, now] = [last.data, cause.data];
  if (!before || !now) return last === cause || (now?.code === 1006 && last.type === 'WebSocketError');
  return (
    last === cause || (before.code === now.code && before.message === now.message && Number(now.code) < 4300)
  );
}

function followConnection(connection: Connection, reporter: Reporter): () => void {
  let { connected } = connection.getSnapshot();
  let socket: PusherConnectionLike | undefined;
  const bind = () => {
    if (socket || !connection.echo) return;
    socket = connection.echo.connector.pusher.connection;
    socket.bind('error', reporter.error);
  };
  const ends = [
    connection.subscribe(() => {
      bind();
      const snapshot = connection.getSnapshot();
      if (connected && !snapshot.connected && snapshot.status !== 'disconnected') reporter.lost();
      connected = snapshot.connected;
      if (connected) reporter.connected();
    }),
    connection.onReconnected(reporter.recovered),
    () => socket?.unbind('error', reporter.error),
  ];
  bind();
  return () => {
    for (const end of ends) end();
  };
}

/** An Echo without a {@link Connection}: Pusher reconnects it. */
function followEcho(echo: EchoLike, reporter: Reporter): () => void {
  const socket = echo.connector.pusher.connection;
  let connected = socket.state === 'connected';
  let lost = false;
  const lose = () => {
    if (connected) reporter.lost();
    lost ||= connected;
    connected = false;
  };
  const bindings: Record<string, (data: never) => void> = {
    error(error: PusherError) {
      reporter.error(error);
      // A close with a code: also one after which Pusher stays away.
      if (error.error?.data) lose();
    },
    connecting_in: lose,
    connecting: lose,
    disconnected() {
      connected = false;
      lost = false;
    },
    connected() {
      reporter.connected();
      if (lost) reporter.recovered();
      connected = true;
      lost = false;
    },
  };
  for (const [event, handler] of Object.entries(bindings)) socket.bind(event, handler);
  return () => {
    for (const [event, handler] of Object.entries(bindings)) socket.unbind(event, handler);
  };
}

function dispatchNotice(message: string, level: NoticeLevel): void {
  window.dispatchEvent(new CustomEvent('gema:notify', { detail: { message, level } }));
}
