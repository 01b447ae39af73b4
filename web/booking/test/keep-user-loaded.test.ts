import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  ApiError,
  createSession,
  keepUserLoaded,
  NetworkError,
  type RequestOptions,
  type Session,
} from '../src/index.ts';
import { ANI, BUDI } from './people.ts';
import { otherTabWrites } from './storages.ts';

let session: Session;
let stop: () => void;
const user = vi.fn<(options?: RequestOptions) => Promise<typeof ANI>>();

function start(): void {
  session = createSession();
  stop = keepUserLoaded(session, { user });
}

/** What `Api.user` does when all goes well. */
function answerWith(person: typeof ANI): void {
  user.mockImplementation(() => {
    const token = session.getToken() ?? '';
    return Promise.resolve().then(() => {
      session.setUser(person, token);
      return person;
    });
  });
}

beforeEach(() => {
  vi.useFakeTimers();
  user.mockReset();
});

afterEach(async () => {
  stop();
  session.destroy();
  localStorage.clear();
  user.mockClear();
  await vi.advanceTimersByTimeAsync(3_600_000);
  expect(user).not.toHaveBeenCalled();
  vi.useRealTimers();
});

describe('keepUserLoaded', () => {
  it('asks once after a reload', async () => {
    localStorage.setItem('token', 'a');
    answerWith(ANI);
    start();
    await vi.runAllTimersAsync();
    expect(session.getUser()).toBe(ANI);
    expect(user).toHaveBeenCalledOnce();
  });

  it('asks nothing without a token, nor where the user came with it', () => {
    start();
    session.logIn({ token: 'a', user: ANI });
    session.logOut();
    expect(user).not.toHaveBeenCalled();
  });

  it('asks when somebody else logs in in another tab', async () => {
    start();
    session.logIn({ token: 'a', user: ANI });
    answerWith(BUDI);
    otherTabWrites('user_id', '8');
    otherTabWrites('token', 'b');
    await vi.runAllTimersAsync();
    expect(session.getSnapshot()).toMatchObject({ token: 'b', user: BUDI });
  });

  it('asks again after 2, 4, 8, 16, 30, 30 s as long as the network or the server fails', async () => {
    localStorage.setItem('token', 'a');
    user.mockRejectedValue(new NetworkError('unreachable'));
    start();
    await vi.advanceTimersByTimeAsync(0);
    user.mockRejectedValue(new ApiError({ status: 503, message: 'busy' }));
    for (const [index, seconds] of [2, 4, 8, 16, 30, 30].entries()) {
      await vi.advanceTimersByTimeAsync(seconds * 1000 - 1);
      expect(user).toHaveBeenCalledTimes(index + 1);
      await vi.advanceTimersByTimeAsync(1);
      expect(user).toHaveBeenCalledTimes(index + 2);
    }
    answerWith(ANI);
    await vi.advanceTimersByTimeAsync(30_000);
    expect(session.getUser()).toBe(ANI);
  });

  it('does not ask again when it was refused', async () => {
    localStorage.setItem('token', 'a');
    user.mockRejectedValue(new ApiError({ status: 403, message: 'no' }));
    start();
    await vi.runAllTimersAsync();
    expect(user).toHaveBeenCalledOnce();
  });

  it('stops asking when the user logs out', async () => {
    localStorage.setItem('token', 'a');
    user.mockRejectedValue(new NetworkError('unreachable'));
    start();
    await vi.advanceTimersByTimeAsync(0);
    session.logOut();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(user).toHaveBeenCalledOnce();
  });

  it('ends the request under way when it is stopped', async () => {
    localStorage.setItem('token', 'a');
    user.mockImplementation(
      (options) =>
        new Promise((_, reject) => {
          options?.signal?.addEventListener('abort', () => reject(new DOMException('aborted', 'AbortError')));
        }),
    );
    start();
    stop();
    await vi.runAllTimersAsync();
    expect(user.mock.lastCall?.[0]?.signal?.aborted).toBe(true);
    session.logIn({ token: 'b', user: ANI });
    expect(user).toHaveBeenCalledOnce();
  });
});
