import { onScopeDispose, ref, watch, type Ref } from 'vue';

/** What was shown before so long without a connection may have changed. */
const STALE_AFTER_MS = 30_000;

/**
 * Since when the page may be out of date: `lostAt`, when the connection was lost in milliseconds since the epoch (null:
 * it was not), once that is long ago; else null.
 */
export function useStaleSince(lostAt: () => number | null): Readonly<Ref<Date | null>> {
  const since = ref<Date | null>(null);
  let timer: ReturnType<typeof setTimeout> | undefined;
  watch(
    lostAt,
    (moment) => {
      clearTimeout(timer);
      since.value = null;
      if (moment === null) return;
      const left = moment + STALE_AFTER_MS - Date.now();
      if (left <= 0) since.value = new Date(moment);
      else timer = setTimeout(() => (since.value = new Date(moment)), left);
    },
    { immediate: true },
  );
  onScopeDispose(() => clearTimeout(timer));
  return since;
}
