// What the specs of the profile share.
import type { Page } from '@playwright/test';
import { expect, hydrated, test } from './fixtures.ts';

/** The last part of each tab's address; the overview has none. */
export const TABS = ['', 'details', 'orders', 'drafts', 'addresses', 'credit', 'gift-cards', 'loyalty', 'notes', 'analytics', 'timeline', 'activity'];

/** Somebody with orders: whoever spent most. Yields the path of the profile. */
export async function regular(page: Page) {
  await page.goto('/customers?sort=-spent');
  const path = await page.locator('tr[data-id] a.person-name').first().getAttribute('href');
  return path!;
}

/** Adds a customer through the page's form and stays on the profile, whose path it yields. */
export async function addCustomer(page: Page, email: string) {
  await page.goto('/customers/new');
  await hydrated(page);
  await page.getByLabel('First name').fill('Anna');
  await page.getByLabel('Last name').fill('Kowalska');
  await page.getByLabel('Email').fill(email);
  await page.getByRole('button', { name: 'Add customer' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Anna Kowalska' })).toBeVisible();
  await expect(page).toHaveURL(/\/customers\/\d+$/);
  return new URL(page.url()).pathname;
}

export const unique = () => `anna.${Date.now()}.${test.info().workerIndex}@example.com`;

export const tabs = (page: Page) => page.getByRole('navigation', { name: 'Customer', exact: true });

/** Presses a tab of the profile that is open. */
export async function openTab(page: Page, path: string, tab: string) {
  const address = tab ? `${path}/${tab}` : path;
  await tabs(page).locator(`a[href="${address}"]`).click();
  await expect(page).toHaveURL(new RegExp(`${address}$`));
  await expect(tabs(page).locator('[aria-current=page]')).toHaveAttribute('href', address);
}
