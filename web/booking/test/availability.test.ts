import { describe, expect, it } from 'vitest';
import {
  applyAvailabilityUpdated,
  applyCapacityUpdated,
  applySnapshot,
  availabilityOf,
  EMPTY_AVAILABILITY,
  getAvailabilityStatus,
  getStatusColor,
  type Availability,
  type AvailabilityState,
  type AvailabilityUpdated,
  type CapacityUpdated,
} from '../src/index.ts';

const DAY = '2026-11-23';
const OTHER_DAY = '2026-11-24';

function entry(overrides: Partial<Availability> = {}): Availability {
  return {
    session_id: 1,
    session_name: 'Yoga Pagi',
    date: DAY,
    start_time: '07:00',
    end_time: '08:00',
    current_capacity: 4,
    max_capacity: 12,
    available_slots: 8,
    version: 5,
    ...overrides,
  };
}

function updated(overrides: Partial<AvailabilityUpdated> = {}): AvailabilityUpdated {
  return {
    session_id: 1,
    session_name: 'Yoga Pagi',
    date: DAY,
    available_slots: 7,
    total_capacity: 12,
    updated_at: '2026-11-23T05:04:09.000000Z',
    version: 6,
    event_id: 'a',
    ...overrides,
  };
}

function capacity(overrides: Partial<CapacityUpdated> = {}): CapacityUpdated {
  return {
    session_id: 1,
    current_capacity: 4,
    max_capacity: 20,
    date: DAY,
    updated_at: '2026-11-23T05:04:09.000000Z',
    version: 6,
    event_id: 'b',
    ...overrides,
  };
}

/** Places that are taken, and that there are. */
function places(state: AvailabilityState, date = DAY, sessionId = 1): [number, number] | undefined {
  const record = availabilityOf(state, sessionId, date);
  return record && [record.current_capacity, record.max_capacity];
}

const loaded = applySnapshot(EMPTY_AVAILABILITY, [entry(), entry({ date: OTHER_DAY, current_capacity: 1 })]);

describe('applySnapshot', () => {
  it('keeps what is known per session and day (X-46)', () => {
    expect(availabilityOf(loaded, 1, DAY)).toEqual({
      session_id: 1,
      date: DAY,
      current_capacity: 4,
      max_capacity: 12,
      available_slots: 8,
      version: 5,
    });
    expect(places(loaded, OTHER_DAY)).toEqual([1, 12]);
    expect(availabilityOf(loaded, 2, DAY)).toBeUndefined();
  });

  it('replaces what is as old, since events may have been lost (X-50)', () => {
    const state = applySnapshot(loaded, [entry({ current_capacity: 9 })]);
    expect(places(state)).toEqual([9, 12]);
  });

  it('leaves out what is older than an event (X-50)', () => {
    const state = applyAvailabilityUpdated(loaded, updated());
    expect(places(applySnapshot(state, [entry()]))).toEqual([5, 12]);
    expect(applySnapshot(state, [entry()])).toBe(state);
  });

  it('changes no state that it was given', () => {
    applySnapshot(loaded, [entry({ version: 9, current_capacity: 12 })]);
    expect(places(loaded)).toEqual([4, 12]);
  });
});

describe('applyAvailabilityUpdated', () => {
  it('counts the places that are taken (X-39)', () => {
    const state = applyAvailabilityUpdated(loaded, updated({ available_slots: 2 }));
    expect(availabilityOf(state, 1, DAY)).toMatchObject({
      current_capacity: 10,
      max_capacity: 12,
      available_slots: 2,
      version: 6,
    });
  });

  it('touches neither other days (X-46) nor other sessions', () => {
    const state = applyAvailabilityUpdated(loaded, updated({ date: OTHER_DAY }));
    expect(places(state)).toEqual([4, 12]);
    expect(places(applyAvailabilityUpdated(loaded, updated({ session_id: 2 })))).toEqual([4, 12]);
  });

  it('drops what is repeated and what is late', () => {
    expect(applyAvailabilityUpdated(loaded, updated({ version: 5 }))).toBe(loaded);
    expect(applyAvailabilityUpdated(loaded, updated({ version: 4 }))).toBe(loaded);
  });

  it('is enough to know a day', () => {
    expect(places(applyAvailabilityUpdated(EMPTY_AVAILABILITY, updated()))).toEqual([5, 12]);
  });
});

describe('applyCapacityUpdated', () => {
  it('tells places and capacity of one day (X-40, X-41)', () => {
    const state = applyCapacityUpdated(loaded, capacity({ current_capacity: 6 }));
    expect(availabilityOf(state, 1, DAY)).toMatchObject({
      current_capacity: 6,
      available_slots: 14,
      version: 6,
    });
    expect(places(state, OTHER_DAY)).toEqual([1, 12]);
  });

  it('drops what is repeated and what is late', () => {
    expect(applyCapacityUpdated(loaded, capacity({ version: 5 }))).toBe(loaded);
  });

  it('never counts fewer than no free places (X-47)', () => {
    const state = applyCapacityUpdated(loaded, capacity({ current_capacity: 4, max_capacity: 3 }));
    expect(availabilityOf(state, 1, DAY)?.available_slots).toBe(0);
  });
});

