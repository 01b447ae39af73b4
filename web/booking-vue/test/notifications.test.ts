import { describe, expect, test } from 'vitest';
import defaultUseWebSocket, { useWebSocket } from '../src/composables/useWebSocket.ts';
import {
  element,
  isolateTests,
  ITEMS,
  mountCentre,
  pass,
  sendAnnouncement,
  sendBooking,
  sendPayment,
  texts,
} from './support.ts';

isolateTests();

test('X-19: useWebSocket has a named and a default export', () => {
  expect(defaultUseWebSocket).toBe(useWebSocket);
});

describe('what the guide shows', () => {
  test('S-VU-3: heading and connection line', async () => {
    await mountCentre({ connect: false });
    expect(texts('h2')).toEqual(['Real-time Notifications']);
    expect(element('.connection-status').textContent.trim()).toBe('Status: Disconnected');
    expect(element('.connection-status').dataset['status']).toBe('connecting');
  });

  test('S-VU-3: the line follows the connection', async () => {
    await mountCentre();
    expect(element('.connection-status').textContent.trim()).toBe('Status: Connected');
    expect(element('.connection-status').dataset['status']).toBe('connected');
  });

  test('S-VU-5, S-VU-8, S-VU-9: a booking', async () => {
    await mountCentre();
    await sendBooking(1, 1, { booking_code: 'BK-20261123-7K3M9Q', status: 'confirmed' });
    expect(texts(`${ITEMS}.booking .notification-content h4`)).toEqual(['Booking Update']);
    expect(texts(`${ITEMS} .notification-content p`)).toEqual([
      'Your booking BK-20261123-7K3M9Q status has been updated to confirmed',
    ]);
    expect(texts(`${ITEMS} small`)).toEqual(['12:04:09']);
  });

  test('S-VU-6: a payment', async () => {
    await mountCentre();
    await sendPayment(1, 1, { booking_code: 'BK-20261123-7K3M9Q', payment_status: 'paid' });
    expect(texts(`${ITEMS}.payment h4`)).toEqual(['Payment Update']);
    expect(texts(`${ITEMS} p`)).toEqual(['Payment for booking BK-20261123-7K3M9Q has been paid']);
  });

  test('S-VU-7: an announcement, with the title that the guide gives it and its own', async () => {
    await mountCentre();
    await sendAnnouncement(5, 'Yoga Pagi moves to room 2.', { title: 'Timetable' });
    expect(texts(`${ITEMS}.system h4`)).toEqual(['System Notification']);
    expect(texts(`${ITEMS} .notification-subject`)).toEqual(['Timetable']);
    expect(texts(`${ITEMS} p`)).toEqual(['Yoga Pagi moves to room 2.']);
  });

  test('S-VU-8: newest first', async () => {
    await mountCentre();
    await sendAnnouncement(1, 'first');
    await pass(1000);
    await sendAnnouncement(2, 'second');
    expect(texts(`${ITEMS} p`)).toEqual(['second', 'first']);
  });

  test('X-76: two events in one millisecond are two entries', async () => {
    await mountCentre();
    await Promise.all([sendBooking(1, 1), sendPayment(1, 1)]);
    const ids = [...document.querySelectorAll(`${ITEMS} p`)].map(({ id }) => id);
    expect(new Set(ids).size).toBe(2);
  });

  test('an event that comes twice is one entry and one toast', async () => {
    await mountCentre();
    await sendBooking(1, 1);
    await sendBooking(1, 1);
    expect(document.querySelectorAll(ITEMS)).toHaveLength(1);
    expect(document.querySelectorAll('.toast')).toHaveLength(1);
  });
});

test('X-80, X-82: in Indonesian the texts, the statuses and the time are Indonesian', async () => {
  localStorage.setItem('locale', 'id');
  await mountCentre();
  await sendBooking(1, 1, { booking_code: 'BK-1', status: 'cancelled' });
  expect(document.documentElement.lang).toBe('id');
  expect(texts('.connection-status')).toEqual(['Status: Terhubung']);
  expect(texts(`${ITEMS} p`)).toEqual(['Status pemesanan BK-1 Anda berubah menjadi dibatalkan']);
  expect(texts(`${ITEMS} small`)).toEqual(['12.04.09']);
});

test('entries are grouped by day', async () => {
  await mountCentre();
  await sendAnnouncement(1, 'long ago', { updated_at: new Date(2026, 10, 20, 8).toISOString() });
  await sendAnnouncement(2, 'yesterday', { updated_at: new Date(2026, 10, 22, 8).toISOString() });
  await sendAnnouncement(3, 'today');
  expect(texts('.notifications-list h3')).toEqual(['Today', 'Yesterday', 'Friday, 20 November 2026']);
  // At midnight today becomes yesterday.
  await pass(12 * 60 * 60 * 1000);
  expect(texts('.notifications-list h3')).toEqual([
    'Yesterday',
    'Sunday, 22 November 2026',
    'Friday, 20 November 2026',
  ]);
});
