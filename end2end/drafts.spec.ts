// Writing an order: the editor of a draft, what it costs as one types, placing it, ordering again; promotions, products and price lists.
import type { Page } from '@playwright/test';
import { axe, expect, hydrated, loginAs, test } from './fixtures.ts';
import { addCustomer, unique } from './profile.ts';

test.beforeEach(({ page }) => loginAs(page));

const total = (page: Page) => page.locator('.draft-side dd.total').first();
const lines = (page: Page) => page.locator('.draft-line');

/** A draft of a new customer, in its editor. */
async function begin(page: Page) {
  const path = await addCustomer(page, unique());
  await page.goto(`/orders/new?customer=${path.split('/').pop()}`);
  await expect(page).toHaveURL(/\/orders\/\d+\/edit$/);
  await hydrated(page);
  return path;
}

/** The sums are those of what stands in the fields; while they are asked for they are pale. */
const priced = (page: Page) => expect(page.locator('.draft-side [data-asking]')).toHaveCount(0);

/** Puts the first product that a search finds on the draft. */
async function add(page: Page, text: string) {
  const search = page.getByRole('combobox', { name: 'Add a product' });
  const before = await lines(page).count();
  const found = page.getByRole('listbox', { name: 'Products found' }).getByRole('option').first();
  // Arriving at a page moves the focus once more, and the list goes with it.
  await expect(async () => {
    await search.fill('');
    await search.fill(text);
    await expect(found).toBeVisible({ timeout: 4_000 });
  }).toPass();
  await search.press('Enter');
  await expect(lines(page)).toHaveCount(before + 1);
}

