// Store credit, gift cards and points: giving, taking, redeeming, enrolling, their settings, and that everybody can use them.
import type { Page } from '@playwright/test';
import { axe, expect, hydrated, loginAs, saved, test } from './fixtures.ts';
import { addCustomer, openTab, unique } from './profile.ts';

test.beforeEach(({ page }) => loginAs(page));

/** The figure of the strip above the tabs. */
const figure = (page: Page, name: string) =>
  page.getByRole('region', { name: 'Summary' }).locator('.stat').filter({ has: page.getByRole('button', { name, exact: true }) });

async function settled(page: Page) {
  await expect(page.locator('[aria-busy=true]')).toHaveCount(0);
}

test('credit is given from the strip and shows on its tab; taking it away needs a reason', async ({ page, problems }) => {
  problems.allow(/422/);
  const path = await addCustomer(page, unique());
  await openTab(page, path, 'credit');
  await expect(page.getByText('No entries yet')).toBeVisible();
  await figure(page, 'Store credit').getByRole('button', { name: 'Add store credit' }).click();
  const give = page.getByRole('dialog', { name: 'Add store credit' });
  await give.getByRole('button', { name: 'Add store credit' }).click();
  await expect(give.getByRole('alert')).toHaveText('Enter an amount above zero that can be.');
  await give.getByLabel('Amount').fill('25.50');
  await give.getByRole('button', { name: 'Add store credit' }).click();
  await expect(give.getByRole('alert')).toHaveText('Choose a reason.');
  await give.getByLabel('Reason').selectOption('goodwill');
  await give.getByLabel('Note').fill('The parcel was late');
  await give.getByLabel('Expires').selectOption('day');
  await give.getByLabel('Last day').fill('2099-12-31');
  await axe(page);
  await give.getByRole('button', { name: 'Add store credit' }).click();
  await expect(give).toBeHidden();
  await expect(figure(page, 'Store credit')).toContainText('$25.50');
  const entry = page.getByRole('row').filter({ hasText: 'Goodwill' });
  await expect(entry).toContainText('The parcel was late');
  await expect(entry).toContainText('+$25.50');
  await expect(page.getByRole('listitem').filter({ hasText: '31 Dec 2099' })).toContainText('$25.50');

  await page.getByRole('button', { name: 'Reduce', exact: true }).click();
  const reduce = page.getByRole('dialog', { name: 'Reduce store credit' });
  await reduce.getByLabel('Amount').fill('30');
  await reduce.getByLabel('Why').fill('Given twice');
  await reduce.getByRole('button', { name: 'Reduce' }).click();
  await expect(reduce.getByRole('alert')).toHaveText('The balance does not suffice.');
  await reduce.getByLabel('Amount').fill('5.50');
  await reduce.getByRole('button', { name: 'Reduce' }).click();
  await expect(reduce).toBeHidden();
  await expect(figure(page, 'Store credit')).toContainText('$20.00');
  await openTab(page, path, 'timeline');
  await expect(page.locator('.timeline')).toContainText('Store credit: −$5.50');
});

test('a month of store credit can be printed and opened in a spreadsheet', async ({ page }) => {
  const path = await addCustomer(page, unique());
  await openTab(page, path, 'credit');
  const limit = page.getByRole('button', { name: 'Credit limit', exact: true }).first();
  await limit.click();
  const dialog = page.getByRole('dialog', { name: 'Credit limit' });
  await dialog.getByLabel('Credit limit').fill('500');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog).toBeHidden();
  await expect(page.locator('.stats').last()).toContainText('$500.00');
  const statements = page.locator('.card').filter({ has: page.getByRole('heading', { name: 'Statements' }) });
  const download = page.waitForEvent('download');
  await statements.getByRole('link', { name: /as CSV$/ }).first().click();
  expect((await download).suggestedFilename()).toMatch(/^store-credit-\d+-\d{4}-\d{2}\.csv$/);
  await statements.getByRole('link').first().click();
  await expect(page.getByRole('heading', { level: 1, name: /^Store credit: statement of/ })).toBeVisible();
  await settled(page);
  await expect(page.locator('.sums')).toContainText('$0.00');
  await axe(page);
  await page.getByRole('link', { name: 'Previous month' }).click();
  await expect(page.getByText('Nothing happened in this month')).toBeVisible();
});

