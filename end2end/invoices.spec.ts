// Invoices of an order: issued, downloaded, emailed; the order as a sheet of paper; what the settings say of both.
import { readFile } from 'node:fs/promises';
import type { Page } from '@playwright/test';
import { axe, expect, hydrated, loginAs, test } from './fixtures.ts';

test.beforeEach(({ page }) => loginAs(page));

/** The nth order of the list, open and alive. */
async function openOrder(page: Page, nth: number) {
  // Orders that have arrived: other tests cancel those that have not left.
  await page.goto('/orders?state=delivered');
  await hydrated(page);
  await page.locator('tbody a[href^="/orders/"].person-name').nth(nth).click();
  await expect(page).toHaveURL(/\/orders\/\d+$/);
  await expect(page.getByRole('heading', { level: 2, name: 'Invoices' })).toBeVisible();
}

const card = (page: Page) => page.locator('#invoices');

test('an invoice is issued once, downloaded and emailed', async ({ page }) => {
  // Another order on each device: the database is the same.
  await openOrder(page, test.info().project.name === 'phone' ? 12 : 14);
  const issue = card(page).getByRole('button', { name: 'Issue invoice' });
  const link = card(page).getByRole('link', { name: /^Invoice INV-/ });
  await expect(issue.or(link)).toBeVisible();
  if (await issue.isVisible()) await issue.click();
  await expect(link).toBeVisible();
  await expect(issue).toHaveCount(0);
  await axe(page);
  const waiting = page.waitForEvent('download');
  await link.click();
  const file = await waiting;
  expect(file.suggestedFilename()).toMatch(/^INV-[\w-]+-\d{6}\.pdf$/);
  expect((await readFile(await file.path())).subarray(0, 5).toString()).toBe('%PDF-');
  await card(page).getByRole('button', { name: /^Email Invoice/ }).click();
  const dialog = page.getByRole('dialog');
  await expect(dialog).toContainText('@');
  await axe(page);
  await dialog.getByRole('button', { name: 'Send' }).click();
  await expect(page.getByText('The email is on its way.').first()).toBeVisible();
  await page.reload();
  await hydrated(page);
  await expect(page.getByText('Invoice sent by email').first()).toBeVisible();
});

test('the menu of a row has the invoice, too', async ({ page }) => {
  await page.goto('/orders');
  await hydrated(page);
  // Orders that other tests cancelled get no invoice; what is on its way was not cancelled.
  const row = page.locator('tbody tr').filter({ hasText: 'In transit' }).nth(2);
  await row.getByRole('button', { name: /^Actions for/ }).click();
  const menu = page.locator('.menu:popover-open');
  await expect(menu).toBeInViewport({ ratio: 1 });
  await axe(page);
  const waiting = page.waitForEvent('download');
  await menu.getByRole('button', { name: 'PDF invoice' }).click();
  expect((await waiting).suggestedFilename()).toMatch(/\.pdf$/);
  await expect(menu).toHaveCount(0);
});

test('an order is a sheet of paper', async ({ page }) => {
  await openOrder(page, 1);
  await card(page).getByRole('link', { name: 'Print' }).click();
  await expect(page).toHaveURL(/\/print$/);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(/^Order #/);
  await axe(page);
  await page.emulateMedia({ media: 'print' });
  await expect(page.getByRole('button', { name: 'Print' })).toBeHidden();
  await expect(page.locator('.sidenav, .topbar, .tabbar').filter({ visible: true })).toHaveCount(0);
});

test('what stands on invoices is set up, and refused where it cannot be', async ({ page, problems }) => {
  problems.allow(/422/);
  await page.goto('/settings/checkout');
  await hydrated(page);
  await axe(page);
  const invoices = page.locator('#invoices');
  await invoices.getByLabel('Credit note numbers begin with').fill('INV-');
  await invoices.getByRole('button', { name: 'Save' }).click();
  await expect(invoices.getByText('Must differ from that of invoices')).toBeVisible();
  await axe(page);
  await invoices.getByRole('button', { name: 'Discard' }).click();
  const address = `Vinyl Street ${Date.now() % 1000}\n10001 New York`;
  await invoices.getByLabel('Address').fill(address);
  await invoices.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('Settings saved.').first()).toBeVisible();
  await page.reload();
  await hydrated(page);
  await expect(invoices.getByLabel('Address')).toHaveValue(address);
});
