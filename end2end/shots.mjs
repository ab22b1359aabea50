// Screenshots of pages as the demo owner sees them, on desktop and phone, light and dark:
//     node shots.mjs http://127.0.0.1:3000 /tmp/shots / /customers/1
// A path that starts with "-" is taken signed out, as -/login.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { devices, launchOptions, signIn } from './browser.mjs';

const [baseURL, outdir, ...paths] = process.argv.slice(2);
if (!paths.length) {
  console.error('usage: node shots.mjs BASE_URL OUTDIR PATH…');
  process.exit(2);
}
await mkdir(outdir, { recursive: true });
const browser = await chromium.launch(launchOptions);
let session;
for (const [device, options] of Object.entries(devices)) {
  for (const colorScheme of ['light', 'dark']) {
    for (const argument of paths) {
      const signedOut = argument.startsWith('-');
      const path = signedOut ? argument.slice(1) : argument;
      const context = await browser.newContext({ ...options, baseURL, colorScheme, reducedMotion: 'reduce' });
      if (!signedOut) {
        if (session) await context.addCookies(session);
        else {
          await signIn(context, baseURL);
          session = await context.cookies();
        }
      }
      const page = await context.newPage();
      page.on('console', (message) => message.type() === 'error' && console.error(`${path}: ${message.text()}`));
      page.on('pageerror', (error) => console.error(`${path}: ${error.message}`));
      await page.goto(path);
      await page
        .locator('html[data-hydrated=true]')
        .waitFor({ state: 'attached', timeout: 10_000 })
        .catch(() => console.error(`${path}: not hydrated`));
      // A page with live updates is never idle, so this wait is short.
      await page.waitForLoadState('networkidle', { timeout: 2_000 }).catch(() => {});
      const name = path.replace(/[^\w]+/g, '-').replace(/^-|-$/g, '') || 'home';
      const file = join(outdir, `${name}-${device}-${colorScheme}.png`);
      await page.screenshot({ path: file, fullPage: true });
      console.log(file);
      await context.close();
    }
  }
}
await browser.close();
