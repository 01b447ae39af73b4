import { computed, onScopeDispose, ref, watch, type ComputedRef, type Ref } from 'vue';
import type { Api, NotificationEntry } from '@gema/booking';
import type { NotificationFilter } from './filter.ts';
import type { NotificationStore } from './notificationStore.ts';
import { createQueue } from './queue.ts';
import { loadPage, markAll, markOne, renew, type Exchange } from './requests.ts';

/** How often in a row a page is asked for again because events came meanwhile. */
const MOST_RENEWALS = 3;
/** Seconds until a history that could not be loaded is asked for again: 2, 4, 8, … up to this many. */
const LONGEST_WAIT_S = 30;

/** Whose history it is. */
export interface HistoryOwner {
  /** Null without a session, and until it is known who it is. */
  readonly userId: number | null;
  /** Null also when it has expired: what was loaded stays. */
  readonly token: string | null;
}

/**
 * - `none`: nobody is logged in, or it is not known yet who it is.
 * - `loading`: for the first time.
 * - `failed`: what is shown may be out of date or incomplete.
 */
export type HistoryState = 'none' | 'loading' | 'ready' | 'failed';

/** The server's half of the notifications. */
export interface NotificationHistory {
  readonly state: Ref<HistoryState>;
  /** More of the history is being loaded. */
  readonly loadingMore: Ref<boolean>;
  /** The server is being told that everything is read. */
  readonly markingAll: Ref<boolean>;
  /** There is a user whose history the server keeps. */
  readonly isKept: ComputedRef<boolean>;
  /** It may be asked for: the session has not expired. */
  readonly canLoad: ComputedRef<boolean>;
  readonly refresh: () => Promise<void>;
  readonly loadMore: (filter: NotificationFilter) => Promise<void>;
  readonly markRead: (entry: NotificationEntry) => Promise<void>;
  readonly markAllRead: () => Promise<void>;
}

/** What went wrong with a request of the user. */
export type HistoryFailure = 'loadMore' | 'markRead' | 'markAllRead';

/** What a {@link NotificationHistory} needs. */
export interface HistoryOptions {
  readonly api: Api;
  readonly store: NotificationStore;
  readonly owner: () => HistoryOwner;
  /** Told of what the user has asked for and did not get. */
  readonly onFailure: (failure: HistoryFailure) => void;
}

/** Loads the history of the owner into the store, again for each new owner or token, and marks entries as read. */
export function useNotificationHistory({
  api,
  store,
  owner,
  onFailure,
}: HistoryOptions): NotificationHistory {
  const state = ref<HistoryState>('none');
  const loadingMore = ref(false);
  const markingAll = ref(false);
  const isKept = computed(() => owner().userId !== null);
  const canLoad = computed(() => isKept.value && owner().token !== null);
  const queue = createQueue();
  let requests = new AbortController();
  let failures = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;

  /** Runs requests of the present owner; what they answer to another one is dropped. */
  const request = async (task: (exchange: Exchange) => Promise<void>, failed: () => void): Promise<void> => {
    const { signal } = requests;
    try {
      await queue(async () => {
        signal.throwIfAborted();
        let arrivals = store.arrivals();
        const exchange = { api, store, signal };
        await task(exchange);
        // Whether the server has counted what came meanwhile cannot be known.
        for (let left = MOST_RENEWALS; store.arrivals() > arrivals && left > 0; left -= 1) {
          arrivals = store.arrivals();
          await renew(exchange);
        }
      });
    } catch {
      // Another user, or none: that a session has expired is told elsewhere.
      if (!signal.aborted) failed();
    }
  };
  const refresh = async (): Promise<void> => {
    clearTimeout(timer);
    if (!canLoad.value) return;
    if (state.value === 'none') state.value = 'loading';
    await request(
      async (exchange) => {
        await renew(exchange);
        state.value = 'ready';
        failures = 0;
      },
      () => {
        state.value = 'failed';
        failures += 1;
        clearTimeout(timer);
        timer = setTimeout(() => void refresh(), Math.min(2 ** failures, LONGEST_WAIT_S) * 1000);
      },
    );
  };

  watch(
    () => [owner().userId, owner().token] as const,
    ([userId, token], previous) => {
      requests.abort();
      requests = new AbortController();
      if (userId !== previous?.[0]) {
        store.reset();
        state.value = 'none';
        failures = 0;
      }
      if (token === null && state.value !== 'ready') state.value = 'none';
      void refresh();
    },
    // At once, so that no answer finds the owner of before.
    { immediate: true, flush: 'sync' },
  );
  onScopeDispose(() => {
    requests.abort();
    clearTimeout(timer);
  });

  return {
    state,
    loadingMore,
    markingAll,
    isKept,
    canLoad,
    refresh,
    async loadMore(filter) {
      if (!canLoad.value || loadingMore.value) return;
      loadingMore.value = true;
      await request(
        (exchange) => loadPage(exchange, filter),
        () => onFailure('loadMore'),
      );
      loadingMore.value = false;
    },
    async markRead(entry) {
      const keys = [entry.key];
      if (!isKept.value) {
        store.finishMarking(keys);
        return;
      }
      store.beginMarking(keys);
      await request(
        (exchange) => markOne(exchange, entry),
        () => onFailure('markRead'),
      );
      // Unless it was finished.
      store.cancelMarking(keys);
    },
    async markAllRead() {
      if (markingAll.value) return;
      if (!isKept.value) {
        store.finishMarking(store.entries.value.map(({ key }) => key));
        return;
      }
      markingAll.value = true;
      await request(markAll, () => onFailure('markAllRead'));
      markingAll.value = false;
    },
  };
}
