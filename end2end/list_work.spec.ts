// Working with the customer list: columns, views, keys, bulk actions, adding. Every change is taken back.
import { axe, expect, hydrated, loginAs, test } from './fixtures.ts';
import { bar, box, expectParam, menu, openList, rows, total } from './list.ts';
import type { Page } from '@playwright/test';

test.beforeEach(({ page }) => loginAs(page, 'owner'));

const heads = (page: Page) => page.locator('thead th[scope=col]').filter({ has: page.locator('a') }).allInnerTexts();
const saved = (page: Page) => page.waitForResponse((response) => response.url().includes('save_columns'));
const usual = ['Name', 'Email', 'Orders', 'Total spent', 'Status', 'Last order', 'Group', 'Tags'];

async function openColumns(page: Page) {
  const columns = menu(page, 'Columns');
  await columns.locator('summary').click();
  return columns;
}

async function usualColumns(page: Page) {
  const columns = menu(page, 'Columns');
  if ((await columns.getAttribute('open')) === null) await columns.locator('summary').click();
  const done = saved(page);
  await columns.getByRole('button', { name: 'Back to the usual columns' }).click();
  await done;
  await expect.poll(() => heads(page)).toEqual(usual);
}

test('@desktop the columns menu hides a column, shows it again, and remembers', async ({ page }) => {
  await openList(page);
  const columns = await openColumns(page);
  const done = saved(page);
  await columns.getByLabel('Email', { exact: true }).uncheck();
  await done;
  await expect.poll(() => heads(page)).toEqual(usual.filter((name) => name !== 'Email'));
  await expect(columns.getByLabel('Email', { exact: true })).not.toBeChecked();
  // Kept for the member, also where the address says nothing.
  await openList(page);
  expect(await heads(page)).not.toContain('Email');
  await usualColumns(page);
  await openList(page);
  expect(await heads(page)).toEqual(usual);
});

test('@desktop columns are ordered by dragging and by keys', async ({ page }) => {
  await openList(page);
  const columns = await openColumns(page);
  const grip = (name: string) => columns.getByRole('button', { name: `Move ${name}`, exact: true });

  const [from, to] = [await grip('Tags').boundingBox(), await grip('Email').boundingBox()];
  let done = saved(page);
  await page.mouse.move(from!.x + 5, from!.y + 5);
  await page.mouse.down();
  await page.mouse.move(from!.x + 5, (from!.y + to!.y) / 2, { steps: 4 });
  await page.mouse.move(to!.x + 5, to!.y + 5, { steps: 4 });
  await page.mouse.up();
  await done;
  await expect.poll(() => heads(page)).toEqual(['Name', 'Tags', 'Email', 'Orders', 'Total spent', 'Status', 'Last order', 'Group']);

  await grip('Tags').focus();
  done = saved(page);
  await page.keyboard.press('ArrowDown');
  await done;
  await expect.poll(() => heads(page)).toEqual(['Name', 'Email', 'Tags', 'Orders', 'Total spent', 'Status', 'Last order', 'Group']);
  await expect(grip('Tags')).toBeFocused();
  await expect(columns.getByRole('status')).toHaveText('Tags is now column 3 of 8.');
  await axe(page);
  await page.keyboard.press('Escape');
  await expect(columns).not.toHaveAttribute('open');
  await expect(columns.locator('summary')).toBeFocused();
  await usualColumns(page);
});

test('a view is saved, opened, renamed, replaced, shared and deleted', async ({ page }) => {
  const name = `Regulars ${Date.now()}`;
  await openList(page, '?orders_min=5');
  const regulars = await total(page);
  const views = menu(page, 'Views');
  const link = (name: string) => views.getByRole('link', { name, exact: true });
  const save = () => views.getByRole('button', { name: 'Save view' }).click();
  await views.locator('summary').click();
  await views.getByLabel('Name of this view').fill(name);
  await save();
  await expect(link(name)).toHaveAttribute('aria-current', 'true');
  await openList(page);
  await views.locator('summary').click();
  await link(name).click();
  await expectParam(page, 'orders_min', '5');
  await expect.poll(() => total(page)).toBe(regulars);
  await expect(views).not.toHaveAttribute('open');

  await openList(page, '?orders_min=9');
  await views.locator('summary').click();
  await views.getByRole('button', { name: `Change view ${name}` }).click();
  await views.getByLabel('Name of this view').fill(`${name} b`);
  await views.getByLabel('Share with the team').check();
  await views.getByLabel('Replace it with the list as it is now').check();
  await save();
  await expect(link(`${name} b`)).toHaveAttribute('aria-current', 'true');
  await expect(link(`${name} b`)).toHaveAttribute('title', 'Shared with the team');
  await expect(link(name)).toHaveCount(0);
  await axe(page);

  await views.getByRole('button', { name: `Change view ${name} b` }).click();
  await views.getByRole('button', { name: 'Delete', exact: true }).click();
  await expect(link(`${name} b`)).toHaveCount(0);
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(link(`${name} b`)).toHaveCount(1);
  await views.getByRole('button', { name: `Change view ${name} b` }).click();
  await views.getByRole('button', { name: 'Delete', exact: true }).click();
  await expect(link(`${name} b`)).toHaveCount(0);
});

