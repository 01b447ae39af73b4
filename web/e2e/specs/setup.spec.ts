// How the services are set up: from the lines of a Laravel application's .env, behind TLS, and watched.

import { test as bare } from '@playwright/test';
import { AvailabilityPage, quietDay } from '../fixtures/availability-page.ts';
import { DotenvServices } from '../fixtures/dotenv.ts';
import { NotificationsPage } from '../fixtures/notifications-page.ts';
import { expect, GEMA_AWAY, test } from '../fixtures/test.ts';
import { TlsProxy } from '../fixtures/tls.ts';

const DAY = quietDay();
const YOGA = 1;

bare(
  'the .env of a Laravel application is all that Gema, the publisher and the browser need',
  async ({ browser }) => {
    const services = await DotenvServices.start(
      (port) => `
REVERB_APP_ID=your_app_id
REVERB_APP_KEY=your_app_key
REVERB_APP_SECRET=your_app_secret
REVERB_HOST="localhost"
REVERB_PORT=${port}
REVERB_SCHEME=http

BROADCAST_DRIVER=reverb
`,
    );
    const { booking } = services;
    try {
      const page = await browser.newPage({ baseURL: booking.http });
      await page.addInitScript(() => localStorage.setItem('locale', 'en'));
      const { root } = (await new AvailabilityPage(page).open(DAY)).card(YOGA);
      await expect(root).toContainText('Capacity: 0/');
      const [, password] = /siti@example\.com +(\S+)/.exec(booking.log) ?? [];
      const post = async (path: string, body: object, token = ''): Promise<{ data: { token: string } }> => {
        const headers = { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` };
        const answer = await fetch(booking.http + path, {
          method: 'POST',
          headers,
          body: JSON.stringify(body),
        });
        expect(answer.ok).toBe(true);
        return (await answer.json()) as { data: { token: string } };
      };
      const { data } = await post('/api/v1/auth/login', { email: 'siti@example.com', password });
      await post('/api/v1/bookings', { session_id: YOGA, booking_date: DAY }, data.token);
      await expect(root).toContainText('Capacity: 1/');
      await page.close();
    } finally {
      await services.stop();
    }
  },
);

test.describe('behind TLS with a certificate that nobody has signed', () => {
  test.use({ ignoreHTTPSErrors: true, visit: { language: 'en' } });

  test('the browser connects by wss', async ({ page, guard, services }) => {
    const proxy = new TlsProxy(services.gema);
    const port = await proxy.open();
    guard.allow(GEMA_AWAY);
    guard.allowOrigin(`wss://127.0.0.1:${port}`);
    try {
      await page.route('**/config.json', async (route) => {
        const answer = await route.fetch();
        const config = (await answer.json()) as object;
        await route.fulfill({ response: answer, json: { ...config, port, scheme: 'https' } });
      });
      await page.route('**/notifications', async (route) => {
        const answer = await route.fetch();
        const policy = answer.headers()['content-security-policy'] ?? '';
        const headers = {
          ...answer.headers(),
          'content-security-policy': policy.replace(
            /connect-src [^;]*/,
            `connect-src 'self' wss://127.0.0.1:${port}`,
          ),
        };
        await route.fulfill({ response: answer, headers });
      });
      const guest = await new NotificationsPage(page).open();
      expect(guard.requests.some((url) => url.startsWith(`wss://127.0.0.1:${port}/app/`))).toBe(true);
      await services.announce('Through TLS.');
      await expect(guest.items.filter({ hasText: 'Through TLS.' })).toHaveCount(1);
    } finally {
      await proxy.close();
    }
  });
});

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
