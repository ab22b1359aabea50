// The list of all orders, a customer's orders and drafts, and the page of an order.
import type { Page } from '@playwright/test';
import { axe, expect, hydrated, loginAs, test } from './fixtures.ts';
import { openTab, regular } from './profile.ts';

test.beforeEach(({ page }) => loginAs(page));

const rows = (page: Page) => page.locator('tbody tr');
const first = (page: Page) => page.locator('tbody a[href^="/orders/"]').first();
const param = (page: Page, name: string) => new URL(page.url()).searchParams.get(name);
const heads = (page: Page) => page.locator('thead th').allInnerTexts();

test('an order opens from the list, and leads to its customer', async ({ page }) => {
  await page.goto('/orders');
  await hydrated(page);
  await axe(page);
  const name = (await first(page).innerText()).trim();
  await first(page).click();
  await expect(page).toHaveURL(/\/orders\/\d+$/);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(name);
  for (const part of ['Items', 'Payment', 'Delivery', 'History', 'Customer', 'Addresses']) {
    await expect(page.getByRole('heading', { level: 2, name: part })).toBeVisible();
  }
  await axe(page);
  const download = page.waitForEvent('download');
  await page.getByRole('link', { name: 'Download CSV' }).click();
  expect((await download).suggestedFilename()).toBe(`order-${name.slice(1)}.csv`);
  await page.locator('a.person-name').click();
  await expect(page.getByRole('navigation', { name: 'Customer', exact: true })).toBeVisible();
});

test('the list is searched live by number and name', async ({ page }) => {
  await page.goto('/orders');
  await hydrated(page);
  const number = (await first(page).innerText()).trim().slice(1);
  await page.getByRole('searchbox', { name: 'Search orders' }).fill(number);
  await expect.poll(() => param(page, 'q')).toBe(number);
  await expect(rows(page)).toHaveCount(1);
  await page.getByRole('searchbox', { name: 'Search orders' }).fill('smith');
  await expect(rows(page).first()).toContainText(/smith/i);
  await page.getByRole('searchbox', { name: 'Search orders' }).fill('nobody is called that');
  await expect(page.getByText('No order matches')).toBeVisible();
  await page.getByRole('link', { name: 'Clear filters' }).click();
  await expect(rows(page)).toHaveCount(50);
});

test('the list is narrowed to a state and to drafts, and paged', async ({ page }) => {
  await page.goto('/orders');
  await hydrated(page);
  await page.getByLabel('State', { exact: true }).selectOption({ label: 'In transit' });
  await expect.poll(() => param(page, 'state')).toBe('shipped');
  await expect(rows(page).filter({ hasText: 'In transit' })).toHaveCount(50);
  const start = await first(page).innerText();
  await page.getByRole('link', { name: 'Next', exact: true }).click();
  await expect(first(page)).not.toHaveText(start);
  await expect.poll(() => param(page, 'state')).toBe('shipped');
  await page.getByRole('link', { name: 'Previous', exact: true }).click();
  await expect(first(page)).toHaveText(start);
  await page.getByRole('link', { name: 'Drafts', exact: true }).click();
  await expect(first(page)).toContainText('Draft');
  await first(page).click();
  await expect(page.getByRole('heading', { level: 1 })).toContainText('Draft');
  await axe(page);
});

test('a customer’s orders are searched, sorted and opened by a press on the row', async ({ page }) => {
  const path = await regular(page);
  await page.goto(path);
  await hydrated(page);
  await openTab(page, path, 'orders');
  const number = (await first(page).innerText()).trim();
  await page.getByRole('searchbox', { name: 'Search orders' }).fill(number.slice(1));
  await expect(rows(page)).toHaveCount(1);
  await page.getByRole('searchbox', { name: 'Search orders' }).fill('');
  await expect(rows(page)).toHaveCount(50);
  await page.getByRole('link', { name: 'Next', exact: true }).click();
  await expect(first(page)).not.toHaveText(number);
  await page.getByRole('link', { name: 'Previous', exact: true }).click();
  await expect(first(page)).toHaveText(number);
  await rows(page).first().click({ position: { x: 160, y: 12 } });
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(number);
});