test('@desktop the keyboard moves, selects and opens', async ({ page }) => {
  await openList(page);
  await page.keyboard.press('/');
  await expect(box(page)).toBeFocused();
  // What is typed now belongs to the search.
  await page.keyboard.type('jx');
  await expectParam(page, 'q', 'jx');
  await expect(bar(page)).toHaveCount(0);

  await openList(page, '?q=smith');
  await page.keyboard.press('j');
  await page.keyboard.press('x');
  await expect(bar(page)).toContainText('1 selected');
  await page.keyboard.press('j');
  await page.keyboard.press('x');
  await expect(bar(page)).toContainText('2 selected');
  await page.keyboard.press('k');
  await page.keyboard.press('x');
  await expect(bar(page)).toContainText('1 selected');
  await page.keyboard.press('Escape');
  await expect(bar(page)).toHaveCount(0);
  const id = await rows(page).first().getAttribute('data-id');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(new RegExp(`/customers/${id}$`));
  await expect(page.getByRole('navigation', { name: 'Customer', exact: true })).toBeVisible();
});

test('@desktop Enter in the search leaves it for the rows', async ({ page }) => {
  await openList(page);
  await page.keyboard.press('/');
  await page.keyboard.type('smith');
  await page.keyboard.press('Enter');
  await expectParam(page, 'q', 'smith');
  await expect(box(page)).not.toBeFocused();
  await expect(rows(page).first()).toContainText(/smith/i);
  await page.keyboard.press('j');
  await page.keyboard.press('x');
  await expect(bar(page)).toContainText('1 selected');
});

test('@desktop a question mark shows the keys', async ({ page }) => {
  await openList(page);
  await page.keyboard.press('?');
  const help = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
  await expect(help).toContainText('Next customer');
  await axe(page);
  await page.keyboard.press('Escape');
  await expect(help).toBeHidden();
});

test('@desktop the palette finds a customer', async ({ page }) => {
  await openList(page, '?q=smith');
  const name = (await rows(page).first().locator('.person-name').innerText()).trim();
  await page.keyboard.press('Control+k');
  const palette = page.getByRole('dialog', { name: 'Search or jump to…' });
  await palette.getByRole('combobox').fill(name);
  const hit = palette.getByRole('group', { name: 'Customers' }).getByRole('option').first();
  await expect(hit).toContainText(name);
  await expect(hit).toHaveAttribute('aria-selected', 'true');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/customers\/\d+$/);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(name);
});

test('a press on a row opens the profile, on a box it does not', async ({ page }) => {
  await openList(page);
  const row = rows(page).first();
  const id = await row.getAttribute('data-id');
  if (test.info().project.name === 'desktop') {
    await row.getByRole('checkbox').check();
    await expect(page).toHaveURL(/\/customers$/);
    await row.locator('td').nth(2).click();
  } else {
    await row.tap();
  }
  await expect(page).toHaveURL(new RegExp(`/customers/${id}$`));
});