describe('a capacity of all days', () => {
  const allDays = capacity({ date: null, current_capacity: 0, version: 8 });

  it('holds for all days, and what is taken stays', () => {
    const state = applyCapacityUpdated(loaded, allDays);
    expect(places(state)).toEqual([4, 20]);
    expect(places(state, OTHER_DAY)).toEqual([1, 20]);
    expect(availabilityOf(state, 1, DAY)?.available_slots).toBe(16);
  });

  it('holds for that session only', () => {
    const state = applyCapacityUpdated(applySnapshot(loaded, [entry({ session_id: 2 })]), allDays);
    expect(places(state, DAY, 2)).toEqual([4, 12]);
  });

  it('is put right for days that have their own, by the events that follow with the next version', () => {
    const state = applyCapacityUpdated(loaded, allDays);
    const own = capacity({ date: OTHER_DAY, current_capacity: 1, max_capacity: 12, version: 9 });
    expect(places(applyCapacityUpdated(state, own), OTHER_DAY)).toEqual([1, 12]);
    expect(places(applyCapacityUpdated(state, own))).toEqual([4, 20]);
  });

  it('drops what is repeated and what is late', () => {
    const state = applyCapacityUpdated(loaded, allDays);
    expect(applyCapacityUpdated(state, allDays)).toBe(state);
    expect(applyCapacityUpdated(state, { ...allDays, version: 7, max_capacity: 1 })).toBe(state);
  });

  it('leaves days alone that are known to be newer', () => {
    const newer = applyAvailabilityUpdated(loaded, updated({ version: 9 }));
    const state = applyCapacityUpdated(newer, allDays);
    expect(places(state)).toEqual([5, 12]);
    expect(places(state, OTHER_DAY)).toEqual([1, 20]);
  });

  it('holds also for a day whose answer was on its way', () => {
    const state = applySnapshot(applyCapacityUpdated(EMPTY_AVAILABILITY, allDays), [entry({ version: 7 })]);
    expect(places(state)).toEqual([4, 20]);
  });

  it('does not make an answer stale that knows better what was taken before it', () => {
    // Version 6 was lost with the connection; the answer to the next request has it, and is older than the change.
    const state = applySnapshot(applyCapacityUpdated(loaded, allDays), [
      entry({ version: 6, current_capacity: 5 }),
    ]);
    expect(places(state)).toEqual([5, 20]);
  });

  it('is not undone by an event from before it that arrives twice', () => {
    const known = applyAvailabilityUpdated(loaded, updated());
    const state = applyCapacityUpdated(known, allDays);
    expect(applyAvailabilityUpdated(state, updated())).toBe(state);
    expect(places(applyAvailabilityUpdated(state, updated({ version: 7, available_slots: 6 })))).toEqual([
      6, 20,
    ]);
  });

  it('is what answers say that came after it', () => {
    const state = applyCapacityUpdated(loaded, allDays);
    const later = applySnapshot(state, [entry({ version: 8, max_capacity: 20, current_capacity: 3 })]);
    expect(places(later)).toEqual([3, 20]);
    expect(places(applySnapshot(later, [entry({ version: 9, max_capacity: 10 })]))).toEqual([4, 10]);
  });
});

describe('getAvailabilityStatus (S-RE-6)', () => {
  it.each([
    [699, 1000, 'available'],
    [700, 1000, 'almost-full'],
    [7, 10, 'almost-full'],
    [899, 1000, 'almost-full'],
    [900, 1000, 'full'],
    [9, 10, 'full'],
    [18, 20, 'full'],
    [27, 30, 'full'],
    [10, 10, 'full'],
    [0, 10, 'available'],
    [0, 0, 'full'],
    [0, -1, 'full'],
    [12, 10, 'full'],
    [-3, 10, 'available'],
  ])('%d of %d places are %s', (current, max, status) => {
    expect(getAvailabilityStatus(current, max)).toBe(status);
  });

  it('is loading without numbers (X-39)', () => {
    expect(getAvailabilityStatus(undefined, undefined)).toBe('loading');
    expect(getAvailabilityStatus(4, undefined)).toBe('loading');
    expect(getAvailabilityStatus(null, 12)).toBe('loading');
    expect(getAvailabilityStatus(Number.NaN, 12)).toBe('loading');
  });

  it('takes other thresholds (X-48, D-1)', () => {
    const thresholds = { full: 1, almostFull: 0.5 };
    expect(getAvailabilityStatus(9, 10, thresholds)).toBe('almost-full');
    expect(getAvailabilityStatus(10, 10, thresholds)).toBe('full');
    expect(getAvailabilityStatus(4, 10, thresholds)).toBe('available');
  });
});

describe('getStatusColor (S-RE-7)', () => {
  it('has the colours of the guide', () => {
    const statuses = ['available', 'almost-full', 'full', 'loading'] as const;
    expect(statuses.map(getStatusColor)).toEqual(['green', 'orange', 'red', 'gray']);
  });
});
