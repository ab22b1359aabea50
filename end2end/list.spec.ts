// The customer list: its URL is its state; search, quick and advanced filters, sort, pages.
import type { Request } from '@playwright/test';
import { expect, hydrated, loginAs, settled, test } from './fixtures.ts';
import { box, chip, expectParam, ids, number, openFilters, openList, rows, total } from './list.ts';

test.beforeEach(({ page }) => loginAs(page, 'owner'));

test('every quick filter shows how many it would leave, and does', async ({ page }) => {
  await openList(page);
  const links = page.getByRole('navigation', { name: 'Quick filters' }).getByRole('link');
  await expect(links).toHaveCount(8);
  for (const name of ['Active', 'Inactive', 'VIP', 'New', 'Wholesale', 'At risk', 'One-time buyers', 'All']) {
    const link = links.filter({ hasText: new RegExp(`^${name} [\\d,]+$`) });
    const count = number(await link.locator('.count').innerText());
    await link.click();
    await expect(link).toHaveAttribute('aria-current', 'true');
    await expect.poll(() => total(page)).toBe(count);
  }
  await expect(page).toHaveURL(/\/customers$/);
});

test('search follows the typing: URL, total, counts and rows', async ({ page }) => {
  await openList(page);
  const everyone = await total(page);
  const vips = page.getByRole('link', { name: /^Active/ }).locator('.count');
  const before = number(await vips.innerText());
  await box(page).pressSequentially('smith');
  await expectParam(page, 'q', 'smith');
  await expect.poll(() => total(page)).toBeLessThan(everyone);
  await expect.poll(async () => number(await vips.innerText())).toBeLessThan(before);
  await expect(rows(page).first().locator('mark').first()).toHaveText(/smith/i);
  await page.getByRole('button', { name: 'Clear search' }).click();
  await expectParam(page, 'q', null);
  await expect.poll(() => total(page)).toBe(everyone);
  await expect(rows(page).first().locator('mark')).toHaveCount(0);
});

