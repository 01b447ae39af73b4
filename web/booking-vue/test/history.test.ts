import { describe, expect, test, vi } from 'vitest';
import {
  announcement,
  bookingState,
  button,
  click,
  element,
  FakePusher,
  isolateTests,
  ITEMS,
  kept,
  lose,
  mountCentre,
  open,
  pass,
  sendAnnouncement,
  sendBooking,
  server,
  texts,
} from './support.ts';

isolateTests();

const LIST = 'GET /api/v1/notifications';
const READ = 'POST /api/v1/notifications/read';

const messages = () => texts(`${ITEMS} p`);
const unread = () => element('[data-unread]').textContent.trim().replace(/\s+/g, ' ');

/** So many announcements, the newest with the highest id. */
function keep(count: number, read = false): void {
  server.notifications = Array.from({ length: count }, (_, index) => {
    const id = count - index;
    const updated_at = new Date(2026, 10, 23, 6, 0, id).toISOString();
    return kept(id, 'system', announcement(id, `message ${id}`, { updated_at }), read);
  });
}

/** The server keeps what it sends. */
async function sendKept(id: number, version: number, more: object = {}): Promise<void> {
  server.notifications = [
    kept(1000 + id * 10 + version, 'booking', bookingState(id, version, more)),
    ...server.notifications,
  ];
  await sendBooking(id, version, more);
}

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

describe('unread', () => {
  test('counts what the server has and what came since', async () => {
    keep(30);
    await mountCentre();
    expect(unread()).toBe('30 unread');
    await sendKept(1, 1);
    expect(unread()).toBe('31 unread');
  });

  test('one is marked by the id that the history has', async () => {
    keep(3);
    await mountCentre();
    await click(button('Mark as read: message 2'));
    expect(server.requests.at(-1)).toMatchObject({ line: READ, body: { ids: [2] } });
    expect(unread()).toBe('2 unread');
    expect(document.querySelectorAll(`${ITEMS}--unread`)).toHaveLength(2);
  });

  test('a live one is marked by the id that is looked up for it', async () => {
    await mountCentre();
    await sendKept(1, 1, { booking_code: 'BK-1' });
    await click(button(/^Mark as read: /));
    expect(server.requests.slice(-2).map(({ line }) => line)).toEqual([
      `${LIST}?type=booking&unread=true&page=1&per_page=100`,
      READ,
    ]);
    expect(server.requests.at(-1)?.body).toEqual({ ids: [1011] });
    expect(unread()).toBe('0 unread');
    expect(messages()).toHaveLength(1);
  });

  test('a live one that was read elsewhere meanwhile is read here too, without a request for nothing', async () => {
    await mountCentre();
    await sendKept(1, 1);
    server.notifications = server.notifications.map((one) => ({ ...one, read_at: one.created_at }));
    await click(button(/^Mark as read: /));
    expect(server.count(READ)).toBe(0);
    expect(unread()).toBe('0 unread');
  });

  test('what could not be marked is unread again, and the user is told', async () => {
    keep(1);
    await mountCentre();
    server.failure = 500;
    await click(button('Mark as read: message 1'));
    expect(unread()).toBe('1 unread');
    expect(texts('.toast[role="alert"] p')).toEqual(['This could not be marked as read yet.']);
    expect(button('Mark as read: message 1')).toBeTruthy();
  });

  test('all are marked, those too that are not loaded', async () => {
    keep(30);
    await mountCentre();
    await sendKept(1, 1);
    await click(button('Mark all as read'));
    expect(server.requests.some(({ line, body }) => line === READ && body['all'] === true)).toBe(true);
    expect(unread()).toBe('0 unread');
    expect(document.querySelectorAll(`${ITEMS}--unread`)).toHaveLength(0);
    await click(button('Show older ones'));
    expect(document.querySelectorAll(`${ITEMS}--unread`)).toHaveLength(0);
  });

  test('an event that comes while all are marked, after the server has counted, stays unread', async () => {
    keep(2);
    await mountCentre();
    server.during = (line) => {
      if (line !== READ) return;
      server.during = () => undefined;
      void sendKept(1, 1);
    };
    await click(button('Mark all as read'));
    expect(unread()).toBe('1 unread');
    expect(document.querySelectorAll(`${ITEMS}--unread`)).toHaveLength(1);
  });

  /** An event that is saved and comes at that moment of the next request that is named so. */
  function sendAt(moment: 'before' | 'during', name: string): void {
    const usual = server[moment];
    server[moment] = (line) => {
      if (line !== name) return;
      server[moment] = usual;
      void sendKept(1, 1);
    };
  }

  test.each(['before', 'during'] as const)(
    'an event that comes while the history is fetched, %s the answer, is counted once',
    async (moment) => {
      keep(2);
      await mountCentre();
      sendAt(moment, LIST);
      await lose();
      await pass(1500);
      await open();
      expect(messages()).toHaveLength(3);
      expect(unread()).toBe('3 unread');
    },
  );

  test('an event that comes between a list and its count is counted once', async () => {
    keep(2);
    await mountCentre();
    server.between = () => {
      server.between = () => undefined;
      void sendKept(1, 1);
    };
    await lose();
    await pass(1500);
    await open();
    expect(unread()).toBe('3 unread');
  });

  test.each(['before', 'during'] as const)(
    'an event that comes while another is marked, %s the answer, is counted once',
    async (moment) => {
      keep(2);
      await mountCentre();
      sendAt(moment, READ);
      await click(button('Mark as read: message 1'));
      expect(unread()).toBe('2 unread');
    },
  );

  test('an event that comes after it was marked with all others is read', async () => {
    keep(2);
    await mountCentre();
    const state = bookingState(1, 1);
    server.notifications.unshift(kept(50, 'booking', state));
    await click(button('Mark all as read'));
    await sendBooking(1, 1, state);
    expect(unread()).toBe('0 unread');
    expect(document.querySelectorAll('.toast')).toHaveLength(0);
  });

  test('what was read on another device is read here after coming back to the page', async () => {
    keep(30);
    await mountCentre();
    await click(button('Show older ones'));
    keep(30, true);
    const hidden = vi.spyOn(document, 'hidden', 'get').mockReturnValue(true);
    document.dispatchEvent(new Event('visibilitychange'));
    await pass(60_000);
    hidden.mockReturnValue(false);
    document.dispatchEvent(new Event('visibilitychange'));
    await pass(0);
    expect(unread()).toBe('0 unread');
    expect(texts('.summary__done')).toEqual(['All read']);
    expect(messages()).toHaveLength(30);
    expect(document.querySelectorAll(`${ITEMS}--unread`)).toHaveLength(0);
  });

  test('the focus goes on to the next entry', async () => {
    keep(3);
    await mountCentre();
    const first = button('Mark as read: message 3');
    first.focus();
    await click(first);
    expect(document.activeElement).toBe(button('Mark as read: message 2'));
  });

  test('the focus goes to the heading when everything is read', async () => {
    keep(1);
    await mountCentre();
    button('Mark all as read').focus();
    await click(button('Mark all as read'));
    expect(document.activeElement).toBe(element('h2'));
  });

  test('without a session it is counted and marked in this page', async () => {
    await mountCentre({ token: null });
    await sendAnnouncement(1, 'one');
    await sendAnnouncement(2, 'two');
    expect(unread()).toBe('2 unread');
    await click(button('Mark as read: one'));
    expect(unread()).toBe('1 unread');
    await click(button('Mark all as read'));
    expect(unread()).toBe('0 unread');
    expect(server.requests).toEqual([]);
  });
});
