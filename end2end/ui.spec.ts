// What every page shares: menus, the palette, keys, arriving at pages, toasts, definitions, refused fields.
import type { Page } from '@playwright/test';
import { axe, expect, hydrated, loginAs, settled, test } from './fixtures.ts';

async function open(page: Page, path: string) {
  await page.goto(path);
  await hydrated(page);
}

const account = (page: Page) => page.locator('.topbar details.dropdown').last();
const palette = (page: Page) => page.getByRole('dialog', { name: 'Search or jump to…' });
const option = (page: Page, name: string | RegExp) => palette(page).getByRole('option', { name });

/** The path of some customer's profile. */
async function someProfile(page: Page) {
  await page.goto('/customers');
  const path = await page.locator('tr[data-id] a[href^="/customers/"]').first().getAttribute('href');
  return path!;
}

/** Switches single-letter keys on or off, as its own page does. */
async function singleKeys(page: Page, on: boolean) {
  await open(page, '/settings/account');
  const box = page.getByRole('switch', { name: /Single-letter keys/ });
  if ((await box.isChecked()) !== on) {
    const saved = page.waitForResponse(/set_own_keys/);
    await box.click();
    await saved;
  }
}

test.beforeEach(({ page }) => loginAs(page, 'owner'));

test('a menu closes on Escape, outside, and after a choice', async ({ page }) => {
  await open(page, '/settings');
  const menu = account(page);
  const button = menu.locator('summary');
  await button.click();
  await expect(menu).toHaveAttribute('open');
  await axe(page);
  await page.keyboard.press('Escape');
  await expect(menu).not.toHaveAttribute('open');
  await expect(button).toBeFocused();
  await button.click();
  // Beside the menu, which stands at the foot of a phone, where nothing is to be pressed.
  await page.mouse.click(4, 90);
  await expect(menu).not.toHaveAttribute('open');
  await button.click();
  await menu.getByRole('link', { name: 'Your account' }).click();
  await expect(page).toHaveURL(/\/settings\/account$/);
  await expect(menu).not.toHaveAttribute('open');
});

test('arrow keys move in a menu, leaving it closes it @desktop', async ({ page }) => {
  await open(page, '/orders');
  const menu = account(page);
  await menu.locator('summary').focus();
  await page.keyboard.press('Enter');
  await page.keyboard.press('ArrowDown');
  await expect(menu.getByRole('link', { name: 'Your account' })).toBeFocused();
  await page.keyboard.press('ArrowUp');
  await expect(menu.getByRole('button', { name: 'Log out' })).toBeFocused();
  await page.keyboard.press('Tab');
  await expect(menu).not.toHaveAttribute('open');
});

test('the palette finds pages and actions, or says that there is nothing', async ({ page }) => {
  await open(page, '/orders');
  await page.getByRole('button', { name: 'Search or jump to…' }).click();
  await expect(option(page, 'Log out')).toBeVisible();
  await expect(option(page, 'Your account')).toBeVisible();
  await axe(page);
  await page.keyboard.type('qqzzqq');
  await expect(palette(page).getByRole('status')).toHaveText('Nothing found');
  await palette(page).getByRole('combobox').fill('staff');
  await expect(option(page, 'Staff')).toBeVisible();
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/settings\/staff$/);
});

test('Enter waits until what was found belongs to what is typed @desktop', async ({ page }) => {
  await open(page, '/orders');
  await page.keyboard.press('Control+k');
  await page.keyboard.type('smith');
  await expect(option(page, /Smith/i).first()).toBeVisible();
  // The next answer takes its time.
  let release = () => {};
  const released = new Promise<void>((done) => (release = done));
  await page.route('**/fn/palette_search', async (route) => {
    await released;
    await route.continue();
  });
  await palette(page).getByRole('combobox').fill('johnson');
  await page.keyboard.press('Enter');
  await settled(page);
  await expect(page).toHaveURL(/\/orders$/);
  release();
  await expect(option(page, /Johnson/i).first()).toBeVisible();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/customers\/\d+$/);
  await expect(page.getByRole('heading', { level: 1 })).toContainText(/Johnson/i);
});

test('a slash opens the palette where a page has no search of its own @desktop', async ({ page }) => {
  await open(page, '/settings/account');
  await page.keyboard.press('/');
  await expect(palette(page)).toBeVisible();
  await page.keyboard.press('Escape');
  await open(page, '/orders');
  await page.keyboard.press('/');
  await expect(page.getByRole('searchbox', { name: 'Search orders' })).toBeFocused();
});

test('? explains the keys, and single letters can be switched off @desktop', async ({ page }) => {
  await open(page, '/settings');
  const help = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
  await page.keyboard.press('?');
  await expect(help).toBeVisible();
  await axe(page);
  await page.keyboard.press('Escape');
  await expect(help).toBeHidden();
  await singleKeys(page, false);
  await page.locator('body').click({ position: { x: 700, y: 790 } });
  await page.keyboard.press('?');
  await page.keyboard.press('Control+k');
  await expect(palette(page)).toBeVisible();
  await expect(help).toBeHidden();
  await page.keyboard.press('Escape');
  await singleKeys(page, true);
});

