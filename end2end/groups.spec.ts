// Groups, tags, and how customers come into them: pages, prices, rules with their preview, merging and deleting with undo.
import type { Page } from '@playwright/test';
import { axe, expect, hydrated, loginAs, test } from './fixtures.ts';
import { addCustomer, openTab, unique } from './profile.ts';

test.beforeEach(({ page }) => loginAs(page));

/** A word that no other test uses. */
const word = (stem: string) => `${stem} ${Date.now().toString(36)}${test.info().workerIndex}`;

async function open(page: Page, path: string) {
  await page.goto(path);
  await hydrated(page);
}

/** The toast of a job that has ended. */
const job = (page: Page, text: string | RegExp) => page.locator('.job-tray').getByText(text);

async function addGroup(page: Page, name: string) {
  await open(page, '/groups/new');
  await page.getByLabel('Name').fill(name);
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page).toHaveURL(/\/groups\/\d+$/);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(name);
  return new URL(page.url()).pathname;
}

/** An empty group goes again. */
async function removeGroup(page: Page, path: string) {
  await open(page, path);
  await page.getByLabel('Actions', { exact: true }).click();
  await page.getByRole('button', { name: 'Archive' }).click();
  await expect(page.getByText('Archived', { exact: true })).toBeVisible();
  await page.getByLabel('Actions', { exact: true }).click();
  await page.getByRole('button', { name: 'Delete group' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete group' }).click();
  await expect(page).toHaveURL(/\/groups$/);
}

async function addTag(page: Page, name: string) {
  await page.getByRole('button', { name: 'New tag' }).click();
  const dialog = page.getByRole('dialog', { name: 'New tag' });
  await dialog.getByLabel('Name').fill(name);
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog).toBeHidden();
}

test('the list says what each group means and leads to its customers', async ({ page }) => {
  await open(page, '/groups');
  const wholesale = page.getByRole('row').filter({ has: page.getByRole('link', { name: 'Wholesale', exact: true }) });
  await expect(wholesale).toContainText('30');
  await expect(wholesale).toContainText('Free over $500.00');
  await axe(page);
  const size = wholesale.getByRole('link', { name: /customers?$/ });
  const count = (await size.textContent())!.replace(/\D/g, '');
  await size.click();
  await expect(page).toHaveURL(/\/customers\?group=\d+$/);
  await expect(page.locator('.quick-item[aria-current] .count')).toHaveText(new RegExp(count.replace(/\B(?=(\d{3})+$)/g, ',')));
});

test('a group is made, changed, archived and deleted', async ({ page, problems }) => {
  problems.allow(/422/);
  const name = word('Trade');
  const path = await addGroup(page, name);
  await page.getByLabel('Discount').fill('101');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('alert')).toHaveText('A discount is from 0 to 100 percent.');
  await page.getByLabel('Discount').fill('12.5');
  await page.getByLabel('Shipping').selectOption('free_over');
  await page.getByLabel('Free shipping from').fill('80');
  await page.getByRole('radio', { name: 'Teal' }).check({ force: true });
  await page.getByRole('switch', { name: 'Early access' }).check();
  await axe(page);
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.locator('.save-bar')).toBeHidden();
  await open(page, '/groups');
  const row = page.getByRole('row').filter({ has: page.getByRole('link', { name, exact: true }) });
  await expect(row).toContainText('12.5');
  await expect(row).toContainText('Free over $80.00');
  await removeGroup(page, path);
});

test('two who change a group at once: other fields go together, of the same the second is told', async ({ page, browser, problems }) => {
  problems.allow(/409/);
  const path = await addGroup(page, word('Both'));
  const other = await browser.newContext({ baseURL: new URL(page.url()).origin });
  const second = await other.newPage();
  await loginAs(second);
  await open(second, path);
  await page.getByLabel('Discount').fill('10');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.locator('.save-bar')).toBeHidden();
  await second.getByLabel('Payment terms').fill('14');
  await second.getByRole('button', { name: 'Save' }).click();
  await expect(second.getByLabel('Discount')).toHaveValue('10');
  await page.getByLabel('Payment terms').fill('30');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('alert')).toContainText('Payment terms: 14');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.locator('.save-bar')).toBeHidden();
  await other.close();
  await removeGroup(page, path);
});

