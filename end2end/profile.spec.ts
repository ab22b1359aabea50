import { axe, expect, hydrated, loginAs, test } from './fixtures.ts';
import type { Page } from '@playwright/test';

/** Adds a customer through the page's form; yields the path of the profile. */
async function addCustomer(page: Page, email: string) {
  await page.goto('/customers/new');
  await hydrated(page);
  await page.getByLabel('First name').fill('Anna');
  await page.getByLabel('Last name').fill('Kowalska');
  await page.getByLabel('Email').fill(email);
  await page.getByRole('button', { name: 'Add customer' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Anna Kowalska' })).toBeVisible();
  return new URL(page.url()).pathname;
}

const unique = () => `anna.${Date.now()}.${test.info().workerIndex}@example.com`;

test.beforeEach(async ({ page }) => {
  await loginAs(page);
});

test('an unknown customer and an unknown tab are not found', async ({ page, problems }) => {
  problems.allow(/404/);
  for (const path of ['/customers/99999999', '/customers/1/nothing', '/customers/x']) {
    const answer = await page.goto(path);
    expect(answer?.status(), path).toBe(404);
    await hydrated(page);
    await expect(page.getByRole('heading', { name: 'Page not found' })).toBeVisible();
  }
});

test('who has the same email is pointed out before saving', async ({ page, problems }) => {
  problems.allow(/422/);
  const email = unique();
  const path = await addCustomer(page, email);
  await page.goto('/customers');
  await hydrated(page);
  await page.getByRole('link', { name: 'Add customer' }).click();
  const dialog = page.getByRole('dialog', { name: 'Add customer' });
  await dialog.getByLabel('Email').fill(email.toUpperCase());
  await expect(dialog.getByRole('link', { name: 'Anna Kowalska' })).toHaveAttribute('href', path);
  await axe(page);
  await dialog.getByRole('button', { name: 'Add customer' }).click();
  await expect(dialog.getByText('Another customer has this email.')).toBeVisible();
});
