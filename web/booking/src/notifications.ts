import type {
  BookingStatus,
  BookingStatusUpdated,
  Notification,
  NotificationType,
  PaymentStatus,
  PaymentStatusUpdated,
  SystemNotification,
} from './types.ts';

/** How a notification is meant; decides icon and tone, and whether it interrupts (`error`). */
export type NotificationTone = 'info' | 'success' | 'warning' | 'error';

interface Entry<T extends NotificationType, D> {
  /** Of this entry in this page, usable as an id in the document; stays when the same notification comes again. */
  readonly id: string;
  /** What is the same notification, however it came: `booking:ID:VERSION`, `payment:ID:VERSION`, `system:ID`. */
  readonly key: string;
  readonly type: T;
  readonly level: NotificationTone;
  /** When it happened. */
  readonly timestamp: Date;
  /** The payload of the event. */
  readonly data: D;
  readonly read: boolean;
  /** The id that the server has given it; `null` for what came as an event and was not found in the history yet. */
  readonly serverId: number | null;
}

/** A booking has another status. */
export type BookingEntry = Entry<'booking', BookingStatusUpdated>;
/** A payment has another status. */
export type PaymentEntry = Entry<'payment', PaymentStatusUpdated>;
/** Somebody has told everybody something. */
export type SystemEntry = Entry<'system', Pick<SystemNotification, 'title' | 'message'>>;
/** Something that the user is told. */
export type NotificationEntry = BookingEntry | PaymentEntry | SystemEntry;

let entries = 0;

function nextId(): string {
  entries += 1;
  return `notification-${entries}`;
}

const BOOKING_TONES: Record<BookingStatus, NotificationTone> = {
  pending: 'info',
  confirmed: 'success',
  completed: 'success',
  cancelled: 'warning',
  expired: 'warning',
};

const PAYMENT_TONES: Record<PaymentStatus, NotificationTone> = {
  unpaid: 'info',
  pending: 'info',
  paid: 'success',
  refunded: 'info',
  failed: 'error',
};

/** The entry of an event `BookingStatusUpdated`. */
export function fromBookingStatus(data: BookingStatusUpdated): BookingEntry {
  return {
    id: nextId(),
    key: `booking:${data.booking_id}:${data.version}`,
    type: 'booking',
    level: BOOKING_TONES[data.status],
    timestamp: new Date(data.updated_at),
    data,
    read: false,
    serverId: null,
  };
}

/** The entry of an event `PaymentStatusUpdated`. */
export function fromPaymentStatus(data: PaymentStatusUpdated): PaymentEntry {
  return {
    id: nextId(),
    key: `payment:${data.booking_id}:${data.version}`,
    type: 'payment',
    level: PAYMENT_TONES[data.payment_status],
    timestamp: new Date(data.updated_at),
    data,
    read: false,
    serverId: null,
  };
}

/** The entry of an event `SystemNotification`. */
export function fromSystem(data: SystemNotification): SystemEntry {
  const serverId = Number(data.id);
  return {
    id: nextId(),
    key: `system:${data.id}`,
    type: 'system',
    level: data.level,
    timestamp: new Date(data.updated_at),
    data,
    read: false,
    serverId: Number.isSafeInteger(serverId) ? serverId : null,
  };
}

/**
 * The entry of a notification of `GET /api/v1/notifications`, whose `data` is the payload of the event. If it is not,
 * the entry is one of type `system` with the server's English words: nothing that the user was told gets lost.
 */
export function fromHistory(notification: Notification): NotificationEntry {
  const { id, read_at } = notification;
  return { ...entryOf(notification), serverId: id, read: typeof read_at === 'string' };
}

function entryOf(notification: Notification): NotificationEntry {
  const data: unknown = notification.data;
  if (notification.type === 'booking' && isBookingState(data)) return fromBookingStatus(data);
  if (notification.type === 'payment' && isBookingState(data)) return fromPaymentStatus(data);
  if (notification.type === 'system' && isAnnouncement(data)) return fromSystem(data);
  const { id, title, message, created_at } = notification;
  return {
    ...fromSystem({ id: String(id), title, message, level: 'info', updated_at: created_at, event_id: '' }),
    key: `${notification.type}:${id}`,
  };
}

function isBookingState(data: unknown): data is BookingStatusUpdated & PaymentStatusUpdated {
  return (
    has(data, 'booking_id', 'number') &&
    has(data, 'version', 'number') &&
    has(data, 'booking_code', 'string') &&
    has(data, 'updated_at', 'string') &&
    has(data, 'status', 'string') &&
    has(data, 'payment_status', 'string')
  );
}

function isAnnouncement(data: unknown): data is SystemNotification {
  return has(data, 'id', 'string') && has(data, 'message', 'string') && has(data, 'level', 'string');
}

function has(data: unknown, field: string, type: 'string' | 'number'): boolean {
  if (typeof data !== 'object' || data === null || !(field in data)) return false;
  return typeof (data as Record<string, unknown>)[field] === type;
}

/**
 * The list with these entries in it, newest first. What is in it already (by `key`) stays as it is and learns from the
 * other one its server id and whether it was read: an older answer does not make it unread again.
 */
export function merge(
  list: readonly NotificationEntry[],
  entries: readonly NotificationEntry[],
): readonly NotificationEntry[] {
  const byKey = new Map(list.map((entry) => [entry.key, entry]));
  const added = new Map<string, NotificationEntry>();
  for (const entry of entries) {
    if (byKey.has(entry.key)) update(byKey, entry);
    else if (added.has(entry.key)) update(added, entry);
    else added.set(entry.key, entry);
  }
  // Of the same moment, what came later is the newer one: a sort keeps the order of equals.
  return [...added.values(), ...byKey.values()].sort(newestFirst);
}

function update(entries: Map<string, NotificationEntry>, other: NotificationEntry): void {
  const entry = entries.get(other.key);
  if (!entry) return;
  const serverId = entry.serverId ?? other.serverId;
  const read = entry.read || other.read;
  if (serverId === entry.serverId && read === entry.read) return;
  entries.set(entry.key, { ...entry, serverId, read });
}

function newestFirst(a: NotificationEntry, b: NotificationEntry): number {
  return b.timestamp.getTime() - a.timestamp.getTime();
}

/** The list with these entries read, by their `key`, or all of them. */
export function markRead(
  list: readonly NotificationEntry[],
  which: readonly string[] | 'all',
): readonly NotificationEntry[] {
  const wanted = which === 'all' ? null : new Set(which);
  return list.map((entry) =>
    entry.read || (wanted && !wanted.has(entry.key)) ? entry : { ...entry, read: true },
  );
}

/** How many entries of the list are not read. */
export function countUnread(list: readonly NotificationEntry[]): number {
  return list.filter((entry) => !entry.read).length;
}