test('who is in a group is moved before it is archived, and comes back by Undo', async ({ page }) => {
  const group = await addGroup(page, word('Leaving'));
  const name = (await page.getByRole('heading', { level: 1 }).textContent())!;
  const customer = await addCustomer(page, unique());
  await openTab(page, customer, 'details');
  await page.getByLabel('Discount group').selectOption({ label: name });
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.locator('.profile-head')).toContainText(name);
  await open(page, group);
  await page.getByLabel('Actions', { exact: true }).click();
  await page.getByRole('button', { name: 'Archive' }).click();
  const dialog = page.getByRole('dialog', { name: 'Archive' });
  await expect(dialog).toContainText('1 customer is in this group or has its prices.');
  await dialog.getByLabel('Move them to').selectOption({ label: 'Retail' });
  await axe(page, '#move-group');
  await dialog.getByRole('button', { name: 'Move' }).click();
  await expect(job(page, /1 customer moved/)).toBeVisible();
  await expect(page.getByText('Archived', { exact: true })).toBeVisible();
  await page.locator('.job-tray').getByRole('button', { name: 'Undo' }).click();
  await expect(job(page, 'Undone for 1 customer.')).toBeVisible();
  await expect(page.getByRole('link', { name: '1 customer', exact: true })).toBeVisible();
  await open(page, `${customer}/details`);
  await page.getByLabel('Discount group').selectOption({ label: 'Retail' });
  await page.getByRole('button', { name: new RegExp(`${name}$`) }).first().click();
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.locator('.save-bar')).toBeHidden();
  await removeGroup(page, group);
});

test('a rule is previewed before it is applied; a hand holds against it', async ({ page, problems }) => {
  problems.allow(/422/);
  const email = unique();
  const customer = await addCustomer(page, email);
  const group = await addGroup(page, word('Ruled'));
  const card = page.locator('.card').filter({ has: page.getByRole('heading', { name: 'Automatic assignment' }) });
  await card.getByRole('button', { name: 'Add a rule' }).click();
  const text = card.getByRole('textbox', { name: 'Rule', exact: true });
  await text.fill('everyone');
  await card.getByRole('button', { name: 'Preview' }).click();
  await expect(card.getByRole('alert')).toBeVisible();
  await text.fill(`email = "${email}"`);
  await card.getByRole('switch', { name: /^On/ }).check();
  await card.getByRole('button', { name: 'Preview' }).click();
  await expect(card.locator('.rule-preview')).toContainText('Anna Kowalska');
  await axe(page);
  await card.getByRole('button', { name: 'Save' }).click();
  await card.getByRole('button', { name: 'Apply now' }).click();
  await expect(job(page, /1 customer changed/)).toBeVisible();
  await open(page, `${customer}/details`);
  const memberships = page.locator('.card').filter({ has: page.getByRole('heading', { name: 'Groups and tags' }) });
  await expect(memberships).toContainText('rules decide');
  await memberships.getByText('How it came about').click();
  await expect(memberships.locator('.history')).toContainText('by a rule');
  await memberships.getByRole('button', { name: /^Keep in/ }).click();
  await expect(memberships).toContainText('kept by hand');
  await page.getByRole('button', { name: /^Remove from Ruled/ }).click();
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(memberships).toContainText('Kept out by hand');
  await open(page, group);
  await card.getByRole('button', { name: 'Preview' }).click();
  await expect(card.locator('.rule-preview')).toContainText('The rule would change nobody.');
  await card.getByRole('button', { name: 'Delete rule' }).click();
  await removeGroup(page, group);
});