test('the code of a gift card is shown once; a part of the card becomes credit; a disabled one pays for nothing', async ({ page, problems }) => {
  problems.allow(/422/);
  const path = await addCustomer(page, unique());
  await openTab(page, path, 'gift-cards');
  await page.getByRole('button', { name: 'Issue gift card' }).click();
  const issue = page.getByRole('dialog', { name: 'Issue gift card' });
  await issue.getByLabel('Amount').fill('40');
  await issue.getByLabel('Message').fill('Happy birthday');
  await axe(page);
  await issue.getByRole('button', { name: 'Issue gift card' }).click();
  const told = page.getByRole('dialog', { name: 'Gift card issued' });
  const code = await told.locator('[data-code]').innerText();
  expect(code).toMatch(/^([2-9A-HJ-NP-Z]{4}-){4}[2-9A-HJ-NP-Z]{4}$/);
  await axe(page);
  await told.getByRole('button', { name: 'Close' }).last().click();
  const last = code.slice(-4);
  await expect(page.getByRole('row').filter({ hasText: last })).toContainText('Active');
  await page.reload();
  await hydrated(page);
  await settled(page);
  expect(await page.content()).not.toContain(code.slice(0, 9));

  await page.getByRole('button', { name: 'Redeem a code' }).click();
  const redeem = page.getByRole('dialog', { name: 'Redeem to store credit' });
  await redeem.getByLabel('Code').fill('2222-2222-2222-2222-2222');
  await redeem.getByRole('button', { name: 'Redeem' }).click();
  await expect(redeem.getByRole('alert')).toContainText('No card has this code.');
  await redeem.getByLabel('Code').fill(code.toLowerCase());
  await redeem.getByLabel('Amount').fill('15');
  await redeem.getByRole('button', { name: 'Redeem' }).click();
  await expect(redeem).toBeHidden();
  const row = page.getByRole('row').filter({ hasText: last });
  await expect(row).toContainText('Partly used');
  await expect(row).toContainText('$25.00');
  await expect(figure(page, 'Store credit')).toContainText('$15.00');

  await row.getByRole('button', { name: /^Disable/ }).click();
  const disable = page.getByRole('dialog', { name: /^Disable/ });
  await disable.getByRole('button', { name: 'Disable' }).click();
  await expect(disable.getByRole('alert')).toHaveText('Write down why.');
  await disable.getByLabel('Why').fill('Lost');
  await disable.getByRole('button', { name: 'Disable' }).click();
  await expect(row).toContainText('Disabled');
  await page.goto('/gift-cards');
  await hydrated(page);
  await page.getByRole('button', { name: 'Check a code' }).click();
  const check = page.getByRole('dialog', { name: 'Check a code' });
  await check.getByLabel('Code').fill(code);
  await check.getByRole('button', { name: 'Check', exact: true }).click();
  await expect(check.getByRole('status')).toContainText('Disabled');
  await expect(check.getByRole('status')).toContainText('$25.00');
});

test('a batch of gift cards is issued, and its codes can be taken along once', async ({ page }) => {
  const name = `Batch ${Date.now()}`;
  await page.goto('/gift-cards');
  await hydrated(page);
  await page.getByRole('button', { name: 'Issue a batch' }).click();
  const dialog = page.getByRole('dialog', { name: 'Issue a batch' });
  await dialog.getByLabel('Name of the batch').fill(name);
  await dialog.getByLabel('Number of cards').fill('3');
  await dialog.getByLabel('Amount').fill('10');
  await axe(page);
  await dialog.getByRole('button', { name: 'Issue a batch' }).click();
  const told = page.getByRole('dialog', { name: 'Gift cards issued' });
  await expect(told.getByRole('listitem')).toHaveCount(3);
  const download = page.waitForEvent('download');
  await told.getByRole('link', { name: 'CSV' }).click();
  expect((await download).suggestedFilename()).toMatch(/^gift-cards-Batch-\d+\.csv$/);
  await axe(page);
  await told.getByRole('button', { name: 'Close' }).last().click();
  await page.getByRole('searchbox', { name: 'Search gift cards' }).fill(name);
  await expect(page).toHaveURL(/q=/);
  await expect(page.getByRole('row').filter({ hasText: name })).toHaveCount(3);
  await page.getByRole('combobox', { name: 'Status' }).selectOption('used');
  await expect(page.getByText('No gift card matches')).toBeVisible();
});

