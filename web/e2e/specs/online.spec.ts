import { expect, test } from '../fixtures/test.ts';

test.use({ webhooks: true, visit: { as: 'admin', language: 'en' } });

test('administrators see who has a page open', async ({ page, open, services }) => {
  const { user: siti } = await services.logIn('siti');
  await page.goto('/#/admin');
  const panel = page.getByRole('region', { name: /^Online now/ });
  // The administrator is there with this very page.
  await expect(panel.getByRole('heading')).toHaveText('Online now (1)', { timeout: 15_000 });
  const theirs = await open({ as: 'siti' });
  await theirs.goto('/');
  await expect(panel.getByRole('listitem').filter({ hasText: siti.name })).toBeVisible({ timeout: 15_000 });
  await expect(panel.getByRole('heading')).toHaveText('Online now (2)');
  await theirs.close();
  await expect(panel.getByRole('heading')).toHaveText('Online now (1)', { timeout: 20_000 });
});
