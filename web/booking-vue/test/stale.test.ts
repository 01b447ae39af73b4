import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { effectScope, nextTick, ref } from 'vue';
import { useStaleSince } from '../src/composables/useStaleSince.ts';

const NOW = Date.UTC(2026, 10, 23, 12, 4, 9);
const scope = effectScope();
const lostAt = ref<number | null>(null);

beforeEach(() => {
  vi.useFakeTimers({ now: NOW });
});

afterEach(() => {
  scope.stop();
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

test('the half minute begins with the loss, whenever it is looked at', async () => {
  lostAt.value = NOW - 20_000;
  const since = scope.run(() => useStaleSince(() => lostAt.value));
  await vi.advanceTimersByTimeAsync(9999);
  expect(since?.value).toBeNull();
  await vi.advanceTimersByTimeAsync(1);
  expect(since?.value).toEqual(new Date(NOW - 20_000));

  lostAt.value = null;
  await nextTick();
  expect(since?.value).toBeNull();

  // As after a computer has slept.
  lostAt.value = NOW - 3_600_000;
  await nextTick();
  expect(since?.value).toEqual(new Date(NOW - 3_600_000));
});
