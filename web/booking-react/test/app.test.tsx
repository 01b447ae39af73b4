import { screen, waitFor, within } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { booking, page, places, TOMORROW, user } from './fixtures.ts';
import { during, grant, openApp, pass, SITI, studioServer, type Stage } from './harness.tsx';
import { data, held, refusal, type FakeServer } from './server.ts';

const AUTH = 'POST /api/broadcasting/auth';
const LOGIN = 'POST /api/v1/auth/login';

function bearers(server: FakeServer, route: string): (string | null)[] {
  return server.to(route).map(({ headers }) => headers.get('Authorization'));
}

async function settledSessions(): Promise<void> {
  await screen.findByText('Capacity: 6/12');
}

describe('the shell', () => {
  it('has landmarks, a skip link and a title', async () => {
    const { visitor, view } = await openApp(studioServer());
    await settledSessions();
    const shell = view.container.firstElementChild;
    expect([...(shell?.children ?? [])].map(({ tagName }) => tagName)).toEqual(
      expect.arrayContaining(['A', 'HEADER', 'MAIN', 'FOOTER']),
    );
    expect(screen.getByRole('navigation', { name: 'Main menu' })).toBeVisible();
    expect(screen.getByRole('link', { name: 'Notifications' })).toHaveAttribute('href', '/notifications');
    expect(document.title).toBe('Sessions · Studio Gema');
    await visitor.click(screen.getByRole('link', { name: 'Skip to content' }));
    expect(screen.getByRole('main')).toHaveFocus();
  });

  it('moves the focus to the heading when the view changes, not at the start', async () => {
    const { visitor } = await openApp(studioServer().on('GET /api/v1/bookings', data({ bookings: [] })));
    await settledSessions();
    expect(screen.getByRole('heading', { level: 1 })).not.toHaveFocus();
    await visitor.click(screen.getByRole('link', { name: 'My bookings' }));
    await waitFor(() => expect(screen.getByRole('heading', { level: 1 })).toHaveFocus());
    expect(screen.getByRole('link', { name: 'My bookings' })).toHaveAttribute('aria-current', 'page');
    expect(document.title).toBe('Log in · Studio Gema');
  });

  it('speaks the other language at once, and keeps it', async () => {
    const { visitor } = await openApp(studioServer(), { locale: 'id' });
    expect(await screen.findByText('Kapasitas: 6/12')).toBeVisible();
    expect(document.documentElement.lang).toBe('id');
    await visitor.click(screen.getByRole('button', { name: 'Switch to English' }));
    expect(screen.getByText('Capacity: 6/12')).toBeVisible();
    expect(document.documentElement.lang).toBe('en');
    expect(localStorage.getItem('locale')).toBe('en');
  });

  it('goes through the themes', async () => {
    const { visitor } = await openApp(studioServer());
    await settledSessions();
    const press = async (name: string): Promise<void> => visitor.click(screen.getByRole('button', { name }));
    await press('Theme: Same as device');
    expect(document.documentElement).toHaveAttribute('data-theme', 'light');
    await press('Theme: Light');
    expect(document.documentElement).toHaveAttribute('data-theme', 'dark');
    await press('Theme: Dark');
    expect(document.documentElement).not.toHaveAttribute('data-theme');
  });

  it('asks for messages in the language of the page', async () => {
    const { server } = await openApp(studioServer(), { locale: 'id' });
    await screen.findByText('Kapasitas: 6/12');
    expect(server.to('GET /api/v1/sessions')[0]?.headers.get('Accept-Language')).toBe('id');
  });
});

