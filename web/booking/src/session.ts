import { createCell, type Observable } from './observable.ts';
import { openStore, type KeyValueStore } from './storage.ts';
import type { TokenData, User } from './types.ts';

/** `expired`: the server has refused the token; who it was is remembered, so that they can be asked to log in again. */
export type SessionStatus = 'anonymous' | 'authenticated' | 'expired';

/** A session at one moment. Never changed: another moment is another object. */
export interface SessionSnapshot {
  readonly status: SessionStatus;
  /** Only with status `authenticated`. */
  readonly token: string | null;
  /**
   * Whose the token is, or was. `null` also after a reload or a log-in in another tab, until `GET /api/v1/user` was
   * answered: see {@link keepUserLoaded}.
   */
  readonly user: User | null;
}

/** Who is logged in, in all tabs. */
export interface Session extends Observable<SessionSnapshot> {
  readonly getToken: () => string | null;
  readonly getUser: () => User | null;
  /** Keeps the token, and the user that comes with it. */
  logIn(data: Pick<TokenData, 'token' | 'user'>): void;
  /** Forgets token and user. Does not revoke the token: `Api.logOut` does both. */
  logOut(): void;
  /** Forgets the token and remembers the user. `token`: only if it is still this one. */
  expire(token?: string): void;
  /** Sets the user that `GET /api/v1/user` has answered with for `token`; nothing if the token is another one now. */
  setUser(user: User, token: string): void;
  /** Stops following other tabs. */
  destroy(): void;
}

const TOKEN = 'token';
const USER_ID = 'user_id';
const ANONYMOUS: SessionSnapshot = Object.freeze({ status: 'anonymous', token: null, user: null });

/**
 * The session of this browser. It keeps the guide's keys `token` and `user_id` in `storage` (by default
 * `localStorage`) and follows other tabs. `user_id` is written for code that reads it; nothing here trusts it as an
 * id, since anybody can edit it. Without a usable storage the session lasts as long as the page: see
 * {@link openStore}.
 *
 * A token in `localStorage` can be read by any script of the page. That is what the guide does; the pages' content
 * security policy admits no scripts but their own.
 */
export function createSession(storage?: Storage | null): Session {
  return sessionOver(openStore(storage));
}

function sessionOver(store: KeyValueStore): Session {
  const cell = createCell(authenticated(store.get(TOKEN), null));
  const remember = (token: string | null, userId: number | null): void => {
    // Another tab acts on `token`; by then it must see whether the user is remembered.
    store.set(USER_ID, userId === null ? null : String(userId));
    store.set(TOKEN, token);
  };
  const stopFollowing = store.onChange((key) => {
    if (key === TOKEN || key === null) cell.set(followed(cell.getSnapshot(), store));
  });
  return {
    getSnapshot: cell.getSnapshot,
    subscribe: cell.subscribe,
    getToken: () => cell.getSnapshot().token,
    getUser: () => cell.getSnapshot().user,
    logIn({ token, user }) {
      remember(token, user.id);
      cell.set(authenticated(token, user));
    },
    logOut() {
      remember(null, null);
      cell.set(ANONYMOUS);
    },
    expire(token) {
      const { token: current, user } = cell.getSnapshot();
      if (current === null || (token !== undefined && token !== current)) return;
      // In the storage there may be a newer one, of another tab, whose event is still on its way.
      if (store.get(TOKEN) === current) store.set(TOKEN, null);
      cell.set(Object.freeze({ status: 'expired', token: null, user }));
    },
    setUser(user, token) {
      if (cell.getSnapshot().token !== token) return;
      store.set(USER_ID, String(user.id));
      cell.set(authenticated(token, user));
    },
    destroy: stopFollowing,
  };
}

function authenticated(token: string | null, user: User | null): SessionSnapshot {
  return token ? Object.freeze({ status: 'authenticated', token, user }) : ANONYMOUS;
}

/** What has become of a session, judging by what another tab has written. */
function followed(before: SessionSnapshot, store: KeyValueStore): SessionSnapshot {
  const token = store.get(TOKEN);
  if (token === before.token) return before;
  const userId = store.get(USER_ID);
  const user = userId !== null && userId === String(before.user?.id) ? before.user : null;
  if (token) return authenticated(token, user);
  return user === null ? ANONYMOUS : Object.freeze({ status: 'expired', token: null, user });
}
