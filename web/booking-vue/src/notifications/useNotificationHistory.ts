import { computed, onScopeDispose, ref, watch, type ComputedRef, type Ref } from 'vue';
import type { Api, NotificationEntry } from '@gema/booking';
import { type NotificationFilter } from './filter.ts';
import type { NotificationStore } from './notificationStore.ts';
import { createQueue } from './queue.ts';

/** Entries per page. */
export const PAGE_SIZE = 20;
/** Entries per page when one is looked for; the server's limit. */
const SEARCH_SIZE = 100;
/** How often in a row a page is asked for again because events came meanwhile. */
const MOST_RENEWALS = 3;

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
  const queue = createQueue();
  let requests = new AbortController();

  const renew = async (signal: AbortSignal): Promise<void> => {
    const arrivals = store.arrivals();
    const listed = await api.notifications({ page: 1, per_page: PAGE_SIZE }, { signal });
    store.renew({ listed, arrivals });
  };
  /** Runs requests of the present owner; what they answer to another one is dropped. */
  const request = async (task: (signal: AbortSignal) => Promise<void>, failed: () => void): Promise<void> => {
    const { signal } = requests;
    try {
      await queue(async () => {
        signal.throwIfAborted();
        let arrivals = store.arrivals();
        await task(signal);
        // Whether the server has counted what came meanwhile cannot be known.
        for (let left = MOST_RENEWALS; store.arrivals() > arrivals && left > 0; left -= 1) {
          arrivals = store.arrivals();
          await renew(signal);
        }
      });
    } catch {
      // Another user, or none: that a session has expired is told elsewhere.
      if (!signal.aborted) failed();
    }
  };
  const refresh = async (): Promise<void> => {
    if (owner().token === null || !isKept.value) return;
    if (state.value === 'none') state.value = 'loading';
    await request(
      async (signal) => {
        await renew(signal);
        state.value = 'ready';
      },
      () => (state.value = 'failed'),
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
      }
      if (token === null && state.value === 'loading') state.value = 'none';
      void refresh();
    },
    // At once, so that no answer finds the owner of before.
    { immediate: true, flush: 'sync' },
  );
  onScopeDispose(() => requests.abort());

  return {
    state,
    loadingMore,
    markingAll,
    isKept,
    refresh,
    async loadMore(filter) {
      if (!isKept.value || loadingMore.value) return;
      loadingMore.value = true;
      await request(
        (signal) => loadPage(api, store, filter, signal),
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
        (signal) => markOne(api, store, entry, signal),
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
      await request(
        async (signal) => {
          await markAll(api, store, signal);
          // Notifications whose events are still on their way may be among those that were marked.
          await renew(signal);
        },
        () => onFailure('markAllRead'),
      );
      markingAll.value = false;
    },
  };
}

async function loadPage(
  api: Api,
  store: NotificationStore,
  filter: NotificationFilter,
  signal: AbortSignal,
): Promise<void> {
  const arrivals = store.arrivals();
  const page = Math.floor(store.position(filter) / PAGE_SIZE) + 1;
  const listed = await api.notifications({ ...queryOf(filter), page, per_page: PAGE_SIZE }, { signal });
  store.extend({ filter, listed, arrivals });
}

async function markOne(
  api: Api,
  store: NotificationStore,
  entry: NotificationEntry,
  signal: AbortSignal,
): Promise<void> {
  const keys = [entry.key];
  const id = idOf(store, entry) ?? (await findId(api, store, entry, signal));
  if (id === null) {
    store.finishMarking(keys);
    return;
  }
  const arrivals = store.arrivals();
  const marked = await api.markRead([id], { signal });
  store.finishMarking(keys, { marked, arrivals });
}

async function markAll(api: Api, store: NotificationStore, signal: AbortSignal): Promise<void> {
  const keys = store.entries.value.map(({ key }) => key);
  const arrivals = store.arrivals();
  const marked = await api.markRead('all', { signal });
  store.finishMarking(keys, { marked, arrivals });
}

/** The id by which the server knows an entry that came as an event, if a page has told it meanwhile. */
function idOf(store: NotificationStore, { key }: NotificationEntry): number | null {
  return store.entries.value.find((entry) => entry.key === key)?.serverId ?? null;
}

/**
 * Looks for that id among the unread notifications; null when it is not there: it was read elsewhere. (It is there
 * when the event comes: the server saves the one in the transaction that writes the other.)
 */
async function findId(
  api: Api,
  store: NotificationStore,
  entry: NotificationEntry,
  signal: AbortSignal,
): Promise<number | null> {
  const filter: NotificationFilter = { type: entry.type, unread: true };
  for (let page = 1; ; page += 1) {
    const arrivals = store.arrivals();
    const listed = await api.notifications({ ...queryOf(filter), page, per_page: SEARCH_SIZE }, { signal });
    store.extend({ filter, listed, arrivals });
    const id = idOf(store, entry);
    if (id !== null || page >= listed.meta.last_page) return id;
  }
}

function queryOf({ type, unread }: NotificationFilter): { type?: NotificationEntry['type']; unread?: true } {
  return { ...(type !== 'all' && { type }), ...(unread && { unread }) };
}
