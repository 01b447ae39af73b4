import type { Availability, AvailabilityUpdated, CalendarDate, CapacityUpdated } from './types.ts';

/** What is known of one session on one day, whoever said it. */
export interface AvailabilityRecord {
  readonly session_id: number;
  readonly date: CalendarDate;
  /** Places that are taken. */
  readonly current_capacity: number;
  /** Places that there are. */
  readonly max_capacity: number;
  /** Places that are free; never below 0. */
  readonly available_slots: number;
  /** Version of the state that `current_capacity` was read from; grows per session and day. */
  readonly version: number;
}

/** What one change has made the capacity of all days of a session that have none of their own. */
interface CapacityOfAllDays {
  readonly max_capacity: number;
  readonly version: number;
}

/** All that is known. Never changed: the functions of this module answer with another one, or with the same. */
export interface AvailabilityState {
  /** By session and day; read it with {@link availabilityOf}. */
  readonly records: ReadonlyMap<string, AvailabilityRecord>;
  /** By session: the last change for all days. It also holds for days that are heard of later. */
  readonly allDays: ReadonlyMap<number, CapacityOfAllDays>;
}

/** Nothing is known. */
export const EMPTY_AVAILABILITY: AvailabilityState = { records: new Map(), allDays: new Map() };

/** What is known of a session on a day. */
export function availabilityOf(
  state: AvailabilityState,
  sessionId: number,
  date: CalendarDate,
): AvailabilityRecord | undefined {
  return state.records.get(keyOf(sessionId, date));
}

/**
 * The answer of `GET /api/v1/availability`. What is older than what is known is left out; what is as old replaces it:
 * it may know of changes whose events were lost.
 */
export function applySnapshot(state: AvailabilityState, entries: readonly Availability[]): AvailabilityState {
  return entries.reduce((current, entry) => {
    const known = availabilityOf(current, entry.session_id, entry.date);
    if (known && entry.version < known.version) return current;
    return withRecord(current, entry);
  }, state);
}

/** The event `AvailabilityUpdated`. Nothing changes if its version, or a newer one, is known. */
export function applyAvailabilityUpdated(
  state: AvailabilityState,
  event: AvailabilityUpdated,
): AvailabilityState {
  const { session_id, date, available_slots, total_capacity, version } = event;
  const known = availabilityOf(state, session_id, date);
  if (known && version <= known.version) return state;
  const current_capacity = total_capacity - available_slots;
  return withRecord(state, { session_id, date, current_capacity, max_capacity: total_capacity, version });
}

/**
 * The event `CapacityUpdated`. Without a date it is about all days that have no capacity of their own, with one
 * version for all of them, greater than any that the days had: they get the capacity, and what is taken stays (the
 * event tells only today's). Which days have a capacity of their own it does not say; for each of those an event with
 * a date and the version after this one follows and puts it right.
 */
export function applyCapacityUpdated(state: AvailabilityState, event: CapacityUpdated): AvailabilityState {
  const { session_id, date, current_capacity, max_capacity, version } = event;
  if (date === null) return withAllDays(state, session_id, { max_capacity, version });
  const known = availabilityOf(state, session_id, date);
  if (known && version <= known.version) return state;
  return withRecord(state, { session_id, date, current_capacity, max_capacity, version });
}

function keyOf(sessionId: number, date: CalendarDate): string {
  return `${sessionId}/${date}`;
}

type Places = Omit<AvailabilityRecord, 'available_slots'>;

function recordOf(places: Places): AvailabilityRecord {
  const { session_id, date, current_capacity, max_capacity, version } = places;
  const available_slots = Math.max(0, max_capacity - current_capacity);
  return { session_id, date, current_capacity, max_capacity, available_slots, version };
}

function withRecord(state: AvailabilityState, places: Places): AvailabilityState {
  const { session_id, date, version } = places;
  const allDays = state.allDays.get(session_id);
  // An answer that was on its way while the capacity of all days changed tells the capacity from before.
  const outdated = allDays !== undefined && version < allDays.version;
  const max_capacity = outdated ? allDays.max_capacity : places.max_capacity;
  const records = new Map(state.records);
  records.set(keyOf(session_id, date), recordOf({ ...places, max_capacity }));
  return { ...state, records };
}

/**
 * The records keep their versions: an answer from between them and the change still knows better how many places
 * were taken.
 */
function withAllDays(
  state: AvailabilityState,
  sessionId: number,
  change: CapacityOfAllDays,
): AvailabilityState {
  const last = state.allDays.get(sessionId);
  if (last && change.version <= last.version) return state;
  const records = new Map(state.records);
  for (const [key, record] of records) {
    if (record.session_id !== sessionId || record.version >= change.version) continue;
    records.set(key, recordOf({ ...record, max_capacity: change.max_capacity }));
  }
  return { records, allDays: new Map(state.allDays).set(sessionId, change) };
}

/** How full a session is. `loading`: not known yet. */
export type AvailabilityStatus = 'loading' | 'available' | 'almost-full' | 'full';

/** Shares of the places, from 0 to 1, from which on a session is almost full, or full. */
export interface AvailabilityThresholds {
  readonly full: number;
  readonly almostFull: number;
}

/** The guide's: 70 and 90 per cent. So `full` does not mean that no place is free: ask `available_slots` for that. */
export const GUIDE_THRESHOLDS: AvailabilityThresholds = { full: 0.9, almostFull: 0.7 };

/**
 * How full a session is. `loading` without numbers; a session without places is full; more than all, or fewer than
 * no places taken count as all and none.
 */
export function getAvailabilityStatus(
  currentCapacity: number | null | undefined,
  maxCapacity: number | null | undefined,
  thresholds: AvailabilityThresholds = GUIDE_THRESHOLDS,
): AvailabilityStatus {
  if (!isNumber(currentCapacity) || !isNumber(maxCapacity)) return 'loading';
  const share = maxCapacity <= 0 ? 1 : Math.min(1, Math.max(0, currentCapacity / maxCapacity));
  if (share >= thresholds.full) return 'full';
  if (share >= thresholds.almostFull) return 'almost-full';
  return 'available';
}

function isNumber(value: number | null | undefined): value is number {
  return value !== null && value !== undefined && !Number.isNaN(value);
}

/** The guide's name of a colour. The stylesheet has accessible tones of these hues: `.badge--{status}`. */
export type StatusColor = 'green' | 'orange' | 'red' | 'gray';

const STATUS_COLORS: Record<AvailabilityStatus, StatusColor> = {
  available: 'green',
  'almost-full': 'orange',
  full: 'red',
  loading: 'gray',
};

/** The guide's colour of a status. */
export function getStatusColor(status: AvailabilityStatus): StatusColor {
  return STATUS_COLORS[status];
}
