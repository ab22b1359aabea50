// What is done with an order after it was placed: parcels, returns, refunds, two people at once; and the list of returns.
import type { Page } from '@playwright/test';
import { axe, expect, hydrated, loginAs, test } from './fixtures.ts';

test.beforeEach(({ page }) => loginAs(page));

const dialog = (page: Page) => page.locator('dialog[open]');
const head = (page: Page) => page.locator('.page-actions');

/** Opens the first order in this state, or the one after so many; yields its path. */
async function open(page: Page, state: string, which = 0) {
  await page.goto(`/orders?state=${state}`);
  await hydrated(page);
  const path = await page.locator('tbody th a[href^="/orders/"]').nth(which).getAttribute('href');
  await page.goto(path!);
  await hydrated(page);
  return path!;
}

const more = async (page: Page, item: string) => {
  await head(page).locator('summary[aria-label="More actions"]').click();
  await head(page).getByRole('button', { name: item }).click();
  await expect(dialog(page)).toBeVisible();
};

test('an order is shipped with a number to follow it by, and delivered', async ({ page }) => {
  await open(page, 'unfulfilled');
  await head(page).getByRole('button', { name: 'Ship', exact: true }).click();
  await dialog(page).getByLabel('Carrier').fill('UPS');
  await dialog(page).getByLabel('Tracking number').fill('1Z 999');
  await expect(dialog(page).getByRole('link', { name: 'Try the tracking link' })).toHaveAttribute('href', /ups\.com.*1Z%20999/);
  await axe(page);
  await dialog(page).getByRole('button', { name: 'Ship', exact: true }).click();
  await expect(dialog(page)).toHaveCount(0);
  const delivery = page.locator('#delivery');
  await expect(delivery.getByText('In transit')).toBeVisible();
  await expect(delivery.getByRole('link', { name: '1Z 999' })).toBeVisible();
  await expect(head(page).getByRole('button', { name: 'Ship', exact: true })).toHaveCount(0);
  await head(page).getByRole('button', { name: 'Mark as delivered' }).click();
  await dialog(page).getByRole('button', { name: 'Mark as delivered' }).click();
  await expect(delivery.locator('.status').filter({ hasText: 'Delivered' })).toBeVisible();
  await expect(page.locator('.timeline-title').filter({ hasText: 'Shipped' })).toBeVisible();
});

test('a return goes from the list of orders to its refund', async ({ page, problems }) => {
  problems.allow(/422/);
  await page.goto('/orders?state=delivered');
  await hydrated(page);
  await page.getByRole('button', { name: /^Actions for/ }).nth(3).click();
  await page.getByRole('link', { name: 'Process return' }).click();
  await hydrated(page);
  await expect(dialog(page).getByRole('heading', { name: 'Process return' })).toBeVisible();
  await axe(page);
  await dialog(page).getByRole('button', { name: 'Process return' }).click();
  await expect(dialog(page).getByText('Choose at least one item.')).toBeVisible();
  await dialog(page).locator('input[type=number]').first().fill('1');
  await dialog(page).getByLabel('Reason').selectOption({ label: 'Damaged' });
  await dialog(page).getByRole('button', { name: 'Process return' }).click();
  await expect(dialog(page)).toHaveCount(0);
  const returns = page.locator('#returns');
  await expect(returns.getByText('Approved')).toBeVisible();
  await axe(page);
  await returns.getByRole('button', { name: 'Goods received' }).click();
  await dialog(page).getByRole('button', { name: 'Goods received' }).click();
  await expect(returns.getByText('Received')).toBeVisible();
  await returns.getByRole('button', { name: 'Refund return' }).click();
  await axe(page);
  await dialog(page).getByLabel('Amount').fill('99999');
  await expect(dialog(page).getByText('This is more than what was paid')).toBeVisible();
  await dialog(page).getByLabel('Amount').fill('0.01');
  await dialog(page).getByRole('button', { name: /^Refund .*0\.01/ }).click();
  await expect(dialog(page)).toHaveCount(0);
  await expect(returns.getByText('Settled')).toBeVisible();
  await expect(page.locator('#money').getByText('Refund', { exact: false }).first()).toBeVisible();
});

