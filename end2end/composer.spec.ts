// The composer: a campaign is begun, saves itself, says whom it reaches; the list of campaigns finds, copies and deletes it.
import type { Page } from '@playwright/test';
import { axe, expect, hydrated, loginAs, test } from './fixtures.ts';

test.beforeEach(({ page }) => loginAs(page));

async function open(page: Page, path: string) {
  await page.goto(path);
  await hydrated(page);
}

const unique = () => `C${Date.now().toString(36)}${test.info().workerIndex}`;
const name = (page: Page) => page.getByLabel('Name of the campaign');
const saved = (page: Page) => expect(page.locator('.composer-saving')).toHaveText('Saved');
const includes = (page: Page) => page.locator('.audience-parts').first();
const excludes = (page: Page) => page.locator('.audience-parts').nth(1);

/** A draft of this test. */
async function begin(page: Page) {
  const title = unique();
  await open(page, '/campaigns');
  await page.getByRole('link', { name: 'New campaign' }).first().click();
  await expect(page).toHaveURL(/\/campaigns\/\d+\/edit/);
  // Whoever began one a moment ago and wrote nothing gets the same again.
  await expect(name(page)).not.toHaveValue('');
  await name(page).fill(title);
  await saved(page);
  return title;
}

async function add(page: Page, side: ReturnType<typeof includes>, what: string | RegExp) {
  await side.locator('summary', { hasText: 'Add' }).click();
  await side.getByRole('button', { name: what }).click();
}

async function remove(page: Page, title: string) {
  await open(page, `/campaigns?q=${title}`);
  await expect(page.getByRole('link', { name: title })).toHaveCount(1);
  await page.getByRole('button', { name: `Actions for ${title}` }).click();
  await page.getByRole('button', { name: 'Delete draft' }).click();
  await expect(page.getByText(`Deleted “${title}”`).first()).toBeVisible();
  await expect(page.getByText('No campaign matches')).toBeVisible();
}

test('a campaign is begun, named, and keeps what was typed over a reload', async ({ page }) => {
  await open(page, '/campaigns/new');
  await expect(page).toHaveURL(/\/campaigns\/\d+\/edit/);
  await expect(name(page)).toHaveValue(/^Campaign of \d+ \w+$/);
  const title = unique();
  // The answer of the save is held: the page is reloaded before it comes.
  await page.route('**/fn/save_campaign', (route) => route.abort());
  await name(page).fill(title);
  await page.reload();
  await page.unroute('**/fn/save_campaign');
  await hydrated(page);
  await expect(name(page)).toHaveValue(title);
  await saved(page);
  await page.evaluate(() => sessionStorage.clear());
  await page.reload();
  await hydrated(page);
  await expect(name(page)).toHaveValue(title);
  await axe(page);
  await remove(page, title);
});

test('whom it reaches is counted as parts come and go, and each number opens its customers', async ({ page }) => {
  const title = await begin(page);
  await expect(page.getByText('Add somebody to see who gets it.')).toBeVisible();
  await add(page, includes(page), 'Everybody');
  const matched = page.getByRole('button', { name: /^Matched: show/ });
  await expect(matched).toBeVisible();
  const all = await matched.textContent();
  await axe(page);
  await add(page, excludes(page), /^One-time/);
  await expect(matched).not.toHaveText(all!);
  await page.getByRole('button', { name: /^No consent: show/ }).click();
  const people = page.getByRole('dialog', { name: 'No consent' });
  await expect(people.getByRole('link').first()).toHaveAttribute('href', /\/customers\/\d+/);
  await axe(page, '#audience-people');
  await people.getByRole('button', { name: 'Close' }).click();
  await page.getByText('Offers and discounts').click();
  await saved(page);
  await page.reload();
  await hydrated(page);
  await expect(includes(page).getByText('Everybody', { exact: true }).locator('visible=true')).toBeVisible();
  await expect(page.getByRole('radio', { name: 'Offers and discounts' })).toBeChecked();
  await expect(matched).not.toHaveText(all!);
  await excludes(page).getByRole('button', { name: /^Remove One-time/ }).click();
  await expect(matched).toHaveText(all!);
  await remove(page, title);
});

