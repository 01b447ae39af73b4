import type { NotificationEntry, NotificationType } from '@gema/booking';

/** What the list shows. */
export interface NotificationFilter {
  readonly type: NotificationType | 'all';
  /** Only what was not read. */
  readonly unread: boolean;
}

/** Everything. */
export const EVERYTHING: NotificationFilter = { type: 'all', unread: false };

/** Whether the filter lets the entry through. */
export function matches(entry: NotificationEntry, { type, unread }: NotificationFilter): boolean {
  return (type === 'all' || entry.type === type) && !(unread && entry.read);
}

/** Whether `outer` lets everything through that `inner` does. */
export function covers(outer: NotificationFilter, inner: NotificationFilter): boolean {
  return (outer.type === 'all' || outer.type === inner.type) && (inner.unread || !outer.unread);
}
