// The browser and the demo staff, for the tests and for shots.mjs.
import { existsSync } from 'node:fs';

const candidates = [
  process.env.CHROMIUM,
  '/usr/bin/chromium',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

export const launchOptions = {
  // Playwright's own browser builds are not downloaded; the machine's Chromium is used.
  executablePath: candidates.find((path) => path && existsSync(path)),
  args: [
    '--headless',
    '--no-sandbox', // CI runs as root, which Chromium's sandbox refuses
    '--disable-gpu',
    '--disable-quic',
    // Chromium must talk to nobody but the server under test.
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ],
};

export const devices = {
  desktop: { viewport: { width: 1280, height: 800 } },
  phone: { viewport: { width: 360, height: 780 }, isMobile: true, hasTouch: true },
};

export const PASSWORD = 'clientele-demo';
export const emailOf = (role) => `${role}@demo.example`;

/**
 * Signs the context in through the plain form, as a browser without JavaScript would.
 * @param {import('playwright-core').BrowserContext} context
 * @param {string} baseURL
 */
export async function signIn(context, baseURL, role = 'owner') {
  const answer = await context.request.post(new URL('/login', baseURL).href, {
    form: { email: emailOf(role), password: PASSWORD },
    headers: { origin: new URL(baseURL).origin },
    maxRedirects: 0,
  });
  if (answer.status() !== 303 && answer.status() !== 302) {
    throw new Error(`POST /login as ${emailOf(role)} answered ${answer.status()}, not a redirect:\n${await answer.text()}`);
  }
}