test('an order is written by keyboard, priced as one types, and placed', async ({ page }) => {
  await begin(page);
  await axe(page);
  await add(page, 'GIFT-50');
  await expect(total(page)).toHaveText('$50.00');
  await add(page, 'CD-100');
  await expect(page.locator('.draft-side .sums')).toContainText('Shipping');
  const one = await total(page).innerText();
  await page.getByRole('textbox', { name: /^Quantity of Gift card 50/ }).press('ArrowUp');
  await expect(total(page)).not.toHaveText(one);
  await page.getByRole('textbox', { name: /^Quantity of Gift card 50/ }).fill('0');
  await expect(page.getByText('Enter a quantity from 1')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Place order' })).toBeDisabled();
  await page.getByRole('textbox', { name: /^Quantity of Gift card 50/ }).fill('1');
  await expect(total(page)).toHaveText(one);
  await page.getByLabel('Shipping fee').fill('0');
  await expect(total(page)).not.toHaveText(one);
  await axe(page);
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(page.getByText('Draft saved').first()).toBeVisible();
  await page.getByRole('button', { name: 'Place order' }).click();
  const dialog = page.getByRole('dialog', { name: 'Place order' });
  await axe(page);
  await dialog.getByLabel('Reference').fill('pay_1');
  await dialog.getByRole('button', { name: 'Place order' }).click();
  await expect(page).toHaveURL(/\/orders\/\d+$/);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(/^#\d+$/);
  await expect(page.locator('.page-head')).toContainText('Paid');
});

test('a code says in place why it does not hold, and what it takes off', async ({ page }) => {
  await begin(page);
  await add(page, 'CD-100');
  const code = page.getByLabel('Discount code');
  await code.fill('nonesuch');
  await code.press('Enter');
  await expect(page.getByText('There is no code NONESUCH')).toBeVisible();
  await page.getByRole('button', { name: 'Remove NONESUCH' }).click();
  await code.fill('gold15');
  await code.press('Enter');
  await expect(page.getByText('GOLD15 is for another loyalty tier')).toBeVisible();
  await axe(page);
  await page.getByRole('button', { name: 'Remove GOLD15' }).click();
  await code.fill('welcome10');
  await page.getByRole('button', { name: 'Apply the code' }).click();
  await expect(page.locator('.draft-side .sums')).toContainText('WELCOME10');
  await page.getByLabel('Gift card code').fill('ABCD-EFGH-JKLM-NPQR-STUV');
  await page.getByLabel('Gift card code').press('Enter');
  await expect(page.getByText('There is no gift card with this code')).toBeVisible();
});

test('who changed a draft meanwhile is named, and nothing is lost', async ({ page, browser, problems }) => {
  problems.allow(/409/);
  await begin(page);
  await add(page, 'CD-100');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(page.getByText('Draft saved').first()).toBeVisible();
  const other = await (await browser.newContext({ baseURL: test.info().project.use.baseURL })).newPage();
  await loginAs(other, 'admin');
  await other.goto(page.url());
  await hydrated(other);
  await other.getByRole('button', { name: /^One more of/ }).click();
  await other.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(other.getByText('Draft saved').first()).toBeVisible();
  await page.getByRole('textbox', { name: /^Quantity of/ }).fill('7');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(page.getByText('Adaeze Brandt changed this draft meanwhile.')).toBeVisible();
  await priced(page);
  await axe(page);
  await page.getByRole('button', { name: 'Save mine' }).click();
  await expect(page.getByText('Adaeze Brandt changed this draft meanwhile.')).toBeHidden();
  // It is saved a moment after the notice has gone.
  await expect(async () => {
    await other.reload();
    await expect(other.getByRole('textbox', { name: /^Quantity of/ })).toHaveValue('7', { timeout: 2_000 });
  }).toPass();
  await other.context().close();
});

test('a draft is deleted from the tab, and comes back', async ({ page }) => {
  const path = await begin(page);
  await add(page, 'CD-100');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(page.getByText('Draft saved').first()).toBeVisible();
  await page.goto(`${path}/drafts`);
  await hydrated(page);
  await expect(page.locator('tbody tr')).toHaveCount(1);
  await axe(page);
  await page.getByRole('button', { name: /^Delete Draft/ }).click();
  await expect(page.locator('tbody tr')).toHaveCount(0);
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(page.locator('tbody tr')).toHaveCount(1);
});

test('the same is ordered again, and what changed is said', async ({ page }) => {
  await page.goto('/orders');
  await hydrated(page);
  await page.locator('tbody a[href^="/orders/"]').first().click();
  await expect(page).toHaveURL(/\/orders\/\d+$/);
  await page.getByRole('button', { name: 'Reorder' }).click();
  const dialog = page.getByRole('dialog', { name: 'Not as it was' });
  // Nothing may have changed since: then the editor opens at once.
  await expect(dialog.or(page.locator('.draft-page'))).toBeVisible();
  if (await dialog.isVisible()) {
    await axe(page);
    await dialog.getByRole('link', { name: 'Open the draft' }).click();
  }
  await expect(page).toHaveURL(/\/orders\/\d+\/edit$/);
  await expect(lines(page).first()).toBeVisible();
});

test('a promotion is written, switched off and found', async ({ page }) => {
  await page.goto('/promotions');
  await hydrated(page);
  await axe(page);
  const code = `SPEC${Date.now()}`;
  await page.getByRole('button', { name: 'New promotion' }).click();
  const dialog = page.getByRole('dialog', { name: 'New promotion' });
  await dialog.getByLabel('Code').fill(code);
  await dialog.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(dialog.getByText('Enter a percentage')).toBeVisible();
  await dialog.getByLabel('Percent', { exact: true }).fill('12.5');
  await axe(page);
  await dialog.getByRole('button', { name: 'Save', exact: true }).click();
  const row = page.locator('tbody tr').filter({ hasText: code });
  await expect(row).toContainText('12.5%');
  await row.getByRole('button', { name: 'Switch off' }).click();
  await expect(row).toHaveCount(0);
  await page.getByText('Also those switched off').click();
  await expect(row).toContainText('Off');
});

test('products and price lists are searched and priced', async ({ page }) => {
  await page.goto('/products');
  await hydrated(page);
  await axe(page);
  await page.getByRole('searchbox', { name: 'Name or SKU' }).fill('GIFT-25');
  await expect(page.locator('tbody tr')).toHaveCount(1);
  await page.getByRole('button', { name: 'Change Gift card 25' }).click();
  await axe(page);
  await page.getByRole('button', { name: 'Cancel' }).click();
  await page.getByRole('link', { name: 'Price lists' }).click();
  await axe(page);
  await page.getByRole('link', { name: 'Trade' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Trade' })).toBeVisible();
  await axe(page);
  const price = page.getByRole('textbox', { name: /^Price of/ }).first();
  await price.fill('x');
  await price.press('Tab');
  await expect(page.getByText('This amount cannot be.')).toBeVisible();
  await price.fill('9.99');
  await price.press('Tab');
  await expect(page.getByText('This amount cannot be.')).toHaveCount(0);
});
