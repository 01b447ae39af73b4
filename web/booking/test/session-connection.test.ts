import type { ChannelFault } from '@gema/client';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { authorizedBy, createSession, followSession, type Session } from '../src/index.ts';
import { ANI, BUDI } from './people.ts';
import { otherTabWrites } from './storages.ts';

const REFUSED: ChannelFault = { channel: 'private-user.7', status: 401, message: 'Unauthenticated.' };

let session: Session;

beforeEach(() => {
  session = createSession();
});

afterEach(() => {
  session.destroy();
  localStorage.clear();
});

describe('authorizedBy', () => {
  it('asks for the token of the moment', () => {
    const { getToken } = authorizedBy(session);
    expect(getToken()).toBeNull();
    session.logIn({ token: 'a', user: ANI });
    expect(getToken()).toBe('a');
    otherTabWrites('token', 'b');
    expect(getToken()).toBe('b');
  });

  it('expires the session whose token was refused', () => {
    const { onAuthError } = authorizedBy(session);
    session.logIn({ token: 'a', user: ANI });
    onAuthError(REFUSED, 'a');
    expect(session.getSnapshot()).toEqual({ status: 'expired', token: null, user: ANI });
  });

  it('leaves a newer session alone, of this tab and of another one', () => {
    const { onAuthError } = authorizedBy(session);
    session.logIn({ token: 'a', user: ANI });
    session.logIn({ token: 'b', user: BUDI });
    onAuthError(REFUSED, 'a');
    expect(session.getToken()).toBe('b');
    otherTabWrites('token', 'c');
    onAuthError(REFUSED, 'b');
    expect(session.getToken()).toBe('c');
    onAuthError(REFUSED, null);
    expect(session.getToken()).toBe('c');
  });

  it('expires the session again after another log-in', () => {
    const { onAuthError } = authorizedBy(session);
    session.logIn({ token: 'a', user: ANI });
    onAuthError(REFUSED, 'a');
    session.logIn({ token: 'b', user: ANI });
    onAuthError(REFUSED, 'b');
    expect(session.getSnapshot().status).toBe('expired');
    otherTabWrites('token', 'c');
    onAuthError(REFUSED, 'c');
    expect(session.getToken()).toBeNull();
  });
});

describe('followSession', () => {
  it('authorizes anew at each change of the token, and at nothing else', () => {
    const reauthorize = vi.fn();
    const stop = followSession({ reauthorize }, session);
    session.logIn({ token: 'a', user: ANI });
    expect(reauthorize).toHaveBeenCalledTimes(1);
    session.setUser({ ...ANI, name: 'Ani B.' }, 'a');
    expect(reauthorize).toHaveBeenCalledTimes(1);
    otherTabWrites('token', 'b');
    expect(reauthorize).toHaveBeenCalledTimes(2);
    session.expire();
    expect(reauthorize).toHaveBeenCalledTimes(3);
    session.logOut();
    expect(reauthorize).toHaveBeenCalledTimes(3);
    stop();
    session.logIn({ token: 'c', user: ANI });
    expect(reauthorize).toHaveBeenCalledTimes(3);
  });
});