test('@desktop everyone is tagged after a yes, and undoing keeps what was edited since', async ({ page }) => {
  test.setTimeout(240_000);
  const tag = `e2e ${Date.now()}`;
  const tray = page.locator('.job-tray');
  const bulkTag = async (asks: RegExp) => {
    if (!(await bar(page).getByLabel('Tag', { exact: true }).isVisible())) await menu(page, 'Tags').locator('summary').click();
    await bar(page).getByLabel('Tag', { exact: true }).fill(tag);
    await bar(page).getByRole('button', { name: 'Add tag' }).click();
    const dialog = page.getByRole('dialog', { name: asks });
    await expect(dialog).toBeVisible();
    return dialog;
  };

  await openList(page);
  const everyone = await total(page);
  const all = everyone.toLocaleString('en');
  await page.getByLabel('Select all on this page').check();
  await expect(bar(page)).toContainText('50 selected');
  await bar(page).getByRole('button', { name: `Select all ${all} that match` }).click();
  await expect(bar(page)).toContainText(`${all} selected`);
  const ask = await bulkTag(new RegExp(`^Tag ${all} customers with “${tag}”\\?$`));
  await axe(page);
  await ask.getByRole('button', { name: 'Cancel' }).click();
  await expect(tray).toHaveCount(0);
  await expect(ask).toBeHidden();
  // How far it is, told while it is at work: that may be too short for looking again and again.
  const progress = page.evaluate(
    () =>
      new Promise<string>((found) => {
        const look = () => document.querySelector('.job-tray .progress-head .num')?.textContent;
        new MutationObserver(() => look() && found(look()!)).observe(document.body, { subtree: true, childList: true, characterData: true });
      }),
  );
  await (await bulkTag(/^Tag /)).getByRole('button', { name: 'Add tag' }).click();
  expect(await progress).toMatch(new RegExp(`^[\\d,]+ of ${all}$`));
  // The list answers meanwhile.
  await box(page).fill('smith');
  await expect(rows(page).first()).toContainText(/smith/i);
  await box(page).fill('');
  const done = tray.locator('.toast').filter({ hasText: `${all} customers tagged with “${tag}”.` });
  await expect(done).toBeVisible({ timeout: 120_000 });
  await expect(bar(page)).toHaveCount(0);
  // The list shows it by itself.
  await expect(rows(page).first()).toContainText(tag);

  // One of them loses the tag and gets it again: that is a later edit.
  await rows(page).first().getByRole('checkbox').check();
  await menu(page, 'Tags').locator('summary').click();
  await bar(page).getByRole('button', { name: tag, exact: true }).click();
  await page.getByRole('dialog', { name: /off 1 customer/ }).getByRole('button', { name: 'Remove tag' }).click();
  await expect(tray.locator('.toast').filter({ hasText: 'taken off 1 customer' })).toBeVisible();
  await expect(rows(page).first()).not.toContainText(tag);
  await rows(page).first().getByRole('checkbox').check();
  await (await bulkTag(/^Tag 1 customer /)).getByRole('button', { name: 'Add tag' }).click();
  await expect(rows(page).first()).toContainText(tag);

  await done.getByRole('button', { name: 'Undo' }).click();
  const undone = tray.locator('.toast').filter({ hasText: `Undone for ${(everyone - 1).toLocaleString('en')} customers.` });
  await expect(undone).toBeVisible({ timeout: 120_000 });
  await box(page).fill(tag);
  await expect.poll(() => total(page)).toBe(1);
  await rows(page).first().getByRole('checkbox').check();
  await menu(page, 'Tags').locator('summary').click();
  await bar(page).getByRole('button', { name: tag, exact: true }).click();
  await page.getByRole('dialog', { name: /off 1 customer/ }).getByRole('button', { name: 'Remove tag' }).click();
  await expect.poll(() => total(page)).toBe(0);
});

test.describe('adding without scripts', () => {
  test.use({ javaScriptEnabled: false });

  test('the same phone is pointed out before saving', async ({ page, problems }) => {
    problems.allow(/csp|preload/); // the scripts that stay away
    const stamp = Date.now();
    const phone = `+49 30 ${String(stamp).slice(-8)}`;
    const fill = async (first: string) => {
      await page.goto('/customers/new');
      await page.getByLabel('First name').fill(first);
      await page.getByLabel('Email').fill(`${first}.${stamp}@example.com`.toLowerCase());
      await page.getByLabel('Phone').fill(phone);
      await page.getByRole('button', { name: 'Add customer' }).click();
    };
    await fill('Ada');
    await expect(page.getByRole('heading', { level: 1, name: 'Ada' })).toBeVisible();
    await fill('Bob');
    await expect(page.getByText('Somebody has this phone already:')).toBeVisible();
    await expect(page.locator('.banner').getByRole('link', { name: 'Ada' })).toBeVisible();
    await expect(page.getByLabel('First name')).toHaveValue('Bob');
    await page.getByRole('button', { name: 'Add customer' }).click();
    await expect(page.getByRole('heading', { level: 1, name: 'Bob' })).toBeVisible();
  });
});

test('the same phone is pointed out to somebody in a hurry, too', async ({ page, problems }) => {
  problems.allow(/422/);
  const stamp = Date.now();
  const phone = `+49 40 ${String(stamp).slice(-8)}`;
  const fill = async (first: string) => {
    await page.goto('/customers/new');
    await hydrated(page);
    await page.getByLabel('First name').fill(first);
    await page.getByLabel('Email').fill(`${first}.${stamp}@example.com`.toLowerCase());
    await page.getByLabel('Phone').fill(phone);
    await page.getByRole('button', { name: 'Add customer' }).click();
  };
  await fill('Cleo');
  await expect(page.getByRole('heading', { level: 1, name: 'Cleo' })).toBeVisible();
  await fill('Dora');
  await expect(page.getByText('Press the button once more')).toBeVisible();
  await expect(page.locator('.banner').getByRole('link', { name: 'Cleo' })).toBeVisible();
  await axe(page);
  await page.getByRole('button', { name: 'Add customer' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Dora' })).toBeVisible();
});
