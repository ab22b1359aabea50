// Logging in and out.
import { emailOf, PASSWORD } from './browser.mjs';
import { expect, hydrated, loginAs, test } from './fixtures.ts';

test('a wrong password is said beside its field, and the email stays', async ({ page }) => {
  await page.goto('/login');
  await hydrated(page);
  await page.getByLabel('Email').fill(emailOf('owner'));
  await page.getByLabel('Password').fill('not the password');
  await page.getByRole('button', { name: 'Log in' }).click();
  await expect(page.getByRole('alert')).toHaveText('Email or password is wrong.');
  await expect(page.getByLabel('Password')).toHaveAttribute('aria-invalid', 'true');
  await expect(page.getByLabel('Email')).toHaveValue(emailOf('owner'));
  await expect(page.getByLabel('Password')).toHaveValue('');
  // The right one, so that the failure before is forgotten.
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Log in' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Customers' })).toBeVisible();
});

test('logging in leads to the page that was asked for', async ({ page }) => {
  await page.goto('/customers?q=smith&sort=-spent');
  await expect(page).toHaveURL(/\/login\?next=/);
  await page.getByLabel('Email').fill(emailOf('owner'));
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Log in' }).click();
  await expect(page).toHaveURL(/\/customers\?q=smith&sort=-spent$/);
});

test('logging in never leads to another site', async ({ page }) => {
  await page.goto('/login?next=//evil.example/');
  await page.getByLabel('Email').fill(emailOf('owner'));
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Log in' }).click();
  await expect(page).toHaveURL(/\/customers$/);
});

test('after logging out the pages ask for a login', async ({ page, baseURL }) => {
  await loginAs(page, 'owner', { fresh: true });
  await page.goto('/customers');
  await hydrated(page);
  const session = await page.context().cookies();
  await page.locator('summary[aria-label="Your account"]').click();
  await page.getByRole('button', { name: 'Log out' }).click();
  await expect(page).toHaveURL(/\/login/);
  await page.goto('/customers');
  await expect(page).toHaveURL(/\/login\?next=/);
  // The session has ended on the server too, not in this browser only.
  await page.context().addCookies(session);
  await page.goto('/customers');
  await expect(page).toHaveURL(/\/login\?next=/);
  expect(new URL(page.url()).origin).toBe(new URL(baseURL!).origin);
});
