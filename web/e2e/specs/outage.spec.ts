// What becomes of a page when Gema, or the way to it, is away: all without a second connection at any time.

import { AvailabilityPage, quietDay } from '../fixtures/availability-page.ts';
import { stopClock } from '../fixtures/clock.ts';
import { NEXT_ATTEMPT, says } from '../fixtures/connection.ts';
import { Figures } from '../fixtures/figures.ts';
import { NotificationsPage } from '../fixtures/notifications-page.ts';
import { expect, GEMA_AWAY, test } from '../fixtures/test.ts';
import { Witness } from '../fixtures/witness.ts';
import type { Page } from '@playwright/test';

const DAY = quietDay();
const YOGA = 1;
const PILATES = 2;
const CONNECTION = '.connection-status';
const CAPACITY = `.session-card[data-session-id="${YOGA}"] .availability-info > p:last-child`;

test.use({ visit: { as: 'siti', language: 'en' } });

test.describe('while nothing that is published arrives', () => {
  test.use({ behind: 'gate' });

  test('Gema is killed: the page says so; it is back: what was missed is fetched, and told late does no harm', async ({
    page,
    guard,
    services,
  }) => {
    guard.allow(GEMA_AWAY);
    await services.setCapacity(YOGA, 10, DAY);
    const witness = await Witness.of(page, [CAPACITY]);
    const told: string[] = [];
    page.on('websocket', (socket) =>
      socket.on('framereceived', ({ payload }) => {
        const { event, data } = JSON.parse(String(payload)) as { event: string; data: string };
        if (event !== 'AvailabilityUpdated') return;
        told.push(data);
      }),
    );
    const toldPlaces = (): number[] =>
      told.map((data) => (JSON.parse(data) as { available_slots: number }).available_slots);
    const sessions = await new AvailabilityPage(page).open(DAY);
    const card = sessions.card(YOGA);
    await card.shows('0/10', 'AVAILABLE');

    const { token } = await services.logIn('budi');
    services.gate.holdEvents();
    await services.killGema();
    await expect(sessions.connection).toHaveText('Status: Disconnected');
    await expect(page.getByRole('button', { name: 'Try now' })).toBeVisible();
    await services.book(token, YOGA, DAY);
    await services.book(token, YOGA, DAY);

    await services.restartGema();
    await sessions.connected();
    await card.shows('2/10', 'AVAILABLE');
    expect(told, 'the page has been told nothing: it has asked').toEqual([]);
    expect(await services.connections()).toBe(1);

    await expect.poll(() => services.channels()).toContain('availability');
    services.gate.releaseEvents();
    await expect.poll(toldPlaces).toEqual([9, 8]);
    await services.book(token, YOGA, DAY);
    await card.shows('3/10', 'AVAILABLE');
    // And the oldest once more, alone, and after it one that is new, of another session.
    await services.trigger('availability', 'AvailabilityUpdated', told[0] ?? '');
    await services.book(token, PILATES, DAY);
    await expect(sessions.card(PILATES).root).toContainText('Capacity: 1/');
    expect(toldPlaces().slice(0, 4)).toEqual([9, 8, 7, 9]);
    // What was old has never been shown.
    expect(await witness.said(CAPACITY)).toEqual(['Capacity: 0/10', 'Capacity: 2/10', 'Capacity: 3/10']);

    const notices = await witness.notices();
    for (const notice of ['Disconnected from server', 'Reconnected to server']) {
      expect(notices.filter((text) => text === notice)).toHaveLength(1);
    }
    expect(await witness.mostOpen()).toBe(1);
    expect(await services.connections()).toBe(1);
  });
});

test('ten outages: each is said within a second, over within three, and at no time is there a second connection', async ({
  page,
  guard,
  services,
}) => {
  guard.allow(GEMA_AWAY);
  const witness = await Witness.of(page);
  await page.clock.install();
  const sessions = await new AvailabilityPage(page).open(DAY);
  const all = ['availability', 'private-user.2'];
  await expect.poll(() => services.channels()).toEqual(all);
  const losses = new Figures('from the end of Gema until the page says so');
  const returns = new Figures('from the restart of Gema until the page is connected');
  for (let outage = 1; outage <= 10; outage += 1) {
    const killed = Date.now();
    await services.killGema();
    await says(page, 'Disconnected');
    losses.add(Date.now() - killed);
    await services.restartGema();
    const restarted = Date.now();
    await says(page, 'Connected');
    returns.add(Date.now() - restarted);
    await sessions.connected();
    expect(await services.connections(), `after outage ${outage}`).toBe(1);
    expect(await witness.mostOpen(), `until outage ${outage}`).toBe(1);
    // Of a connection that has lasted ten seconds the loss is a new one, after which the first wait is short again.
    await page.clock.runFor(10_000);
  }
  losses.expectUsuallyBelow(1000);
  returns.expectUsuallyBelow(3000);
  await expect.poll(() => services.channels()).toEqual(all);
  expect(await services.connections()).toBe(1);
  expect(await witness.mostOpen()).toBe(1);
});

