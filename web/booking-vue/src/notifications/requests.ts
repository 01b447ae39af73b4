import type { Api, NotificationEntry } from '@gema/booking';
import { EVERYTHING, type NotificationFilter } from './filter.ts';
import type { NotificationStore } from './notificationStore.ts';

/** Entries per page. */
export const PAGE_SIZE = 20;
/** Entries per page when one is looked for; the server's limit. */
const SEARCH_SIZE = 100;

/** What brings the store and the server together. Everything here throws what the API does. */
export interface Exchange {
  readonly api: Api;
  readonly store: NotificationStore;
  readonly signal: AbortSignal;
}

/** Loads the newest page of everything. */
export async function renew({ api, store, signal }: Exchange): Promise<void> {
  const arrivals = store.arrivals();
  const listed = await api.notifications(
    { ...queryOf(EVERYTHING), page: 1, per_page: PAGE_SIZE },
    { signal },
  );
  store.renew({ listed, arrivals });
}

/** Loads the page that continues what is shown of a filter. */
export async function loadPage({ api, store, signal }: Exchange, filter: NotificationFilter): Promise<void> {
  const arrivals = store.arrivals();
  const page = Math.floor(store.position(filter) / PAGE_SIZE) + 1;
  const listed = await api.notifications({ ...queryOf(filter), page, per_page: PAGE_SIZE }, { signal });
  store.extend({ filter, listed, arrivals });
}

/** Marks an entry as read, wherever it came from. */
export async function markOne(exchange: Exchange, entry: NotificationEntry): Promise<void> {
  const { api, store, signal } = exchange;
  const keys = [entry.key];
  const id = idOf(store, entry) ?? (await findId(exchange, entry));
  if (id === null) {
    store.finishMarking(keys);
    return;
  }
  const arrivals = store.arrivals();
  const marked = await api.markRead([id], { signal });
  store.finishMarking(keys, { marked, arrivals });
}

/** Marks everything as read that the server has. */
export async function markAll(exchange: Exchange): Promise<void> {
  const { api, store, signal } = exchange;
  const keys = store.entries.value.map(({ key }) => key);
  const arrivals = store.arrivals();
  const marked = await api.markRead('all', { signal });
  store.finishMarking(keys, { marked, arrivals });
  // Notifications whose events are still on their way may be among those that were marked.
  await renew(exchange);
}

/** The id by which the server knows an entry that came as an event, if a page has told it meanwhile. */
function idOf(store: NotificationStore, { key }: NotificationEntry): number | null {
  return store.entries.value.find((entry) => entry.key === key)?.serverId ?? null;
}

/**
 * Looks for that id among the unread notifications; null when it is not there: it was read elsewhere. (It is there
 * when the event comes: the server saves the one in the transaction that writes the other.)
 */
async function findId({ api, store, signal }: Exchange, entry: NotificationEntry): Promise<number | null> {
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
