import { ApiError, NetworkError } from './api/errors.ts';
import type { Api } from './api/api.ts';
import type { Session } from './session.ts';

/** Seconds between attempts: 2, 4, 8, … up to this many. */
const LONGEST_WAIT_S = 30;

/**
 * Asks for the user whenever the session has a token and not its user: after a reload, or a log-in in another tab.
 * Attempts that fail because of the network or the server are repeated; a 401 expires the session, and other refusals
 * end it. Returns what ends that.
 */
export function keepUserLoaded(session: Session, api: Pick<Api, 'user'>): () => void {
  let asking: string | null = null;
  let failures = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const aborter = new AbortController();

  function look(): void {
    const { token, user } = session.getSnapshot();
    if (token === asking) return;
    clearTimeout(timer);
    failures = 0;
    asking = user === null ? token : null;
    if (asking !== null) ask(asking);
  }

  function ask(token: string): void {
    api.user({ signal: aborter.signal }).then(
      () => settled(token),
      (error: unknown) => {
        if (aborter.signal.aborted || asking !== token) return;
        if (!isPassing(error)) {
          settled(token);
          return;
        }
        failures += 1;
        timer = setTimeout(() => ask(token), Math.min(2 ** failures, LONGEST_WAIT_S) * 1000);
      },
    );
  }

  function settled(token: string): void {
    if (asking === token) asking = null;
  }

  const unsubscribe = session.subscribe(look);
  look();
  return () => {
    unsubscribe();
    clearTimeout(timer);
    aborter.abort();
  };
}

function isPassing(error: unknown): boolean {
  if (error instanceof NetworkError) return true;
  return error instanceof ApiError && (error.status === 429 || error.status >= 500);
}
