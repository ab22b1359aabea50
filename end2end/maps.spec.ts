// Maps: without a key a link, with one a frame that is made when somebody asks for it. Nothing goes to Google here.
import type { Page } from '@playwright/test';
import { axe, expect, hydrated, loginAs, test } from './fixtures.ts';
import { regular } from './profile.ts';

const KEY = `AIza${'Sy_-0'.repeat(7)}`;
const settings = (page: Page) => page.locator('#maps');

/** Answers in Google's place; yields the addresses that it was asked for. */
async function google(page: Page) {
  const asked: string[] = [];
  await page.route('https://www.google.com/**', async (route) => {
    asked.push(route.request().url());
    await route.fulfill({ contentType: 'text/html', body: '<!doctype html><html lang="en"><title>A map</title><p>A map</p></html>' });
  });
  return asked;
}

async function saveKey(page: Page, key: string) {
  await page.goto('/settings');
  await hydrated(page);
  await settings(page).getByLabel('Google Maps key').fill(key);
  await settings(page).getByRole('button', { name: 'Save' }).click();
}

test.beforeEach(({ page }) => loginAs(page));

test('with a key addresses have maps, which Google hears of when they are opened', async ({ page, problems }) => {
  problems.allow(/422/);
  const asked = await google(page);
  const path = await regular(page);
  await saveKey(page, 'AIzaNotAKey');
  await expect(settings(page).getByRole('alert')).toContainText('begins with AIza');
  await settings(page).getByLabel('Google Maps key').fill(KEY);
  await settings(page).getByRole('button', { name: 'Save' }).click();
  try {
    await settings(page).getByRole('link', { name: 'Show a map' }).click();
    await expect(page).toHaveURL(/\/settings\?map=show#maps$/);
    await expect(settings(page).locator('iframe')).toHaveAttribute('src', new RegExp(`embed/v1/place\\?key=${KEY}&q=`));
    await expect.poll(() => asked.length).toBe(1);
    await hydrated(page);
    await axe(page, '#maps');

    await page.goto(`${path}/addresses`);
    await hydrated(page);
    const show = page.getByRole('button', { name: /^Show map/ }).first();
    await expect(show).toHaveAttribute('aria-expanded', 'false');
    await expect(page.locator('iframe')).toHaveCount(0);
    expect(asked.length, 'before it is asked for').toBe(1);
    await show.click();
    const map = page.locator('.card-list iframe');
    await expect(map).toHaveAttribute('src', new RegExp(`^https://www\\.google\\.com/maps/embed/v1/place\\?key=${KEY}&q=.+`));
    await expect(map).toHaveAttribute('title', /^Map: .+/);
    await expect(map).toHaveAttribute('referrerpolicy', 'strict-origin');
    await expect.poll(() => asked.length).toBe(2);
    await axe(page, '.card-list');
    await show.click();
    await expect(map).toHaveCount(0);
  } finally {
    await saveKey(page, '');
    await expect(page.getByText('Settings saved.').first()).toBeVisible();
  }
  await page.goto(`${path}/addresses`);
  await expect(page.getByRole('link', { name: 'Show on the map' }).first()).toHaveAttribute('href', /^https:\/\/www\.openstreetmap\.org\//);
  await expect(page.getByRole('button', { name: /^Show map/ })).toHaveCount(0);
});
