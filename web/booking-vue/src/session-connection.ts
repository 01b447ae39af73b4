import type { Connection, ConnectionOptions } from '@gema/client';
import type { Session } from '@gema/booking';

/** With these, private channels are authorized as the user of the session; a token that is refused expires it. */
export function authorizedBy(session: Session): Pick<ConnectionOptions, 'getToken' | 'onAuthError'> {
  let used: string | null = null;
  return {
    getToken: () => (used = session.getToken()),
    // Only the token that was refused: there may be a newer one by now.
    onAuthError: () => {
      if (used !== null) session.expire(used);
    },
  };
}

/**
 * Gives the connection each new token of the session (log-in here or in another tab, renewal) and takes it away when
 * there is none. Returns what ends that.
 */
export function followSession(connection: Connection, session: Session): () => void {
  let token = session.getToken();
  return session.subscribe(() => {
    const next = session.getToken();
    if (next === token) return;
    token = next;
    connection.setToken(next);
  });
}