test('@desktop columns are chosen once and stay chosen, there and in the list of all orders', async ({ page }) => {
  const choose = async (check: boolean) => {
    const menu = page.locator('.toolbar details.dropdown');
    await menu.locator('summary').click();
    const saved = page.waitForResponse((response) => response.url().includes('save_order_columns'));
    await menu.getByLabel('Store', { exact: true }).setChecked(check);
    await saved;
    await page.keyboard.press('Escape');
  };
  const path = await regular(page);
  await page.goto(`${path}/orders`);
  await hydrated(page);
  expect(await heads(page)).toContain('Store');
  await choose(false);
  expect(await heads(page)).not.toContain('Store');
  await page.goto('/orders');
  await hydrated(page);
  expect(await heads(page)).not.toContain('Store');
  await choose(true);
  await expect.poll(() => heads(page)).toContain('Store');
  await page.reload();
  await hydrated(page);
  expect(await heads(page)).toContain('Store');
});

test('@desktop a heading sorts a customer’s orders', async ({ page }) => {
  const path = await regular(page);
  await page.goto(`${path}/orders`);
  await hydrated(page);
  const totals = async () => {
    const texts = await page.locator('td[data-slot=value]').allInnerTexts();
    return texts.map((text) => Number(text.replace(/[^\d.-]/g, '')));
  };
  await page.getByRole('columnheader', { name: 'Total' }).getByRole('link').click();
  await expect.poll(async () => (await totals()).every((value, at, all) => at === 0 || value <= all[at - 1])).toBe(true);
});

test('the timeline is filtered by kind and goes on as one scrolls', async ({ page }) => {
  const path = await regular(page);
  await page.goto(`${path}/timeline`);
  await hydrated(page);
  const entries = page.locator('.timeline-item');
  const some = await entries.count();
  expect(some).toBeGreaterThan(30);
  await entries.last().scrollIntoViewIfNeeded();
  await expect.poll(() => entries.count()).toBeGreaterThan(some);
  await page.locator('main details.dropdown summary').filter({ hasText: 'All kinds' }).click();
  await page.getByLabel('Orders and returns').check();
  await expect.poll(() => param(page, 'about')).toBe('orders');
  await expect(page.locator('.timeline-title').filter({ hasText: /Visited|Looked at/ })).toHaveCount(0);
  await expect(page.locator('.timeline-title').filter({ hasText: /Ordered #\d+ for \$/ }).first()).toBeVisible();
});

test('the outlook says what is predicted, and on what it stands', async ({ page }) => {
  await page.goto(`${await regular(page)}/analytics`);
  await hydrated(page);
  const outlook = page.locator('#outlook');
  const figure = (name: string) => outlook.locator('.stat').filter({ has: page.getByRole('button', { name, exact: true }) }).locator('.stat-value');
  await expect(outlook).toContainText(/Predicted by BG\/NBD with Gamma-Gamma from the purchases of 23,5\d\d customers/);
  await expect(figure('Still a customer')).toHaveText(/^\d+(\.\d)?%$/);
  await expect(figure('Predicted orders')).toHaveText(/^\d+\.\d\d$/);
  await expect(figure('Predicted CLV')).toHaveText(/^(US)?\$[\d,]+\.\d\d$/);
  await outlook.getByRole('button', { name: 'Predicted CLV' }).focus();
  await expect(page.getByText('predicted orders times the predicted value')).toBeVisible();
  await axe(page, '#outlook');
});

test('the chart of what was spent has a table and leads to the orders of a month', async ({ page }) => {
  const path = await regular(page);
  await page.goto(`${path}/analytics`);
  await hydrated(page);
  await page.getByText('Show as table').click();
  await expect(page.locator('.chart-data tbody tr').first()).toBeVisible();
  await page.getByRole('link', { name: '12 m' }).click();
  await expect.poll(() => param(page, 'm')).toBe('12');
  await expect(page.locator('.chart-point')).toHaveCount(12);
  await page.locator('.chart-point').last().focus();
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/orders\?from=[\d-]+&to=[\d-]+$/);
  await expect(page.locator('.chip')).toContainText('Date');
});
