import { quietDay } from '../fixtures/availability-page.ts';
import { NotificationsPage } from '../fixtures/notifications-page.ts';
import { expect, GEMA_AWAY, logIn, status, test } from '../fixtures/test.ts';
import { Witness } from '../fixtures/witness.ts';

const DAY = quietDay();
const YOGA = 1;

test.use({ visit: { as: 'siti', language: 'en' } });

/** What one channel gets, or a request for several. */
interface Outcome {
  status: number;
  message?: string;
  auth?: string;
}

/** What the page is told when it asks for one channel, or for several in one request, with a token. */
function authorize(input: {
  channel: string | string[];
  token: string | null;
}): Promise<Outcome & { channels?: Record<string, Outcome> }> {
  return fetch('/api/broadcasting/auth', {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      ...(input.token !== null && { Authorization: `Bearer ${input.token}` }),
    },
    body: JSON.stringify({
      socket_id: '123.456',
      [typeof input.channel === 'string' ? 'channel_name' : 'channel_names']: input.channel,
    }),
  }).then(async (answer) => ({
    status: answer.status,
    ...((await answer.json()) as object),
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

test('of several channels in one request, each gets what it would get alone', async ({ page, services }) => {
  await page.goto('/');
  const { token: siti } = await services.logIn('siti');
  const { token: admin } = await services.logIn('admin');
  const granted = { status: 200, auth: expect.stringContaining(`${services.gema.key}:`) as unknown };
  const forbidden = { status: 403, message: 'Forbidden' };
  const unauthorized = { status: 401, message: 'Unauthorized' };
  // The first and the last are Siti's own.
  const channel = [
    'private-user.2',
    'private-user.3',
    'private-booking.3',
    'presence-room',
    'private-booking.2',
  ];
  for (const [token, outcomes] of [
    [siti, [granted, forbidden, forbidden, forbidden, granted]],
    [admin, [granted, granted, granted, forbidden, granted]],
    [null, channel.map(() => unauthorized)],
  ] as const) {
    expect(await page.evaluate(authorize, { channel, token })).toEqual({
      status: 200,
      channels: Object.fromEntries(channel.map((name, index) => [name, outcomes[index]])),
    });
  }
});

test('a signature that is wrong is refused by Gema, and no event comes', async ({
  page,
  guard,
  services,
}) => {
  guard.allow(/WebSocket error:/);
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
  const witness = await Witness.of(page);
  await new NotificationsPage(page).open();
  await expect.poll(() => refusals.length).toBeGreaterThan(0);
  expect(await services.channels()).toEqual(['notifications']);
  const { token } = await services.logIn('siti');
  const { booking_code: code } = await services.book(token, YOGA, DAY);
  await services.announce('After the booking.');
  await expect.poll(() => witness.notices()).toContain('After the booking.');
  expect((await witness.notices()).filter((notice) => notice.includes(code))).toEqual([]);
});

test('a token that is no longer valid: the page says so; after a new log-in events come again', async ({
  page,
  guard,
  services,
}) => {
  guard.allow(GEMA_AWAY, status(401));
  await page.goto('/#/bookings');
  await expect.poll(() => services.channels()).toContain('private-user.2');

  const old = await page.evaluate(() => localStorage.getItem('token'));
  await services.booking.data(200, 'POST', '/api/v1/auth/logout', { token: old ?? '', body: {} });
  await services.killGema();
  await services.restartGema();
  const dialog = page.getByRole('dialog', { name: 'Please log in again' });
  await expect(dialog).toBeVisible();
  await expect(page.locator('.connection-status')).toHaveText('Status: Connected');
  expect(await services.channels()).not.toContain('private-user.2');

  await logIn(page, services.account('siti'));
  await expect(dialog).toHaveCount(0);
  await expect.poll(() => services.channels()).toContain('private-user.2');
  await expect(page).toHaveURL(/#\/bookings$/);
  expect(await services.connections()).toBe(1);

  // What comes over the channel now is seen.
  const { token } = await services.logIn('siti');
  const { booking_code: code } = await services.book(token, YOGA, DAY);
  await expect(page.locator('.code', { hasText: code })).toBeVisible();
});

test('who logs out leaves the private channels, and whoever logs in gets theirs, in all tabs', async ({
  page,
  context,
  services,
}) => {
  await page.goto('/#/bookings');
  const centre = await new NotificationsPage(await context.newPage()).open();
  await expect.poll(() => services.channels()).toContain('private-user.2');

  await page.getByRole('button', { name: /^Account/ }).click();
  await page.getByRole('button', { name: 'Log out' }).click();
  await expect.poll(() => services.channels()).not.toContain('private-user.2');

  await page.goto('/#/login');
  await logIn(page, services.account('budi'));
  await expect.poll(() => services.channels()).toContain('private-user.3');
  const { token } = await services.logIn('budi');
  const { booking_code: code } = await services.book(token, YOGA, DAY);
  await expect(centre.items.filter({ hasText: code })).toHaveCount(1);
  expect(await services.connections()).toBe(2);
});

test.describe('with a limit of one attempt a minute', () => {
  test.use({ bookingEnv: { BOOKING_LOGIN_RATE_LIMIT: '1' }, visit: { language: 'en' } });

  test('who tries a second password is told how long to wait', async ({ page, guard }) => {
    guard.allow(status(422), status(401), status(429));
    await page.goto('/#/login');
    for (const [password, expected] of [
      ['wrong', 422],
      ['wronger', 429],
    ] as const) {
      const answer = page.waitForResponse('**/api/v1/auth/login');
      await logIn(page, { email: 'siti@example.com', password });
      expect((await answer).status()).toBe(expected);
    }
    await expect(page.getByRole('alert')).toContainText('Too many requests. Wait a moment.');
    await expect(page.getByRole('alert').locator('strong')).toHaveText(/^\d+ s$/);
  });
});
