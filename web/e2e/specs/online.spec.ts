import { expect, test } from '../fixtures/test.ts';

test.use({ webhooks: true, visit: { as: 'admin', language: 'en' } });

/** The panel asks every five seconds, and somebody who leaves may come back for three. */
const ASKED_AGAIN = { timeout: 60_000 };

test('administrators see who has a page open', async ({ page, open, services }) => {
  const { user: siti } = await services.logIn('siti');
  await page.goto('/#/admin');
  const panel = page.getByRole('region', { name: /^Online now/ });
  // The administrator is there with this very page.
  await expect(panel.getByRole('heading')).toHaveText('Online now (1)', ASKED_AGAIN);
  const theirs = await open({ as: 'siti' });
  await theirs.goto('/');
  await expect(panel.getByRole('listitem').filter({ hasText: siti.name })).toBeVisible(ASKED_AGAIN);
  await expect(panel.getByRole('heading')).toHaveText('Online now (2)', ASKED_AGAIN);
  await theirs.close();
  await expect(panel.getByRole('heading')).toHaveText('Online now (1)', ASKED_AGAIN);
});
