import { describe, expect, test, vi } from 'vitest';
import {
  button,
  click,
  element,
  FakePusher,
  isolateTests,
  ITEMS,
  lose,
  mountCentre,
  open,
  pass,
  sendAnnouncement,
  sendBooking,
  sendPayment,
  texts,
  unmount,
} from './support.ts';

isolateTests();

const toasts = () => texts('.toast p');

function hide(hidden: boolean): void {
  vi.spyOn(document, 'hidden', 'get').mockReturnValue(hidden);
  document.dispatchEvent(new Event('visibilitychange'));
}

function pointer(kind: 'pointerenter' | 'pointerleave'): void {
  element('.toast-region').dispatchEvent(new Event(kind));
}

describe('D-3', () => {
  test('a toast goes after 5 s, the list keeps the entry', async () => {
    await mountCentre();
    await sendAnnouncement(1, 'hello');
    await pass(4999);
    expect(toasts()).toEqual(['hello']);
    await pass(1);
    expect(toasts()).toEqual([]);
    expect(texts(`${ITEMS} p`)).toEqual(['hello']);
  });

  test('a toast that is dismissed leaves the entry in the list', async () => {
    await mountCentre();
    await sendAnnouncement(1, 'hello');
    await click(button('Dismiss notification', '.toast'));
    expect(toasts()).toEqual([]);
    expect(texts(`${ITEMS} p`)).toEqual(['hello']);
  });

  test('removeOnDismiss: as in the guide, both go after 5 s', async () => {
    await mountCentre({ props: { removeOnDismiss: true } });
    await sendAnnouncement(1, 'hello');
    await pass(5000);
    expect(toasts()).toEqual([]);
    expect(texts(`${ITEMS} p`)).toEqual([]);
  });

  test('removeOnDismiss: the entry and its toast are dismissed from the list', async () => {
    await mountCentre({ props: { removeOnDismiss: true } });
    await sendAnnouncement(1, 'one');
    await sendAnnouncement(2, 'two');
    await click(button('Dismiss notification', `${ITEMS}:first-child`));
    expect(texts(`${ITEMS} p`)).toEqual(['one']);
    expect(toasts()).toEqual(['one']);
  });
});

describe('what stops the time of toasts', () => {
  test('the pointer on one of them', async () => {
    await mountCentre();
    await sendAnnouncement(1, 'hello');
    await pass(4000);
    pointer('pointerenter');
    await pass(60_000);
    expect(toasts()).toEqual(['hello']);
    pointer('pointerleave');
    await pass(999);
    expect(toasts()).toEqual(['hello']);
    await pass(1);
    expect(toasts()).toEqual([]);
  });

  test('the focus in one of them', async () => {
    await mountCentre();
    await sendAnnouncement(1, 'hello');
    button('Dismiss notification', '.toast').focus();
    await pass(60_000);
    expect(toasts()).toEqual(['hello']);
    element('h2').focus();
    await pass(5000);
    expect(toasts()).toEqual([]);
  });

  test('a tab that is not seen, also for toasts that come meanwhile', async () => {
    await mountCentre();
    await sendAnnouncement(1, 'before');
    hide(true);
    await sendAnnouncement(2, 'hidden');
    await pass(60_000);
    expect(toasts()).toEqual(['hidden', 'before']);
    hide(false);
    await pass(5000);
    expect(toasts()).toEqual([]);
  });

  test('the pointer and the focus: until both are gone', async () => {
    await mountCentre();
    await sendAnnouncement(1, 'hello');
    pointer('pointerenter');
    button('Dismiss notification', '.toast').focus();
    pointer('pointerleave');
    await pass(60_000);
    expect(toasts()).toEqual(['hello']);
  });

  test('a toast that vanished under the pointer does not stop those to come', async () => {
    await mountCentre();
    await sendAnnouncement(1, 'one');
    pointer('pointerenter');
    await click(button('Dismiss notification', '.toast'));
    await sendAnnouncement(2, 'two');
    await pass(5000);
    expect(toasts()).toEqual([]);
  });
});

test('a failed payment is an alert and stays; others are told politely', async () => {
  await mountCentre();
  await sendBooking(1, 1, { booking_code: 'BK-1' });
  await sendPayment(1, 2, { booking_code: 'BK-1', payment_status: 'failed' });
  expect(texts('.toast[role="alert"] p')).toEqual(['Payment for booking BK-1 has been failed']);
  expect(texts('[aria-live="polite"] .toast:not([role]) p')).toHaveLength(1);
  await pass(3_600_000);
  expect(toasts()).toEqual(['Payment for booking BK-1 has been failed']);
});

test('the dismiss button has a name in both languages', async () => {
  localStorage.setItem('locale', 'id');
  await mountCentre();
  await sendAnnouncement(1, 'halo');
  expect(button('Tutup notifikasi', '.toast')).toBeTruthy();
});

test('dismissing moves the focus to the next toast, and back to where it was after the last', async () => {
  await mountCentre();
  await sendAnnouncement(1, 'one');
  await sendAnnouncement(2, 'two');
  button('Unread only').focus();
  const first = button('Dismiss notification', '.toast');
  first.focus();
  await click(first);
  expect(document.activeElement).toBe(button('Dismiss notification', '.toast'));
  expect(toasts()).toEqual(['one']);
  await click(button('Dismiss notification', '.toast'));
  expect(document.activeElement).toBe(button('Unread only'));
  // The focus has left: later toasts go by themselves.
  await sendAnnouncement(3, 'three');
  await pass(5000);
  expect(toasts()).toEqual([]);
});

test('a toast that comes takes no focus', async () => {
  await mountCentre();
  button('Unread only').focus();
  await sendPayment(1, 1, { payment_status: 'failed' });
  expect(document.activeElement).toBe(button('Unread only'));
});

