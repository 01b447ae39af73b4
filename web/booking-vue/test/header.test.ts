import { beforeEach, describe, expect, test, vi } from 'vitest';
import App from '../src/App.vue';
import {
  bookingState,
  button,
  click,
  element,
  isolateTests,
  ITEMS,
  kept,
  mountCentre,
  pass,
  sendAnnouncement,
  sendBooking,
  server,
  texts,
  user,
} from './support.ts';

isolateTests();

const LOG_OUT = 'POST /api/v1/auth/logout';
const MENU = '.user__menu';

/** jsdom knows no popovers. */
const hidePopover = vi.fn();

beforeEach(() => {
  hidePopover.mockReset();
  HTMLElement.prototype.hidePopover = hidePopover;
});

async function escape(target: HTMLElement): Promise<void> {
  target.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', bubbles: true, cancelable: true }));
  await pass(0);
}

describe('the menu of the user', () => {
  test('says who is logged in, and belongs to its button', async () => {
    server.users.set('siti', user(7, 'Siti Nur Aminah'));
    await mountCentre({ component: App });
    const opener = button('Account: Siti Nur Aminah');
    expect(opener.textContent.trim()).toBe('SA');
    expect(opener.getAttribute('popovertarget')).toBe(element(MENU).id);
    expect(element(MENU).getAttribute('popover')).toBe('auto');
    expect(texts(`${MENU} strong`)).toEqual(['Siti Nur Aminah']);
  });

  test('without a session there is none, but where to log in', async () => {
    await mountCentre({ component: App, token: null });
    expect(document.querySelector(MENU)).toBeNull();
    expect(element('.app-actions a').getAttribute('href')).toBe('/?next=/notifications');
  });

  test('is there before it is known who it is, and after the session has expired', async () => {
    server.failure = 503;
    await mountCentre({ component: App });
    expect(button('Account')).toBeTruthy();
    server.failure = 401;
    await pass(2000);
    expect(texts('[data-session="expired"] strong')).toEqual(['Please log in again']);
    expect(element(`${MENU} a`).getAttribute('href')).toBe('/?next=/notifications');
    server.failure = undefined;
    await click(button('Log out'));
    expect(document.querySelector('[data-session="expired"]')).toBeNull();
    expect(document.querySelector(MENU)).toBeNull();
  });

  test('an Escape that closes it closes no toast', async () => {
    await mountCentre({ component: App });
    await sendAnnouncement(1, 'hello');
    const opener = button('Account: Siti');
    element(MENU).dispatchEvent(Object.assign(new Event('beforetoggle'), { newState: 'open' }));
    await escape(opener);
    expect(hidePopover).toHaveBeenCalledTimes(1);
    expect(texts('.toast p')).toEqual(['hello']);
    element(MENU).dispatchEvent(Object.assign(new Event('beforetoggle'), { newState: 'closed' }));
    await escape(opener);
    expect(texts('.toast p')).toEqual([]);
  });

  test('in Indonesian', async () => {
    localStorage.setItem('locale', 'id');
    await mountCentre({ component: App });
    expect(button('Akun: Siti')).toBeTruthy();
    expect(button('Keluar')).toBeTruthy();
  });
});

describe('logging out', () => {
  test('revokes the token, ends the session for all tabs, and leaves nothing of the user', async () => {
    server.notifications = [kept(1, 'booking', bookingState(1, 1))];
    await mountCentre({ component: App });
    await sendAnnouncement(1, 'hello');
    await sendBooking(1, 2);
    button('Log out').focus();
    await click(button('Log out'));
    expect(server.requests.at(-1)).toMatchObject({ line: LOG_OUT, token: 'siti' });
    expect(server.users.has('siti')).toBe(false);
    expect(localStorage.getItem('token')).toBeNull();
    expect(localStorage.getItem('user_id')).toBeNull();
    expect(texts(ITEMS)).toEqual([]);
    expect(texts('.toast')).toEqual([]);
    expect(texts('[data-session="anonymous"] strong')).toEqual(['You are not logged in']);
    expect(document.activeElement).toBe(element('.app-actions a'));
    await pass(1);
    expect(await sendBooking(1, 3)).toBe(false);
  });

  test('does not wait for the server', async () => {
    await mountCentre({ component: App });
    let answer = (): void => undefined;
    server.gate = new Promise((done) => (answer = done));
    await click(button('Log out'));
    expect(localStorage.getItem('token')).toBeNull();
    expect(texts('[data-session="anonymous"] strong')).toEqual(['You are not logged in']);
    answer();
    await pass(0);
    expect(server.count(LOG_OUT)).toBe(1);
  });

  test('ends the session here although the server is away', async () => {
    await mountCentre({ component: App });
    server.failure = null;
    await click(button('Log out'));
    expect(localStorage.getItem('token')).toBeNull();
    expect(texts('[data-session="anonymous"] strong')).toEqual(['You are not logged in']);
  });
});

describe('the way to the administration', () => {
  const links = () => texts('.app-nav a');

  test('is shown to administrators only', async () => {
    await mountCentre({ component: App });
    expect(links()).toEqual(['Sessions', 'My bookings', 'Notifications']);
  });

  test('leads to the other front end', async () => {
    server.users.set('boss', user(1, 'Boss', ['admin']));
    await mountCentre({ component: App, token: 'boss' });
    expect(links()).toEqual(['Sessions', 'My bookings', 'Notifications', 'Admin']);
    expect(element('.app-nav a:last-child').getAttribute('href')).toBe('/#/admin');
    expect(element('[aria-current]').textContent).toContain('Notifications');
  });
});
