import { describe, expect, test, vi } from 'vitest';
import {
  bookingState,
  button,
  click,
  element,
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
  READ,
  sendAnnouncement,
  sendBooking,
  sendKept,
  server,
  texts,
  unread,
} from './support.ts';

isolateTests();

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