describe('who is logged in', () => {
  async function logIn({ visitor }: Stage, place: HTMLElement): Promise<void> {
    const email = within(place).getByLabelText('E-mail address');
    await visitor.clear(email);
    await visitor.type(email, 'siti@example.com');
    await visitor.type(within(place).getByLabelText('Password'), 'rahasia{Enter}');
  }

  it('listens to nobody’s private channel as a stranger, and asks for none (X-14, X-17)', async () => {
    localStorage.setItem('user_id', '9');
    const { server, pusher } = await openApp(studioServer());
    await settledSessions();
    expect(server.to(AUTH)).toHaveLength(0);
    expect([...pusher.serverChannels]).toEqual(['availability']);
  });

  it('listens to the channel of the user that the API names, not of the storage (X-17)', async () => {
    localStorage.setItem('user_id', '9');
    location.hash = '#/bookings';
    const server = studioServer().on(
      'GET /api/v1/bookings',
      data({ bookings: [] }, { meta: { current_page: 1, last_page: 1, per_page: 10, total: 0 }, links: {} }),
    );
    const { pusher } = await openApp(server, { user: SITI });
    await waitFor(() => expect([...pusher.serverChannels]).toContain('private-user.7'));
    expect([...pusher.serverChannels]).not.toContain('private-user.9');
  });

  it('logs in on a page of its own and goes to the sessions', async () => {
    location.hash = '#/login';
    const server = studioServer().on(LOGIN, data({ token: 'fresh', token_type: 'Bearer', user: SITI }));
    const stage = await openApp(server);
    await logIn(stage, screen.getByRole('main'));
    await settledSessions();
    expect(location.hash).toBe('#/sessions');
    expect(screen.getByRole('button', { name: 'Account: Siti Aminah' })).toBeVisible();
    expect(stage.leave).not.toHaveBeenCalled();
  });

  it('registers, and shows what is wrong beside the field', async () => {
    location.hash = '#/login';
    const server = studioServer().on(
      'POST /api/v1/auth/register',
      refusal(422, 'Taken.', { errors: { email: ['The email has already been taken.'] } }),
    );
    const { visitor } = await openApp(server);
    await visitor.click(screen.getByRole('button', { name: 'Register' }));
    const form = screen.getByRole('form', { name: 'Register' });
    await visitor.type(within(form).getByLabelText('Name'), 'Siti');
    await visitor.type(within(form).getByLabelText('E-mail address'), 'siti@example.com');
    await visitor.type(within(form).getByLabelText('Password'), 'rahasia-sekali{Enter}');
    const email = within(form).getByLabelText('E-mail address');
    await waitFor(() => expect(email).toHaveAccessibleDescription('The email has already been taken.'));
    expect(server.to('POST /api/v1/auth/register')[0]?.body).toEqual({
      name: 'Siti',
      email: 'siti@example.com',
      password: 'rahasia-sekali',
    });
  });

  it.each([
    ['?next=/notifications', 1],
    ['?next=//evil.example', 0],
    ['?next=https://evil.example/notifications', 0],
    ['?next=/notifications/../x', 0],
  ])('goes to %s after the log-in only if it is the notifications', async (search, times) => {
    history.replaceState(null, '', `/${search}#/login`);
    const server = studioServer().on(LOGIN, data({ token: 'fresh', token_type: 'Bearer', user: SITI }));
    const stage = await openApp(server);
    await logIn(stage, screen.getByRole('main'));
    await waitFor(() => expect(localStorage.getItem('token')).toBe('fresh'));
    await pass(10);
    expect(stage.leave.mock.calls.length > 0).toBe(times > 0);
    for (const [path] of stage.leave.mock.calls) expect(path).toBe('/notifications');
  });

  it('asks to log in at once where ?next=/notifications came from', async () => {
    history.replaceState(null, '', '/?next=/notifications');
    await openApp(studioServer());
    expect(screen.getByRole('heading', { level: 1, name: 'Welcome' })).toBeVisible();
  });

  it('asks to log in again over the page when the session expires, and goes on (X-15)', async () => {
    history.replaceState(null, '', `/#/sessions?date=${TOMORROW}`);
    const server = studioServer()
      .on('GET /api/v1/availability', data({ availability: [places(6, 12, { date: TOMORROW })] }))
      .on('POST /api/v1/bookings', refusal(401, 'Unauthenticated.'))
      .on(LOGIN, data({ token: 'fresh', token_type: 'Bearer', user: SITI }));
    const stage = await openApp(server, { user: SITI });
    await settledSessions();
    await stage.visitor.click(screen.getByRole('button', { name: 'Book a place in Yoga Pagi' }));
    await stage.visitor.click(screen.getByRole('button', { name: 'Book now' }));

    const expired = await screen.findByRole('dialog', { name: 'Please log in again' });
    expect(within(expired).getByLabelText('E-mail address')).toHaveValue('siti@example.com');
    expect(localStorage.getItem('token')).toBeNull();
    server.on('POST /api/v1/bookings', data({ booking: booking() }, {}, 201));
    await logIn(stage, expired);
    await waitFor(() => expect(screen.queryByRole('dialog', { name: 'Please log in again' })).toBeNull());

    expect(screen.getByText(/^Tuesday,? 24 November 2026$/, { selector: '.day-picker__name' })).toBeVisible();
    await stage.visitor.click(screen.getByRole('button', { name: 'Try again' }));
    expect(await screen.findByText('BK-20261124-7KQ2ZD')).toBeVisible();
    expect(bearers(server, 'POST /api/v1/bookings')).toEqual(['Bearer token-of-7', 'Bearer fresh']);
    await waitFor(() => expect(bearers(server, AUTH).at(-1)).toBe('Bearer fresh'));
  });

  it('authorizes the private channel with the new token after an expiry (X-15)', async () => {
    location.hash = '#/bookings';
    const server = studioServer()
      .on('GET /api/v1/bookings', refusal(401, 'Unauthenticated.'))
      .on(LOGIN, data({ token: 'fresh', token_type: 'Bearer', user: SITI }));
    const stage = await openApp(server, { user: SITI });
    const expired = await screen.findByRole('dialog', { name: 'Please log in again' });
    await pass(10);
    expect([...stage.pusher.serverChannels]).not.toContain('private-user.7');
    server.on(
      'GET /api/v1/bookings',
      data({ bookings: [] }, { meta: { current_page: 1, last_page: 1, per_page: 10, total: 0 }, links: {} }),
    );
    await logIn(stage, expired);
    await waitFor(() => expect([...stage.pusher.serverChannels]).toContain('private-user.7'));
    expect(bearers(server, AUTH).at(-1)).toBe('Bearer fresh');
  });

  it.each(['bookings', 'admin'])(
    'asks on the page itself where a reload finds the session ended: %s',
    async (view) => {
      location.hash = `#/${view}`;
      localStorage.setItem('token', 'old');
      const server = studioServer()
        .on('GET /api/v1/user', refusal(401, 'Unauthenticated.'))
        .on('GET /api/v1/bookings', data({ bookings: [] }, page({ total: 0 })))
        .on(LOGIN, data({ token: 'fresh', token_type: 'Bearer', user: SITI }));
      const stage = await openApp(server);
      expect(await screen.findByRole('heading', { level: 1, name: 'Please log in again' })).toBeVisible();
      expect(screen.getByText('Your session has ended. Log in again to go on.')).toBeVisible();
      expect(screen.queryByRole('dialog')).toBeNull();
      expect(stage.view.container.querySelector('.skeleton')).toBeNull();
      await logIn(stage, screen.getByRole('main'));
      const shown = view === 'bookings' ? 'No bookings yet' : 'For administrators only';
      expect(await screen.findByRole('heading', { name: shown })).toBeVisible();
      expect(location.hash).toBe(`#/${view}`);
    },
  );

  it('does not end a new session because the old token was refused late', async () => {
    location.hash = '#/bookings';
    const server = studioServer().on('GET /api/v1/bookings', data({ bookings: [] }, page({ total: 0 })));
    const refuse = held(server, AUTH);
    const { studio, pusher } = await openApp(server, { user: SITI });
    await waitFor(() => expect(bearers(server, AUTH)).toEqual(['Bearer token-of-7']));
    server.on(AUTH, grant);
    await during(() => studio.session.logIn({ token: 'fresh', user: SITI }));
    await during(() => refuse(refusal(401, 'Unauthenticated.')));
    await waitFor(() => expect([...pusher.serverChannels]).toContain('private-user.7'));
    expect(bearers(server, AUTH)).toEqual(['Bearer token-of-7', 'Bearer fresh']);
    expect(studio.session.getToken()).toBe('fresh');
  });

  it.each(['here', 'in another tab'])(
    'ends the session that was begun %s after an expiry, too',
    async (where) => {
      location.hash = '#/bookings';
      const server = studioServer().on('GET /api/v1/bookings', data({ bookings: [] }, page({ total: 0 })));
      const { studio, pusher } = await openApp(server, { user: SITI });
      await waitFor(() => expect([...pusher.serverChannels]).toContain('private-user.7'));
      await during(() => studio.session.expire('token-of-7'));
      server.on(AUTH, refusal(401, 'Unauthenticated.'));
      await during(() => {
        if (where === 'here') {
          studio.session.logIn({ token: 'fresh', user: SITI });
        } else {
          localStorage.setItem('token', 'fresh');
          dispatchEvent(
            new StorageEvent('storage', { key: 'token', newValue: 'fresh', storageArea: localStorage }),
          );
        }
      });
      await waitFor(() =>
        expect(studio.session.getSnapshot()).toMatchObject({ status: 'expired', user: SITI }),
      );
      expect(bearers(server, AUTH).at(-1)).toBe('Bearer fresh');
    },
  );

  it('goes on as a stranger when nobody wants to log in again', async () => {
    const server = studioServer().on('GET /api/v1/user', refusal(401, 'Unauthenticated.'));
    const stage = await openApp(server);
    stage.studio.session.logIn({ token: 'old', user: SITI });
    await during(() => stage.studio.session.expire('old'));
    const expired = screen.getByRole('dialog', { name: 'Please log in again' });
    await stage.visitor.click(within(expired).getByRole('button', { name: 'Go on without logging in' }));
    expect(screen.queryByRole('dialog')).toBeNull();
    expect(screen.getByRole('link', { name: 'Log in' })).toBeVisible();
  });

  it('logs out: the token is revoked, private channels are left (X-15)', async () => {
    location.hash = '#/bookings';
    const server = studioServer()
      .on(
        'GET /api/v1/bookings',
        data(
          { bookings: [] },
          { meta: { current_page: 1, last_page: 1, per_page: 10, total: 0 }, links: {} },
        ),
      )
      .on('POST /api/v1/auth/logout', data({}));
    const { pusher, visitor } = await openApp(server, { user: SITI });
    await waitFor(() => expect([...pusher.serverChannels]).toContain('private-user.7'));
    await visitor.click(screen.getByRole('button', { name: 'Log out', hidden: true }));
    await waitFor(() => expect([...pusher.serverChannels]).not.toContain('private-user.7'));
    expect(bearers(server, 'POST /api/v1/auth/logout')).toEqual(['Bearer token-of-7']);
    expect(localStorage.getItem('token')).toBeNull();
    expect(localStorage.getItem('user_id')).toBeNull();
    expect(screen.getByRole('form', { name: 'Log in' })).toBeVisible();
  });

  it('shows the administration to administrators only', async () => {
    location.hash = '#/admin';
    await openApp(studioServer(), { user: SITI });
    expect(await screen.findByRole('heading', { name: 'For administrators only' })).toBeVisible();
    expect(screen.queryByRole('link', { name: 'Admin' })).toBeNull();
  });

  it('has a link to the administration for administrators', async () => {
    await openApp(studioServer(), { user: user({ roles: ['admin', 'user'] }) });
    expect(await screen.findByRole('link', { name: 'Admin' })).toHaveAttribute('href', '#/admin');
  });
});
