import { AvailabilityPage, quietDay } from '../fixtures/availability-page.ts';
import { stopClock } from '../fixtures/clock.ts';
import { NotificationsPage } from '../fixtures/notifications-page.ts';
import { expect, test } from '../fixtures/test.ts';
import type { Locator, Page } from '@playwright/test';

const DAY = quietDay();

test.use({ visit: { as: 'siti', language: 'en' } });

/** Goes on with the tab key until the element has the focus. */
async function tabTo(page: Page, element: Locator): Promise<void> {
  for (let step = 0; step < 60; step += 1) {
    if (await element.evaluate((one) => one === document.activeElement)) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`the tab key does not lead to ${String(element)}`);
}

test('a place is booked and paid with the keyboard alone, and the focus comes back', async ({ page }) => {
  const sessions = await new AvailabilityPage(page).open(DAY);
  await page.keyboard.press('Tab');
  await expect(page.getByRole('link', { name: 'Skip to content' })).toBeFocused();
  await page.keyboard.press('Enter');
  const book = sessions.card(2).root.getByRole('button', { name: /^Book/ });
  await tabTo(page, book);
  await page.keyboard.press('Enter');
  await tabTo(page, page.getByRole('button', { name: 'Book now' }));
  await page.keyboard.press('Enter');
  await tabTo(page, page.getByRole('button', { name: 'Pay now' }));
  await page.keyboard.press('Enter');
  await tabTo(page, page.getByRole('button', { name: /^Pay / }));
  await page.keyboard.press('Enter');
  const outcome = page.getByRole('status').filter({ hasText: 'Payment received. See you at the studio!' });
  await expect(outcome).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await expect(book).toBeFocused();
});

test('Escape closes the newest toast, and dismissing one leads to the next', async ({ page, services }) => {
  await page.clock.install();
  const { toasts, items } = await new NotificationsPage(page).open();
  // However long three announcements take, the first is not gone before the third is there.
  await stopClock(page);
  for (const text of ['One.', 'Two.', 'Three.']) await services.announce(text);
  await expect(toasts).toHaveCount(3);
  await page.keyboard.press('Escape');
  await expect(toasts.filter({ hasText: 'Three.' })).toHaveCount(0);
  await expect(toasts).toHaveCount(2);
  const dismiss = toasts.getByRole('button', { name: 'Dismiss notification' });
  await dismiss.first().focus();
  await page.keyboard.press('Enter');
  await expect(toasts).toHaveCount(1);
  await expect(dismiss).toBeFocused();
  await expect(items.filter({ hasText: 'Three.' })).toHaveCount(1);
});

test('the page speaks Indonesian unless told otherwise, and the choice is kept in both front ends', async ({
  open,
}) => {
  const page = await open({});
  await page.goto('/');
  await expect(page.locator('html')).toHaveAttribute('lang', 'id');
  await expect(page.locator('.connection-status')).toHaveText('Status: Terhubung');
  await page.getByRole('button', { name: 'Switch to English' }).click();
  await expect(page.locator('html')).toHaveAttribute('lang', 'en');
  await expect(page.locator('.connection-status')).toHaveText('Status: Connected');
  await page.goto('/notifications');
  await expect(page.locator('html')).toHaveAttribute('lang', 'en');
  await expect(page.getByRole('heading', { name: 'Real-time Notifications' })).toBeVisible();
});

test('who is sent to log in can look at the sessions instead', async ({ open }) => {
  const page = await open({ language: 'en' });
  await page.goto('/?next=/notifications');
  await expect(page.getByRole('form', { name: 'Log in' })).toBeVisible();
  await page.getByRole('link', { name: 'Sessions', exact: true }).click();
  await expect(page.locator('.session-card').first()).toBeVisible();
});
