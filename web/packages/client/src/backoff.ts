/** When a lost connection is tried again. */
export interface ReconnectPolicy {
  /** The longest wait before the first attempt, in milliseconds. */
  baseMs: number;
  /** How much longer each further wait is. */
  factor: number;
  /** No wait is longer, in milliseconds. */
  maxMs: number;
  /** The part of each wait that is random, from 0 to 1: clients do not return in step. */
  jitter: number;
  /** How many attempts until `failed`; may be `Infinity`. */
  maxAttempts: number;
}

/** 1, 2, 4 … 30 s, of each wait up to a half less, for ever. */
export const DEFAULT_RECONNECT: ReconnectPolicy = {
  baseMs: 1000,
  factor: 2,
  maxMs: 30_000,
  jitter: 0.5,
  maxAttempts: Infinity,
};

/** 2, 4, 8, 16 and 32 s exactly, then `failed`. */
export const GUIDE_RECONNECT: ReconnectPolicy = {
  baseMs: 2000,
  factor: 2,
  maxMs: 32_000,
  jitter: 0,
  maxAttempts: 5,
};

/**
 * The wait before an attempt, in whole milliseconds.
 *
 * @param attempt counts from 1
 * @param policy what is missing is that of {@link DEFAULT_RECONNECT}; `random` as `Math.random`, where 0 gives the
 *   longest wait
 */
export function backoffDelay(
  attempt: number,
  policy: Partial<ReconnectPolicy> & { random?: (() => number) | undefined } = {},
): number {
  const { baseMs, factor, maxMs, jitter, random = Math.random } = { ...DEFAULT_RECONNECT, ...policy };
  return Math.round(Math.min(maxMs, baseMs * factor ** (attempt - 1)) * (1 - jitter * random()));
}
