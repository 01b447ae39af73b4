import { expect, test } from '../fixtures/test.ts';

test('both front ends and the documentation load, and ask no other host', async ({
  page,
  guard,
  services,
}) => {
  for (const path of ['/', '/notifications', '/api/docs/']) {
    const answer = await page.goto(path);
    expect(answer?.status(), path).toBe(200);
    await page.waitForLoadState('networkidle');
    await expect(page.locator('body'), path).toHaveText(/\S/);
  }
  expect(guard.requests.length).toBeGreaterThan(3);
  const origins = guard.requests.map((url) => url.slice(0, url.indexOf('/', 7)).replace(/^wss:/, 'ws:'));
  expect(origins.filter((origin) => !services.origins.includes(origin))).toEqual([]);
});
