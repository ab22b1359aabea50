import { axe, expect, hydrated, loginAs, saved, test } from './fixtures.ts';

test.beforeEach(({ page }) => loginAs(page));

test('how mails leave is set in one place, and what cannot be is said at its field', async ({ page, problems }) => {
  problems.allow(/422/);
  await page.goto('/settings/mail');
  await hydrated(page);
  await expect(page.locator('section.card').first()).toContainText('No mail server is configured');
  const form = page.locator('#mail');
  await form.getByLabel('Answers go to').fill('shop');
  await form.getByLabel('Tries').fill('0');
  await form.getByRole('button', { name: 'Save' }).click();
  await expect(page.locator('#m-reply-error')).toBeVisible();
  await axe(page);
  await form.getByLabel('Answers go to').fill('help@shop.example');
  await form.getByRole('button', { name: 'Save' }).click();
  await expect(page.locator('#m-tries-error')).toContainText('from 1 to 20');
  await form.getByLabel('Tries').fill('5');
  await form.getByRole('button', { name: 'Save' }).click();
  await saved(form);
  await page.reload();
  await hydrated(page);
  await expect(form.getByLabel('Answers go to')).toHaveValue('help@shop.example');
  await form.getByLabel('Answers go to').fill('');
  await form.getByLabel('Tries').fill('9');
  await form.getByRole('button', { name: 'Save' }).click();
  await saved(form);
});
