import { axe, expect, hydrated, loginAs, test } from './fixtures.ts';
import type { Page } from '@playwright/test';

/** Adds a customer through the page's form; yields the path of the profile. */
async function addCustomer(page: Page, email: string) {
  await page.goto('/customers/new');
  await hydrated(page);
  await page.getByLabel('First name').fill('Anna');
  await page.getByLabel('Last name').fill('Kowalska');
  await page.getByLabel('Email').fill(email);
  await page.getByRole('button', { name: 'Add customer' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Anna Kowalska' })).toBeVisible();
  return new URL(page.url()).pathname;
}

const unique = () => `anna.${Date.now()}.${test.info().workerIndex}@example.com`;

test.beforeEach(async ({ page }) => {
  await loginAs(page);
});

test('every tab of a profile can be linked to and is accessible', async ({ page }) => {
  const tabs = ['', '/details', '/orders', '/drafts', '/addresses', '/notes', '/analytics', '/timeline', '/activity'];
  for (const tab of tabs) {
    await page.goto(`/customers/1${tab}`);
    await hydrated(page);
    await expect(page.locator('.profile-tabs [aria-current=page]')).toBeVisible();
    await axe(page);
  }
});

test('an unknown customer and an unknown tab are not found', async ({ page, problems }) => {
  problems.allow(/404/);
  for (const path of ['/customers/99999999', '/customers/1/nothing', '/customers/x']) {
    const answer = await page.goto(path);
    expect(answer?.status(), path).toBe(404);
    await hydrated(page);
    await expect(page.getByRole('heading', { name: 'Page not found' })).toBeVisible();
  }
});

test('who has the same email is pointed out before saving', async ({ page, problems }) => {
  problems.allow(/422/);
  const email = unique();
  const path = await addCustomer(page, email);
  await page.goto('/customers');
  await hydrated(page);
  await page.getByRole('link', { name: 'Add customer' }).click();
  const dialog = page.getByRole('dialog', { name: 'Add customer' });
  await dialog.getByLabel('Email').fill(email.toUpperCase());
  await expect(dialog.getByRole('link', { name: 'Anna Kowalska' })).toHaveAttribute('href', path);
  await axe(page);
  await dialog.getByRole('button', { name: 'Add customer' }).click();
  await expect(dialog.getByText('Another customer has this email.')).toBeVisible();
});

test('of two edits the second is told of the first and loses nothing', async ({ page, context }) => {
  const path = await addCustomer(page, unique());
  const other = await context.newPage();
  for (const each of [page, other]) {
    await each.goto(`${path}/details`);
    await hydrated(each);
  }
  await other.getByLabel('Phone').fill('+48 601 222 444');
  await other.getByLabel('Company').fill('Studio');
  await other.getByRole('button', { name: 'Save' }).click();
  await expect(other.getByText('Saved')).toBeVisible();

  await page.getByLabel('Phone').fill('+48 601 222 333');
  await page.getByRole('button', { name: 'Save' }).click();
  const dialog = page.getByRole('dialog', { name: 'Somebody was faster' });
  await expect(dialog.getByText('+48 601 222 444')).toBeVisible();
  await axe(page);
  await dialog.getByRole('button', { name: 'Save this' }).click();
  await expect(page.getByText('Saved')).toBeVisible();
  await expect(page.getByLabel('Phone')).toHaveValue('+48 601 222 333');
  await expect(page.getByLabel('Company')).toHaveValue('Studio');
});

test('notes, addresses, blocking and deleting', async ({ page }) => {
  const path = await addCustomer(page, unique());
  await page.goto(`${path}/notes`);
  await hydrated(page);
  await page.getByLabel('Text of the note').fill('Deliver to the shop only');
  await page.getByLabel('Pin to the top').check();
  await page.getByRole('button', { name: 'Add note' }).click();
  await expect(page.locator('.profile-banners')).toContainText('Deliver to the shop only');

  await page.getByRole('link', { name: 'Addresses' }).click();
  await page.getByRole('button', { name: 'Add address' }).click();
  const dialog = page.getByRole('dialog', { name: 'Add address' });
  await dialog.getByLabel('Street and number').fill('ul. Józefa 14/3');
  await dialog.getByLabel('ZIP').fill('31056');
  await dialog.getByLabel('City').fill('Kraków');
  await dialog.getByLabel('Country').selectOption('PL');
  await axe(page);
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(page.locator('address')).toContainText('31-056 Kraków');

  await page.getByLabel('More actions').click();
  await page.getByRole('button', { name: 'Block…' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Block' }).click();
  await expect(page.locator('.profile-head')).toContainText('Blocked');
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(page.locator('.profile-head')).not.toContainText('Blocked');

  await page.getByRole('link', { name: 'Activity' }).click();
  await expect(page.getByRole('row', { name: /Note added/ })).toBeVisible();
  await page.getByLabel('More actions').click();
  await page.getByRole('button', { name: 'Delete…' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete for good' }).click();
  await expect(page).toHaveURL(/\/customers$/);
});
