// The customer list: its URL is its state; quick filters, search, sort, pages.
import type { Page } from '@playwright/test';
import { expect, hydrated, loginAs, test } from './fixtures.ts';

const rows = (page: Page) => page.locator('tr[data-id]');
const box = (page: Page) => page.getByRole('searchbox', { name: 'Search customers' });

/** The number in a text such as "1,234 customers". */
const number = (text: string) => Number(text.replace(/\D/g, ''));

async function total(page: Page) {
  return number(await page.locator('.page-count').innerText());
}

async function openList(page: Page, query = '') {
  await page.goto(`/customers${query}`);
  await hydrated(page);
}

/** Waits for the URL's query parameter; `null` for one that is not there. */
async function expectParam(page: Page, name: string, value: string | null) {
  await expect.poll(() => new URL(page.url()).searchParams.get(name)).toBe(value);
}

test.beforeEach(({ page }) => loginAs(page, 'owner'));

test('every quick filter shows how many it would leave, and does', async ({ page }) => {
  await openList(page);
  const links = page.getByRole('navigation', { name: 'Quick filters' }).getByRole('link');
  await expect(links).toHaveCount(8);
  for (const name of ['Active', 'Inactive', 'VIP', 'One-time buyers', 'All']) {
    const link = links.filter({ hasText: new RegExp(`^${name} [\\d,]+$`) });
    const count = number(await link.locator('.count').innerText());
    await link.click();
    await expect(link).toHaveAttribute('aria-current', 'true');
    await expect.poll(() => total(page)).toBe(count);
  }
  await expect(page).toHaveURL(/\/customers$/);
});

test('search follows the typing: URL, total and rows', async ({ page }) => {
  await openList(page);
  const everyone = await total(page);
  await box(page).pressSequentially('smith');
  await expectParam(page, 'q', 'smith');
  await expect.poll(() => total(page)).toBeLessThan(everyone);
  await expect(rows(page).first()).toContainText(/smith/i);
  await page.getByRole('button', { name: 'Clear search' }).click();
  await expectParam(page, 'q', null);
  await expect.poll(() => total(page)).toBe(everyone);
});

test('back and forward restore a search', async ({ page }) => {
  await openList(page, '?q=smith');
  const smiths = await total(page);
  await page.getByRole('link', { name: /^Active / }).click();
  await expectParam(page, 'quick', 'active');
  await expect.poll(() => total(page)).toBeLessThan(smiths);
  await page.goBack();
  await expectParam(page, 'quick', null);
  await expect(box(page)).toHaveValue('smith');
  await expect.poll(() => total(page)).toBe(smiths);
  await page.goForward();
  await expectParam(page, 'quick', 'active');
  await expect.poll(() => total(page)).toBeLessThan(smiths);
});

test('wildcards and quotes are letters like others', async ({ page }) => {
  await openList(page);
  await box(page).fill(`%_'"`);
  await expectParam(page, 'q', `%_'"`);
  await expect(page.getByRole('heading', { name: 'No customer matches' })).toBeVisible();
  await expect.poll(() => total(page)).toBe(0);
  await page.locator('.empty').getByRole('link', { name: 'Clear search and filters' }).click();
  await expect(rows(page).first()).toBeVisible();
  await expect(box(page)).toHaveValue('');
});

test('typing fast ends with the last text', async ({ page }) => {
  await openList(page, '?q=johnson');
  const expected = await total(page);
  await openList(page);
  await box(page).pressSequentially('jones', { delay: 15 });
  await box(page).fill('');
  await box(page).pressSequentially('johnson', { delay: 15 });
  await expectParam(page, 'q', 'johnson');
  await expect.poll(() => total(page)).toBe(expected);
  await expect(box(page)).toHaveValue('johnson');
});

test('@desktop a heading sorts, and the other way round when pressed again', async ({ page }) => {
  await openList(page);
  const head = page.getByRole('columnheader', { name: 'Total spent' });
  const spent = async () => {
    const texts = await page.locator('td[data-slot=value]').allInnerTexts();
    return texts.map((text) => Number(text.replace(/[^\d.-]/g, '')));
  };
  const sorted = (sign: number) => async () => (await spent()).every((value, at, all) => at === 0 || sign * (value - all[at - 1]) >= 0);
  await head.getByRole('link').click();
  await expectParam(page, 'sort', '-spent');
  await expect(head).toHaveAttribute('aria-sort', 'descending');
  await expect.poll(sorted(-1)).toBe(true);
  await head.getByRole('link').click();
  await expectParam(page, 'sort', 'spent');
  await expect(head).toHaveAttribute('aria-sort', 'ascending');
  await expect.poll(sorted(1)).toBe(true);
});

test('the pager leads forth and back, to the end and the start', async ({ page }) => {
  await openList(page);
  const pager = page.getByRole('navigation', { name: 'Pages' });
  const go = (name: string) => pager.getByRole('link', { name, exact: true }).click();
  const ids = () => rows(page).evaluateAll((found) => found.map((row) => row.getAttribute('data-id')).join());
  const info = pager.locator('.pager-info');
  const start = await info.innerText();
  const first = await ids();
  await expect(pager.getByRole('link', { name: 'Previous' })).toHaveAttribute('aria-disabled', 'true');
  await go('Next');
  await expect.poll(ids).not.toBe(first);
  const second = await ids();
  await go('Next');
  await expect.poll(ids).not.toBe(second);
  await go('Previous');
  await expect.poll(ids).toBe(second);
  await go('Last');
  await expect(info).toHaveText(new RegExp(`${(await total(page)).toLocaleString('en')} of`));
  await expect(pager.getByRole('link', { name: 'Next' })).toHaveAttribute('aria-disabled', 'true');
  await go('First');
  await expect.poll(ids).toBe(first);
  await expect(info).toHaveText(start);
});
