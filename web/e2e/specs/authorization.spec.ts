import { AvailabilityPage, quietDay } from '../fixtures/availability-page.ts';
import { NotificationsPage } from '../fixtures/notifications-page.ts';
import { expect, GEMA_AWAY, status, test } from '../fixtures/test.ts';

const DAY = quietDay();
const YOGA = 1;

test.use({ visit: { as: 'siti', language: 'en' } });

/** What the page is told when it asks for a channel with a token. */
function authorize(input: {
  channel: string;
  token: string | null;
}): Promise<{ status: number; message?: string }> {
  return fetch('/api/broadcasting/auth', {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      ...(input.token !== null && { Authorization: `Bearer ${input.token}` }),
    },
    body: JSON.stringify({ socket_id: '123.456', channel_name: input.channel }),
  }).then(async (answer) => ({
    status: answer.status,
    ...((await answer.json()) as { message?: string }),
  }));
}

test('channels of other users are refused, administrators are let in, and nobody without a token', async ({
  page,
  guard,
  services,
}) => {
  guard.allow(status(401), status(403));
  await page.goto('/');
  const { token: siti } = await services.logIn('siti');
  const { token: admin } = await services.logIn('admin');
  const answers = async (channel: string, token: string | null): Promise<unknown> => {
    const { status, message } = await page.evaluate(authorize, { channel, token });
    return message === undefined ? status : `${status} ${message}`;
  };
  expect(await answers('private-user.2', siti)).toBe(200);
  expect(await answers('private-booking.2', siti)).toBe(200);
  expect(await answers('private-user.3', siti)).toBe('403 Forbidden');
  expect(await answers('private-booking.3', siti)).toBe('403 Forbidden');
  expect(await answers('private-user.3', admin)).toBe(200);
  expect(await answers('private-user.2', null)).toBe('401 Unauthorized');
  expect(await answers('private-orders.2', admin)).toBe('403 Forbidden');
  expect(await answers('presence-room', admin)).toBe('403 Forbidden');
});

test('a signature that is wrong is refused by Gema, and no event comes', async ({ page, services }) => {
  await page.route('**/api/broadcasting/auth', (route) => {
    const { channel_names: names } = route.request().postDataJSON() as { channel_names: string[] };
    const wrong = { status: 200, auth: `${services.gema.key}:${'0'.repeat(64)}` };
    return route.fulfill({ json: { channels: Object.fromEntries(names.map((name) => [name, wrong])) } });
  });
  const refusals: string[] = [];
  page.on('websocket', (socket) =>
    socket.on('framereceived', ({ payload }) => {
      if (String(payload).includes('4009')) refusals.push(String(payload));
    }),
  );
  const siti = await new NotificationsPage(page).open();
  await expect.poll(() => refusals.length).toBeGreaterThan(0);
  expect(await services.channels()).toEqual(['notifications']);
  const { token } = await services.logIn('siti');
  const { booking_code: code } = await services.book(token, YOGA, DAY);
  await services.announce('After the booking.');
  await expect(siti.toasts.filter({ hasText: 'After the booking.' })).toHaveCount(1);
  await expect(siti.toasts.filter({ hasText: code })).toHaveCount(0);
});

test('a token that is no longer valid: the page says so; after a new log-in events come again', async ({
  page,
  guard,
  services,
}) => {
  guard.allow(GEMA_AWAY, status(401));
  const sessions = await new AvailabilityPage(page).open(DAY);
  await expect.poll(() => services.channels()).toContain('private-user.2');

  const token = await page.evaluate(() => localStorage.getItem('token'));
  await services.booking.data(200, 'POST', '/api/v1/auth/logout', { token: token ?? '', body: {} });
  await services.killGema();
  await services.restartGema();
  await sessions.connected();
  const dialog = page.getByRole('dialog', { name: 'Log in again' });
  await expect(dialog).toBeVisible();
  expect(await services.channels()).not.toContain('private-user.2');

  const { email, password } = services.account('siti');
  await dialog.getByLabel('E-mail').fill(email);
  await dialog.getByLabel('Password').fill(password);
  await dialog.getByRole('button', { name: 'Log in' }).click();
  await expect(dialog).toBeHidden();
  await expect.poll(() => services.channels()).toContain('private-user.2');
  // The day that was chosen is still there, and so is the connection.
  await expect(page).toHaveURL(new RegExp(DAY));
  expect(await services.connections()).toBe(1);
});

test('who logs out leaves the private channels, and another tab that logs in gets them', async ({
  page,
  context,
  services,
}) => {
  const sessions = await new AvailabilityPage(page).open(DAY);
  const tab = await context.newPage();
  const centre = await new NotificationsPage(tab).open();
  await expect.poll(() => services.channels()).toContain('private-user.2');

  await page.getByRole('button', { name: 'Log out' }).click();
  await expect.poll(() => services.channels()).toEqual(['availability', 'notifications']);

  await page.goto('/#/login');
  const { email, password } = services.account('budi');
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password').fill(password);
  await page.locator('main').getByRole('button', { name: 'Log in' }).click();
  await expect.poll(() => services.channels()).toContain('private-user.3');
  const { token } = await services.logIn('budi');
  const { booking_code: code } = await services.book(token, YOGA, DAY);
  await expect(centre.items.filter({ hasText: code })).toHaveCount(1);
  await expect(sessions.connection).toHaveText('Status: Connected');
  expect(await services.connections()).toBe(2);
});

test.describe('with a limit of two attempts a minute', () => {
  test.use({ bookingEnv: { BOOKING_LOGIN_RATE_LIMIT: '2' }, visit: { language: 'en' } });

  test('who tries a third password is told how long to wait', async ({ page, guard }) => {
    guard.allow(status(422), status(401), status(429));
    await page.goto('/#/login');
    const form = page.locator('main');
    await form.getByLabel('E-mail').fill('siti@example.com');
    for (const password of ['wrong', 'wronger', 'wrongest']) {
      await form.getByLabel('Password').fill(password);
      const answer = page.waitForResponse('**/api/v1/auth/login');
      await form.getByRole('button', { name: 'Log in' }).click();
      expect((await answer).status()).toBe(password === 'wrongest' ? 429 : 422);
    }
    await expect(form.getByText(/Too many requests\. Try again in \d+ s\./)).toBeVisible();
  });
});