test('Escape closes the newest, unless something else has used it', async () => {
  await mountCentre();
  await sendAnnouncement(1, 'one');
  await sendAnnouncement(2, 'two');
  const used = new KeyboardEvent('keydown', { key: 'Escape', cancelable: true });
  used.preventDefault();
  document.dispatchEvent(used);
  document.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape' }));
  await pass(0);
  expect(toasts()).toEqual(['one']);
});

test('more than three are counted, and dismissed at once', async () => {
  await mountCentre();
  for (const id of [1, 2, 3, 4, 5]) await sendAnnouncement(id, `message ${id}`);
  expect(toasts()).toEqual(['message 5', 'message 4', 'message 3']);
  expect(texts('.toast-region__more')).toEqual(['2 more notifications']);
  await click(button('Dismiss all'));
  expect(toasts()).toEqual([]);
});

describe('S-ER-1: the connection', () => {
  test('X-25, X-26: a loss and one recovery are told', async () => {
    await mountCentre();
    expect(toasts()).toEqual([]);
    await lose();
    expect(toasts()).toEqual(['Disconnected from server']);
    await pass(1500);
    await open();
    expect(toasts()).toEqual(['Reconnected to server']);
  });

  test('while it lasts, attempts that fail are no news: the banner counts them', async () => {
    await mountCentre();
    await lose();
    for (const wait of [1500, 2000, 4000]) {
      await pass(wait);
      FakePusher.latest.refuse(1006);
      await pass(0);
      expect(toasts().length).toBeLessThanOrEqual(1);
      expect(toasts()).not.toContain('Connection error. Attempting to reconnect...');
    }
    expect(toasts()).toEqual([]);
    expect(element('.connection-status').dataset['status']).toBe('reconnecting');
  });

  test('X-25: a first connection that fails is told once, until there is one', async () => {
    localStorage.setItem('notifications.toast-duration', 'never');
    await mountCentre({ connect: false });
    for (const wait of [0, 2000]) {
      await pass(wait);
      FakePusher.latest.refuse(1006);
      await pass(0);
      expect(toasts()).toEqual(['Connection error. Attempting to reconnect...']);
    }
    await click(button('Dismiss notification', '.toast'));
    await pass(4000);
    FakePusher.latest.refuse(1006);
    await pass(0);
    expect(toasts()).toEqual([]);
  });

  test('what was said of a first connection that failed is taken back', async () => {
    localStorage.setItem('notifications.toast-duration', 'never');
    await mountCentre({ connect: false });
    FakePusher.latest.refuse(1006);
    await pass(2000);
    expect(toasts()).toHaveLength(1);
    await open();
    expect(toasts()).toEqual([]);
  });

  test('an error of a connection that stays is told', async () => {
    await mountCentre();
    FakePusher.latest.error(4301, 'Too fast');
    await pass(0);
    expect(toasts()).toEqual(['Connection error. Attempting to reconnect...']);
  });

  test('in Indonesian', async () => {
    localStorage.setItem('locale', 'id');
    await mountCentre();
    await lose();
    expect(toasts()).toContain('Terputus dari server');
  });

  test('the wait is counted, and can be cut short', async () => {
    await mountCentre();
    await lose();
    expect(element('.connection-status').dataset['status']).toBe('reconnecting');
    expect(texts('.connection-status')).toEqual(['Status: Disconnected']);
    await pass(1500);
    FakePusher.latest.refuse();
    await pass(0);
    expect(texts('.connection .banner__text span')[0]).toBe('Trying again in 2 seconds');
    await pass(1000);
    expect(texts('.connection .banner__text span')[0]).toBe('Trying again in 1 second');
    const attempts = FakePusher.latest.count('attempt');
    await click(button('Try now'));
    expect(FakePusher.latest.count('attempt')).toBe(attempts + 1);
  });

  test('a refusal is explained and can be tried again', async () => {
    await mountCentre({ connect: false });
    FakePusher.latest.refuse(4001, 'Application does not exist');
    await pass(0);
    expect(element('.connection-status').dataset['status']).toBe('failed');
    expect(texts('.connection [role="alert"] p')[0]).toContain(
      'The server refuses this connection (code 4001).',
    );
    await click(button('Try again'));
    await open();
    expect(texts('.connection-status')).toEqual(['Status: Connected']);
  });

  test('a first connection that does not come is missed since the page is open', async () => {
    await mountCentre({ connect: false });
    FakePusher.latest.refuse();
    vi.spyOn(FakePusher.latest.connection, 'connect').mockReturnValue();
    await pass(29_000);
    expect(texts('.banner__detail')).toEqual([]);
    await pass(1000);
    expect(texts('.banner__detail')).toEqual([
      'This may have changed: no word from the server since 12:04:09.',
    ]);
  });

  test('after 30 s without it the page says that it may be out of date', async () => {
    await mountCentre();
    await lose();
    vi.spyOn(FakePusher.latest.connection, 'connect').mockReturnValue();
    await pass(29_000);
    expect(texts('.banner__detail')).toEqual([]);
    await pass(1000);
    expect(texts('.banner__detail')).toEqual([
      'This may have changed: no word from the server since 12:04:09.',
    ]);
  });
});

test('X-77: unmounting leaves no timer, no channel and no connection', async () => {
  await mountCentre();
  await sendAnnouncement(1, 'hello');
  await sendPayment(1, 1, { payment_status: 'failed' });
  const pusher = FakePusher.latest;
  unmount();
  await pass(0);
  expect(vi.getTimerCount()).toBe(0);
  expect(pusher.allChannels()).toEqual([]);
  expect(pusher.connection.state).toBe('disconnected');
});
