import { quietDay } from '../fixtures/availability-page.ts';
import { stopClock } from '../fixtures/clock.ts';
import { NEXT_ATTEMPT } from '../fixtures/connection.ts';
import { NotificationsPage } from '../fixtures/notifications-page.ts';
import { expect, GEMA_AWAY, test } from '../fixtures/test.ts';

const DAY = quietDay();
const YOGA = 1;

test.use({ visit: { as: 'siti', language: 'en' } });

test('a booking and its payment are told to their user in these words, and to nobody else', async ({
  page,
  open,
  services,
}) => {
  const siti = await new NotificationsPage(page).open();
  const budi = await new NotificationsPage(await open({ as: 'budi', language: 'en' })).open();
  await expect.poll(() => services.channels()).toEqual(['notifications', 'private-user.2', 'private-user.3']);
  await expect(budi.page.locator('[data-unread]'), 'the history has come').toBeVisible();
  const before = await budi.items.count();

  const { token } = await services.logIn('siti');
  const booking = await services.book(token, YOGA, DAY);
  const { booking_code: code } = booking;
  const booked = siti.items.filter({ hasText: code }).and(page.locator('.booking'));
  await expect(booked).toHaveCount(1);
  await expect(booked.locator('p')).toHaveText(`Your booking ${code} status has been updated to pending`);
  await expect(booked.locator('h4')).toHaveText('Booking Update');

  await services.pay(token, booking.id, 'succeed');
  const payment = siti.items.filter({ hasText: code }).and(page.locator('.payment'));
  // The newest first.
  await expect(payment.locator('p')).toHaveText([
    `Payment for booking ${code} has been paid`,
    `Payment for booking ${code} has been pending`,
  ]);
  await expect(payment.locator('h4')).toHaveText(['Payment Update', 'Payment Update']);

  // The same connection brings the announcement, after everything before it.
  await services.announce('Studio 2 is closed.');
  await expect(budi.items.filter({ hasText: 'Studio 2 is closed.' })).toHaveCount(1);
  expect(await budi.items.count()).toBe(before + 1);
  await expect(budi.page.getByText(code)).toHaveCount(0);
});

test('an announcement is told to everybody, guests too', async ({ page, open, services }) => {
  const siti = await new NotificationsPage(page).open();
  const guest = await new NotificationsPage(await open({ language: 'en' })).open();
  await expect.poll(() => services.channels()).toContain('private-user.2');
  await services.announce('We open at six tomorrow.', { level: 'warning' });
  for (const seen of [siti, guest]) {
    const item = seen.items.filter({ hasText: 'We open at six tomorrow.' });
    await expect(item).toHaveCount(1);
    await expect(item).toHaveClass(/system/);
  }
});

test('a toast is gone after five seconds; the list keeps the entry, the newest first', async ({
  page,
  services,
}) => {
  await page.clock.install();
  const siti = await new NotificationsPage(page).open();
  await stopClock(page);
  await services.announce('The first.');
  await expect(siti.toasts.filter({ hasText: 'The first.' })).toHaveCount(1);
  await page.clock.runFor(4000);
  await services.announce('The second.');
  await expect(siti.toasts.filter({ hasText: 'The second.' })).toHaveCount(1);
  await expect(siti.toasts.filter({ hasText: 'The first.' })).toHaveCount(1);
  await page.clock.runFor(1500);
  await expect(siti.toasts.filter({ hasText: 'The first.' })).toHaveCount(0);
  await expect(siti.toasts.filter({ hasText: 'The second.' })).toHaveCount(1);
  await page.clock.runFor(4000);
  await expect(siti.toasts).toHaveCount(0);
  await expect(siti.items.nth(0)).toContainText('The second.');
  await expect(siti.items.nth(1)).toContainText('The first.');
});

test.describe('while nothing that is published arrives', () => {
  test.use({ behind: 'gate' });

  test('what was told while nobody looked, or during an outage, is in the history; told late, it is there once', async ({
    page,
    guard,
    services,
  }) => {
    guard.allow(GEMA_AWAY);
    await services.announce('Before the page was open.');
    const siti = await new NotificationsPage(page).open();
    await expect(siti.items.filter({ hasText: 'Before the page was open.' })).toHaveCount(1);
    const told: string[] = [];
    page.on('websocket', (socket) =>
      socket.on('framereceived', ({ payload }) => void told.push(String(payload))),
    );
    const { token } = await services.logIn('siti');
    services.gate.holdEvents();
    await services.killGema();
    await expect(siti.connection).toHaveText('Status: Disconnected');
    const { booking_code: code } = await services.book(token, YOGA, DAY);
    await services.restartGema();
    await expect(siti.connection).toHaveText('Status: Connected', NEXT_ATTEMPT);
    await expect(siti.items.filter({ hasText: code })).toHaveCount(1);
    const ofBooking = (): number => told.filter((frame) => frame.includes(code)).length;
    expect(ofBooking(), 'the page has been told nothing: it has asked').toBe(0);

    await expect.poll(() => services.channels()).toContain('private-user.2');
    services.gate.releaseEvents();
    await expect.poll(ofBooking).toBe(1);
    // What comes after it has been shown: so has it.
    await services.announce('After the outage.');
    await expect(siti.items.filter({ hasText: 'After the outage.' })).toHaveCount(1);
    await expect(siti.items.filter({ hasText: code })).toHaveCount(1);
    expect(await services.connections()).toBe(1);
  });
});

test('a word without an end makes no page wider than the screen', async ({ page, services }) => {
  await page.setViewportSize({ width: 320, height: 640 });
  await page.clock.install();
  const siti = await new NotificationsPage(page).open();
  // The toast does not go while the page is looked at.
  await stopClock(page);
  const word = 'M'.repeat(300);
  await services.announce(word, { title: word.slice(0, 100) });
  await expect(siti.items.filter({ hasText: word })).toHaveCount(1);
  await expect(siti.toasts.filter({ hasText: word })).toHaveCount(1);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(320);
});
