import { useMemo, useSyncExternalStore } from 'react';
import { getServerNull } from './connectionSource.ts';

/** The whole seconds until `time` (epoch milliseconds), rounded up; `null` for `null`, which sets no timer. */
export function useSecondsUntil(time: number | null): number | null {
  const countdown = useMemo(() => createCountdown(time), [time]);
  return useSyncExternalStore(countdown.subscribe, countdown.getSeconds, getServerNull);
}

function createCountdown(time: number | null) {
  const getSeconds = () => (time === null ? null : secondsUntil(time));
  const subscribe = (onTick: () => void) => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const wait = (until: number) => {
      const seconds = secondsUntil(until);
      if (seconds === 0) return;
      timer = setTimeout(
        () => {
          onTick();
          wait(until);
        },
        until - Date.now() - (seconds - 1) * 1000,
      );
    };
    if (time !== null) wait(time);
    return () => clearTimeout(timer);
  };
  return { subscribe, getSeconds };
}

function secondsUntil(time: number): number {
  return Math.max(0, Math.ceil((time - Date.now()) / 1000));
}