test('tags are made, found, renamed, merged and deleted; merging is undone', async ({ page, problems }) => {
  problems.allow(/422/);
  const [one, two] = [word('blue'), word('azure')];
  await open(page, '/tags');
  await axe(page);
  await addTag(page, one);
  await addTag(page, two);
  await page.getByRole('button', { name: 'New tag' }).click();
  const again = page.getByRole('dialog', { name: 'New tag' });
  await again.getByLabel('Name').fill(one.toUpperCase());
  await again.getByRole('button', { name: 'Save' }).click();
  await expect(again.getByRole('alert')).toContainText('There is a tag of this name');
  await again.getByRole('button', { name: 'Cancel' }).click();
  const customer = await addCustomer(page, unique());
  await openTab(page, customer, 'details');
  await page.getByLabel('Tags', { exact: true }).fill(two);
  await page.getByLabel('Tags', { exact: true }).press('Tab');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.locator('.profile-head').getByRole('link', { name: two }).click();
  await expect(page).toHaveURL(/tags_any=\d+$/);
  await expect(page.locator('tr[data-id]')).toHaveCount(1);

  await open(page, '/tags');
  for (const name of [one, two]) {
    await page.getByRole('searchbox', { name: 'Search tags' }).fill(name);
    await expect(page.locator('.tag-table tbody tr')).toHaveCount(1);
    await page.getByLabel(`Choose ${name}`).check();
  }
  await page.getByRole('region', { name: 'Chosen tags' }).getByRole('button', { name: 'Merge' }).click();
  const merge = page.getByRole('dialog', { name: 'Merge tags' });
  await merge.getByLabel('This one stays').selectOption({ label: `${one} (0)` });
  await expect(merge.getByRole('status')).toContainText('1 customer');
  await axe(page, '#tag-merge');
  await merge.getByRole('button', { name: 'Merge' }).click();
  await expect(job(page, /Merged into/)).toBeVisible();
  await page.getByRole('searchbox', { name: 'Search tags' }).fill(one);
  await expect(page.locator('.tag-table tbody tr')).toContainText('1 customer');
  await page.locator('.job-tray').getByRole('button', { name: 'Undo' }).click();
  await expect(job(page, /Undone/)).toBeVisible();
  await page.getByRole('searchbox', { name: 'Search tags' }).fill(two);
  await expect(page.locator('.tag-table tbody tr')).toContainText('1 customer');
  for (const name of [one, two]) {
    await page.getByRole('searchbox', { name: 'Search tags' }).fill(name);
    await deleteTag(page, name);
    await expect(page.getByText('No tag matches')).toBeVisible();
  }
});

async function deleteTag(page: Page, name: string) {
  await page.getByRole('button', { name: `Actions for ${name}` }).click();
  await page.locator('.menu-item:visible', { hasText: 'Delete tag' }).click();
  const dialog = page.getByRole('dialog', { name: /Delete the tag/ });
  await dialog.getByRole('button', { name: 'Delete tag' }).click();
  await expect(dialog).toBeHidden();
}

test('a menu, the focus and half a name outlast a list of tags that is read anew', async ({ page }) => {
  const [one, two] = [word('cyan'), word('teal')];
  await open(page, '/tags');
  await addTag(page, one);
  await addTag(page, two);
  // Answers with the list wait until they are let go.
  let waiting: (() => void)[] | null = [];
  await page.route(/list_all_tags/, (route) => (waiting ? void waiting.push(() => void route.continue()) : route.continue()));
  const letGo = () => {
    waiting?.forEach((go) => go());
    waiting = null;
  };
  const row = page.locator('.tag-table tbody tr', { hasText: two });
  await deleteTag(page, two);
  const actions = page.getByRole('button', { name: `Actions for ${one}` });
  await actions.click();
  await actions.focus();
  await expect.poll(() => waiting?.length).toBeGreaterThan(0);
  letGo();
  await expect(row).toBeHidden();
  await expect(job(page, /deleted/)).toBeVisible();
  await expect(page.locator('.menu-item:visible', { hasText: 'Rename or colour' })).toBeVisible();
  await expect(actions).toBeFocused();
  await page.keyboard.press('Escape');

  waiting = [];
  await page.locator('.job-tray').getByRole('button', { name: 'Undo' }).click();
  await actions.click();
  await page.locator('.menu-item:visible', { hasText: 'Rename or colour' }).click();
  const edit = page.locator('#tag-edit');
  await edit.getByLabel('Name').fill('half a na');
  await expect.poll(() => waiting?.length).toBeGreaterThan(0);
  letGo();
  await expect(row).toHaveCount(1);
  await expect(edit.getByLabel('Name')).toHaveValue('half a na');
  await expect(edit.getByLabel('Name')).toBeFocused();
  await edit.getByRole('button', { name: 'Cancel' }).click();
  for (const name of [one, two]) await deleteTag(page, name);
});

test('groups and tags are in the navigation @desktop', async ({ page }) => {
  await open(page, '/customers');
  const nav = page.getByRole('navigation', { name: 'Main', exact: true });
  await nav.getByRole('link', { name: 'Groups' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Groups' })).toBeVisible();
  await expect(nav.getByRole('link', { name: 'Groups' })).toHaveAttribute('aria-current', 'page');
  await nav.getByRole('link', { name: 'Tags' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Tags' })).toBeVisible();
});

test('groups and tags are in the menu of the account @phone', async ({ page }) => {
  await open(page, '/customers');
  await page.getByLabel('Your account').click();
  await page.getByRole('link', { name: 'Tags' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Tags' })).toBeVisible();
  await page.getByLabel('Your account').click();
  await page.getByRole('link', { name: 'Groups' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Groups' })).toBeVisible();
});
