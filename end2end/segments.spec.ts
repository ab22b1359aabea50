// Segments: made from a rule, counted, explained, duplicated, archived with a way back, and used as a filter of the list.
import type { Page } from '@playwright/test';
import { axe, expect, hydrated, loginAs, test } from './fixtures.ts';
import { addCustomer, unique } from './profile.ts';

test.beforeEach(({ page }) => loginAs(page));

/** A word that no other test uses. */
const word = (stem: string) => `${stem} ${Date.now().toString(36)}${test.info().workerIndex}`;

async function open(page: Page, path: string) {
  await page.goto(path);
  await hydrated(page);
}

async function addSegment(page: Page, name: string, rule: string) {
  await open(page, '/segments/new');
  await page.getByLabel('Name').fill(name);
  await page.locator('#s-rule').fill(rule);
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page).toHaveURL(/\/segments\/\d+$/);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(name);
  return new URL(page.url()).pathname;
}

async function archive(page: Page) {
  await page.getByRole('button', { name: 'Archive', exact: true }).click();
  await expect(page.locator('.page-head').getByText('Archived', { exact: true })).toBeVisible();
}

test('the list has the built-in segments with their sizes, and leads to their customers', async ({ page }) => {
  await open(page, '/segments');
  const row = page.getByRole('row').filter({ has: page.getByRole('link', { name: 'One-time buyers', exact: true }) });
  await expect(row).toContainText('Built-in');
  await axe(page);
  const size = row.getByRole('link', { name: /customers?$/ });
  const count = (await size.textContent())!.replace(/[^\d,]/g, '');
  await size.click();
  await expect(page).toHaveURL(/\/customers\?segment=one_time$/);
  await expect(page.locator('.quick-item[aria-current] .count')).toHaveText(count);
});

test('a segment is made, explained, changed, duplicated, archived, taken back and deleted', async ({ page, problems }) => {
  problems.allow(/422/);
  const email = unique();
  const customer = await addCustomer(page, email);
  const name = word('Few orders');
  const path = await addSegment(page, name, `email = "${email}" and orders < 3`);
  await expect(page.locator('.stat-value').filter({ hasText: /^1$/ }).first()).toBeVisible();
  await axe(page);
  // Why.
  await page.getByRole('searchbox', { name: 'Find a customer' }).fill(email);
  await page.locator('.segment-candidates').getByRole('link', { name: email }).click();
  const why = page.locator('#why');
  await expect(why.getByText('In the segment', { exact: true })).toBeVisible();
  await expect(why).toContainText('orders < 3');
  await expect(why).toContainText('has: 0');
  await axe(page, '#why');
  // Changed, so that nobody is in it.
  await page.locator('#s-rule').fill(`email = "${email}" and orders > 3`);
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.locator('.save-bar')).toBeHidden();
  await open(page, `${path}?customer=${customer.split('/').pop()}`);
  await expect(why.getByText('Not in the segment', { exact: true })).toBeVisible();
  await expect(why.locator('[data-holds="false"]').filter({ hasText: 'orders > 3' }).first()).toBeVisible();
  // A copy needs a name of its own.
  await page.getByRole('link', { name: 'Duplicate' }).click();
  await expect(page.locator('#s-rule')).toHaveValue(/orders > 3/);
  await page.getByLabel('Name').fill(name);
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('alert')).toHaveText('Another segment is called so.');
  await page.getByLabel('Name').fill(`${name} 2`);
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page).toHaveURL(/\/segments\/\d+$/);
  await archive(page);
  await page.locator('.toast').getByRole('button', { name: 'Undo' }).click();
  await expect(page.getByRole('button', { name: 'Archive', exact: true })).toBeVisible();
  await archive(page);
  await open(page, path);
  await archive(page);
  await page.getByRole('button', { name: 'Delete segment' }).click();
  const dialog = page.getByRole('dialog', { name: `Delete the segment “${name}”?` });
  await expect(dialog).toBeVisible();
  await axe(page, '#delete-segment');
  await dialog.getByRole('button', { name: 'Delete segment' }).click();
  await expect(page).toHaveURL(/\/segments$/);
  await expect(page.getByRole('link', { name, exact: true })).toBeHidden();
});

test('the filters of the list become a segment, and a segment a filter @desktop', async ({ page }) => {
  await open(page, '/customers?spent_min=100&segment=new');
  await page.locator('summary').filter({ hasText: 'Views' }).click();
  await page.getByRole('link', { name: 'Save as segment' }).click();
  await expect(page.locator('#s-rule')).toHaveValue('total_spent >= 100 and segment = New');
  const name = word('Saved');
  await page.getByLabel('Name').fill(name);
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page).toHaveURL(/\/segments\/\d+$/);
  await page.getByRole('link', { name: 'Show customers' }).click();
  await expect(page).toHaveURL(/\/customers\?segment=saved_/);
  await expect(page.locator('.chip')).toContainText(name);
  await page.goBack();
  await archive(page);
});

test('a profile lists the segments and says why', async ({ page }) => {
  await page.goto('/customers?segment=one_time');
  const path = await page.locator('tr[data-id] a.person-name').first().getAttribute('href');
  await open(page, path!);
  const card = page.locator('.card').filter({ has: page.getByRole('heading', { name: 'Segments', exact: true }) });
  await expect(card.getByRole('link', { name: 'One-time buyers', exact: true })).toBeVisible({ timeout: 30_000 });
  await axe(page, '.columns');
  await card.getByRole('link', { name: 'Why in “One-time buyers”?' }).click();
  await expect(page.locator('#why').getByText('In the segment', { exact: true })).toBeVisible();
});
