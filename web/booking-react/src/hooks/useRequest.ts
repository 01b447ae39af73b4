import { useCallback, useEffect, useEffectEvent, useState } from 'react';

/** Where a request stands. `data` stays while the same thing is asked for again. */
export interface Request<T> {
  readonly data: T | null;
  /** Why the last try failed; null once one succeeded. */
  readonly error: Error | null;
  readonly loading: boolean;
  /** Asks again. */
  readonly reload: () => void;
}

interface Settled<T> {
  readonly key: string;
  readonly round: number;
  readonly data: T | null;
  readonly error: Error | null;
}

/**
 * Sends `request` when the component appears, when `key` changes, and at `reload()`. `key` stands for everything that
 * the request depends on; null sends nothing. The answer of a request that was overtaken is dropped.
 */
export function useRequest<T>(key: string | null, request: () => Promise<T>): Request<T> {
  const [round, setRound] = useState(0);
  const [settled, setSettled] = useState<Settled<T> | null>(null);
  const send = useEffectEvent(request);

  useEffect(() => {
    if (key === null) return;
    let overtaken = false;
    send().then(
      (data) => {
        if (!overtaken) setSettled({ key, round, data, error: null });
      },
      (error: unknown) => {
        if (overtaken) return;
        const reason = error instanceof Error ? error : new Error(String(error));
        setSettled((before) => ({
          key,
          round,
          data: before?.key === key ? before.data : null,
          error: reason,
        }));
      },
    );
    return () => {
      overtaken = true;
    };
  }, [key, round]);

  const reload = useCallback(() => setRound((before) => before + 1), []);
  const current = settled !== null && settled.key === key ? settled : null;
  const loading = key !== null && current?.round !== round;
  return { data: current?.data ?? null, error: loading ? null : (current?.error ?? null), loading, reload };
}
