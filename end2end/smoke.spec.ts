import { axe, expect, hydrated, loginAs, test } from './fixtures.ts';

test('the sign-in page renders, hydrates and is accessible', async ({ page }) => {
  await page.goto('/login');
  await expect(page.getByLabel(/e-?mail/i)).toBeVisible();
  await expect(page.getByLabel(/password/i)).toBeVisible();
  await hydrated(page);
  await axe(page);
});

test('the demo owner can sign in', async ({ page }) => {
  await loginAs(page, 'owner');
  await page.goto('/');
  await hydrated(page);
  await expect(page).not.toHaveURL(/login/);
});
