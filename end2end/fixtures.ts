// What every spec imports instead of '@playwright/test'.
import AxeBuilder from '@axe-core/playwright';
import { test as base, expect, type Locator, type Page } from '@playwright/test';
import { signIn } from './browser.mjs';

export { expect };

export type Role = 'owner' | (string & {});

/** What went wrong in the browser while a test ran. Tests that provoke an error on purpose say so with `allow`. */
export class Problems {
  readonly seen: string[] = [];
  private readonly allowed: RegExp[] = [];

  /** Expected in this test, as /404/ when it opens a page that is not there. */
  allow(pattern: RegExp) {
    this.allowed.push(pattern);
  }

  add(problem: string) {
    this.seen.push(problem);
  }

  unexpected() {
    return this.seen.filter((problem) => !this.allowed.some((pattern) => pattern.test(problem)));
  }
}

export const test = base.extend<{ problems: Problems }>({
  // Runs for every test, asked for or not: a page must leave the console empty.
  problems: [
    async ({ context, baseURL }, use) => {
      const problems = new Problems();
      const origin = new URL(baseURL!).origin;
      const ours = (url: string) => url.startsWith(origin);
      context.on('console', (message) => {
        // What Chromium says of a machine that needs seconds for what was preloaded; smoke.spec.ts sees to it that it is used.
        if (message.text().includes('was preloaded using link preload but not used')) return;
        if (message.type() === 'error' || message.type() === 'warning') {
          problems.add(`console ${message.type()}: ${message.text()} (${message.location().url})`);
        }
      });
      context.on('weberror', (error) => problems.add(`page error: ${error.error().stack ?? error.error().message}`));
      context.on('response', (response) => {
        if (response.status() >= 500 && ours(response.url())) {
          problems.add(`${response.status()} ${response.request().method()} ${response.url()}`);
        }
      });
      context.on('requestfailed', (request) => {
        const reason = request.failure()?.errorText ?? '';
        // Leaving a page aborts what it was loading; that is no fault.
        if (ours(request.url()) && !reason.includes('ERR_ABORTED')) {
          problems.add(`failed ${request.method()} ${request.url()}: ${reason}`);
        }
      });
      await use(problems);
      expect(problems.unexpected(), 'the browser reported problems').toEqual([]);
    },
    { auto: true },
  ],
});

/** Waits until the page's WebAssembly runs: only then do buttons without a form do something. */
export async function hydrated(page: Page) {
  await expect(page.locator('html')).toHaveAttribute('data-hydrated', 'true', { timeout: 60_000 });
}

/** No violation of WCAG 2.0, 2.1 or 2.2, levels A and AA, on the page as it is now, or in a part of it. */
export async function axe(page: Page, part = 'html') {
  const restore = await unstick(page);
  // The only frames are those of mails, so it need not ask them in windows of its own (the legacy mode), and what holds need not be
  // listed: a third of the time.
  const { violations } = await new AxeBuilder({ page })
    .options({ resultTypes: ['violations'], preload: false })
    .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22a', 'wcag22aa'])
    .include(part)
    .setLegacyMode()
    .analyze();
  await restore();
  const report = violations.map(
    ({ id, help, nodes }) => `${id}: ${help}\n${nodes.map((node) => `  ${node.target.join(' ')}\n    ${node.failureSummary}`).join('\n')}`,
  );
  expect(report.join('\n\n'), `accessibility of ${page.url()}`).toBe('');
}

/** Lets the page do what it does at once: for what must not happen. */
export async function settled(page: Page) {
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
}

/** Waits until a section of the settings is saved: its button is disabled while that is under way, too. */
export async function saved(section: Locator) {
  await expect(section.getByRole('button', { name: 'Save' })).toBeDisabled();
  await expect(section.getByText('Not saved yet')).toHaveCount(0);
}

/** Bars that stick cover what is under them only until one scrolls. While the page is judged they stand where they are written. */
async function unstick(page: Page) {
  await page.evaluate(() => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(':is(.topbar, .profile-tabs, .save-bar, .selection-bar, .thumbbar, .tabbar) { position: static !important; }');
    document.adoptedStyleSheets.push(sheet);
  });
  return () => page.evaluate(() => void document.adoptedStyleSheets.pop());
}

// Signing in hashes a password, which is slow on purpose, so each role does it once per worker. A test that signs out
// must ask for a session of its own.
const sessions = new Map<Role, Awaited<ReturnType<ReturnType<Page['context']>['cookies']>>>();

export async function loginAs(page: Page, role: Role = 'owner', { fresh = false } = {}) {
  const context = page.context();
  const saved = fresh ? undefined : sessions.get(role);
  if (saved) {
    await context.addCookies(saved);
    return;
  }
  await signIn(context, test.info().project.use.baseURL!, role);
  if (!fresh) sessions.set(role, await context.cookies());
}
