import type { Connection, ConnectionOptions } from '@gema/client';
import type { Session } from './session.ts';

/** With these, private channels are authorized as the user of the session; a token that is refused expires it. */
export function authorizedBy(
  session: Session,
): Required<Pick<ConnectionOptions, 'getToken' | 'onAuthError'>> {
  return {
    getToken: session.getToken,
    onAuthError(_fault, token) {
      // Only the token that was refused: there may be a newer one by now.
      if (token !== null) session.expire(token);
    },
  };
}

/**
 * Lets the private channels be joined anew whenever the session has another token (log-in here or in another tab), and
 * be left when it has none. The connection goes on asking `getToken`, so that it always knows which token was refused.
 * Returns what ends that.
 */
export function followSession(connection: Pick<Connection, 'reauthorize'>, session: Session): () => void {
  let token = session.getToken();
  return session.subscribe(() => {
    const next = session.getToken();
    if (next === token) return;
    token = next;
    connection.reauthorize();
  });
}
