// How the customer list looks and is reached: accessible in every state, light and dark; on a phone within its width.
import { axe, expect, loginAs, test } from './fixtures.ts';
import { bar, box, chip, expectNoSidewaysScroll, expectParam, openFilters, openList, rows, total } from './list.ts';

test.beforeEach(({ page }) => loginAs(page, 'owner'));

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(colorScheme, () => {
    test.use({ colorScheme });

    test('the list is accessible, found, filtered and selected', async ({ page }) => {
      await openList(page, '?orders_min=5&q=an');
      await expect(chip(page)).toBeVisible();
      await axe(page);
      if (test.info().project.name === 'phone') {
        await page.getByRole('group', { name: 'Actions' }).getByRole('button', { name: 'Select' }).click();
      }
      await rows(page).first().getByRole('checkbox').check();
      await expect(bar(page)).toContainText('1 selected');
      await axe(page);
      await expectNoSidewaysScroll(page);
    });

    test('nobody found is accessible', async ({ page }) => {
      await openList(page, '?q=nobody-is-called-so');
      await expect(page.getByRole('heading', { name: 'No customer matches' })).toBeVisible();
      await axe(page);
      await expectNoSidewaysScroll(page);
    });

    test('an error is accessible', async ({ page, problems }) => {
      problems.allow(/list_customers|Failed to load resource/);
      await openList(page);
      await page.route('**/fn/list_customers', (route) => route.abort('connectionrefused'));
      await box(page).fill('smith');
      await expect(page.getByRole('alert')).toBeVisible();
      await axe(page);
      await expectNoSidewaysScroll(page);
    });

    test('the filter sheet is accessible', async ({ page }) => {
      await openList(page);
      const sheet = await openFilters(page);
      await sheet.locator('details').evaluateAll((all) => all.forEach((part) => part.setAttribute('open', '')));
      await axe(page);
      await expectNoSidewaysScroll(page);
    });

    test('@desktop the palette is accessible, empty and with hits', async ({ page }) => {
      await openList(page);
      await page.getByRole('button', { name: /Search or jump to/ }).click();
      const palette = page.getByRole('dialog', { name: 'Search or jump to…' });
      await expect(palette).toBeVisible();
      await axe(page);
      await palette.getByRole('combobox').fill('smith');
      await expect(palette.getByRole('group', { name: 'Customers' })).toBeVisible();
      await axe(page);
    });
  });
}

test('@phone rows are cards that fit the screen', async ({ page }) => {
  await openList(page, '?q=smith&orders_min=2&sort=-spent');
  await expect(rows(page).first()).toBeVisible();
  await expect(page.locator('thead')).toBeHidden();
  await expectNoSidewaysScroll(page);
  const card = await rows(page).first().boundingBox();
  expect(card!.x).toBeGreaterThanOrEqual(0);
  expect(card!.x + card!.width).toBeLessThanOrEqual(360);
});

test('@phone the bar at the thumb searches, filters, sorts, selects and adds', async ({ page }) => {
  await openList(page);
  const thumb = page.getByRole('group', { name: 'Actions' });
  const place = await thumb.boundingBox();
  expect(place!.y).toBeGreaterThan(780 / 2);
  expect(place!.y + place!.height).toBeLessThanOrEqual(780);

  await thumb.getByRole('button', { name: 'Search' }).click();
  await expect(box(page)).toBeFocused();
  await box(page).blur();

  await thumb.locator('summary', { hasText: 'Sort' }).click();
  await expectNoSidewaysScroll(page);
  await thumb.getByRole('link', { name: 'Total spent' }).click();
  await expectParam(page, 'sort', '-spent');
  await expect(thumb.getByRole('link', { name: 'Total spent' })).toBeHidden();

  const everyone = await total(page);
  await thumb.getByRole('button', { name: /^Filter/ }).click();
  const sheet = page.getByRole('dialog', { name: 'Filter' });
  await sheet.locator('summary', { hasText: /^\s*Orders\s*$/ }).click();
  await sheet.getByLabel('Orders, from').fill('5');
  await sheet.getByRole('button', { name: 'Show customers' }).click();
  await expect.poll(() => total(page)).toBeLessThan(everyone);
  await expect(thumb.getByRole('button', { name: /^Filter/ })).toContainText('1');

  await thumb.getByRole('button', { name: 'Select' }).click();
  await expect(bar(page)).toContainText('0 selected');
  await rows(page).first().getByRole('checkbox').check();
  await expect(bar(page)).toContainText('1 selected');
  await expectNoSidewaysScroll(page);
  await bar(page).getByRole('button', { name: 'Clear selection' }).click();
  await expect(thumb).toBeVisible();

  await thumb.getByRole('link', { name: 'Add' }).click();
  await expect(page).toHaveURL(/\/customers\/new$/);
});

test('@desktop the rows are as high as was chosen, also after a reload', async ({ page }) => {
  await openList(page);
  const height = async () => (await rows(page).first().boundingBox())!.height;
  const compact = await height();
  const seg = page.locator('.toolbar').getByRole('group', { name: 'Density' });
  await seg.getByRole('button', { name: 'Comfortable' }).click();
  await expect.poll(height).toBeGreaterThan(compact + 6);
  await page.reload();
  expect(await height()).toBeGreaterThan(compact + 6);
  await openList(page);
  await expect(seg.getByRole('button', { name: 'Comfortable' })).toHaveAttribute('aria-pressed', 'true');
  await seg.getByRole('button', { name: 'Compact' }).click();
  await expect.poll(height).toBe(compact);
});

test.describe('in German', () => {
  test.use({ locale: 'de-DE' });

  test('the browser’s language is spoken', async ({ page }) => {
    await openList(page);
    await expect(page.locator('html')).toHaveAttribute('lang', 'de');
    await expect(page).toHaveTitle(/Kunden/);
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('Kunden');
    await expect(page.locator('.page-count')).toHaveText(/^[\d.]+ Kunden$/);
    await axe(page);
    await expectNoSidewaysScroll(page);
  });
});
