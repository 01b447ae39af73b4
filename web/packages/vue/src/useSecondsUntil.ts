import { onScopeDispose, readonly, ref, watch, type EffectScope, type Ref } from 'vue';
import { whenMounted } from './lifecycle.ts';

/** The whole seconds until `time` (epoch milliseconds), rounded up; `null` for `null`, which sets no timer. */
export function useSecondsUntil(scope: EffectScope, time: () => number | null): Readonly<Ref<number | null>> {
  const seconds = ref<number | null>(null);
  let timer: ReturnType<typeof setTimeout> | undefined;

  const tick = (until: number | null) => {
    clearTimeout(timer);
    seconds.value = until === null ? null : secondsUntil(until);
    if (until === null || seconds.value === 0) return;
    timer = setTimeout(() => tick(until), millisecondsToNextChange(until));
  };

  whenMounted(scope, () => {
    onScopeDispose(() => clearTimeout(timer));
    watch(time, tick, { immediate: true, flush: 'sync' });
  });
  return readonly(seconds);
}

function secondsUntil(time: number): number {
  return Math.max(0, Math.ceil((time - Date.now()) / 1000));
}

function millisecondsToNextChange(time: number): number {
  return time - Date.now() - (secondsUntil(time) - 1) * 1000;
}
