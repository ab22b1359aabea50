// Staff, settings, keys, audit log, account, invitation, login: what they do, and that everybody can use them.
import { execFileSync } from 'node:child_process';
import type { Browser, Page } from '@playwright/test';
import { PASSWORD } from './browser.mjs';
import { axe, expect, hydrated, loginAs, saved, test, type Role } from './fixtures.ts';

const open = async (page: Page, path: string) => {
  await page.goto(path);
  await hydrated(page);
};

/** A browser of somebody else. */
async function elsewhere(browser: Browser, baseURL: string | undefined, role?: Role) {
  const context = await browser.newContext({ baseURL });
  const page = await context.newPage();
  if (role) await loginAs(page, role, { fresh: true });
  return page;
}

for (const colorScheme of ['light', 'dark'] as const) {
  test(`the office's pages are accessible, ${colorScheme}`, async ({ page, problems }) => {
    problems.allow(/404.*\/nowhere/);
    await page.emulateMedia({ colorScheme });
    await page.goto('/login?error=login.wrong&email=x%40y.example');
    await axe(page);
    await page.goto('/login?error=error.rate_limited&wait=4&ended=1');
    await expect(page.getByText('Try again in 4 s.')).toBeVisible();
    await axe(page);
    await loginAs(page);
    for (const path of ['/settings', '/settings/staff', '/settings/keys', '/settings/audit', '/settings/audit?q=nothing-like-this', '/settings/account', '/nowhere']) {
      await page.goto(path);
      await hydrated(page);
      await expect(page.getByRole('heading', { level: 1 })).toHaveCount(1);
      await axe(page);
    }
  });
}

test('what is wrong is said beside its field', async ({ page, problems }) => {
  problems.allow(/422/);
  await loginAs(page);
  await open(page, '/settings');
  await page.getByLabel('Active within').fill('soon');
  await page.locator('#thresholds').getByRole('button', { name: 'Save' }).click();
  await expect(page.locator('#thresholds').getByRole('alert')).toHaveText('A whole number from 1 to 3650.');
  await expect(page.getByLabel('Active within')).toHaveAttribute('aria-invalid', 'true');
  await axe(page);
  await page.locator('#thresholds').getByRole('button', { name: 'Discard' }).click();
  await expect(page.getByLabel('Active within')).toHaveValue('90');
  await expect(page.locator('#thresholds').getByRole('alert')).toHaveCount(0);
});

test('two people edit the settings at once, and nothing is lost', async ({ page, browser, baseURL, problems }) => {
  problems.allow(/409/);
  await loginAs(page);
  const name = (of: Page) => of.getByLabel('Name', { exact: true });
  const save = (of: Page) => of.locator('#shop').getByRole('button', { name: 'Save' });
  const other = await elsewhere(browser, baseURL, 'admin');
  await open(page, '/settings');
  await open(other, '/settings');
  const before = await name(page).inputValue();
  await name(other).fill('Theirs');
  await save(other).click();
  await expect(save(other)).toBeDisabled();
  await name(page).fill('Mine');
  await save(page).click();
  await expect(page.locator('#shop').getByRole('alert')).toContainText('Now in force: Name: Theirs.');
  await expect(name(page)).toHaveValue('Mine');
  await axe(page);
  await save(page).click();
  await expect(save(page)).toBeDisabled();
  await expect(page.locator('#shop').getByRole('alert')).toHaveCount(0);
  await open(other, '/settings');
  await expect(name(other)).toHaveValue('Mine');
  await name(page).fill(before);
  await save(page).click();
  await expect(save(page)).toBeDisabled();
  await other.context().close();
});

test('@desktop a new time zone moves every day, and says how far it is', async ({ page }) => {
  await loginAs(page);
  await open(page, '/settings');
  const zone = page.getByLabel('Time zone');
  const before = await zone.inputValue();
  for (const wanted of [before === 'Asia/Tokyo' ? 'UTC' : 'Asia/Tokyo', before]) {
    await zone.selectOption(wanted);
    await page.locator('#shop').getByRole('button', { name: 'Save' }).click();
    const progress = page.locator('.progress');
    await expect(progress.locator('.num')).toHaveText(/^[1-9][\d,]* of [\d,]+$/);
    await axe(page);
    await expect(progress.locator('progress')).toHaveCount(0, { timeout: 80_000 });
  }
  await open(page, '/settings');
  await expect(zone).toHaveValue(before);
});

test('somebody is invited, joins, and is shown the door', async ({ page, browser, baseURL, problems }) => {
  problems.allow(/404/);
  await loginAs(page);
  await open(page, '/settings/staff');
  const email = `noa.${Date.now()}@shop.example`;
  await page.getByRole('button', { name: 'Invite' }).click();
  const dialog = page.locator('#member');
  await dialog.getByLabel('Name').fill('Noa New');
  await dialog.getByLabel('Email').fill(email);
  await axe(page);
  await dialog.getByRole('button', { name: 'Make link' }).click();
  const link = await dialog.getByLabel('Link of the invitation').inputValue();
  await axe(page);
  // It stays until the dialog is closed: it is shown this once.
  await page.waitForLoadState('networkidle');
  await expect(dialog.getByLabel('Link of the invitation')).toHaveValue(link);
  await dialog.getByRole('button', { name: 'Close' }).last().click();
  const row = page.getByRole('row', { name: new RegExp(email) });
  await expect(row).toContainText('Invited');

  const guest = await elsewhere(browser, baseURL);
  const path = new URL(link).pathname;
  await open(guest, path);
  await axe(guest);
  await guest.getByLabel('Password').fill('short');
  await guest.getByRole('button').click();
  await expect(guest.getByRole('alert')).toContainText('At least 10 characters.');
  await guest.getByLabel('Password').fill(PASSWORD);
  await guest.getByRole('button').click();
  await expect(guest).toHaveURL(/\/customers$/);
  await guest.goto(path);
  await expect(guest.getByText('This invitation no longer works')).toBeVisible();
  await axe(guest);

  await open(page, '/settings/staff');
  await row.getByRole('button', { name: 'Deactivate' }).click();
  await expect(row).toContainText('Deactivated');
  await guest.goto('/customers');
  await expect(guest).toHaveURL(/\/login\?next=%2Fcustomers|\/login\?next=\/customers/);
  await guest.context().close();
});

