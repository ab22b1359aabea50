// What a tab goes through: an upgrade of the server, a session that ends, a database that does not answer. What was typed stays.
import type { Page } from '@playwright/test';
import { emailOf, PASSWORD } from './browser.mjs';
import { axe, expect, hydrated, loginAs, saved, test } from './fixtures.ts';

/** A place of the navigation: at the side on a desk, at the foot of a phone. */
const place = (page: Page, name: string) => page.locator('.sidenav .nav-list, .tabbar').getByRole('link', { name });
const notice = (page: Page) => page.locator('.tab-notice');

/** Says on every answer of a function that the server is of another build, until the page is loaded anew. */
async function upgradeServer(page: Page) {
  await page.route('**/fn/**', async (route) => {
    const answer = await route.fetch();
    await route.fulfill({ response: answer, headers: { ...answer.headers(), 'clientele-build': 'another' } });
  });
}

/** Marks this document, so that a full load can be told from a step inside of the page. */
const mark = (page: Page) => page.evaluate(() => document.documentElement.setAttribute('data-mark', 'old'));
const isMarked = (page: Page) => page.evaluate(() => document.documentElement.hasAttribute('data-mark'));

/** The shop's name on the settings page, as typed and not yet saved. */
async function typeName(page: Page, name: string) {
  await page.goto('/settings');
  await hydrated(page);
  await page.getByLabel('Name', { exact: true }).fill(name);
  await expect(page.locator('#shop')).toContainText('Not saved yet');
}

