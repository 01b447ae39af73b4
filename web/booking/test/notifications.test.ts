import { describe, expect, it } from 'vitest';
import {
  countUnread,
  fromBookingStatus,
  fromHistory,
  fromPaymentStatus,
  fromSystem,
  markRead,
  merge,
  notificationWords,
  type BookingStatusUpdated,
  type Notification,
  type NotificationType,
  type SystemNotification,
} from '../src/index.ts';

function state(overrides: Partial<BookingStatusUpdated> = {}): BookingStatusUpdated {
  return {
    booking_id: 3,
    booking_code: 'BK-20261123-7KQ2ZD',
    status: 'confirmed',
    payment_status: 'paid',
    updated_at: '2026-11-23T05:04:09.123456Z',
    version: 4,
    event_id: 'a',
    ...overrides,
  };
}

function announcement(overrides: Partial<SystemNotification> = {}): SystemNotification {
  return {
    id: '12',
    title: null,
    message: 'Studio tutup besok.',
    level: 'warning',
    updated_at: '2026-11-23T05:05:00.000000Z',
    event_id: 'b',
    ...overrides,
  };
}

function kept(type: NotificationType, data: object, overrides: Partial<Notification> = {}): Notification {
  return {
    id: 40,
    type,
    title: 'Booking Update',
    message: 'What the server said.',
    data: data as Notification['data'],
    created_at: '2026-11-23T05:04:09.123456Z',
    read_at: null,
    ...overrides,
  };
}

describe('entries of events', () => {
  it('say what has happened, and when', () => {
    expect(fromBookingStatus(state())).toMatchObject({
      key: 'booking:3:4',
      type: 'booking',
      level: 'success',
      timestamp: new Date('2026-11-23T05:04:09.123Z'),
      data: state(),
      read: false,
      serverId: null,
    });
    expect(fromPaymentStatus(state())).toMatchObject({
      key: 'payment:3:4',
      type: 'payment',
      level: 'success',
    });
    expect(fromSystem(announcement())).toMatchObject({
      key: 'system:12',
      type: 'system',
      level: 'warning',
      serverId: 12,
    });
  });

  it('make a payment that failed an error', () => {
    expect(fromPaymentStatus(state({ payment_status: 'failed' })).level).toBe('error');
    expect(fromBookingStatus(state({ status: 'expired' })).level).toBe('warning');
  });

  it('have ids of their own, also within one millisecond (X-76)', () => {
    const ids = [fromBookingStatus(state()), fromPaymentStatus(state()), fromSystem(announcement())].map(
      ({ id }) => id,
    );
    expect(new Set(ids).size).toBe(3);
  });

  it('have no server id that is no number', () => {
    expect(fromSystem(announcement({ id: 'abc' })).serverId).toBeNull();
  });
});

describe('fromHistory', () => {
  it('has the key that the event had', () => {
    const data = { ...state(), event_id: undefined };
    expect(fromHistory(kept('booking', data))).toMatchObject({
      key: 'booking:3:4',
      serverId: 40,
      read: false,
    });
    expect(fromHistory(kept('payment', data)).key).toBe('payment:3:4');
    expect(fromHistory(kept('system', announcement(), { id: 12 })).key).toBe('system:12');
  });

  it('knows what was read', () => {
    expect(fromHistory(kept('booking', state(), { read_at: '2026-11-23T06:00:00.000000Z' })).read).toBe(true);
  });

  it('loses nothing whose payload it cannot read', () => {
    const entry = fromHistory(kept('booking', { other: true }, { id: 41 }));
    expect(entry).toMatchObject({ key: 'booking:41', type: 'system', serverId: 41, read: false });
    expect(notificationWords(entry, 'en')).toEqual({
      title: 'Booking Update',
      message: 'What the server said.',
    });
    expect(fromHistory(kept('system', {})).type).toBe('system');
  });
});