test('one sees where one is logged in, and ends it there', async ({ page, browser, baseURL }) => {
  await loginAs(page, 'marketing', { fresh: true });
  const other = await elsewhere(browser, baseURL, 'marketing');
  await open(page, '/settings/account');
  const rows = page.getByRole('region', { name: 'Where you are logged in' }).locator('tbody tr');
  await expect(rows.filter({ hasText: 'this one' })).toHaveCount(1);
  const count = await rows.count();
  await rows.getByRole('button', { name: 'End' }).first().click();
  await expect(rows).toHaveCount(count - 1);
  await other.goto('/customers');
  await expect(other).toHaveURL(/\/login/);
  await other.context().close();
});

test('the pages speak German to who wants it', async ({ page }) => {
  await loginAs(page, 'support', { fresh: true });
  await open(page, '/settings/account');
  await page.getByLabel('Language of your pages').selectOption({ label: 'Deutsch' });
  await expect(page.locator('html')).toHaveAttribute('lang', 'de');
  await hydrated(page);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Ihr Konto');
  await axe(page);
  await page.getByLabel('Sprache Ihrer Seiten').selectOption('');
  await expect(page.locator('html')).toHaveAttribute('lang', 'en');
});

test('guessing passwords is slowed down, and says for how long', async ({ page, baseURL }) => {
  const email = `nobody.${Date.now()}@shop.example`;
  const guess = () => page.request.post('/login', { form: { email, password: 'a guess' }, headers: { origin: new URL(baseURL!).origin }, maxRedirects: 0 });
  // Who waits long enough is let through, and each further failure doubles the wait: in the end it is longer than a slow machine needs.
  await expect(async () => {
    await Promise.all(Array.from({ length: 6 }, guess));
    await page.goto('/login');
    await page.getByLabel('Email').fill(email);
    await page.getByLabel('Password').fill('not the password');
    await page.getByRole('button', { name: 'Log in' }).click();
    await expect(page.getByRole('alert')).toContainText(/Too many tries\. Try again in \d+ s/, { timeout: 2_000 });
  }).toPass();
  await expect(page.getByLabel('Email')).toHaveValue(email);
});

test('the audit log tells who changed what, and finds it', async ({ page }) => {
  await loginAs(page);
  await open(page, '/settings');
  const value = String(40 + Math.floor(Math.random() * 40));
  await page.getByLabel('New within').fill(value);
  await page.locator('#thresholds').getByRole('button', { name: 'Save' }).click();
  await saved(page.locator('#thresholds'));
  await open(page, '/settings/audit');
  await page.getByLabel('About what').selectOption('settings');
  await expect(page).toHaveURL(/about=settings/);
  await page.getByRole('searchbox', { name: 'Search the log' }).fill('new_days');
  await expect(page).toHaveURL(/q=new_days/);
  const first = page.locator('tbody tr').first();
  await expect(first).toContainText('Settings changed');
  await expect(first).toContainText(value);
  await page.getByRole('searchbox', { name: 'Search the log' }).fill('%_');
  await expect(page.getByText('No entry matches')).toBeVisible();
  await page.getByRole('link', { name: 'Clear search and filters' }).click();
  await expect(first).toBeVisible();
  await open(page, '/settings');
  await page.getByLabel('New within').fill('30');
  await page.locator('#thresholds').getByRole('button', { name: 'Save' }).click();
  await saved(page.locator('#thresholds'));
});

test('a key is listed by its end, and revoked for good', async ({ page }) => {
  test.skip(!process.env.E2E_PROGRAM, 'needs the program beside the server');
  const name = `ERP ${Date.now()}`;
  const key = execFileSync(process.env.E2E_PROGRAM!, ['api-key', 'create', '--name', name, '--scope', 'orders:read'], { stdio: ['ignore', 'pipe', 'ignore'] });
  await loginAs(page);
  await open(page, '/settings/keys');
  const row = page.locator('tbody tr').filter({ hasText: name });
  await expect(row).toContainText(key.toString().trim().slice(-4));
  await axe(page);
  await row.getByRole('button', { name: `Revoke the key of ${name}` }).click();
  const dialog = page.getByRole('dialog', { name: `Revoke the key of ${name}` });
  await axe(page);
  await dialog.getByRole('button', { name: 'Revoke', exact: true }).click();
  await expect(row).toContainText('Revoked');
  await expect(row.getByRole('button')).toHaveCount(0);
});

test('who may not manage the shop is told so', async ({ page, problems }) => {
  problems.allow(/403/);
  await loginAs(page, 'support', { fresh: true });
  for (const path of ['/settings', '/settings/staff', '/settings/keys', '/settings/audit']) {
    expect((await page.goto(path))?.status(), path).toBe(403);
    await hydrated(page);
    await expect(page.getByText('Your role does not allow this')).toBeVisible();
  }
  await axe(page);
});