test('arriving at a page moves the focus to its content and says its title @desktop', async ({ page }) => {
  await page.clock.install();
  await open(page, '/customers');
  await page.getByRole('navigation', { name: 'Main', exact: true }).getByRole('link', { name: 'Orders' }).click();
  await expect(page.locator('#main')).toBeFocused();
  await expect(page.getByRole('status').filter({ hasText: /^Orders/ }).first()).toBeAttached();
  // Searching is no arrival.
  const box = page.getByRole('searchbox', { name: 'Search orders' });
  await box.pressSequentially('smith');
  await expect(page).toHaveURL(/q=smith/);
  await page.clock.runFor(600);
  await expect(box).toBeFocused();
});

test('tabs keep the focus, and the current one is in sight', async ({ page }) => {
  await page.clock.install();
  await open(page, `${await someProfile(page)}/activity`);
  const tabs = page.getByRole('navigation', { name: 'Customer' });
  await expect(tabs.getByRole('link', { name: 'Activity' })).toBeInViewport({ ratio: 0.9 });
  const notes = tabs.getByRole('link', { name: 'Notes' });
  await notes.focus();
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/notes$/);
  await page.clock.runFor(600);
  await expect(notes).toBeFocused();
});

test('a toast is read out, and stays while the pointer is on it @desktop', async ({ page, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const path = await someProfile(page);
  await page.clock.install();
  await open(page, path);
  await page.getByLabel('More actions').click();
  await page.getByRole('button', { name: 'Copy link' }).click();
  const toast = page.locator('.toast', { hasText: 'Link copied' });
  await expect(toast).toBeVisible();
  await expect(page.locator('p.sr-only[role=status]').filter({ hasText: 'Link copied' })).toBeAttached();
  await toast.hover();
  await axe(page);
  await page.clock.fastForward('00:11');
  await expect(toast).toBeVisible();
  await page.mouse.move(300, 300);
  await page.clock.fastForward('00:05');
  await expect(toast).toBeHidden();
});

test('figures say what they count, on hover and on focus @desktop', async ({ page }) => {
  await page.clock.install();
  await open(page, await someProfile(page));
  const word = page.getByRole('button', { name: 'Total spent' });
  const tip = page.getByRole('tooltip').filter({ hasText: 'Completed orders with tax' });
  await word.hover();
  await expect(tip).toBeVisible();
  // What it covers cannot be judged.
  await axe(page, '[role=tooltip]:popover-open');
  // The pointer may go there.
  await tip.hover();
  await page.clock.runFor(400);
  await expect(tip).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(tip).toBeHidden();
  await page.mouse.move(5, 5);
  await word.focus();
  await expect(tip).toBeVisible();
});

test('figures say what they count under a finger @phone', async ({ page }) => {
  await open(page, await someProfile(page));
  await page.getByRole('button', { name: 'Total spent' }).tap();
  await expect(page.getByRole('tooltip').filter({ hasText: 'Completed orders with tax' })).toBeInViewport({ ratio: 0.9 });
});

test('a refused field gets the focus and says why', async ({ page, problems }) => {
  problems.allow(/422/);
  await open(page, `${await someProfile(page)}/details`);
  const email = page.locator('#d-email');
  await email.fill('nobody');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(email).toBeFocused();
  await expect(email).toHaveAttribute('aria-invalid', 'true');
  await expect(email).toHaveAccessibleDescription('An email address has an @.');
  await expect(email).toBeInViewport({ ratio: 1 });
  // Of the page around it some fields are under the tabs, which stick, and cannot be judged.
  await axe(page, '#d-email');
});

test('what was done can be undone after a reload', async ({ page, baseURL }) => {
  const id = Number((await someProfile(page)).split('/')[2]);
  const name = `undo ${Date.now()}`;
  const answer = await page.request.post('/fn/start_bulk', {
    data: { action: { Tag: { name } }, customers: { ids: [id] } },
    headers: { origin: new URL(baseURL!).origin },
  });
  expect(answer.status(), await answer.text()).toBe(200);
  const recent = page.locator('details.dropdown', { has: page.getByText('Recent actions') });
  // The job is at work for a moment, so its toast may come first.
  await expect(async () => {
    await open(page, '/settings');
    await recent.locator('summary').click({ timeout: 2_000 });
  }).toPass();
  const line = recent.locator('li', { hasText: name });
  await expect(line).toBeVisible();
  await axe(page);
  await line.getByRole('button', { name: 'Undo' }).click();
  await expect(page.locator('.job-tray').getByText('Undone for 1 customer.')).toBeVisible();
  await open(page, '/settings');
  await expect(page.getByText(name)).toHaveCount(0);
});

test('countries have names', async ({ page }) => {
  await open(page, '/customers?country=DE');
  await expect(page.getByText('Country: Germany')).toBeVisible();
});
