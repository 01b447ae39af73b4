import { AvailabilityPage, quietDay } from '../fixtures/availability-page.ts';
import { expect, GEMA_AWAY, test } from '../fixtures/test.ts';

const DAY = quietDay();
const YOGA = 1;

test.use({ visit: { as: 'siti', language: 'en' } });

test('Gema is killed: said within a second; it is back: within 3 s, with what was missed, on one connection', async ({
  page,
  guard,
  services,
}) => {
  guard.allow(GEMA_AWAY);
  await services.setCapacity(YOGA, 10, DAY);
  const sessions = await new AvailabilityPage(page).open(DAY);
  const card = sessions.card(YOGA);
  await card.shows('0/10', 'AVAILABLE');
  const notices = page.locator('.toast');

  const { token } = await services.logIn('budi');
  await services.killGema();
  await expect(sessions.connection).toHaveText('Status: Disconnected', { timeout: 1000 });
  await expect(notices.filter({ hasText: 'Disconnected from server' })).toBeVisible();
  await expect(page.getByRole('button', { name: 'Try now' })).toBeVisible();

  await services.book(token, YOGA, DAY);
  await services.restartGema();
  await expect(sessions.connection).toHaveText('Status: Connected', { timeout: 3000 });
  await card.shows('1/10', 'AVAILABLE');
  await expect(notices.filter({ hasText: 'Reconnected to server' })).toHaveCount(1);
  expect(await services.connections()).toBe(1);

  await services.book(token, YOGA, DAY);
  await card.shows('2/10', 'AVAILABLE');
});

test('ten outages leave one connection with its subscriptions', async ({ page, guard, services }) => {
  guard.allow(GEMA_AWAY);
  const sessions = await new AvailabilityPage(page).open(DAY);
  await expect.poll(() => services.channels()).toContain('availability');
  const before = await services.channels();
  for (let outage = 0; outage < 10; outage += 1) {
    await services.killGema();
    await expect(sessions.connection).toHaveText('Status: Disconnected', { timeout: 1000 });
    await services.restartGema();
    await sessions.connected();
  }
  await expect.poll(() => services.channels()).toEqual(before);
  expect(await services.connections()).toBe(1);
});

test('a device that is offline says so, and goes on by itself', async ({
  page,
  context,
  guard,
  services,
}) => {
  guard.allow(GEMA_AWAY, /ERR_INTERNET_DISCONNECTED/);
  await services.setCapacity(YOGA, 10, DAY);
  const sessions = await new AvailabilityPage(page).open(DAY);
  await context.setOffline(true);
  await expect(sessions.connection).toHaveAttribute('data-status', 'offline', { timeout: 1000 });
  await expect(page.getByText('You are offline')).toBeVisible();
  const { token } = await services.logIn('budi');
  await services.book(token, YOGA, DAY);
  await context.setOffline(false);
  await expect(sessions.connection).toHaveText('Status: Connected', { timeout: 3000 });
  await sessions.card(YOGA).shows('1/10', 'AVAILABLE');
  await expect.poll(() => services.connections()).toBe(1);
});

test.describe('a connection that dies without a word', () => {
  test.use({ gemaEnv: { REVERB_APP_ACTIVITY_TIMEOUT: '2' } });

  test('is noticed when no pong comes, and made again', async ({ page }) => {
    let dead = false;
    const sockets: string[] = [];
    await page.routeWebSocket(/\/app\//, (socket) => {
      sockets.push(socket.url());
      const mute = sockets.length === 1;
      const server = socket.connectToServer();
      socket.onMessage((message) => {
        if (!(mute && dead)) server.send(message);
      });
      server.onMessage((message) => {
        if (!(mute && dead)) socket.send(message);
      });
    });
    const sessions = await new AvailabilityPage(page).open(DAY);
    expect(sockets).toHaveLength(1);
    dead = true;
    // Two seconds of silence, as the server has asked for, then five in which no pong comes.
    await expect(sessions.connection).toHaveText('Status: Disconnected', { timeout: 10_000 });
    await sessions.connected();
    expect(sockets).toHaveLength(2);
  });
});
