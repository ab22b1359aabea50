// Campaigns: the step that sends, and the report with figures that real requests make.
import type { Page } from '@playwright/test';
import { axe, expect, hydrated, loginAs, settled, test } from './fixtures.ts';

test.beforeEach(({ page }) => loginAs(page));

const PHONE = 'Mozilla/5.0 (iPhone) Safari';

/** A server function, asked as the page asks it. */
async function call(page: Page, name: string, body: unknown) {
  return page.evaluate(
    async ([name, body]) => {
      const answer = await fetch(`/fn/${name}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept: 'application/json' },
        body: JSON.stringify(body),
      });
      return answer.json();
    },
    [name, body] as const,
  );
}

/** A draft to some customers, thirty unless said otherwise, whom no other test writes to, so that none of them has got enough mails. */
async function addDraft(page: Page, count = 30) {
  await page.goto('/campaigns');
  await hydrated(page);
  const first = 1 + Math.floor(Math.random() * (1930 - count));
  const chosen = Array.from({ length: count }, (_, at) => first + at);
  const name = `C${Date.now().toString(36)}${test.info().workerIndex}`;
  const form = {
    name,
    topic: 'offers',
    subject: 'Spring is here',
    preheader: '',
    layout: 'card',
    body: '<p>Hello <a href="https://shop.example/sale">to the sale</a></p>',
    text: '',
    audience: { include: [{ chosen }], exclude: [] },
  };
  return { id: await call(page, 'add_campaign', { form }), name };
}

test('the last step says whom it reaches and asks before it sends; the report counts people and machines apart', async ({ page }) => {
  const { id, name } = await addDraft(page);
  await page.goto(`/campaigns/${id}/edit?step=send`);
  await hydrated(page);
  const send = page.getByRole('button', { name: /^Send to \d+ (person|people)$/ });
  await expect(send).toBeEnabled();
  await axe(page, 'main');
  await send.click();
  const dialog = page.getByRole('dialog', { name: /^Send to/ });
  await dialog.getByRole('button', { name: /^Send to/ }).click();
  await expect(page).toHaveURL(`/campaigns/${id}`);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(name);
  const results = page.getByRole('region', { name: 'Results' });
  await expect(results).toBeVisible();
  await expect(page.getByText('Sent', { exact: true }).first()).toBeVisible({ timeout: 30_000 });

  const sent = async () => (await call(page, 'list_campaign_mails', { id, query: { state: 'sent', search: '', after: null } })).mails;
  await expect.poll(async () => (await sent()).length, { timeout: 30_000 }).toBeGreaterThan(0);
  const mails = await sent();
  const eml = await (await page.request.get(`/outbox/${mails[0].id}/eml`)).text();
  // However it is encoded.
  const plain = eml.replaceAll('=\r\n', '');
  const text = plain.includes('/l/') ? plain : eml.split('\r\n\r\n').map((part) => Buffer.from(part, 'base64').toString()).join('\n');
  const path = (kind: string) => new RegExp(`/${kind}/[\\w-]{20,}`).exec(text)?.[0] ?? '';
  const headers = { 'user-agent': PHONE };
  // What comes too soon after the mail was sent is a machine's.
  const stat = (label: string) => results.locator('.stat', { hasText: label }).locator('.stat-value').first();
  await expect(async () => {
    await page.request.get(path('o'), { headers });
    await expect(stat('Opened')).toHaveText('1', { timeout: 6_000 });
  }).toPass();
  const led = await page.request.get(path('l'), { headers, maxRedirects: 0 });
  expect(led.status()).toBe(302);
  expect(led.headers().location).toBe('https://shop.example/sale');
  await expect(stat('Clicked')).toHaveText('1', { timeout: 10_000 });
  await expect(page.getByRole('region', { name: 'Links' }).first()).toContainText('https://shop.example/sale');
  await page.getByRole('combobox', { name: 'Who got it' }).selectOption('clicked');
  await expect(page.getByText('one click')).toHaveCount(1);
  await axe(page, 'main');
});

test('a time by each recipient’s clock is planned, and taken back', async ({ page }) => {
  const { id } = await addDraft(page);
  await page.goto(`/campaigns/${id}/edit?step=send`);
  await hydrated(page);
  await page.getByRole('radio', { name: /At each recipient’s time/ }).check();
  await page.getByLabel('Day', { exact: true }).fill('2031-05-02');
  await page.getByLabel('Time', { exact: true }).fill('10:30');
  const plan = page.getByRole('button', { name: /^Schedule for/ });
  await expect(plan).toBeEnabled();
  await expect(page.getByText('Saved', { exact: true })).toBeVisible();
  await page.reload();
  await hydrated(page);
  await expect(page.getByRole('radio', { name: /At each recipient’s time/ })).toBeChecked();
  await expect(page.getByLabel('Day', { exact: true })).toHaveValue('2031-05-02');
  await expect(page.getByLabel('Time', { exact: true })).toHaveValue('10:30');
  await expect(plan).toBeEnabled();
  await plan.click();
  await page.getByRole('dialog').getByRole('button', { name: /^Schedule for/ }).click();
  await expect(page).toHaveURL(`/campaigns/${id}`);
  await expect(page.getByText(/At 10:30 on .*2031 by each recipient’s clock/)).toBeVisible();
  await page.getByRole('button', { name: 'Back to draft' }).click();
  await expect(page.getByText('Draft', { exact: true })).toBeVisible();
});

test('several subjects are tried', async ({ page }) => {
  const { id } = await addDraft(page);
  await page.goto(`/campaigns/${id}/edit?step=send`);
  await hydrated(page);
  await page.getByRole('switch', { name: /Try several subjects/ }).check();
  await page.getByLabel('Subject B', { exact: true }).fill('The sun is out');
  await page.getByLabel('Sample', { exact: true }).fill('50');
  await page.getByLabel('What decides').selectOption('hand');
  await page.getByRole('button', { name: 'Another subject' }).click();
  await page.getByLabel('Subject C', { exact: true }).fill('Flowers');
  await page.getByRole('button', { name: 'Remove subject C' }).click();
  await expect(page.getByText('Saved', { exact: true })).toBeVisible();
  await page.reload();
  await hydrated(page);
  await expect(page.getByLabel('Subject B', { exact: true })).toHaveValue('The sun is out');
  await axe(page, 'main');
  await page.getByRole('button', { name: /^Send to/ }).click();
  await page.getByRole('dialog').getByRole('button', { name: /^Send to/ }).click();
  await page.getByRole('button', { name: 'Send B to the rest' }).click();
  await expect(page.getByText('B was chosen by hand. The rest gets it.')).toBeVisible();
  await expect(page.getByText('Sent', { exact: true }).first()).toBeVisible({ timeout: 30_000 });
});

test('more of the mails come below those that are shown', async ({ page }) => {
  const { id } = await addDraft(page, 200);
  await call(page, 'start_campaign', { id });
  await page.goto(`/campaigns/${id}`);
  await hydrated(page);
  await expect(page.locator('.page-head').getByText('Sent', { exact: true })).toBeVisible({ timeout: 30_000 });
  await page.reload();
  await hydrated(page);
  const mails = page.getByRole('region', { name: 'Who got it' }).locator('tbody tr');
  const more = page.getByRole('button', { name: 'Show more' });
  await expect(mails).toHaveCount(50);
  const first = await mails.first().textContent();
  await more.click();
  await expect(mails.nth(50)).toBeVisible();
  await expect(mails.first()).toHaveText(first ?? '');
  // Nobody twice, and whoever presses it to the end is where the last ones begin.
  for (let shown = await mails.count(); await more.isVisible(); shown = await mails.count()) {
    await more.click();
    await expect(mails.nth(shown)).toBeVisible();
    await settled(page);
  }
  const links = await mails.getByRole('rowheader').getByRole('link').evaluateAll((links) => links.map((link) => link.id));
  expect(new Set(links).size).toBe(links.length);
  await expect(page.locator('a.person-name:focus')).toHaveCount(1);
  await page.getByRole('combobox', { name: 'Who got it' }).selectOption('failed');
  await expect(page.getByText('No mails', { exact: false })).toBeVisible();
});

test('a campaign’s page shows the mail, asks before it cancels, and copies it', async ({ page }) => {
  const { id, name } = await addDraft(page);
  await call(page, 'schedule_campaign', { id, schedule: { day: 22_400, minute: 600 } });
  await page.goto(`/campaigns/${id}`);
  await hydrated(page);
  await page.getByText('The mail', { exact: true }).click();
  const mail = page.frameLocator('iframe.mail-frame');
  await expect(mail.getByRole('link', { name: 'to the sale' })).toBeVisible();
  await axe(page, 'main');
  await page.getByRole('button', { name: 'Cancel campaign' }).click();
  const dialog = page.getByRole('dialog', { name: 'Cancel this campaign?' });
  await dialog.getByRole('button', { name: 'Cancel', exact: true }).click();
  await expect(page.locator('.page-head').getByText('Scheduled', { exact: true })).toBeVisible();
  await page.getByRole('button', { name: 'Cancel campaign' }).click();
  await dialog.getByRole('button', { name: 'Cancel campaign' }).click();
  await expect(page.locator('.page-head').getByText('Cancelled', { exact: true })).toBeVisible();
  await page.getByRole('button', { name: `Actions for ${name}` }).click();
  await page.getByRole('button', { name: 'Duplicate' }).click();
  await expect(page).toHaveURL(/\/campaigns\/\d+\/edit$/);
  const copy = Number(/\d+/.exec(new URL(page.url()).pathname)?.[0]);
  await page.goto('/campaigns');
  await hydrated(page);
  await call(page, 'delete_campaign', { id: copy });
});
