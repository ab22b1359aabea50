import { axe, expect, hydrated, loginAs, test } from './fixtures.ts';

test('the sign-in page renders, hydrates and is accessible', async ({ page }) => {
  await page.goto('/login');
  await expect(page.getByLabel(/e-?mail/i)).toBeVisible();
  await expect(page.getByLabel(/password/i)).toBeVisible();
  await hydrated(page);
  await axe(page);
});

test('what a page preloads is used, and nothing is loaded twice', async ({ page }) => {
  await loginAs(page, 'owner');
  for (const path of ['/customers', '/orders', '/settings']) {
    await page.goto(path);
    await hydrated(page);
    const { loaded, preloaded } = await page.evaluate(() => ({
      loaded: performance.getEntriesByType('resource').map((entry) => entry.name).filter((name) => name.includes('/pkg/')),
      preloaded: [...document.querySelectorAll<HTMLLinkElement>('link[rel=preload]')].map((link) => link.href).filter((href) => href.endsWith('.wasm')),
    }));
    expect(preloaded.length, path).toBeGreaterThan(0);
    // An entry for each download: a preload that does not fit what asks for it would be loaded again.
    for (const href of preloaded) expect(loaded.filter((name) => name === href), href).toHaveLength(1);
  }
});

test('the demo owner can sign in', async ({ page }) => {
  await loginAs(page, 'owner');
  await page.goto('/');
  await hydrated(page);
  await expect(page).not.toHaveURL(/login/);
});