describe('merge', () => {
  const older = fromBookingStatus(state({ version: 1, updated_at: '2026-11-23T05:00:00.000000Z' }));
  const newer = fromBookingStatus(state());

  it('is newest first, in whichever order they come (S-VU-8)', () => {
    expect(merge([newer], [older])).toEqual([newer, older]);
    expect(merge([older], [newer])).toEqual([newer, older]);
  });

  it('has of one moment first what came last', () => {
    const payment = fromPaymentStatus(state());
    const booking = fromBookingStatus(state());
    expect(merge([payment], [booking])).toEqual([booking, payment]);
    expect(merge([], [booking, payment])).toEqual([booking, payment]);
  });

  it('has each notification once, and it stays the same entry', () => {
    const again = fromBookingStatus(state());
    const list = merge([newer], [again]);
    expect(list).toHaveLength(1);
    expect(list[0]).toBe(newer);
    expect(merge([], [newer, again])).toEqual([newer]);
  });

  it('learns from the history the id and what was read', () => {
    const data = state();
    const list = merge(
      [newer],
      [fromHistory(kept('booking', data, { read_at: '2026-11-23T06:00:00.000000Z' }))],
    );
    expect(list).toEqual([{ ...newer, serverId: 40, read: true }]);
  });

  it('makes nothing unread again that an older answer does not know to be read', () => {
    const list = merge(markRead([newer], 'all'), [fromHistory(kept('booking', state()))]);
    expect(list).toMatchObject([{ id: newer.id, read: true, serverId: 40 }]);
  });

  it('changes no list that it was given', () => {
    const list = Object.freeze([older]);
    merge(list, [newer]);
    expect(list).toEqual([older]);
  });
});

describe('markRead, countUnread', () => {
  const list = merge(
    [],
    [fromBookingStatus(state()), fromPaymentStatus(state()), fromSystem(announcement())],
  );

  it('mark some or all', () => {
    expect(countUnread(list)).toBe(3);
    const some = markRead(list, ['payment:3:4']);
    expect(countUnread(some)).toBe(2);
    expect(some.find((entry) => entry.key === 'payment:3:4')?.read).toBe(true);
    expect(countUnread(markRead(list, 'all'))).toBe(0);
    expect(countUnread(markRead(list, []))).toBe(3);
  });

  it('keep entries that do not change', () => {
    const read = markRead(list, 'all');
    expect(markRead(read, 'all').every((entry, index) => entry === read[index])).toBe(true);
  });
});

describe('notificationWords', () => {
  it('has the sentences of the guide, word by word (S-VU-5, S-VU-6, S-VU-7)', () => {
    expect(notificationWords(fromBookingStatus(state()), 'en')).toEqual({
      title: 'Booking Update',
      message: 'Your booking BK-20261123-7KQ2ZD status has been updated to confirmed',
    });
    expect(notificationWords(fromPaymentStatus(state()), 'en')).toEqual({
      title: 'Payment Update',
      message: 'Payment for booking BK-20261123-7KQ2ZD has been paid',
    });
    expect(notificationWords(fromSystem(announcement()), 'en')).toEqual({
      title: 'System Notification',
      message: 'Studio tutup besok.',
    });
  });

  it('translates the statuses in Indonesian (X-82)', () => {
    expect(notificationWords(fromBookingStatus(state()), 'id').message).toBe(
      'Status pemesanan BK-20261123-7KQ2ZD Anda berubah menjadi dikonfirmasi',
    );
    expect(notificationWords(fromPaymentStatus(state({ payment_status: 'failed' })), 'id').message).toBe(
      'Status pembayaran untuk pemesanan BK-20261123-7KQ2ZD: gagal',
    );
  });

  it('shows a status that it does not know as it came', () => {
    const status = 'postponed' as BookingStatusUpdated['status'];
    expect(notificationWords(fromBookingStatus(state({ status })), 'id').message).toMatch(
      /menjadi postponed$/,
    );
  });

  it('has the title of an announcement', () => {
    const entry = fromSystem(announcement({ title: 'Libur' }));
    expect(notificationWords(entry, 'id').title).toBe('Libur');
  });
});
