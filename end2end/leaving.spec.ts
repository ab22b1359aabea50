// Slow and broken networks: the code of a page comes late, or not at all.
import type { Locator, Page } from '@playwright/test';
import { expect, hydrated, loginAs, test } from './fixtures.ts';

test.beforeEach(({ page }) => loginAs(page));

/** From now on no piece of the program comes, until what this yields is called. */
async function holdPieces(page: Page) {
  let release = () => {};
  const released = new Promise<void>((done) => (release = done));
  await page.route('**/*.wasm', async (route) => {
    await released;
    await route.continue().catch(() => {}); // the page has been left
  });
  return release;
}

/** Presses it and waits until the code of the page that it leads to is asked for. */
async function pressAndAsk(page: Page, link: Locator) {
  const asked = page.waitForRequest(/\.wasm$/);
  await link.click();
  return asked;
}

const customer = (page: Page) => page.locator('tr[data-id] a.person-name').first();
const orders = (page: Page) => page.getByRole('link', { name: 'Orders', exact: true }).first();

test('a page that is left while its code is on its way leaves the console empty', async ({ page }) => {
  await page.goto('/customers');
  await hydrated(page);
  const release = await holdPieces(page);
  await pressAndAsk(page, customer(page));
  // To another page of the program, …
  await pressAndAsk(page, orders(page));
  // … and out of it.
  await page.goto('/settings');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Settings');
  release();
  await page.goto('/orders');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Orders');
});

test('a page may be left at any moment of its coming', async ({ page }) => {
  for (let moment = 0; moment < 12; moment += 1) {
    await page.goto('/orders', { waitUntil: 'commit' });
    // When the browser has loaded so much of it; the console must stay empty, whichever piece breaks off.
    await page.waitForFunction((count) => performance.getEntriesByType('resource').length >= count || document.documentElement.dataset.hydrated, 2 * moment);
  }
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Orders');
});

test('who changes their mind while a page is on its way gets the page chosen last', async ({ page }) => {
  await page.goto('/customers');
  await hydrated(page);
  const release = await holdPieces(page);
  const outdated = await pressAndAsk(page, customer(page));
  await pressAndAsk(page, orders(page));
  release();
  await expect(page).toHaveURL(/\/orders$/);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Orders');
  // What was chosen first has come, too, and changes nothing any more.
  await outdated.response();
  await page.waitForLoadState('networkidle');
  await expect(page).toHaveURL(/\/orders$/);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Orders');
});

test('links work before the code of a page has come', async ({ page }) => {
  await holdPieces(page);
  await page.goto('/orders', { waitUntil: 'commit' });
  const link = page.locator('tbody a[href^="/orders/"]').first();
  const name = (await link.innerText()).trim();
  await link.click();
  await expect(page).toHaveURL(/\/orders\/\d+$/);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(name);
});

test('a piece that fails once is asked for again', async ({ page, problems }) => {
  problems.allow(/ERR_FAILED/);
  await page.goto('/customers');
  await hydrated(page);
  let failed = 0;
  await page.route('**/*.wasm', (route) => (failed++ < 2 ? route.abort('failed') : route.continue()));
  await customer(page).click();
  await expect(page.getByRole('navigation', { name: 'Customer', exact: true })).toBeVisible();
  expect(failed).toBeGreaterThan(1);
});

test('where a piece has gone, the server renders the page', async ({ page, problems }) => {
  problems.allow(/404/);
  await page.goto('/customers');
  await hydrated(page);
  await page.route('**/*.wasm', (route) => route.fulfill({ status: 404 }));
  await customer(page).click();
  await expect(page).toHaveURL(/\/customers\/\d+$/);
  await expect(page.getByRole('navigation', { name: 'Customer', exact: true })).toBeVisible();
  // And its links are the browser's.
  await page.getByRole('link', { name: 'Orders', exact: true }).first().click();
  await expect(page).toHaveURL(/\/orders$/);
});
