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

/** Browsers fire longer timers at once. */
const LONGEST_TIMER = 2 ** 31 - 1;

/**
 * A whole policy: what is missing or undefined in `policy` is that of `base`.
 *
 * @throws RangeError when a number is negative, none, or too large: `jitter` is at most 1, `maxAttempts` may be `Infinity`,
 *   the others are at most 2³¹ − 1
 */
export function reconnectPolicy(
  policy: { [Key in keyof ReconnectPolicy]?: number | undefined } = {},
  base: ReconnectPolicy = DEFAULT_RECONNECT,
): ReconnectPolicy {
  const whole = { ...base };
  for (const key of Object.keys(base) as (keyof ReconnectPolicy)[]) {
    const value = policy[key] ?? base[key];
    const most = { jitter: 1, maxAttempts: Infinity }[key as string] ?? LONGEST_TIMER;
    if (!(value >= 0 && value <= most)) throw new RangeError(`reconnect.${key} must not be ${value}`);
    whole[key] = value;
  }
  return whole;
}

/**
 * The wait before an attempt, in whole milliseconds.
 *
 * @param attempt counts from 1
 * @param policy what is missing is that of {@link DEFAULT_RECONNECT}; `random` as `Math.random`, where 0 gives the
 *   longest wait
 * @throws RangeError as {@link reconnectPolicy}
 */
export function backoffDelay(
  attempt: number,
  policy: Partial<ReconnectPolicy> & { random?: (() => number) | undefined } = {},
): number {
  const { baseMs, factor, maxMs, jitter } = reconnectPolicy(policy);
  const wait = Math.min(maxMs, baseMs * factor ** (attempt - 1)) || 0;
  return Math.round(wait * (1 - jitter * (policy.random ?? Math.random)()));
}
