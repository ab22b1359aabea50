// What the specs of the customer list share.
import type { Page } from '@playwright/test';
import { expect, hydrated } from './fixtures.ts';

export const rows = (page: Page) => page.locator('tr[data-id]');
export const box = (page: Page) => page.getByRole('searchbox', { name: 'Search customers' });
export const bar = (page: Page) => page.getByRole('region', { name: 'Selection' });
export const chip = (page: Page) => page.locator('.chip');
/** A dropdown, by what is written on it. */
export const menu = (page: Page, name: string) => page.locator('details.dropdown').filter({ has: page.locator('summary', { hasText: name }) });
/** The sheet of filters, opened. */
export async function openFilters(page: Page) {
  await page.getByRole('button', { name: /^Filter/ }).click();
  const sheet = page.getByRole('dialog', { name: 'Filter' });
  await expect(sheet).toBeVisible();
  return sheet;
}

/** The number in a text such as "1,234 customers". */
export const number = (text: string) => Number(text.replace(/\D/g, ''));

export async function total(page: Page) {
  return number(await page.locator('.page-count').innerText());
}

export const ids = (page: Page) => rows(page).evaluateAll((found) => found.map((row) => row.getAttribute('data-id')).join());

export async function openList(page: Page, query = '') {
  await page.goto(`/customers${query}`);
  await hydrated(page);
}

/** Waits for the URL's query parameter; `null` for one that is not there. */
export async function expectParam(page: Page, name: string, value: string | null) {
  await expect.poll(() => new URL(page.url()).searchParams.get(name)).toBe(value);
}

/** Nothing is wider than the screen. */
export async function expectNoSidewaysScroll(page: Page) {
  const { width, screen } = await page.evaluate(() => ({ width: document.documentElement.scrollWidth, screen: window.innerWidth }));
  expect(width).toBeLessThanOrEqual(screen);
}
