// The hooks by themselves in a browser, on a clock that the test moves.

import { quietDay } from '../fixtures/availability-page.ts';
import { HooksPage } from '../fixtures/hooks-page.ts';
import { expect, GEMA_AWAY, test } from '../fixtures/test.ts';

const POLICIES = { guide: [2, 4, 8, 16, 32], default: [1, 2, 4, 8, 16, 30, 30, 30] } as const;

for (const framework of ['react', 'vue'] as const) {
  test.describe(framework, () => {
    test('three components have one connection and one subscription, and all hear', async ({
      page,
      services,
    }) => {
      const hooks = await new HooksPage(page).open(framework);
      await expect.poll(() => services.channels()).toEqual(['availability']);
      expect(await services.connections()).toBe(1);
      expect(hooks.sockets).toHaveLength(1);
      expect(hooks.subscriptions).toEqual(['availability']);
      await page.clock.resume();
      const { token } = await services.logIn('siti');
      await services.book(token, 1, quietDay());
      await expect(page.locator('.heard')).toHaveText(['1', '1', '1']);
    });

    for (const [policy, delays] of Object.entries(POLICIES)) {
      test(`attempts come when the policy "${policy}" says`, async ({ page, guard, services }) => {
        guard.allow(GEMA_AWAY, /Max reconnection attempts reached/);
        const hooks = await new HooksPage(page).open(framework, policy as keyof typeof POLICIES);
        await services.killGema();
        for (const [index, delay] of delays.entries()) {
          const state = { connected: false, status: 'reconnecting', attempt: index + 1, nextRetryIn: delay };
          await hooks.shows(state);
          const before = hooks.sockets.length;
          await page.clock.runFor(delay * 1000 - 10);
          expect(hooks.sockets).toHaveLength(before);
          await page.clock.runFor(10);
          await expect.poll(() => hooks.sockets.length).toBeGreaterThan(before);
        }
        if (policy === 'guide') {
          await hooks.shows({ connected: false, status: 'failed', nextRetryIn: null, gaveUp: true });
          const before = hooks.sockets.length;
          await page.clock.runFor(600_000);
          expect(hooks.sockets).toHaveLength(before);
        }
        await services.restartGema();
        await page.clock.resume();
        await page.getByRole('button', { name: 'Try again' }).click();
        await hooks.shows({ connected: true, status: 'connected', attempt: 0, gaveUp: false });
        await expect.poll(() => services.channels()).toEqual(['availability']);
        expect(await services.connections()).toBe(1);
      });
    }

    test('an unmount while an attempt is waited for leaves no timer and no socket', async ({
      page,
      guard,
      services,
    }) => {
      guard.allow(GEMA_AWAY);
      const hooks = await new HooksPage(page).open(framework);
      await services.killGema();
      await hooks.shows({ status: 'reconnecting', attempt: 1 });
      await page.getByRole('button', { name: 'Unmount' }).click();
      await expect(page.locator('#state')).toHaveCount(0);
      await page.clock.runFor(1000);
      expect(await hooks.timers()).toBe(0);
      await services.restartGema();
      await page.clock.runFor(600_000);
      expect(hooks.sockets).toHaveLength(1);
      expect(await services.connections()).toBe(0);
    });
  });
}
