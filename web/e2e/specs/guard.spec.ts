import { Guard } from '../fixtures/guard.ts';
import { expect, test } from '../fixtures/test.ts';

for (const path of ['/', '/notifications']) {
  test(`the guard notices what no page may do, and the policy of ${path} forbids it`, async ({
    context,
    guard,
    services,
  }) => {
    guard.allow(/on purpose/, /Content Security Policy/);
    const strict = new Guard(services.origins);
    const abroad = new Guard([]);
    strict.watch(context);
    abroad.watch(context);
    const page = await context.newPage();
    await page.goto(path);
    await expect(page.locator('.connection-status')).toHaveText('Status: Terhubung');
    expect(() => strict.check()).not.toThrow();
    expect(() => abroad.check()).toThrow(`asked another host: ${services.booking.http}${path}`);
    expect(() => abroad.check()).toThrow(`asked another host: ${services.socketOrigin}/app/`);

    await page.evaluate(() => console.error('written on purpose'));
    await expect.poll(() => complaints(strict)).toContain('console: written on purpose');

    await page.evaluate(() => {
      setTimeout(() => {
        throw new Error('thrown on purpose');
      });
    });
    await expect.poll(() => complaints(strict)).toContain('uncaught: Error: thrown on purpose');

    await page.evaluate(() => fetch('https://example.com/').catch(() => null));
    await expect
      .poll(() => complaints(strict))
      .toMatch(/https:\/\/example\.com\/.*Content Security Policy.*connect-src/);

    await page.evaluate(() => {
      const script = document.createElement('script');
      script.textContent = 'document.title = "ran"';
      document.body.append(script);
    });
    await expect.poll(() => complaints(strict)).toMatch(/inline script.*Content Security Policy.*script-src/);
    await expect(page).not.toHaveTitle('ran');
  });
}

/** What the guard would fail with. */
function complaints(guard: Guard): string {
  try {
    guard.check();
    return '';
  } catch (error) {
    return String(error);
  }
}
