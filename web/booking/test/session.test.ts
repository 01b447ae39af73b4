import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createSession, type Session, type User } from '../src/index.ts';
import { otherTabWrites, refusingStorage } from './storages.ts';
import { ANI, BUDI } from './people.ts';

let session: Session;
const sessions: Session[] = [];
let changes: number;

/** A page that is loaded, or loaded again. */
function start(storage?: Storage | null): void {
  sessions.forEach((old) => old.destroy());
  session = createSession(storage);
  sessions.push(session);
  changes = 0;
  session.subscribe(() => (changes += 1));
}

/** What another tab writes when somebody logs in there. */
function otherTabLogsIn(token: string, user: User): void {
  otherTabWrites('user_id', String(user.id));
  otherTabWrites('token', token);
}

beforeEach(() => start());

afterEach(() => {
  session.destroy();
  localStorage.clear();
});

describe('createSession', () => {
  it('is anonymous until somebody logs in', () => {
    expect(session.getSnapshot()).toEqual({ status: 'anonymous', token: null, user: null });
    session.logIn({ token: 'a', user: ANI });
    expect(session.getSnapshot()).toEqual({ status: 'authenticated', token: 'a', user: ANI });
    expect(session.getToken()).toBe('a');
    expect(session.getUser()).toBe(ANI);
    expect(changes).toBe(1);
  });

  it("keeps the guide's keys (S-ECHO-3, S-VU-4)", () => {
    session.logIn({ token: 'a', user: ANI });
    expect(localStorage.getItem('token')).toBe('a');
    expect(localStorage.getItem('user_id')).toBe('7');
    session.logOut();
    expect(localStorage.getItem('token')).toBeNull();
    expect(localStorage.getItem('user_id')).toBeNull();
  });

  it('knows the token after a reload, and whose it is only when the API has said so (X-17)', () => {
    localStorage.setItem('token', 'a');
    localStorage.setItem('user_id', '999');
    start();
    expect(session.getSnapshot()).toEqual({ status: 'authenticated', token: 'a', user: null });
    session.setUser(ANI, 'a');
    expect(session.getUser()).toBe(ANI);
    expect(localStorage.getItem('user_id')).toBe('7');
  });

  it('takes no user of another token', () => {
    session.logIn({ token: 'b', user: BUDI });
    session.setUser(ANI, 'a');
    expect(session.getUser()).toBe(BUDI);
  });

  it('forgets the token and remembers the user when it expires', () => {
    session.logIn({ token: 'a', user: ANI });
    session.expire();
    expect(session.getSnapshot()).toEqual({ status: 'expired', token: null, user: ANI });
    expect(localStorage.getItem('token')).toBeNull();
    session.logOut();
    expect(session.getSnapshot()).toEqual({ status: 'anonymous', token: null, user: null });
  });

  it('does not expire because an old token was refused', () => {
    session.logIn({ token: 'a', user: ANI });
    session.logIn({ token: 'b', user: ANI });
    session.expire('a');
    expect(session.getToken()).toBe('b');
    session.expire('b');
    expect(session.getSnapshot().status).toBe('expired');
  });

  it('does not expire without a token', () => {
    session.expire();
    expect(session.getSnapshot().status).toBe('anonymous');
    expect(changes).toBe(0);
  });

  it('leaves a newer token of another tab where it is when its own expires', () => {
    session.logIn({ token: 'a', user: ANI });
    localStorage.setItem('token', 'b');
    session.expire('a');
    expect(localStorage.getItem('token')).toBe('b');
  });

  it('has snapshots that never change', () => {
    const before = session.getSnapshot();
    session.logIn({ token: 'a', user: ANI });
    const after = session.getSnapshot();
    expect(before.status).toBe('anonymous');
    expect(session.getSnapshot()).toBe(after);
    expect(Object.isFrozen(after)).toBe(true);
  });

  it('tells nobody who has unsubscribed', () => {
    const fn = vi.fn();
    const unsubscribe = session.subscribe(fn);
    session.logIn({ token: 'a', user: ANI });
    unsubscribe();
    session.logOut();
    expect(fn).toHaveBeenCalledOnce();
  });

  it('lasts as long as the page where storage refuses', () => {
    start(refusingStorage());
    session.logIn({ token: 'a', user: ANI });
    expect(session.getToken()).toBe('a');
    session.expire('a');
    expect(session.getSnapshot()).toEqual({ status: 'expired', token: null, user: ANI });
  });
});

describe('another tab', () => {
  it('logs in', () => {
    otherTabLogsIn('a', ANI);
    expect(session.getSnapshot()).toEqual({ status: 'authenticated', token: 'a', user: null });
    expect(changes).toBe(1);
  });

  it('logs in as the same user', () => {
    session.logIn({ token: 'a', user: ANI });
    otherTabLogsIn('b', ANI);
    expect(session.getSnapshot()).toEqual({ status: 'authenticated', token: 'b', user: ANI });
  });

  it('logs in as somebody else', () => {
    session.logIn({ token: 'a', user: ANI });
    otherTabLogsIn('b', BUDI);
    expect(session.getSnapshot()).toEqual({ status: 'authenticated', token: 'b', user: null });
  });

  it('logs out', () => {
    session.logIn({ token: 'a', user: ANI });
    otherTabWrites('user_id', null);
    otherTabWrites('token', null);
    expect(session.getSnapshot().status).toBe('anonymous');
  });

  it('sees the token expire', () => {
    session.logIn({ token: 'a', user: ANI });
    otherTabWrites('token', null);
    expect(session.getSnapshot()).toEqual({ status: 'expired', token: null, user: ANI });
  });

  it('clears the storage', () => {
    session.logIn({ token: 'a', user: ANI });
    otherTabWrites(null, null);
    expect(session.getSnapshot().status).toBe('anonymous');
  });

  it('is not followed any more after destroy()', () => {
    session.destroy();
    otherTabLogsIn('a', ANI);
    expect(session.getSnapshot().status).toBe('anonymous');
  });
});
