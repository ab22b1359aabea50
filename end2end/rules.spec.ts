// The editor of rules, on the page of a group: typed with completion, clicked together, counted while one writes.
import type { Locator, Page } from '@playwright/test';
import { axe, expect, hydrated, loginAs, test } from './fixtures.ts';

test.beforeEach(({ page }) => loginAs(page));

/** The form of a new rule, which is not saved: nothing has to be taken back. */
async function begin(page: Page) {
  await page.goto('/groups');
  await page.getByRole('link', { name: 'Retail', exact: true }).first().click();
  await hydrated(page);
  const card = page.locator('.card').filter({ has: page.getByRole('heading', { name: 'Automatic assignment' }) });
  await card.getByRole('button', { name: 'Add a rule' }).click();
  const text = card.getByRole('textbox', { name: 'Rule', exact: true });
  await expect(card.getByRole('button', { name: 'Conditions', exact: true })).toBeVisible();
  return { card, text };
}

/** How many customers there are of whom the rule holds, once that is known. */
async function count(card: Locator) {
  await expect(card.locator('.rule-figures')).not.toHaveAttribute('data-outdated');
  const text = await card.locator('.rule-figures .stat-value').first().textContent();
  return Number(text!.replace(/\D/g, ''));
}

test('a rule is typed with completion, and what is wrong is said', async ({ page }) => {
  const { card, text } = await begin(page);
  const everyone = await count(card);
  expect(everyone).toBeGreaterThan(0);
  await text.pressSequentially('tot');
  const list = card.getByRole('listbox', { name: 'What may come next' });
  await expect(list.getByRole('option', { name: /^total_spent/ })).toHaveAttribute('aria-selected', 'true');
  await axe(page, '.rule-editor');
  await page.keyboard.press('Enter');
  await expect(text).toHaveValue('total_spent ');
  // Nothing is chosen before it is typed; arrows choose.
  await expect(list.getByRole('option', { name: '>', exact: true })).toBeVisible();
  await page.keyboard.type('> 100 and country = ger');
  await page.keyboard.press('Enter');
  await expect(text).toHaveValue('total_spent > 100 and country = DE ');
  await page.keyboard.press('Escape');
  await expect(list).toBeHidden();
  await expect.poll(() => count(card)).toBeLessThan(everyone);
  await text.fill('total_spnt > 100');
  await expect(card.locator('.rule-wrong')).toHaveText('total_spnt');
  await expect(card.getByText('Line 1, character 1')).toBeVisible();
  await expect(text).toHaveAttribute('aria-invalid', 'true');
  await axe(page, '.rule-editor');
  await card.getByRole('button', { name: 'Did you mean “total_spent”?' }).click();
  await expect(text).toHaveValue('total_spent > 100');
  await text.fill('tag = nobodyhasthis');
  await expect(card.getByText('“nobodyhasthis” does not exist')).toBeVisible();
  expect(await count(card)).toBe(0);
});

test('the same rule is clicked together and read as text', async ({ page }) => {
  const { card, text } = await begin(page);
  const conditions = card.getByRole('button', { name: 'Conditions', exact: true });
  const asText = card.getByRole('button', { name: 'Text', exact: true });
  await text.fill('orders >= 2 and not (blocked or any order (total > 50 and placed within 1 year))');
  await expect(conditions).toBeEnabled();
  const few = await count(card);
  await conditions.click();
  await axe(page, '.rule-editor');
  // Nothing is lost on the way there and back.
  await asText.click();
  await expect(text).toHaveValue('orders >= 2 and not (blocked or any order (total > 50 and placed within 1 year))');
  await conditions.click();
  await card.getByLabel('Number', { exact: true }).first().fill('1');
  await expect(card.locator('.rule-said')).toHaveText(/^orders >= 1 and not \(blocked/);
  await expect.poll(() => count(card)).toBeGreaterThanOrEqual(few);
  // The last button adds to the outer group; the focus goes to what was added.
  await card.getByRole('button', { name: 'Condition', exact: true }).last().click();
  const added = card.getByLabel('What it is about').last();
  await expect(added).toBeFocused();
  await added.selectOption('tag');
  const values = card.getByRole('combobox', { name: 'Add: Values' });
  await values.pressSequentially('vip');
  await expect(card.locator('.rule-adding').getByRole('option')).toHaveText(['VIP']);
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await expect(card.locator('.rule-said')).toHaveText(/and tag = VIP$/);
  await card.getByLabel('How it is tested').last().selectOption('none');
  await expect(card.locator('.rule-said')).toHaveText(/and tag != VIP$/);
  await axe(page, '.rule-editor');
  await asText.click();
  await expect(text).toHaveValue('orders >= 1 and not (blocked or any order (total > 50 and placed within 1 year)) and tag != VIP');
});

test('an outdated count never comes after a newer one', async ({ page }) => {
  const { card, text } = await begin(page);
  let release = () => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  await page.route('**/fn/rule_preview', async (route) => {
    if (route.request().postData()!.includes('orders >= 0')) await held;
    await route.continue().catch(() => {});
  });
  await text.fill('orders >= 0');
  await expect(card.locator('.rule-figures')).toHaveAttribute('data-outdated');
  await text.fill('nobody');
  await expect.poll(() => count(card)).toBe(0);
  release();
  await page.unrouteAll({ behavior: 'wait' });
  expect(await count(card)).toBe(0);
});
