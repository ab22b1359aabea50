import { defineConfig } from '@playwright/test';
import { devices, launchOptions } from './browser.mjs';

export default defineConfig({
  testDir: '.',
  testMatch: '*.spec.ts',
  // One server and one database serve all tests of a device, so they run one after the other. A test that needs a second try is broken, and
  // is mended; a build that landed because of one says so in its list.
  workers: 1,
  retries: process.env.CI ? 2 : 0,
  forbidOnly: !!process.env.CI,
  timeout: 90_000,
  expect: { timeout: 20_000 },
  reporter: [['list']],
  use: {
    baseURL: process.env.E2E_BASE_URL ?? 'http://127.0.0.1:3000',
    launchOptions,
    locale: 'en-GB',
    timezoneId: 'UTC',
    // Half-faded text would fail the contrast checks.
    contextOptions: { reducedMotion: 'reduce' },
    screenshot: 'only-on-failure',
    // It takes a third of the time. E2E_TRACE=1 records what a failing test did.
    trace: process.env.E2E_TRACE ? 'retain-on-failure' : 'off',
  },
  // A title with @desktop or @phone says that its test makes sense there only: keys, table headings, cards.
  projects: [
    { name: 'desktop', use: devices.desktop, grepInvert: /@phone/ },
    { name: 'phone', use: devices.phone, grepInvert: /@desktop/ },
  ],
});
