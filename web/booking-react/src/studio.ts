import {
  authorizedBy,
  createApi,
  createLocalePreference,
  createSession,
  createThemePreference,
  followSession,
  keepUserLoaded,
  loadConnectionOptions,
} from '@gema/booking';
import { createConnection, type Connection } from '@gema/client';
import type { Studio } from './context/StudioContext.ts';
import { createNotices } from './notices.ts';

/** Makes what the application works with. Sends a request only where somebody is logged in. */
export function openStudio(): Studio {
  const session = createSession();
  const locale = createLocalePreference();
  const api = createApi({ session, getLocale: locale.getSnapshot });
  keepUserLoaded(session, api);
  return {
    api,
    session,
    locale,
    theme: createThemePreference(),
    notices: createNotices(),
    openedAt: Date.now(),
    leave: (path) => location.assign(path),
  };
}

/**
 * Makes the connection that the settings of the service describe, for the user of the session: a new token authorizes
 * the private channels anew, no token leaves them, and a token that the service refuses there ends the session as it
 * does anywhere else.
 */
export async function connectStudio({ session }: Pick<Studio, 'session'>): Promise<Connection> {
  const options = await loadConnectionOptions(undefined, import.meta.env);
  const connection = createConnection({ ...options, ...authorizedBy(session) });
  followSession(connection, session);
  return connection;
}
