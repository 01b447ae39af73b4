import { describe, expect, test } from 'vitest';
import {
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
  announcement,
  pass,
  send,
  sendAnnouncement,
  sendBooking,
  server,
  texts,
  bookingState,
  user,
} from './support.ts';

isolateTests();

const channels = () => FakePusher.latest.allChannels().map(({ name }) => name);

/** Another tab logs in, or out. */
async function inAnotherTab(token: string | null, userId: string | null): Promise<void> {
  for (const [key, value] of Object.entries({ user_id: userId, token })) {
    if (value === null) localStorage.removeItem(key);
    else localStorage.setItem(key, value);
  }
  window.dispatchEvent(new StorageEvent('storage', { key: 'token', storageArea: localStorage }));
  await pass(0);
}

test('X-17: without a session nothing private is subscribed, whatever user_id says', async () => {
  localStorage.setItem('user_id', '9');
  await mountCentre({ token: null });
  expect(channels()).toEqual(['notifications']);
  expect(server.requests).toEqual([]);
});

test('X-17: the id comes from the server, not from the storage', async () => {
  localStorage.setItem('user_id', '9');
  await mountCentre();
  expect(channels()).toEqual(['notifications', 'private-user.7']);
});

test('X-17: no private channel until it is known who it is', async () => {
  server.failure = 503;
  await mountCentre();
  expect(channels()).toEqual(['notifications']);
  server.failure = undefined;
  await pass(2000);
  expect(channels()).toEqual(['notifications', 'private-user.7']);
});

test('without a session announcements are shown, and where to log in', async () => {
  await mountCentre({ token: null });
  await sendAnnouncement(1, 'hello');
  expect(texts(`${ITEMS} p`)).toEqual(['hello']);
  expect(element('[data-session="anonymous"] a').getAttribute('href')).toBe('/?next=/notifications');
});

test('an administrator hears of the own bookings only', async () => {
  server.users.set('boss', user(1, 'Boss', ['admin']));
  await mountCentre({ token: 'boss' });
  expect(channels()).toEqual(['notifications', 'private-user.1']);
});

test('a token that has expired: the state is shown, and where to log in again', async () => {
  await mountCentre();
  await sendBooking(1, 1);
  server.users.delete('siti');
  FakePusher.latest.lose();
  await pass(1500);
  FakePusher.latest.open();
  await pass(0);
  expect(texts('[data-session="expired"] strong')).toEqual(['Please log in again']);
  expect(element('[data-session="expired"] a').getAttribute('href')).toBe('/?next=/notifications');
  // What was there stays.
  expect(texts(`${ITEMS} p`)).toHaveLength(1);
  expect(FakePusher.latest.serverChannels.has('private-user.7')).toBe(false);
  expect(localStorage.getItem('token')).toBeNull();
});

test('a token that channels are refused with has expired', async () => {
  server.refusesChannels = true;
  await mountCentre();
  expect(texts('[data-session="expired"] strong')).toEqual(['Please log in again']);
  expect(texts('.centre__main [role="alert"]')).toEqual([]);
  expect(document.querySelector('.skeleton')).toBeNull();
});

test('a token that expires before the history was loaded', async () => {
  server.during = (line) => {
    if (line === 'GET /api/v1/user') server.users.delete('siti');
  };
  await mountCentre();
  expect(texts('[data-session="expired"] .banner__detail')).toEqual([
    'The session of Siti has ended. Log in again to go on.',
  ]);
  expect(texts('.centre__main [role="alert"]')).toEqual([]);
  expect(document.querySelector('.skeleton')).toBeNull();
});

describe('what is not known is not said', () => {
  const claims = () => [...texts('[data-unread]'), ...texts('.empty-state p')];

  test('with a session that had expired before the page was loaded', async () => {
    server.users.delete('siti');
    await mountCentre();
    expect(texts('[role="status"] strong')).toEqual(['Please log in again']);
    expect(texts('[data-session="expired"] .banner__detail')).toEqual([
      'Your session has ended. Log in again to go on.',
    ]);
    expect(claims()).toEqual([]);
    expect(document.querySelector('.skeleton')).toBeNull();
    // Nor with a filter.
    await click(button('Payments'));
    expect(claims()).toEqual([]);
    await sendAnnouncement(1, 'hello');
    await click(button('All'));
    expect(texts(`${ITEMS} p`)).toEqual(['hello']);
    expect(claims()).toEqual([]);
  });

  test('until it is known who the user is, and what they were told', async () => {
    server.failure = 503;
    await mountCentre();
    expect(claims()).toEqual([]);
    expect(texts('.centre__main [role="status"]')).toContain('Loading notifications…');
    let answer = (): void => undefined;
    server.failure = undefined;
    server.before = (line) => {
      if (line === 'GET /api/v1/user') server.gate = new Promise((done) => (answer = done));
    };
    await pass(2000);
    expect(claims()).toEqual([]);
    expect(document.querySelector('.skeleton')).not.toBeNull();
    answer();
    await pass(0);
    expect(claims()).toEqual(['0 unread', 'As soon as there is news about your bookings, it appears here.']);
    expect(document.querySelector('.skeleton')).toBeNull();
  });

  test('when the history cannot be loaded', async () => {
    server.before = (line) => (server.failure = line === 'GET /api/v1/notifications' ? 500 : undefined);
    await mountCentre();
    expect(texts('.centre__main [role="alert"] strong')).toEqual(['The history could not be loaded.']);
    expect(claims()).toEqual([]);
  });

  test('to a guest, of bookings', async () => {
    await mountCentre({ token: null });
    expect(claims()).toEqual(['Announcements to everybody appear here.']);
  });
});

