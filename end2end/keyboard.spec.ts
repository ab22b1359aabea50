// With the keyboard alone: every stop is in sight and shows that it has the focus, and what opens gives the focus back.
import type { Locator, Page } from '@playwright/test';
import { expect, hydrated, loginAs, test } from './fixtures.ts';
import { regular } from './profile.ts';

test.beforeEach(({ page }) => loginAs(page));

async function open(page: Page, path: string) {
  await page.goto(path);
  await hydrated(page);
}

/** What has the focus: its name for people, whether it is in sight, and whether it looks different from before. */
const focused = (page: Page) =>
  page.evaluate(() => {
    const at = document.activeElement as HTMLElement;
    const box = at.getBoundingClientRect();
    const middle = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
    const words = at.getAttribute('aria-label') ?? at.innerText ?? '';
    return {
      name: `${at.localName} ${at.id || at.className} “${words.trim().slice(0, 40)}”`,
      isPage: at === document.body,
      inSight: !!middle && (at.contains(middle) || middle.contains(at) || !!at.closest('label')?.contains(middle)),
      // Its own ring, or that of the frame around a group of fields. The parts of a date field have the browser's.
      hasRing: at.matches('[type=date]') || [at, at.parentElement!].some((element) => getComputedStyle(element).outlineStyle !== 'none'),
    };
  });

/** Presses Tab until the page is over, or often enough; every stop must be seen. */
async function walk(page: Page, stops: number) {
  const names: string[] = [];
  for (let at = 0; at < stops; at += 1) {
    await page.keyboard.press('Tab');
    const { isPage, name } = await focused(page);
    if (isPage) break;
    await expect.poll(() => focused(page), name).toMatchObject({ inSight: true, hasRing: true });
    names.push(name);
  }
  return names;
}

test('@desktop every stop of every page is in sight and has a ring', async ({ page }) => {
  const profile = await regular(page);
  for (const path of ['/customers', profile, `${profile}/details`, `${profile}/analytics`, '/settings/staff']) {
    await open(page, path);
    const names = await walk(page, 40);
    expect(names[0], path).toContain('skip-link');
    expect(names.length, path).toBeGreaterThan(10);
  }
});

test('@desktop the first stop leads past the navigation', async ({ page }) => {
  await open(page, '/orders');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await expect(page.locator('#main')).toBeFocused();
  await page.keyboard.press('Tab');
  await expect(page.locator('#main').getByRole('link', { name: 'New order' })).toBeFocused();
});

/** Opens it with Enter, leaves it with Escape, and is where it was. */
async function returns(page: Page, opener: Locator, dialog: Locator) {
  await opener.focus();
  await page.keyboard.press('Enter');
  await expect(dialog).toBeVisible();
  expect(await dialog.evaluate((element) => element.contains(document.activeElement))).toBe(true);
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
  await expect(opener).toBeFocused();
}

test('@desktop dialogs of the list take the focus and give it back', async ({ page }) => {
  await open(page, '/customers');
  const dialog = (name: string | RegExp) => page.getByRole('dialog', { name });
  await returns(page, page.getByRole('link', { name: 'Add customer' }), dialog('Add customer'));
  await returns(page, page.getByRole('button', { name: /^Filter/ }), dialog('Filter'));
  await returns(page, page.getByRole('button', { name: /Search or jump to/ }), dialog('Search or jump to…'));
  // From within a page, by its keys.
  const sorts = page.getByRole('columnheader', { name: 'Total spent' }).getByRole('link');
  await sorts.focus();
  for (const [keys, name] of [['Control+k', 'Search or jump to…'], ['?', 'Keyboard shortcuts']]) {
    await page.keyboard.press(keys);
    await expect(dialog(name)).toBeVisible();
    await page.keyboard.press('Escape');
    await expect(dialog(name)).toBeHidden();
    await expect(sorts).toBeFocused();
  }
});

test('@desktop somebody is found, opened, read and left again', async ({ page }) => {
  await open(page, '/customers');
  await page.keyboard.press('/');
  await page.keyboard.type('smith');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/q=smith/);
  await expect(page.locator('tr[data-id]').first()).toContainText(/smith/i);
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/customers\/\d+$/);
  await expect(page.locator('#main')).toBeFocused();
  const tabs = page.getByRole('navigation', { name: 'Customer', exact: true });
  await tabs.getByRole('link', { name: /^Notes/ }).focus();
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/notes$/);
  await page.goBack();
  await expect(page).toHaveURL(/\/customers\/\d+$/);
  await page.goBack();
  await expect(page).toHaveURL(/\/customers\?q=smith$/);
  await expect(page.locator('tr[data-id]').first()).toContainText(/smith/i);
});

test('@desktop dialogs of a profile take the focus and give it back', async ({ page }) => {
  const profile = await regular(page);
  await open(page, profile);
  // A choice of a menu has gone when its dialog closes: the menu's button gets the focus.
  const more = page.getByLabel('More actions');
  for (const [item, name] of [['Block…', /^Block /], ['Delete…', /^Delete /]] as const) {
    await more.focus();
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: item }).focus();
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog', { name });
    await expect(dialog).toBeVisible();
    await page.keyboard.press('Escape');
    await expect(dialog).toBeHidden();
    await expect(more).toBeFocused();
  }
  await open(page, `${profile}/addresses`);
  await returns(page, page.getByRole('button', { name: 'Add address' }), page.getByRole('dialog', { name: 'Add address' }));
  await returns(page, page.getByRole('button', { name: /^Edit the address/ }).first(), page.getByRole('dialog', { name: 'Edit address' }));
  await returns(page, page.getByRole('button', { name: /^Delete the address/ }).first(), page.getByRole('dialog', { name: 'Delete this address?' }));
});