test('an order number finds its customer, and the row says so', async ({ page }) => {
  await page.goto('/orders');
  const order = (await page.locator('tbody a[href^="/orders/"]').first().innerText()).trim();
  await openList(page);
  await box(page).fill(order);
  await expectParam(page, 'q', order);
  await expect(rows(page).first()).toContainText(`Order ${order.replace(/^#/, '')}`);
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

test('a newer answer does not wait for an older one, and is never overwritten by it', async ({ page }) => {
  await openList(page, '?q=garcia');
  const expected = await total(page);
  await openList(page);
  const everyone = await ids(page);
  // The answer about Smith is held back until the end of the test.
  let release = () => {};
  const released = new Promise<void>((resolve) => (release = resolve));
  const aboutSmith = (request: Request) => request.url().includes('list_customers') && `${request.postData()}`.includes('smith');
  await page.route('**/fn/list_customers', async (route) => {
    if (aboutSmith(route.request())) await released;
    await route.continue().catch(() => {}); // given up meanwhile
  });
  const asked = page.waitForRequest(aboutSmith);
  await box(page).fill('smith');
  const outdated = await asked;
  // The old rows stay until newer ones come.
  expect(await ids(page)).toBe(everyone);
  await box(page).fill('garcia');
  await expectParam(page, 'q', 'garcia');
  await expect.poll(() => total(page)).toBe(expected);
  await expect(rows(page).first()).toContainText(/garc[ií]a/i);
  const garcias = await ids(page);
  release();
  await outdated.response().catch(() => null);
  await settled(page);
  expect(await total(page)).toBe(expected);
  expect(await ids(page)).toBe(garcias);
  await expect(box(page)).toHaveValue('garcia');
  await expectParam(page, 'q', 'garcia');
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

test('what is typed before the page is alive is searched for', async ({ page }) => {
  let start = () => {};
  const started = new Promise<void>((resolve) => (start = resolve));
  await page.route('**/*.wasm', async (route) => {
    await started;
    await route.continue();
  });
  await page.goto('/customers', { waitUntil: 'domcontentloaded' });
  const everyone = await total(page);
  await box(page).fill('smith');
  start();
  await hydrated(page);
  await expectParam(page, 'q', 'smith');
  await expect(box(page)).toHaveValue('smith');
  await expect.poll(() => total(page)).toBeLessThan(everyone);
});

test('a failed answer says so, keeps what was typed, and can be asked for again', async ({ page, problems }) => {
  problems.allow(/list_customers|Failed to load resource/);
  await openList(page);
  await page.route('**/fn/list_customers', (route) => route.abort('connectionrefused'));
  await box(page).fill('smith');
  const alert = page.getByRole('alert');
  await expect(alert).toBeVisible();
  await expect(box(page)).toHaveValue('smith');
  await page.unroute('**/fn/list_customers');
  await alert.getByRole('button', { name: 'Try again' }).click();
  await expect(rows(page).first()).toContainText(/smith/i);
  await expect(alert).toHaveCount(0);
});

test('the list opens with who ordered last', async ({ page }) => {
  await openList(page);
  const moments = await rows(page).locator('time').evaluateAll((all) => all.map((time) => time.getAttribute('datetime') ?? ''));
  expect(moments.length).toBeGreaterThan(10);
  expect(moments).toEqual([...moments].sort().reverse());
});

test('@desktop every column exists and sorts', async ({ page }) => {
  const columns = ['name', 'email', 'orders', 'spent', 'status', 'last_order', 'group', 'tags', 'registered', 'location', 'aov', 'credit', 'points'];
  await openList(page, `?cols=${columns.join()}`);
  const heads = page.locator('thead th[scope=col]').filter({ has: page.locator('a') });
  await expect(heads).toHaveCount(columns.length);
  for (const [at, column] of columns.entries()) {
    const head = heads.nth(at);
    const before = await head.getAttribute('aria-sort');
    await head.getByRole('link').click();
    // Who ordered last is how the list opens: it needs no word in the address.
    if (column !== 'last_order') await expect(page).toHaveURL(new RegExp(`[?&]sort=-?${column}(&|$)`));
    await expect(head).toHaveAttribute('aria-sort', /ascending|descending/);
    expect(await head.getAttribute('aria-sort')).not.toBe(before);
    await expect(rows(page).first()).toBeVisible();
  }
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

test('@desktop sorted by tags, those with tags come first', async ({ page }) => {
  await openList(page);
  await page.getByRole('columnheader', { name: 'Tags' }).getByRole('link').click();
  await expectParam(page, 'sort', 'tags');
  const first = () => rows(page).evaluateAll((all) => all.map((row) => row.querySelector('.tag')?.textContent ?? ''));
  await expect.poll(async () => (await first()).every(Boolean)).toBe(true);
  const tags = (await first()).map((tag) => tag.toLowerCase());
  expect(tags).toEqual([...tags].sort());
});

test('the pager leads forth and back, to the end and the start', async ({ page }) => {
  await openList(page);
  const pager = page.getByRole('navigation', { name: 'Pages' });
  const go = (name: string) => pager.getByRole('link', { name, exact: true }).click();
  const info = pager.locator('.pager-info');
  const start = await info.innerText();
  const first = await ids(page);
  await expect(pager.getByRole('link', { name: 'Previous' })).toHaveAttribute('aria-disabled', 'true');
  await go('Next');
  await expect.poll(() => ids(page)).not.toBe(first);
  const second = await ids(page);
  await page.reload();
  await hydrated(page);
  expect(await ids(page)).toBe(second);
  await go('Next');
  await expect.poll(() => ids(page)).not.toBe(second);
  await go('Previous');
  await expect.poll(() => ids(page)).toBe(second);
  await go('Last');
  await expect(info).toHaveText(new RegExp(`${(await total(page)).toLocaleString('en')} of`));
  await expect(pager.getByRole('link', { name: 'Next' })).toHaveAttribute('aria-disabled', 'true');
  await go('First');
  await expect.poll(() => ids(page)).toBe(first);
  await expect(info).toHaveText(start);
});

test('an advanced filter becomes a chip, which removes it', async ({ page }) => {
  await openList(page);
  const everyone = await total(page);
  const sheet = await openFilters(page);
  await sheet.locator('summary', { hasText: /^\s*Orders\s*$/ }).click();
  await sheet.getByLabel('Orders, from').fill('5');
  await sheet.getByRole('button', { name: 'Show customers' }).click();
  await expect(sheet).toBeHidden();
  await expectParam(page, 'orders_min', '5');
  await expect(chip(page)).toHaveText(/Orders: 5 or more/);
  await expect.poll(() => total(page)).toBeLessThan(everyone);
  await page.getByRole('link', { name: 'Remove filter: Orders: 5 or more' }).click();
  await expect(chip(page)).toHaveCount(0);
  await expectParam(page, 'orders_min', null);
  await expect.poll(() => total(page)).toBe(everyone);
});

test('an address that cannot be read falls back and says so', async ({ page }) => {
  await openList(page, '?sort=bogus&orders_min=x&spent_min=5&at=nonsense');
  const banner = page.locator('.banner[role=status]');
  await expect(banner).toContainText('“bogus” is not known');
  await expect(banner).toContainText('“x” is not a whole number');
  await expect(banner).toContainText('the list starts from the top');
  await expect(rows(page).first()).toBeVisible();
  // What can be read holds.
  await expect(chip(page)).toHaveCount(1);
});

test.describe('without scripts', () => {
  test.use({ javaScriptEnabled: false });

  test('the list shows its rows, and its search is a plain form', async ({ page, problems }) => {
    problems.allow(/csp|preload/); // the scripts that stay away
    await page.goto('/customers');
    await expect(rows(page).first()).toBeVisible();
    const everyone = await total(page);
    await box(page).fill('smith');
    await box(page).press('Enter');
    await expect(page).toHaveURL(/\/customers\?q=smith$/);
    await expect(rows(page).first()).toContainText(/smith/i);
    expect(await total(page)).toBeLessThan(everyone);
  });
});