test('with an expired session nothing more is asked for', async () => {
  const updated_at = new Date().toISOString();
  server.notifications = Array.from({ length: 30 }, (_, index) =>
    kept(30 - index, 'system', announcement(index, `message ${index}`, { updated_at })),
  );
  await mountCentre();
  expect(button('Show older ones')).toBeTruthy();
  await inAnotherTab(null, '7');
  expect(texts('[data-session="expired"] strong')).toEqual(['Please log in again']);
  expect(() => button('Show older ones')).toThrow();
  const count = server.requests.length;
  await click(button('Payments'));
  expect(server.requests).toHaveLength(count);
  expect(texts('.toast')).toEqual([]);
});

test('what was to be marked when the session expired is unread', async () => {
  server.notifications = [kept(1, 'system', announcement(1, 'hello'))];
  await mountCentre();
  server.users.delete('siti');
  await click(button('Mark as read: hello'));
  expect(texts('[data-session="expired"] strong')).toEqual(['Please log in again']);
  expect(document.querySelectorAll(`${ITEMS}--unread`)).toHaveLength(1);
  expect(texts('.toast')).toEqual([]);
});

test('X-15: after a log-in in another tab the channel is subscribed and an event arrives', async () => {
  await mountCentre();
  server.users.delete('siti');
  FakePusher.latest.lose();
  await pass(1500);
  FakePusher.latest.open();
  await pass(0);
  expect(await sendBooking(1, 1)).toBe(false);
  server.users.set('renewed', user(7));
  await inAnotherTab('renewed', '7');
  expect(document.querySelector('[data-session]')).toBeNull();
  expect(await sendBooking(1, 2)).toBe(true);
  expect(texts(`${ITEMS} h4`)).toEqual(['Booking Update']);
});

test('a token that comes from another tab expires, too, when channels are refused, each time', async () => {
  await mountCentre({ token: null });
  for (const [version, token] of ['siti', 'renewed', 'again'].entries()) {
    server.refusesChannels = false;
    server.users.set(token, user(7));
    await inAnotherTab(token, '7');
    expect(await sendBooking(1, version + 1)).toBe(true);
    server.refusesChannels = true;
    // Long enough for the next outage to be another one.
    await pass(10_000);
    await lose();
    await pass(1500);
    await open();
    expect(texts('[data-session="expired"] strong')).toEqual(['Please log in again']);
    expect(localStorage.getItem('token')).toBeNull();
  }
});

test('X-15: a first log-in in another tab', async () => {
  await mountCentre({ token: null });
  server.notifications = [kept(1, 'system', announcement(1, 'kept'))];
  await inAnotherTab('siti', '7');
  expect(channels()).toEqual(['notifications', 'private-user.7']);
  expect(texts(`${ITEMS} p`)).toEqual(['kept']);
  expect(await sendBooking(1, 1)).toBe(true);
});

test('after a log-out in another tab nothing of the user is left', async () => {
  server.notifications = [kept(1, 'booking', bookingState(1, 1))];
  await mountCentre();
  expect(texts(`${ITEMS} h4`)).toEqual(['Booking Update']);
  await inAnotherTab(null, null);
  expect(texts(`${ITEMS} h4`)).toEqual([]);
  await pass(1);
  expect(FakePusher.latest.serverChannels).toEqual(new Set(['notifications']));
});

test('another user does not see what the one before was told', async () => {
  server.notifications = [kept(1, 'booking', bookingState(1, 1))];
  server.users.set('budi', user(8, 'Budi'));
  await mountCentre();
  server.notifications = [];
  await inAnotherTab('budi', '8');
  await pass(1);
  expect(texts(`${ITEMS} p`)).toEqual([]);
  expect(await send('private-user.7', 'BookingStatusUpdated', bookingState(1, 2))).toBe(false);
  expect(await send('private-user.8', 'BookingStatusUpdated', bookingState(2, 1))).toBe(true);
});

test('an answer to the user before, which was on its way, is dropped', async () => {
  server.notifications = [kept(1, 'booking', bookingState(1, 1))];
  await mountCentre();
  let open = (): void => undefined;
  server.gate = new Promise((done) => (open = done));
  FakePusher.latest.lose();
  await pass(1500);
  FakePusher.latest.open();
  await pass(0);
  await inAnotherTab(null, null);
  open();
  await pass(1);
  expect(texts(`${ITEMS} p`)).toEqual([]);
});
