import type {
  Availability,
  AvailabilityUpdated,
  Booking,
  BookingStatusUpdated,
  BookingWithSession,
  CapacityUpdated,
  PageMeta,
  StudioSession,
  User,
} from '@gema/booking';

/** Today in the tests. */
export const TODAY = '2026-11-23';
export const TOMORROW = '2026-11-24';

/** The zone of this machine, so that times need no name. */
const HERE = Intl.DateTimeFormat().resolvedOptions().timeZone;

export function session(more: Partial<StudioSession> = {}): StudioSession {
  return {
    id: 1,
    name: 'Yoga Pagi',
    start_time: '07:00',
    end_time: '08:00',
    max_capacity: 12,
    timezone: HERE,
    price: 75_000,
    ...more,
  };
}

export function places(current: number, max: number, more: Partial<Availability> = {}): Availability {
  return {
    session_id: 1,
    session_name: 'Yoga Pagi',
    date: TODAY,
    start_time: '07:00',
    end_time: '08:00',
    current_capacity: current,
    max_capacity: max,
    available_slots: Math.max(0, max - current),
    version: 1,
    ...more,
  };
}

export function availabilityUpdated(more: Partial<AvailabilityUpdated> = {}): AvailabilityUpdated {
  return {
    session_id: 1,
    session_name: 'Yoga Pagi',
    date: TODAY,
    available_slots: 1,
    total_capacity: 12,
    updated_at: '2026-11-23T05:04:09.000000Z',
    version: 2,
    event_id: '6f1d3c1e-0000-4000-8000-000000000001',
    ...more,
  };
}

export function capacityUpdated(more: Partial<CapacityUpdated> = {}): CapacityUpdated {
  return {
    session_id: 1,
    current_capacity: 6,
    max_capacity: 20,
    date: TODAY,
    updated_at: '2026-11-23T05:04:09.000000Z',
    version: 2,
    event_id: '6f1d3c1e-0000-4000-8000-000000000002',
    ...more,
  };
}

export function booking(more: Partial<Booking> = {}): Booking {
  return {
    id: 91,
    session_id: 1,
    user_id: 7,
    booking_date: TOMORROW,
    booking_code: 'BK-20261124-7KQ2ZD',
    status: 'pending',
    payment_status: 'unpaid',
    created_at: '2026-11-23T05:00:00.000000Z',
    updated_at: '2026-11-23T05:00:00.000000Z',
    version: 1,
    ...more,
  };
}

export function bookingWithSession(more: Partial<Booking> = {}): BookingWithSession {
  return { ...booking(more), session: session() };
}

export function bookingUpdated(more: Partial<BookingStatusUpdated> = {}): BookingStatusUpdated {
  return {
    booking_id: 91,
    booking_code: 'BK-20261124-7KQ2ZD',
    status: 'pending',
    payment_status: 'unpaid',
    updated_at: '2026-11-23T05:04:09.000000Z',
    version: 2,
    event_id: '6f1d3c1e-0000-4000-8000-000000000003',
    ...more,
  };
}

export function user(more: Partial<User> = {}): User {
  return {
    id: 7,
    name: 'Siti Aminah',
    email: 'siti@example.com',
    roles: ['user'],
    created_at: '2026-11-01T00:00:00.000000Z',
    ...more,
  };
}

export function page(more: Partial<PageMeta> = {}): { meta: PageMeta; links: object } {
  return { meta: { current_page: 1, per_page: 10, total: 1, last_page: 1, ...more }, links: {} };
}
