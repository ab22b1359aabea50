// Slow and broken networks: the code of a page comes late, or not at all.
import type { Page } from '@playwright/test';
import { expect, hydrated, loginAs, test } from './fixtures.ts';

test.beforeEach(({ page }) => loginAs(page));

/** From now on each piece of the program takes so long. */
async function slowly(page: Page, milliseconds: number) {
  await page.route('**/*.wasm', async (route) => {
    await new Promise((done) => setTimeout(done, milliseconds));
    await route.continue().catch(() => {}); // the page has been left
  });
}

const customer = (page: Page) => page.locator('tr[data-id] a.person-name').first();

test('a page that is left while its code is on its way leaves the console empty', async ({ page }) => {
  await page.goto('/customers');
  await hydrated(page);
  await slowly(page, 3_000);
  await customer(page).click();
  await page.waitForTimeout(300);
  // To another page of the program, …
  await page.getByRole('link', { name: 'Orders', exact: true }).first().click();
  await page.waitForTimeout(300);
  // … and out of it.
  await page.goto('/settings');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Settings');
  await page.goto('/orders');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Orders');
});

test('who changes their mind while a page is on its way gets the page chosen last', async ({ page }) => {
  await page.goto('/customers');
  await hydrated(page);
  await slowly(page, 1_500);
  await customer(page).click();
  await page.waitForTimeout(200);
  await page.getByRole('link', { name: 'Orders', exact: true }).first().click();
  await expect(page).toHaveURL(/\/orders$/);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Orders');
  await page.waitForTimeout(2_000);
  await expect(page).toHaveURL(/\/orders$/);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Orders');
});

test('links work before the code of a page has come', async ({ page }) => {
  await slowly(page, 4_000);
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
