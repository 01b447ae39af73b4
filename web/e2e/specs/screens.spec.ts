// Each screen on a wide screen, on a phone, in the dark: its picture, and that everybody can use it.

import AxeBuilder from '@axe-core/playwright';
import { fileURLToPath } from 'node:url';
import { expect, GEMA_AWAY, test } from '../fixtures/test.ts';
import { SCREENS } from '../fixtures/screens.ts';

// The pictures of the documentation are renewed on request only: each run shows other days and codes.
const PICTURES = process.env['UPDATE_SCREENSHOTS']
  ? fileURLToPath(new URL('../../../docs/screenshots/', import.meta.url))
  : null;

const FORMS = {
  desktop: { viewport: { width: 1280, height: 860 }, colorScheme: 'light' },
  dark: { viewport: { width: 1280, height: 860 }, colorScheme: 'dark' },
  phone: { viewport: { width: 390, height: 844 }, colorScheme: 'light' },
  narrow: { viewport: { width: 320, height: 640 }, colorScheme: 'dark' },
} as const;

for (const { name, as, show } of SCREENS) {
  test.describe(name, () => {
    test.use({ visit: { as, language: 'en' }, contextOptions: { reducedMotion: 'reduce' } });

    test('can be seen and used in every form', async ({ page, guard, services }, testInfo) => {
      guard.allow(GEMA_AWAY);
      await show(page, services);
      for (const [form, { viewport, colorScheme }] of Object.entries(FORMS)) {
        await page.setViewportSize(viewport);
        await page.emulateMedia({ colorScheme });
        await expect(page.locator('html')).toHaveCSS('color-scheme', /light|dark/);
        const folder = PICTURES !== null && form !== 'narrow' ? PICTURES : `${testInfo.outputDir}/`;
        const path = `${folder}${name}-${form}.png`;
        await page.screenshot({ path, animations: 'disabled' });
        const wider = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
        expect(wider, `${form}: the page is wider than the screen`).toBeLessThanOrEqual(0);
        const { violations } = await new AxeBuilder({ page }).analyze();
        const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
        expect(
          serious.map(({ id, nodes }) => [id, ...nodes.map((node) => node.html)]),
          `${form}: accessibility`,
        ).toEqual([]);
      }
    });
  });
}