test('a customer joins the programme and is found by the card; points change with a reason', async ({ page, problems }) => {
  problems.allow(/422/);
  const path = await addCustomer(page, unique());
  await openTab(page, path, 'loyalty');
  await page.getByRole('button', { name: 'Enrol' }).click();
  const number = page.locator('.card-head .code');
  await expect(number).toHaveText(/^FC\d{10}$/);
  const card = await number.innerText();
  await expect(figure(page, 'Points')).toContainText('Bronze');
  await expect(page.getByText('1,000 points to Silver')).toBeVisible();
  await page.getByRole('button', { name: 'Adjust points' }).click();
  const adjust = page.getByRole('dialog', { name: 'Adjust points' });
  await adjust.getByLabel('Points').fill('250');
  await adjust.getByLabel('Reason').selectOption('goodwill');
  await adjust.getByRole('button', { name: 'Adjust points' }).click();
  await expect(adjust.getByRole('alert')).toHaveText('Write down why.');
  await adjust.getByLabel('Why').fill('For the wait');
  await axe(page);
  await adjust.getByRole('button', { name: 'Adjust points' }).click();
  await expect(adjust).toBeHidden();
  await expect(figure(page, 'Points')).toContainText('250');
  await expect(page.locator('.stats').last()).toContainText('$2.50');
  await axe(page);
  await page.goto(`/customers?q=${card.slice(0, 9).toLowerCase()}`);
  await expect(page.locator('tr[data-id]').first()).toContainText(card);
});

test('the settings switch things off and on, and tiers are theirs', async ({ page, problems }) => {
  problems.allow(/422/);
  await page.goto('/settings');
  await hydrated(page);
  const loyalty = page.locator('#loyalty');
  await loyalty.getByRole('button', { name: 'Add a tier' }).click();
  await loyalty.getByLabel('Name of the tier').last().fill('Platinum');
  await loyalty.getByRole('button', { name: 'Save' }).click();
  await expect(loyalty.getByRole('alert')).toContainText('The lowest tier begins at 0 points');
  await axe(page);
  await loyalty.getByLabel('From points').last().fill('20000');
  await loyalty.getByRole('button', { name: 'Save' }).click();
  await saved(loyalty);
  await page.reload();
  await hydrated(page);
  await expect(loyalty.getByLabel('Name of the tier').last()).toHaveValue('Platinum');
  await loyalty.getByRole('button', { name: 'Remove Platinum' }).click();
  await loyalty.getByRole('button', { name: 'Save' }).click();
  await saved(loyalty);
  const cards = page.locator('#gift-cards');
  const on = cards.getByRole('switch');
  await on.uncheck();
  await cards.getByRole('button', { name: 'Save' }).click();
  await saved(cards);
  await page.goto('/gift-cards');
  await hydrated(page);
  await settled(page);
  await expect(page.getByRole('button', { name: 'Issue a batch' })).toHaveCount(0);
  await page.goto('/settings');
  await hydrated(page);
  await on.check();
  await cards.getByRole('button', { name: 'Save' }).click();
  await saved(cards);
});

test('who may not adjust money sees it and changes nothing', async ({ page }) => {
  await page.context().clearCookies();
  await loginAs(page, 'readonly');
  await page.goto('/customers?sort=-credit');
  const path = await page.locator('tr[data-id] a.person-name').first().getAttribute('href');
  for (const tab of ['credit', 'gift-cards', 'loyalty']) {
    await page.goto(`${path}/${tab}`);
    await hydrated(page);
    await settled(page);
    // What a figure counts is a button, too: only those that do something are meant.
    await expect(page.locator('.card-actions button, .stat-act button, .row-actions button, .empty-actions button')).toHaveCount(0);
  }
});