for (const [name, open] of [
  ['sessions', (page) => new AvailabilityPage(page).open(DAY)],
  ['notifications', (page) => new NotificationsPage(page).open()],
] as const satisfies [string, (page: Page) => Promise<AvailabilityPage | NotificationsPage>][]) {
  test(`a long outage: the page of ${name} counts down to each attempt, and tries at once when it is told to`, async ({
    page,
    guard,
    services,
  }) => {
    guard.allow(GEMA_AWAY);
    const witness = await Witness.of(page);
    await page.clock.install();
    const { connection } = await open(page);
    await stopClock(page);
    await services.killGema();
    await expect(connection).toHaveText('Status: Disconnected');

    const banner = page.locator('.banner', { hasText: 'Attempt' });
    /** Seconds until that attempt, as the page says. */
    const secondsTo = async (attempt: number): Promise<number> => {
      await expect(banner).toContainText(
        new RegExp(`Trying again in \\d+ seconds?.*Attempt ${attempt}(?!\\d)`),
      );
      return Number(/in (\d+) second/.exec(await banner.innerText())?.[1]);
    };
    for (const [index, longest] of [1, 2, 4, 8, 16].entries()) {
      const seconds = await secondsTo(index + 1);
      expect(seconds).toBeLessThanOrEqual(longest);
      expect(seconds).toBeGreaterThanOrEqual(longest / 2);
      const made = await witness.made();
      for (let left = seconds - 1; left > 0; left -= 1) {
        await page.clock.runFor(1000);
        await expect.poll(() => secondsTo(index + 1)).toBe(left);
      }
      expect(await witness.made()).toBe(made);
      await page.clock.runFor(1000);
      await expect.poll(() => witness.made()).toBeGreaterThan(made);
    }

    // The time stands still: nothing but the button makes an attempt.
    expect(await secondsTo(6)).toBeGreaterThanOrEqual(15);
    const made = await witness.made();
    await page.getByRole('button', { name: 'Try now' }).click();
    await expect.poll(() => witness.made()).toBeGreaterThan(made);
    expect(await secondsTo(7)).toBeGreaterThanOrEqual(15);

    await services.restartGema();
    await page.getByRole('button', { name: 'Try now' }).click();
    await page.clock.resume();
    await expect(connection).toHaveText('Status: Connected', NEXT_ATTEMPT);
    await expect(banner).toHaveCount(0);
    expect(await witness.mostOpen()).toBe(1);
    expect(await services.connections()).toBe(1);
  });
}

test('a device that is offline says so, and goes on by itself', async ({
  page,
  context,
  guard,
  services,
}) => {
  guard.allow(GEMA_AWAY, /ERR_INTERNET_DISCONNECTED/);
  await services.setCapacity(YOGA, 10, DAY);
  const witness = await Witness.of(page);
  const sessions = await new AvailabilityPage(page).open(DAY);
  await context.setOffline(true);
  await expect(sessions.connection).toHaveAttribute('data-status', 'offline');
  await expect(page.getByText('You are offline')).toBeVisible();
  const { token } = await services.logIn('budi');
  await services.book(token, YOGA, DAY);
  await context.setOffline(false);
  await sessions.connected();
  await sessions.card(YOGA).shows('1/10', 'AVAILABLE');
  await expect.poll(() => services.connections()).toBe(1);
  expect(await witness.mostOpen()).toBe(1);
});

test.describe('a connection that dies without a word', () => {
  test.use({ gemaEnv: { REVERB_APP_ACTIVITY_TIMEOUT: '2' } });

  test('is noticed when no pong comes, and made again', async ({ page }) => {
    let dead = false;
    let madeAfterwards = 0;
    await page.routeWebSocket(/\/app\//, (socket) => {
      const dies = !dead;
      if (dead) madeAfterwards += 1;
      const server = socket.connectToServer();
      socket.onMessage((message) => {
        if (!(dies && dead)) server.send(message);
      });
      server.onMessage((message) => {
        if (!(dies && dead)) socket.send(message);
      });
    });
    const witness = await Witness.of(page, [CONNECTION]);
    const sessions = await new AvailabilityPage(page).open(DAY);
    expect((await witness.said(CONNECTION)).at(-1)).toBe('Status: Connected');
    const before = await witness.said(CONNECTION);
    dead = true;
    // Two seconds of silence, as the server has asked for, five in which no pong comes, and the wait for an attempt.
    await expect.poll(() => madeAfterwards, NEXT_ATTEMPT).toBeGreaterThan(0);
    await sessions.connected();
    const after = (await witness.said(CONNECTION)).slice(before.length);
    expect(after).toEqual(['Status: Disconnected', 'Status: Connected']);
  });
});
