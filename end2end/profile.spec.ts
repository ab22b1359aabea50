// The profile: adding somebody, its tabs, and what is not found.
import { axe, expect, hydrated, loginAs, test } from './fixtures.ts';
import { addCustomer, openTab, regular, TABS, tabs, unique } from './profile.ts';

test.beforeEach(({ page }) => loginAs(page));

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
  // At a desk the form is a dialog over the list, on a phone a page.
  const phone = test.info().project.name === 'phone';
  await page.getByRole('link', { name: phone ? 'Add' : 'Add customer', exact: true }).click();
  const form = phone ? page.getByRole('main') : page.getByRole('dialog', { name: 'Add customer' });
  await expect(form.getByRole('heading', { name: 'Add customer' })).toBeVisible();
  await form.getByLabel('Email').fill(email.toUpperCase());
  await expect(form.getByRole('link', { name: 'Anna Kowalska' })).toHaveAttribute('href', path);
  await axe(page);
  await form.getByRole('button', { name: 'Add customer' }).click();
  await expect(form.getByText('Another customer has this email.')).toBeVisible();
});

test('the strip above the tabs sums a customer up, and each figure says what it counts', async ({ page }) => {
  await page.goto(await regular(page));
  await hydrated(page);
  const strip = page.getByRole('region', { name: 'Summary' });
  const terms = ['Total spent', 'Orders', 'Average order', 'Lifetime value', 'Store credit', 'Points', 'Visits', 'Customer since', 'Last order', 'Last login'];
  for (const term of terms) {
    // Its meaning is read out with the word, and shown on hover and focus.
    await expect(strip.getByRole('button', { name: term, exact: true })).toHaveAccessibleDescription(/\w{5}/);
  }
  const spent = strip.getByRole('button', { name: 'Total spent', exact: true });
  await spent.focus();
  await expect(strip.getByRole('tooltip').filter({ hasText: /USD.*days are those of/ }).first()).toBeVisible();
  await expect(strip.locator('.stat').first()).toContainText(/\$[\d,]+\.\d\d/);
});

test('a tab that is pressed has an address of its own, and Back leads back', async ({ page }) => {
  const path = await regular(page);
  await page.goto(path);
  await hydrated(page);
  for (const tab of TABS.slice(1)) {
    await openTab(page, path, tab);
    await expect(tabs(page).locator('[aria-current=page]')).toBeInViewport({ ratio: 0.9 });
  }
  await page.goBack();
  await expect(page).toHaveURL(new RegExp(`${path}/timeline$`));
  await expect(tabs(page).locator('[aria-current=page]')).toHaveText('Timeline');
});

for (const colorScheme of ['light', 'dark'] as const) {
  test(`every tab is accessible in the ${colorScheme} theme`, async ({ page }) => {
    test.setTimeout(180_000);
    await page.emulateMedia({ colorScheme });
    const path = await regular(page);
    await page.goto(path);
    await hydrated(page);
    for (const tab of TABS) {
      if (tab) await openTab(page, path, tab);
      await expect(page.locator('[aria-busy=true]')).toHaveCount(0);
      await axe(page);
    }
  });
}

test('a tab that cannot be loaded says so and can be tried again', async ({ page, problems }) => {
  problems.allow(/ERR_FAILED|list_|_analytics|_timeline|_orders|_drafts|open_details|open_credit|open_gift_cards|open_loyalty/);
  const path = await regular(page);
  await page.goto(path);
  await hydrated(page);
  await expect(page.locator('[aria-busy=true]')).toHaveCount(0);
  for (const tab of TABS.slice(1)) {
    await page.route('**/fn/**', (route) => route.abort('failed'));
    await openTab(page, path, tab);
    const retry = page.getByRole('button', { name: 'Try again' });
    await expect(retry.first(), tab).toBeVisible();
    await page.unroute('**/fn/**');
    // A tab may have parts that come on their own.
    await expect(async () => {
      if (await retry.count()) await retry.first().click();
      await expect(retry, tab).toHaveCount(0, { timeout: 1_000 });
    }).toPass();
    await expect(page.locator('[aria-busy=true]')).toHaveCount(0);
  }
});

test('somebody of whom nothing is known yet has a profile without errors', async ({ page }) => {
  const path = await addCustomer(page, unique());
  const said: Record<string, string> = {
    orders: 'No orders yet',
    drafts: 'No drafts',
    addresses: 'No addresses yet',
    credit: 'No entries yet',
    'gift-cards': 'No gift cards',
    loyalty: 'Not in the loyalty programme',
    notes: 'No notes yet',
    analytics: 'Nothing to analyse yet',
  };
  for (const [tab, text] of Object.entries(said)) {
    await openTab(page, path, tab);
    await expect(page.getByText(text)).toBeVisible();
  }
  await openTab(page, path, 'timeline');
  await expect(page.locator('.timeline')).toContainText('Registered');
  await openTab(page, path, 'activity');
  await expect(page.getByRole('row').filter({ hasText: 'Customer added' })).toContainText('Anna');
});