test('a typed rule is a part, and what is wrong with it is said', async ({ page }) => {
  const title = await begin(page);
  await add(page, includes(page), 'A rule');
  const rule = page.locator('#include-rule');
  await expect(rule).toBeVisible();
  await rule.fill('orders > 3');
  await expect(page.getByRole('button', { name: /^Matched: show/ })).toBeVisible();
  await rule.fill('tag = "no such tag at all"');
  await expect(page.getByText('A part of the audience is wrong')).toBeVisible();
  await expect(includes(page).getByText('There is nothing called “no such tag at all”')).toBeVisible();
  await rule.fill('orders > 3');
  await saved(page);
  await remove(page, title);
});

test('who was first is said to the second of two editors, and either may stay', async ({ page, context }) => {
  const title = await begin(page);
  const other = await context.newPage();
  await open(other, new URL(page.url()).pathname);
  await name(other).fill(`${title} theirs`);
  await saved(other);
  await name(page).fill(`${title} mine`);
  const told = page.getByRole('alert').filter({ hasText: 'changed this campaign on' });
  await expect(told).toBeVisible();
  await axe(page, '.draft-conflict');
  await told.getByRole('button', { name: 'Save mine' }).click();
  await saved(page);
  await name(other).fill(`${title} again`);
  await other.getByRole('alert').getByRole('button', { name: 'Take theirs' }).click();
  await expect(name(other)).toHaveValue(`${title} mine`);
  await other.close();
  await remove(page, `${title} mine`);
});

test('campaigns are found, copied, deleted and brought back', async ({ page }) => {
  const title = await begin(page);
  await open(page, '/campaigns?state=draft');
  await page.getByRole('searchbox', { name: 'Find campaigns' }).fill(title);
  await expect(page).toHaveURL(new RegExp(`q=${title}`));
  await expect(page.locator('tbody tr')).toHaveCount(1);
  await axe(page);
  await page.getByRole('button', { name: `Actions for ${title}` }).click();
  await page.getByRole('button', { name: 'Duplicate' }).click();
  await expect(name(page)).toHaveValue(`${title} (copy)`);
  await open(page, `/campaigns?q=${title}`);
  await page.getByRole('button', { name: `Actions for ${title}`, exact: true }).click();
  await page.getByRole('button', { name: 'Delete draft' }).click();
  await expect(page.locator('tbody tr')).toHaveCount(1);
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(page.locator('tbody tr')).toHaveCount(2);
  for (const left of [title, `${title} (copy)`]) {
    await page.getByRole('button', { name: `Actions for ${left}`, exact: true }).click();
    await page.getByRole('button', { name: 'Delete draft' }).click();
    await expect(page.getByRole('link', { name: left, exact: true })).toHaveCount(0);
  }
});

test('one writes to a segment and to a selection @desktop', async ({ page }) => {
  await open(page, '/segments');
  await page.getByRole('link', { name: /^One-time/ }).first().click();
  await page.getByRole('link', { name: 'Write to segment' }).click();
  await expect(page).toHaveURL(/\/campaigns\/\d+\/edit/);
  const first = unique();
  await name(page).fill(first);
  await saved(page);
  await expect(page.getByRole('button', { name: /^Matched: show/ })).toBeVisible();
  await remove(page, first);
  await open(page, '/customers');
  await page.getByRole('checkbox', { name: /^Select / }).nth(1).check();
  await page.getByRole('link', { name: 'Write', exact: true }).click();
  await expect(includes(page).getByText('1 chosen customer')).toBeVisible();
  const second = unique();
  await name(page).fill(second);
  await saved(page);
  await remove(page, second);
});
