import { expect, test } from 'vitest';
import { backoffDelay, GUIDE_RECONNECT } from '../src/index.ts';

const attempts = [1, 2, 3, 4, 5, 6, 7, 100, 5000];

test('by default 1, 2, 4 … 30 s, never more (X-34)', () => {
  expect(attempts.map((attempt) => backoffDelay(attempt, { random: () => 0 }))).toEqual([
    1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000, 30_000,
  ]);
});

test('up to a half of it is random, so that clients do not return in step (X-34)', () => {
  expect(attempts.map((attempt) => backoffDelay(attempt, { random: () => 1 })).slice(0, 6)).toEqual([
    500, 1000, 2000, 4000, 8000, 15_000,
  ]);
  const delays = Array.from({ length: 100 }, () => backoffDelay(3));
  expect(Math.min(...delays)).toBeGreaterThanOrEqual(2000);
  expect(Math.max(...delays)).toBeLessThanOrEqual(4000);
  expect(new Set(delays).size).toBeGreaterThan(10);
});

test('the guide: 2, 4, 8, 16, 32 s exactly (S-RE-10)', () => {
  expect([1, 2, 3, 4, 5].map((attempt) => backoffDelay(attempt, GUIDE_RECONNECT))).toEqual([
    2000, 4000, 8000, 16_000, 32_000,
  ]);
});
