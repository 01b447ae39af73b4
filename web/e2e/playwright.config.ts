import { defineConfig } from '@playwright/test';

// Debian's Chromium: Playwright's own browsers are not downloaded.
const executablePath = process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium';

export default defineConfig({
  testDir: 'specs',
  outputDir: 'test-results',
  forbidOnly: process.env['CI'] !== undefined,
  fullyParallel: true,
  workers: 2,
  retries: 0,
  // Far beyond what anything takes: a machine with much else to do is slow, and no test becomes truer by hurry.
  timeout: 300_000,
  expect: { timeout: 30_000 },
  reporter: 'list',
  use: {
    browserName: 'chromium',
    actionTimeout: 30_000,
    navigationTimeout: 30_000,
    launchOptions: {
      executablePath,
      args: [
        // As root, in a container and without a graphics card.
        '--no-sandbox',
        '--disable-gpu',
        '--disable-dev-shm-usage',
        // A page that a test answers for itself counts as one from the Internet, which may not ask this machine.
        '--disable-features=LocalNetworkAccessChecks',
      ],
    },
    trace: 'retain-on-failure',
    screenshot: 'only-on-failure',
  },
});
