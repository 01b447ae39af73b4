// How the services are set up: from the lines of a Laravel application's .env, with TLS, and watched.

import { AvailabilityPage, quietDay } from '../fixtures/availability-page.ts';
import { NotificationsPage } from '../fixtures/notifications-page.ts';
import { expect, test } from '../fixtures/test.ts';

const DAY = quietDay();
const YOGA = 1;

test.describe('with the lines that a Laravel application has for Reverb', () => {
  test.use({
    visit: { language: 'en' },
    dotenv: `
REVERB_APP_ID=your_app_id
REVERB_APP_KEY=your_app_key
REVERB_APP_SECRET=your_app_secret
REVERB_HOST="localhost"
REVERB_PORT=8080
REVERB_SCHEME=http

BROADCAST_DRIVER=reverb
`,
  });

  test('the .env is all that Gema, the publisher and the browser need', async ({ page, guard, services }) => {
    const socket = `ws://localhost:${services.gema.port}`;
    guard.allowOrigin(socket);
    const { root } = (await new AvailabilityPage(page).open(DAY)).card(YOGA);
    await expect(root).toContainText('Capacity: 0/');
    const { token } = await services.logIn('siti');
    await services.book(token, YOGA, DAY);
    await expect(root).toContainText('Capacity: 1/');
    const sockets = guard.requests.filter((url) => url.startsWith('ws:'));
    expect(sockets).toEqual([expect.stringContaining(`${socket}/app/your_app_key?`)]);
  });
});

test.describe('with TLS and a certificate that nobody has signed', () => {
  test.use({ ignoreHTTPSErrors: true, visit: { language: 'en' }, tls: true });

  test('the pages connect by wss, and the policy that they come with lets them connect nowhere else', async ({
    page,
    guard,
    services,
  }) => {
    const wss = services.socketOrigin;
    const answer = page.waitForResponse('**/notifications');
    const guest = await new NotificationsPage(page).open();
    const { 'content-security-policy': policy } = (await answer).headers();
    expect(policy).toContain(`; connect-src 'self' ${wss};`);
    const sockets = guard.requests.filter((url) => url.startsWith('ws'));
    expect(sockets).toEqual([expect.stringContaining(`${wss}/app/${services.gema.key}?`)]);
    // What is published goes through TLS too.
    await services.announce('Through TLS.');
    await expect(guest.items.filter({ hasText: 'Through TLS.' })).toHaveCount(1);

    // So far nothing that the policy forbids; and the browser does as it says: without TLS it is another address.
    guard.check();
    guard.allow(/Content Security Policy/);
    const plain = `ws://${services.gema.host}:${services.gema.port}`;
    expect(await page.evaluate(connects, `${wss}/app/${services.gema.key}`)).toBe('open');
    expect(await page.evaluate(connects, `${plain}/app/${services.gema.key}`)).toBe('connect-src');
  });
});

/** Runs in the page: what becomes of a WebSocket there, `open` or the directive that forbids it. */
function connects(url: string): Promise<string> {
  return new Promise((done) => {
    document.addEventListener('securitypolicyviolation', (event) => done(event.effectiveDirective));
    const socket = new WebSocket(url);
    socket.addEventListener('open', () => {
      socket.close();
      done('open');
    });
  });
}

test.describe('with metrics', () => {
  test.use({ visit: { as: 'siti', language: 'en' }, bookingEnv: { BOOKING_METRICS: '127.0.0.1:0' } });

  test('the figures of the booking service move with what a page does', async ({ page, services }) => {
    const [, url] = /Metrics +(http:\S+)/.exec(services.booking.log) ?? [];
    const created = async (): Promise<number> => {
      const text = await (await fetch(url ?? '')).text();
      return Number(/^booking_bookings_total\{result="created"\} (\d+)$/m.exec(text)?.[1] ?? 0);
    };
    expect(await created()).toBe(0);
    const sessions = await new AvailabilityPage(page).open(DAY);
    await sessions.card(YOGA).book();
    await page.getByRole('button', { name: 'Book now' }).click();
    await expect.poll(created).toBe(1);
  });
});
