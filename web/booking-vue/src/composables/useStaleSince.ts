import { onScopeDispose, ref, watch, type Ref } from 'vue';

/** What was shown before so long without a connection may have changed. */
const STALE_AFTER_MS = 30_000;

/** When the connection was lost, once that is so long ago that the page may be out of date; else null. */
export function useStaleSince(connected: Ref<boolean>): Readonly<Ref<Date | null>> {
  const since = ref<Date | null>(null);
  let timer: ReturnType<typeof setTimeout> | undefined;
  watch(
    connected,
    (isConnected) => {
      clearTimeout(timer);
      since.value = null;
      if (isConnected) return;
      const lostAt = new Date();
      timer = setTimeout(() => (since.value = lostAt), STALE_AFTER_MS);
    },
    { immediate: true },
  );
  onScopeDispose(() => clearTimeout(timer));
  return since;
}
