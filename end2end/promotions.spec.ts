// Promotions and products for some: a code of a segment, and what opens earlier for those who carry a tag.
import type { Page } from '@playwright/test';
import { axe, expect, hydrated, loginAs, test } from './fixtures.ts';
import { addCustomer, unique } from './profile.ts';

test.beforeEach(({ page }) => loginAs(page));

/** A word that no other test uses. */
const word = (stem: string) => `${stem}${Date.now().toString(36)}${test.info().workerIndex}`.toUpperCase();

/** A day from today, as fields for days take it. */
const day = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);

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
  return new URL(page.url()).pathname;
}

/** A draft of a customer, in its editor. */
async function begin(page: Page, customer: string) {
  await page.goto(`/orders/new?customer=${customer.split('/').pop()}`);
  await expect(page).toHaveURL(/\/orders\/\d+\/edit$/);
  await hydrated(page);
}

const products = (page: Page) => page.getByRole('listbox', { name: 'Products found' }).getByRole('option');

/** Looks for a product until it is found: arriving at a page moves the focus once more, and the list goes with it. */
async function look(page: Page, text: string) {
  const search = page.getByRole('combobox', { name: 'Add a product' });
  await expect(async () => {
    await search.fill('');
    await search.fill(text);
    await expect(products(page).first()).toBeVisible({ timeout: 4_000 });
  }).toPass();
  return search;
}

async function add(page: Page, text: string) {
  const search = await look(page, text);
  await search.press('Enter');
  await expect(page.locator('.draft-line')).toHaveCount(1);
}

/** Enters a code on the draft that is open. */
async function enter(page: Page, code: string) {
  await page.getByLabel('Discount code').fill(code);
  await page.getByLabel('Discount code').press('Enter');
}

/** Takes a promotion out of the list, and lets go of whom it named, so that a segment can be done away with. */
async function letGo(page: Page, code: string) {
  await open(page, `/promotions?q=${code}`);
  await page.getByRole('button', { name: `Change ${code}` }).click();
  const dialog = page.getByRole('dialog', { name: 'Change promotion' });
  await dialog.locator('#p-segment').selectOption('');
  await dialog.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(dialog).toBeHidden();
  await page.locator('tbody tr').filter({ hasText: code }).getByRole('button', { name: 'Switch off' }).click();
  await expect(page.locator('tbody tr').filter({ hasText: code })).toHaveCount(0);
}

test('a code of a segment is for whoever is in it as they order', async ({ page, problems }) => {
  problems.allow(/409/);
  const [inside, outside] = [unique(), `other.${unique()}`];
  const friend = await addCustomer(page, inside);
  const stranger = await addCustomer(page, outside);
  const [segment, code] = [word('Friends '), word('FRIENDS')];
  const path = await addSegment(page, segment, `email = "${inside}"`);
  // Written in the dialog.
  await open(page, '/promotions');
  await page.getByRole('button', { name: 'New promotion' }).click();
  const dialog = page.getByRole('dialog', { name: 'New promotion' });
  await dialog.getByLabel('Code').fill(code);
  await dialog.getByLabel('Percent', { exact: true }).fill('10');
  await dialog.locator('#p-segment').selectOption(segment);
  // Whoever is named for early access needs a day.
  await dialog.locator('#p-early-segment').selectOption(segment);
  await dialog.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(dialog.getByText('Choose the day from which it opens earlier for them.')).toBeVisible();
  await expect(dialog.locator('#p-early')).toBeFocused();
  await axe(page);
  await dialog.locator('#p-early-segment').selectOption('');
  await dialog.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(dialog).toBeHidden();
  const row = page.locator('tbody tr').filter({ hasText: code });
  await expect(row).toContainText(segment);
  await axe(page);
  // It holds for one and not for the other, who is told why.
  await begin(page, friend);
  await add(page, 'CD-100');
  await enter(page, code);
  await expect(page.locator('.draft-side .sums')).toContainText(code);
  await begin(page, stranger);
  await add(page, 'CD-100');
  await enter(page, code);
  await expect(page.getByText(`${code} is for the segment “${segment}”, in which this customer is not now.`)).toBeVisible();
  await axe(page);
  // The segment stays as long as the code is for it.
  await open(page, path);
  await page.getByRole('button', { name: 'Archive', exact: true }).click();
  await expect(page.locator('.toast')).toContainText(`The promotion ${code} is for this segment`);
  await letGo(page, code);
  await open(page, path);
  await page.getByRole('button', { name: 'Archive', exact: true }).click();
  await expect(page.locator('.page-head').getByText('Archived', { exact: true })).toBeVisible();
});

test('a product opens earlier for those who carry a tag', async ({ page }) => {
  const [sku, tag] = [word('EARLY-'), word('press ').toLowerCase()];
  const press = await addCustomer(page, unique());
  await open(page, `${press}/details`);
  await page.getByLabel('Tags').fill(tag);
  await page.getByLabel('Tags').blur();
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(page.locator('.profile-head')).toContainText(tag);
  const other = await addCustomer(page, `other.${unique()}`);
  await open(page, '/products');
  await page.getByRole('button', { name: 'Add product' }).click();
  const dialog = page.getByRole('dialog', { name: 'Add product' });
  await dialog.getByLabel('Name').fill(`Not out yet ${sku}`);
  await dialog.getByLabel('SKU').fill(sku);
  await dialog.getByLabel('Price').fill('9.90');
  await dialog.getByLabel('Can be ordered from').fill(day(5));
  await dialog.getByLabel('With early access from').fill(day(-1));
  // Those that are there are suggested.
  await expect(dialog.locator('#product-early-tag-names option[value="VIP"]')).toHaveCount(1);
  await dialog.locator('#product-early-tag').fill(tag);
  await axe(page);
  await dialog.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(dialog).toBeHidden();
  await open(page, `/products?q=${sku}`);
  await expect(page.locator('tbody tr').filter({ hasText: sku })).toContainText(`also for ${tag}`);
  await axe(page);
  await begin(page, other);
  await look(page, sku);
  await expect(products(page).first()).toContainText('Not yet');
  await begin(page, press);
  await look(page, sku);
  await expect(products(page).first()).not.toContainText('Not yet');
  await add(page, sku);
  await expect(page.locator('.draft-side dd.total').first()).toContainText('$');
  await expect(page.getByText('cannot be ordered yet')).toHaveCount(0);
  // It opens for nobody any more.
  await open(page, `/products?q=${sku}`);
  await page.getByRole('button', { name: `Change Not out yet ${sku}` }).click();
  const change = page.getByRole('dialog', { name: 'Change product' });
  await expect(change.locator('#product-early-tag')).toHaveValue(tag);
  await change.locator('#product-early-tag').fill('');
  await change.getByText('Is sold').click();
  await change.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(change).toBeHidden();
  await expect(page.locator('tbody tr').filter({ hasText: sku })).toHaveCount(0);
});