/** Has the page ask the server for something, without leaving it. */
async function askServer(page: Page) {
  await page.evaluate(() => fetch('/fn/list_my_jobs', { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' }).catch(() => {}));
}

test.beforeEach(async ({ page }) => {
  await loginAs(page);
});

test('after an upgrade the next link is a full load', async ({ page }) => {
  await page.goto('/customers');
  await hydrated(page);
  await mark(page);
  await place(page, 'Orders').click();
  await expect(page).toHaveURL(/\/orders$/);
  expect(await isMarked(page), 'without an upgrade the page stays').toBe(true);
  await upgradeServer(page);
  await askServer(page);
  await expect(notice(page), 'nothing is typed, so nobody is asked').toHaveCount(0);
  await place(page, 'Customers').click();
  await expect(page).toHaveURL(/\/customers$/);
  await expect.poll(() => isMarked(page)).toBe(false);
  await hydrated(page);
});

test('after an upgrade what is typed is kept, and comes back with the new version', async ({ page }) => {
  await typeName(page, 'Half a na');
  await mark(page);
  await upgradeServer(page);
  await askServer(page);
  await expect(notice(page)).toContainText('A new version of Clientele is ready');
  await axe(page);
  await page.unrouteAll({ behavior: 'wait' });
  await notice(page).getByRole('button', { name: 'Reload' }).click();
  await expect.poll(() => isMarked(page).catch(() => true)).toBe(false);
  await hydrated(page);
  await expect(page.getByLabel('Name', { exact: true })).toHaveValue('Half a na');
  await expect(page.locator('#shop')).toContainText('Not saved yet');
  await expect(notice(page)).toContainText('What you had typed is back');
  await page.getByRole('button', { name: 'Dismiss' }).click();
  await expect(notice(page)).toHaveCount(0);
  await page.locator('#shop').getByRole('button', { name: 'Discard' }).click();
  // It is put back once, not for ever.
  await page.reload();
  await hydrated(page);
  await expect(page.getByLabel('Name', { exact: true })).not.toHaveValue('Half a na');
});

test('a dialog that was half filled gets its text back when it is opened again', async ({ page }) => {
  await page.goto('/settings/staff');
  await hydrated(page);
  const invite = () => page.getByRole('button', { name: 'Invite' }).click();
  const dialog = page.getByRole('dialog', { name: 'Invite' });
  await invite();
  await dialog.getByLabel('Name').fill('Noa Half-Typed');
  await upgradeServer(page);
  await askServer(page);
  await expect(notice(page)).toContainText('A new version');
  await page.unrouteAll({ behavior: 'wait' });
  // The notice stands above the dialog, where it can be pressed.
  await notice(page).getByRole('button', { name: 'Reload' }).click();
  await expect(notice(page)).toContainText('You had typed something in “Invite”');
  await invite();
  await expect(dialog.getByLabel('Name')).toHaveValue('Noa Half-Typed');
  await expect(notice(page)).toContainText('What you had typed is back');
});

test('while the database does not answer the form waits, and is saved afterwards', async ({ page, problems }) => {
  problems.allow(/503/);
  await typeName(page, 'Spindle & Sleeve & Co');
  let refused = 0;
  await page.route('**/fn/save_shop', (route) => {
    refused += 1;
    return route.fulfill({ status: 503, headers: { 'retry-after': '2', 'content-type': 'application/json' }, body: '"Unavailable"' });
  });
  await page.locator('#shop').getByRole('button', { name: 'Save' }).click();
  await expect(notice(page)).toContainText('The database does not answer');
  await expect(page.getByLabel('Name', { exact: true })).toHaveValue('Spindle & Sleeve & Co');
  await axe(page);
  // It tries again by itself, and at once when asked to.
  await expect.poll(() => refused, { timeout: 8_000 }).toBe(2);
  await page.unrouteAll({ behavior: 'wait' });
  await notice(page).getByRole('button', { name: 'Try now' }).click();
  await expect(page.locator('.toast-text', { hasText: 'Settings saved.' })).toBeVisible();
  await expect(notice(page)).toHaveCount(0);
  await page.getByLabel('Name', { exact: true }).fill('Spindle & Sleeve');
  await page.locator('#shop').getByRole('button', { name: 'Save' }).click();
  await saved(page.locator('#shop'));
});

test('who stops trying keeps what was typed and is told what failed', async ({ page, problems }) => {
  problems.allow(/503/);
  await typeName(page, 'Never saved');
  await page.route('**/fn/save_shop', (route) =>
    route.fulfill({ status: 503, headers: { 'retry-after': '30', 'content-type': 'application/json' }, body: '"Unavailable"' }),
  );
  await page.locator('#shop').getByRole('button', { name: 'Save' }).click();
  await notice(page).getByRole('button', { name: 'Stop trying' }).click();
  await expect(notice(page)).toHaveCount(0);
  await expect(page.locator('.toast').filter({ hasText: 'The database does not answer' })).toBeVisible();
  await expect(page.getByLabel('Name', { exact: true })).toHaveValue('Never saved');
});

test('a session that ended leads to the login and back, with what was typed', async ({ page, browser, baseURL, problems }) => {
  problems.allow(/401/);
  await page.context().clearCookies();
  await loginAs(page, 'admin', { fresh: true });
  await typeName(page, 'Typed before the end');
  // Ended from elsewhere, as one does who left a browser open at home.
  const elsewhere = await browser.newContext({ baseURL });
  const other = await elsewhere.newPage();
  await loginAs(other, 'admin', { fresh: true });
  const account = await other.request.post('/fn/get_own_account', { data: {}, headers: { accept: 'application/json' } });
  for (const session of (await account.json()).sessions) {
    if (!session.this_one) await other.request.post('/fn/end_session', { data: { id: session.id }, headers: { accept: 'application/json' } });
  }
  await elsewhere.close();
  await page.locator('#shop').getByRole('button', { name: 'Save' }).click();
  await expect(page).toHaveURL(/\/login\?next=%2Fsettings&ended=1$/);
  await expect(page.getByText('Your session has ended.')).toBeVisible();
  await axe(page);
  await page.getByLabel('Email').fill(emailOf('admin'));
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Log in' }).click();
  await expect(page).toHaveURL(/\/settings$/);
  await expect(page.getByLabel('Name', { exact: true })).toHaveValue('Typed before the end');
  await expect(notice(page)).toContainText('What you had typed is back');
});

test('somebody else on the same tab does not find what was typed', async ({ page, problems }) => {
  problems.allow(/401/);
  await page.context().clearCookies();
  await loginAs(page, 'admin', { fresh: true });
  await typeName(page, 'A secret thought');
  await page.context().clearCookies();
  await page.locator('#shop').getByRole('button', { name: 'Save' }).click();
  await expect(page).toHaveURL(/\/login/);
  await page.getByLabel('Email').fill(emailOf('owner'));
  await page.getByLabel('Password').fill(PASSWORD);
  await page.clock.install();
  await page.getByRole('button', { name: 'Log in' }).click();
  await expect(page).toHaveURL(/\/settings$/);
  await hydrated(page);
  await page.clock.runFor(1_000);
  await expect(page.getByLabel('Name', { exact: true })).not.toHaveValue('A secret thought');
  expect(await page.evaluate(() => sessionStorage.getItem('clientele.typed'))).toBeNull();
});
