import { onScopeDispose, readonly, ref, watch, type Ref } from 'vue';

/** The whole seconds until a moment (milliseconds since the epoch), rounded up; null for null, without a timer. */
export function useSecondsUntil(moment: () => number | null): Readonly<Ref<number | null>> {
  const seconds = ref<number | null>(null);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const tick = (until: number | null): void => {
    clearTimeout(timer);
    seconds.value = until === null ? null : Math.max(0, Math.ceil((until - Date.now()) / 1000));
    if (until === null || seconds.value === 0) return;
    // When the rounded number changes next.
    timer = setTimeout(() => tick(until), until - Date.now() - ((seconds.value ?? 1) - 1) * 1000);
  };
  watch(moment, tick, { immediate: true });
  onScopeDispose(() => clearTimeout(timer));
  return readonly(seconds);
}