test('money is given back, and never more than was paid', async ({ page }) => {
  await open(page, 'delivered', 8);
  await more(page, 'Refund');
  await expect(dialog(page).getByText(/^Goes back to/)).toBeVisible();
  await dialog(page).getByLabel('Amount').fill('abc');
  await expect(dialog(page).getByText('Enter an amount.')).toBeVisible();
  await dialog(page).getByLabel('Amount').fill('1');
  await dialog(page).getByLabel('Reason').fill('late');
  await dialog(page).getByRole('button', { name: /^Refund .*1\.00/ }).click();
  await expect(dialog(page)).toHaveCount(0);
  await expect(page.getByText('Part refunded').first()).toBeVisible();
});

test('an order that has not left is cancelled, and says why', async ({ page, problems }) => {
  problems.allow(/422/);
  await open(page, 'unfulfilled', 3);
  await more(page, 'Cancel order');
  await expect(dialog(page).getByText(/What was paid goes back|nothing is due any more/)).toBeVisible();
  await dialog(page).getByRole('button', { name: 'Cancel order' }).click();
  await expect(dialog(page).getByText('Say why.')).toBeVisible();
  await dialog(page).getByLabel('Reason').fill('sold out');
  await axe(page);
  await dialog(page).getByRole('button', { name: 'Cancel order' }).click();
  await expect(dialog(page)).toHaveCount(0);
  await expect(page.locator('.page-head').getByText('Cancelled')).toBeVisible();
  // What is left to do with it is to order the same again.
  await expect(head(page).getByRole('button')).toHaveText(['Reorder']);
});

test('who was slower is told, and what was typed stays', async ({ page, context, problems }) => {
  problems.allow(/409/);
  const path = await open(page, 'unfulfilled', 5);
  const other = await context.newPage();
  await other.goto(path);
  await hydrated(other);
  await head(page).getByRole('button', { name: 'Ship', exact: true }).click();
  await dialog(page).getByLabel('Tracking number').fill('MINE-1');
  await head(other).getByRole('button', { name: 'Ship', exact: true }).click();
  await dialog(other).getByLabel('Tracking number').fill('THEIRS-1');
  await dialog(other).getByRole('button', { name: 'Ship', exact: true }).click();
  await expect(dialog(other)).toHaveCount(0);
  await dialog(page).getByRole('button', { name: 'Ship', exact: true }).click();
  await expect(dialog(page).getByText('Somebody changed this order meanwhile.', { exact: false })).toBeVisible();
  await expect(dialog(page).getByLabel('Tracking number')).toHaveValue('MINE-1');
  // The page behind shows what the other one did; what was meant can still be done, as another parcel.
  await expect(page.locator('#delivery').getByText('THEIRS-1')).toBeVisible();
  await dialog(page).getByRole('button', { name: 'Add a parcel' }).click();
  await expect(page.locator('#delivery').getByText('MINE-1')).toBeVisible();
});

test('the list of returns shows what waits, by status', async ({ page, problems }) => {
  problems.allow(/422/);
  await page.goto('/returns');
  await hydrated(page);
  await axe(page);
  const rows = page.locator('tbody tr');
  await expect(rows.first()).toBeVisible();
  await page.getByRole('link', { name: /^Requested/ }).click();
  await expect(page).toHaveURL(/status=requested/);
  await expect(rows.filter({ hasText: 'Requested' }).first()).toBeVisible();
  await expect(rows.filter({ hasText: 'Approved' })).toHaveCount(0);
  await page.getByRole('searchbox', { name: 'Search returns' }).fill('nothing like it');
  await expect(page.getByText('No return matches')).toBeVisible();
  await page.goto('/returns?status=requested');
  await hydrated(page);
  await rows.last().getByRole('link').first().click();
  await expect(page.locator('#returns')).toBeVisible();
  await page.locator('#returns').getByRole('button', { name: 'Refuse return' }).first().click();
  await dialog(page).getByRole('button', { name: 'Refuse return' }).click();
  await expect(dialog(page).getByText('Say why it is refused.')).toBeVisible();
  await dialog(page).getByLabel('Why it is refused').fill('The 30 days are over.');
  await dialog(page).getByRole('button', { name: 'Refuse return' }).click();
  await expect(page.locator('#returns').getByText('Refused')).toBeVisible();
});

test('orders that are stuck are a press away', async ({ page }) => {
  await page.goto('/orders');
  await hydrated(page);
  await page.getByRole('link', { name: /^To ship/ }).click();
  await expect(page).toHaveURL(/state=unfulfilled/);
  await expect(page.locator('tbody tr').first()).toContainText('Unfulfilled');
  await page.getByRole('link', { name: /^Stuck over 7 days/ }).click();
  await expect(page).toHaveURL(/days=7/);
  await axe(page);
});
