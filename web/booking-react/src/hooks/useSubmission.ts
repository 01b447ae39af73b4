import { ApiError } from '@gema/booking';
import { useCallback, useState } from 'react';
import { useSecondsUntil } from './useClock.ts';

/** A request that a visitor makes by a button. */
export interface Submission {
  readonly busy: boolean;
  /** Why the last try failed. */
  readonly error: Error | null;
  /** Seconds for which the server asked to wait; 0 when it may be tried. */
  readonly wait: number;
  /** Runs `send`, unless one is running or the server asked to wait. */
  readonly submit: (send: () => Promise<void>) => void;
  /** Takes the error away. */
  readonly forget: () => void;
}

interface State {
  readonly busy: boolean;
  readonly error: Error | null;
  readonly waitUntil: number | null;
}

const IDLE: State = { busy: false, error: null, waitUntil: null };

/** What a form needs of its request: whether it runs, what went wrong, and when it may be tried again. */
export function useSubmission(): Submission {
  const [state, setState] = useState<State>(IDLE);
  const wait = useSecondsUntil(state.waitUntil);
  const blocked = state.busy || wait > 0;

  const submit = (send: () => Promise<void>): void => {
    if (blocked) return;
    setState({ ...IDLE, busy: true });
    send().then(
      () => setState(IDLE),
      (reason: unknown) => setState(failed(reason, Date.now())),
    );
  };
  const forget = useCallback(() => setState(IDLE), []);
  return { busy: state.busy, error: state.error, wait, submit, forget };
}

function failed(reason: unknown, now: number): State {
  const error = reason instanceof Error ? reason : new Error(String(reason));
  const seconds = error instanceof ApiError && error.status === 429 ? (error.retryAfter ?? 1) : null;
  return { busy: false, error, waitUntil: seconds === null ? null : now + seconds * 1000 };
}
