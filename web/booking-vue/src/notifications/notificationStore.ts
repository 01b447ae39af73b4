import { computed, shallowRef, type ComputedRef } from 'vue';
import {
  countUnread,
  fromHistory,
  markRead,
  merge,
  type ListedNotifications,
  type MarkedRead,
  type NotificationEntry,
} from '@gema/booking';
import { extended, floorOf, NOTHING, type Coverage } from './coverage.ts';
import { EVERYTHING, matches, type NotificationFilter } from './filter.ts';
import { UNCOUNTED, withAnswer, withArrival } from './unread-count.ts';

/** A page of the server's history. */
export interface HistoryPage {
  readonly filter: NotificationFilter;
  readonly listed: ListedNotifications;
  /** {@link NotificationStore.arrivals} when it was asked for. */
  readonly arrivals: number;
}

/** What is known of a user's notifications: events and history, without doubles. Does no requests. */
export interface NotificationStore {
  /** Newest first. There may be gaps: show what {@link NotificationStore.shown} gives. */
  readonly entries: ComputedRef<readonly NotificationEntry[]>;
  readonly unreadCount: ComputedRef<number>;
  /** The server has said how many are unread. */
  readonly isCounted: ComputedRef<boolean>;
  /** How many events have come; grows with each. */
  readonly arrivals: () => number;
  /** Entries of a filter down to where they are known without a gap. */
  readonly shown: (filter: NotificationFilter) => readonly NotificationEntry[];
  /** How many of a filter the server has down to there: where the next page begins. */
  readonly position: (filter: NotificationFilter) => number;
  /** Whether the server may have more for the filter. */
  readonly hasMore: (filter: NotificationFilter) => boolean;
  /**
   * Takes an event; false if it came before, or was read elsewhere already. `counts`: the server keeps it for this
   * user.
   */
  readonly receive: (entry: NotificationEntry, counts: boolean) => boolean;
  /** Takes the newest page of everything. What was missed since the last one may be more than it has. */
  readonly renew: (page: Omit<HistoryPage, 'filter'>) => void;
  /** Takes a page that continues what is shown of its filter, or adds nothing but details. */
  readonly extend: (page: HistoryPage) => void;
  /** Shows entries as read while the server is being told. */
  readonly beginMarking: (keys: readonly string[]) => void;
  /** The server could not be told: they are unread again. */
  readonly cancelMarking: (keys: readonly string[]) => void;
  /** The server has marked them. Without an answer (no user, or it knew): only here. */
  readonly finishMarking: (
    keys: readonly string[],
    answer?: { marked: MarkedRead; arrivals: number },
  ) => void;
  /** Removes an entry until the page is loaded again. */
  readonly remove: (key: string) => void;
  /** Forgets everything: another user. */
  readonly reset: () => void;
}

/** An empty store. */
export function createNotificationStore(): NotificationStore {
  const known = shallowRef<readonly NotificationEntry[]>([]);
  const marking = shallowRef<ReadonlySet<string>>(new Set());
  const removed = shallowRef<ReadonlySet<string>>(new Set());
  const coverage = shallowRef<Coverage>(NOTHING);
  const count = shallowRef(UNCOUNTED);
  const heard = new Set<string>();
  let arrivals = 0;
  /** The newest id that a page had: a newer page that reaches down to it leaves no gap. */
  let newestId = 0;

  const entries = computed(() =>
    markRead(known.value, [...marking.value]).filter(({ key }) => !removed.value.has(key)),
  );
  const unreadCount = computed(() => {
    const { counted, arrived } = count.value;
    return counted === null
      ? countUnread(entries.value)
      : Math.max(0, counted + arrived.size - marking.value.size);
  });

  const downToGap = (
    list: readonly NotificationEntry[],
    filter: NotificationFilter,
  ): readonly NotificationEntry[] => {
    const floor = floorOf(coverage.value, filter);
    return list.filter(
      (entry) =>
        matches(entry, filter) && (floor === Infinity || entry.serverId === null || entry.serverId >= floor),
    );
  };
  const settle = (unread: number, until: number): void => {
    count.value = withAnswer(count.value, { unreadCount: unread, arrivals: until });
    if (unread > 0) return;
    // Read elsewhere, in another tab or on another device.
    const { arrived } = count.value;
    known.value = markRead(
      known.value,
      known.value.map(({ key }) => key).filter((key) => !arrived.has(key)),
    );
  };
  const take = ({ filter, listed, arrivals: until }: HistoryPage): void => {
    const isLast = listed.meta.current_page >= listed.meta.last_page;
    known.value = merge(known.value, listed.items.map(fromHistory));
    coverage.value = extended(coverage.value, filter, isLast ? 0 : lowestId(listed));
    settle(listed.unreadCount, until);
  };

  return {
    entries,
    unreadCount,
    isCounted: computed(() => count.value.counted !== null),
    arrivals: () => arrivals,
    shown: (filter) => downToGap(entries.value, filter),
    position: (filter) => downToGap(known.value, filter).length,
    hasMore: (filter) => floorOf(coverage.value, filter) > 0,
    receive(entry, counts) {
      // The server sends at least once.
      if (heard.has(entry.key)) return false;
      heard.add(entry.key);
      arrivals += 1;
      const present = known.value.find(({ key }) => key === entry.key);
      if (present) return !present.read;
      known.value = merge(known.value, [entry]);
      if (counts) count.value = withArrival(count.value, entry.key, arrivals);
      return true;
    },
    renew({ listed, arrivals: until }) {
      const isLast = listed.meta.last_page <= 1;
      if (!isLast && lowestId(listed) > newestId) {
        coverage.value = NOTHING;
        const oldest = listed.items.at(-1)?.created_at ?? '';
        known.value = known.value.filter(({ timestamp }) => timestamp >= new Date(oldest));
      }
      newestId = Math.max(newestId, ...listed.items.map(({ id }) => id));
      take({ filter: EVERYTHING, listed, arrivals: until });
    },
    extend: take,
    beginMarking: (keys) => (marking.value = new Set([...marking.value, ...keys])),
    cancelMarking: (keys) => (marking.value = without(marking.value, keys)),
    finishMarking(keys, answer) {
      known.value = markRead(known.value, keys);
      marking.value = without(marking.value, keys);
      if (answer) settle(answer.marked.unreadCount, answer.arrivals);
    },
    remove: (key) => (removed.value = new Set([...removed.value, key])),
    reset() {
      known.value = [];
      marking.value = new Set();
      removed.value = new Set();
      coverage.value = NOTHING;
      count.value = UNCOUNTED;
      newestId = 0;
    },
  };
}

function lowestId({ items }: ListedNotifications): number {
  return Math.min(Infinity, ...items.map(({ id }) => id));
}

function without(set: ReadonlySet<string>, keys: readonly string[]): ReadonlySet<string> {
  const left = new Set(set);
  for (const key of keys) left.delete(key);
  return left;
}
