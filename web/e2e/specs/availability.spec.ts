import { AvailabilityPage, quietDay } from '../fixtures/availability-page.ts';
import { Figures } from '../fixtures/figures.ts';
import { expect, test } from '../fixtures/test.ts';

const DAY = quietDay();
const YOGA = 1;

const GREEN = 'rgb(20, 108, 46)';
const ORANGE = 'rgb(138, 75, 0)';
const RED = 'rgb(179, 38, 30)';

test.use({ visit: { as: 'siti', language: 'en' } });

test('a booking in one browser changes text, status and colour in another within a second', async ({
  page,
  open,
  services,
}) => {
  await services.setCapacity(YOGA, 20, DAY);
  const { token } = await services.logIn('budi');
  for (let taken = 0; taken < 13; taken += 1) await services.book(token, YOGA, DAY);
  const siti = await new AvailabilityPage(page).open(DAY);
  const guest = await new AvailabilityPage(await open({ language: 'en' })).open(DAY);
  const seen = guest.card(YOGA);
  await seen.shows('13/20', 'AVAILABLE');
  expect(await seen.colour()).toBe(GREEN);
  const changes = new Figures('from the answer to a booking until another browser shows it');

  await siti.card(YOGA).book();
  const changed = seen.becomes({
    capacity: '14/20',
    status: 'ALMOST FULL',
    colour: ORANGE,
    places: '6 places left',
  });
  const answer = page.waitForResponse((response) => response.url().endsWith('/api/v1/bookings'));
  await page.getByRole('button', { name: 'Book now' }).click();
  const request = (await answer).request();
  expect((await answer).status()).toBe(201);
  // One clock for both browsers: it starts with the answer, and stops when everything has changed.
  const { startTime, responseStart } = request.timing();
  changes.add((await changed) - (startTime + responseStart));

  for (const look of [
    { capacity: '15/20', status: 'ALMOST FULL', colour: ORANGE, places: '5 places left' },
    { capacity: '16/20', status: 'ALMOST FULL', colour: ORANGE, places: '4 places left' },
    { capacity: '17/20', status: 'ALMOST FULL', colour: ORANGE, places: '3 places left' },
    { capacity: '18/20', status: 'FULL', colour: RED, places: '2 places left' },
    { capacity: '19/20', status: 'FULL', colour: RED, places: '1 place left' },
  ]) {
    const changed = seen.becomes(look);
    await services.book(token, YOGA, DAY);
    const answered = Date.now();
    changes.add((await changed) - answered);
  }
  changes.expectUsuallyBelow(1000);
  // The box says FULL from 90 % on, and the place that is left can be booked all the same.
  await expect(seen.root.getByRole('button', { name: /^Book/ })).toBeEnabled();
  await services.book(token, YOGA, DAY);
  await seen.shows('20/20', 'FULL');
  await expect(seen.root.getByRole('button', { name: /Sold out/ })).toBeDisabled();
});

test('the thresholds of the status are 70 and 90 %', async ({ page, services }) => {
  const availability = await services.availability(DAY);
  const cases = [
    [699, 'AVAILABLE'],
    [700, 'ALMOST FULL'],
    [899, 'ALMOST FULL'],
    [900, 'FULL'],
  ] as const;
  await page.route('**/api/v1/availability?*', (route) => {
    const entries = availability.map((entry, index) => {
      const [taken] = cases[index] ?? [0];
      return { ...entry, current_capacity: taken, max_capacity: 1000, available_slots: 1000 - taken };
    });
    return route.fulfill({ json: { success: true, data: { availability: entries } } });
  });
  const sessions = await new AvailabilityPage(page).open(DAY);
  for (const [index, [taken, status]] of cases.entries()) {
    await sessions.card(availability[index]?.session_id ?? 0).shows(`${taken}/1,000`, status);
  }
});

test('a capacity that an administrator changes is there at once, on the day that is shown only', async ({
  page,
  services,
}) => {
  await services.setCapacity(YOGA, 10, DAY);
  const sessions = await new AvailabilityPage(page).open(DAY);
  const card = sessions.card(YOGA);
  await card.shows('0/10', 'AVAILABLE');
  const changes = new Figures('from the answer to a new capacity until a page shows it');
  /** Changes the capacity, and waits until the card has followed. */
  const change = async (capacity: number, day?: string): Promise<void> => {
    const places = `${capacity} places left`;
    const changed = card.becomes({ capacity: `0/${capacity}`, status: 'AVAILABLE', colour: GREEN, places });
    await services.setCapacity(YOGA, capacity, day);
    const answered = Date.now();
    changes.add((await changed) - answered);
  };
  for (const capacity of [23, 24, 25]) await change(capacity, DAY);
  // All days but those with a capacity of their own, such as this one.
  await services.setCapacity(YOGA, 77);
  await page.getByRole('button', { name: 'Next day' }).click();
  await card.shows('0/77', 'AVAILABLE');
  for (const capacity of [28, 29, 30]) await change(capacity);
  changes.expectUsuallyBelow(1000);
  await page.getByRole('button', { name: 'Previous day' }).click();
  await card.shows('0/25', 'AVAILABLE');
});

test('a booking is paid, and its state follows by itself', async ({ page }) => {
  const sessions = await new AvailabilityPage(page).open(DAY);
  await sessions.card(YOGA).book();
  await page.getByRole('button', { name: 'Book now' }).click();
  await expect(page.getByRole('dialog')).toContainText(/BK-\d{8}-[0-9A-Z]{6}/);
  await page.getByRole('button', { name: 'Pay now' }).click();
  await page.getByLabel('It fails').check();
  await page.getByRole('button', { name: /^Pay / }).click();
  await expect(page.getByText('The payment failed. You can try again.')).toBeVisible();
  await page.getByLabel('It succeeds').check();
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(page.getByText('Payment received. See you at the studio!')).toBeVisible();
  await page.keyboard.press('Escape');
  await page.goto('/#/bookings');
  await expect(page.locator('.badge--paid').first()).toBeVisible();
});

test('a hundred requests for ten places make ten bookings, and the page shows it', async ({
  page,
  services,
}) => {
  await services.setCapacity(YOGA, 10, DAY);
  const sessions = await new AvailabilityPage(page).open(DAY);
  const { token } = await services.logIn('budi');
  const body = { session_id: YOGA, booking_date: DAY };
  /** Asks again when the service has had too much to do: nothing was booked then. */
  const answerTo = async (): Promise<number> => {
    const { status } = await services.booking.request('POST', '/api/v1/bookings', { token, body });
    return status === 503 ? answerTo() : status;
  };
  const answers = await Promise.all(Array.from({ length: 100 }, answerTo));
  const count = (status: number): number => answers.filter((answer) => answer === status).length;
  expect({ created: count(201), full: count(409) }).toEqual({ created: 10, full: 90 });
  await sessions.card(YOGA).shows('10/10', 'FULL');
});
