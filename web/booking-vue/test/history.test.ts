import { describe, expect, test } from 'vitest';
import {
  announcement,
  bookingState,
  button,
  click,
  FakePusher,
  isolateTests,
  ITEMS,
  keep,
  kept,
  LIST,
  lose,
  messages,
  mountCentre,
  open,
  pass,
  sendBooking,
  sendKept,
  server,
  texts,
  unread,
} from './support.ts';

isolateTests();

describe('the list', () => {
  test('has the history, without what came live a second time', async () => {
    const paid = bookingState(1, 2, { booking_code: 'BK-1' });
    await mountCentre();
    await pass(1000);
    const confirmed = bookingState(1, 3, { booking_code: 'BK-1' });
    await sendBooking(1, 3, confirmed);
    server.notifications = [kept(12, 'booking', confirmed), kept(11, 'payment', paid)];
    await lose();
    await pass(1500);
    await open();
    expect(messages()).toEqual([
      'Your booking BK-1 status has been updated to confirmed',
      'Payment for booking BK-1 has been paid',
    ]);
  });

  test('X-50: what was missed during an outage is there after it', async () => {
    await mountCentre();
    expect(messages()).toEqual([]);
    await lose();
    keep(1);
    await pass(1500);
    await open();
    expect(messages()).toEqual(['message 1']);
  });

  test('has what was sent after the history was fetched and before the channel was subscribed', async () => {
    await mountCentre({ connect: false });
    expect(server.count(LIST)).toBe(1);
    keep(1);
    await open();
    expect(messages()).toEqual(['message 1']);
  });

  test('has what was sent after the connection was back and before the channels were', async () => {
    await mountCentre();
    await lose();
    await pass(1500);
    FakePusher.latest.confirms = false;
    await open();
    keep(1);
    expect(messages()).toEqual([]);
    FakePusher.latest.confirm('notifications');
    FakePusher.latest.confirm('private-user.7');
    await pass(0);
    expect(messages()).toEqual(['message 1']);
  });

  test.each([403, 503])(
    'has what everybody was told then, although the own channel is refused with %i',
    async (status) => {
      server.before = (line) => (server.failure = line.endsWith('/auth') ? status : undefined);
      await mountCentre({ connect: false });
      keep(1);
      await open();
      expect(messages()).toEqual(['message 1']);
      const count = server.count(LIST);
      // The channel is asked for again, if at all; the history is not.
      await pass(60_000);
      expect(server.count(LIST)).toBe(count);
      await lose();
      keep(2);
      await pass(1500);
      await open();
      expect(messages()).toEqual(['message 2', 'message 1']);
    },
  );

  test('is fetched once after an outage', async () => {
    await mountCentre();
    const count = server.count(LIST);
    await lose();
    await pass(1500);
    await open();
    expect(server.count(LIST)).toBe(count + 1);
  });

  test('is not fetched again and again', async () => {
    await mountCentre();
    for (const id of [1, 2, 3]) await sendKept(id, 1);
    await pass(3_600_000);
    expect(server.count(LIST)).toBe(2);
  });

  test('shows more on demand, without doubles although news have moved the pages', async () => {
    keep(45);
    await mountCentre();
    expect(messages()).toHaveLength(20);
    await sendKept(1, 1);
    await click(button('Show older ones'));
    expect(messages()).toHaveLength(40);
    await click(button('Show older ones'));
    expect(messages()).toHaveLength(46);
    expect(new Set(messages()).size).toBe(46);
    expect(() => button('Show older ones')).toThrow();
  });

  test('the focus goes to the first of the older ones when there are no more', async () => {
    keep(30);
    await mountCentre();
    button('Show older ones').focus();
    await click(button('Show older ones'));
    expect(document.activeElement).toBe(document.querySelectorAll(ITEMS)[20]);
  });

  test('has no gap when more was missed than one page: it begins anew', async () => {
    keep(5);
    await mountCentre();
    await lose();
    keep(60);
    await pass(1500);
    await open();
    expect(messages()[19]).toBe('message 41');
    expect(messages()).toHaveLength(20);
    await click(button('Show older ones'));
    await click(button('Show older ones'));
    expect(messages()).toEqual(Array.from({ length: 60 }, (_, index) => `message ${60 - index}`));
  });

  test('is asked for again, by and by, when the service has not answered after an outage', async () => {
    await mountCentre();
    await lose();
    keep(1);
    await pass(1500);
    server.before = (line) => (server.failure = line === LIST ? 503 : undefined);
    await open();
    const alert = '.centre__main [role="alert"] strong';
    expect(texts(alert)).toHaveLength(1);
    const count = server.count(LIST);
    await pass(2000);
    await pass(3999);
    expect(server.count(LIST)).toBe(count + 1);
    expect(texts(alert)).toHaveLength(1);
    server.before = () => (server.failure = undefined);
    await pass(1);
    expect(texts(alert)).toEqual([]);
    expect(messages()).toEqual(['message 1']);
    await pass(60_000);
    expect(server.count(LIST)).toBe(count + 2);
  });

  test('says that it could not be loaded, and loads it on demand', async () => {
    keep(2);
    await mountCentre({ connect: false, token: null });
    server.failure = 500;
    localStorage.setItem('token', 'siti');
    window.dispatchEvent(new StorageEvent('storage', { key: 'token', storageArea: localStorage }));
    await pass(0);
    server.failure = undefined;
    await pass(2000); // the user is asked for again
    server.failure = undefined;
    expect(messages()).toEqual(['message 2', 'message 1']);
    server.failure = 503;
    await open();
    await lose();
    await pass(1500);
    await open();
    expect(texts('.centre__main [role="alert"] strong')).toEqual(['The history could not be loaded.']);
    expect(messages()).toEqual(['message 2', 'message 1']);
    server.failure = undefined;
    await click(button('Try again', '.centre__main'));
    expect(document.querySelector('.centre__main [role="alert"]')).toBeNull();
  });
});

describe('filters', () => {
  test('by type and unread', async () => {
    server.notifications = [
      kept(4, 'booking', bookingState(1, 4, { booking_code: 'A' })),
      kept(3, 'payment', bookingState(1, 3, { booking_code: 'B' })),
      kept(2, 'payment', bookingState(1, 2, { booking_code: 'C' }), true),
      kept(1, 'system', announcement(1, 'D'), true),
    ];
    await mountCentre();
    await click(button('Payments'));
    expect(messages()).toHaveLength(2);
    expect(button('Payments').getAttribute('aria-pressed')).toBe('true');
    await click(button('Unread only'));
    expect(messages()).toEqual(['Payment for booking B has been paid']);
    await click(button('System'));
    expect(texts('.empty-state p')).toEqual(['No notifications match this filter.']);
    await click(button('Show all'));
    expect(messages()).toHaveLength(4);
  });

  test('go on with what is unread further down, when all that was loaded is read', async () => {
    keep(45);
    await mountCentre();
    await click(button('Unread only'));
    expect(messages()).toHaveLength(20);
    for (let index = 0; index < 20; index += 1) await click(button(/^Mark as read: /));
    expect(messages()).toHaveLength(20);
    expect(unread()).toBe('25 unread');
  });

  test('find what the first page of everything does not have', async () => {
    keep(30);
    server.notifications.push(kept(0.5, 'payment', bookingState(1, 1, { booking_code: 'OLD' })));
    await mountCentre();
    await click(button('Payments'));
    expect(messages()).toEqual(['Payment for booking OLD has been paid']);
    // Beneath the first page of everything there are others that are not loaded: no hole is shown.
    await click(button('All'));
    expect(messages()).toHaveLength(20);
  });
});
