// The composer's steps of writing and checking: blocks and source without loss, the preview as real recipients, test mails, what is found.
import type { Page } from '@playwright/test';
import { axe, expect, hydrated, loginAs, test } from './fixtures.ts';
import { servePictures } from './pictures.ts';

test.beforeEach(({ page }) => loginAs(page));

const unique = () => `W${Date.now().toString(36)}${test.info().workerIndex}`;
const saved = (page: Page) => expect(page.locator('.composer-saving')).toHaveText('Saved');
const mail = (page: Page) => page.frameLocator('iframe.mail-frame');
const step = (page: Page, name: string) => page.getByRole('navigation', { name: 'Steps' }).getByRole('link', { name });
const blocks = (page: Page) => page.locator('.block');
const add = (page: Page, kind: string) => page.getByRole('group', { name: 'Add a block' }).getByRole('button', { name: kind, exact: true }).click();

async function fn(page: Page, name: string, body: unknown) {
  const answer = await page.request.post(`/fn/${name}`, { data: body });
  expect(answer.ok(), await answer.text()).toBe(true);
  return answer.json();
}

/** A draft of this test to everybody, at the step of writing. */
async function begin(page: Page, text: { subject?: string; body?: string } = {}) {
  const form = {
    name: unique(), topic: 'newsletter', subject: '', preheader: '', layout: 'card', body: '', text: '',
    audience: { include: ['everybody'], exclude: [] }, ...text,
  };
  const id = await fn(page, 'add_campaign', { form });
  await page.goto(`/campaigns/${id}/edit?step=write`);
  await hydrated(page);
  return id as number;
}

const remove = (page: Page, id: number) => fn(page, 'delete_campaign', { id });

test('a mail is written in blocks and seen at once as somebody gets it', async ({ page }) => {
  const id = await begin(page);
  await page.getByLabel('Subject', { exact: true }).fill('Linen is back');
  await add(page, 'Heading');
  await expect(page.getByLabel('What it says')).toBeFocused();
  await page.getByLabel('What it says').fill('Five colours & more');
  await add(page, 'Text');
  const text = page.getByRole('textbox', { name: 'Text', exact: true });
  await expect(text).toBeFocused();
  await page.keyboard.type('Come and look.');
  await page.keyboard.press('ControlOrMeta+A');
  await page.getByRole('toolbar', { name: 'Formatting' }).getByRole('button', { name: 'Bold' }).click();
  await add(page, 'Button');
  await blocks(page).nth(2).getByLabel('What it says').fill('To the shop');
  await blocks(page).nth(2).getByLabel('Link').fill('https://shop.test/?a=1&b=2');
  await expect(mail(page).getByRole('heading', { name: 'Five colours & more' })).toBeVisible();
  await expect(mail(page).locator('strong', { hasText: 'Come and look.' })).toBeVisible();
  await expect(mail(page).getByRole('link', { name: 'To the shop' })).toHaveAttribute('href', 'https://shop.test/?a=1&b=2');
  await expect(page.locator('.mail-head')).toContainText('Linen is back');
  await axe(page, '.composer-write');

  // The same as source, and back.
  await page.getByRole('button', { name: 'HTML', exact: true }).first().click();
  const source = page.getByLabel('Content', { exact: true });
  await expect(source).toHaveValue(
    '<h2>Five colours &amp; more</h2>\n<p><strong>Come and look.</strong></p>\n<p><a class="button" href="https://shop.test/?a=1&amp;b=2">To the shop</a></p>\n',
  );
  await source.fill('<h1>Hi</h1>\n<div class="odd"  >kept</div>\n');
  await page.getByRole('button', { name: 'Blocks' }).click();
  await expect(blocks(page)).toHaveCount(2);
  await expect(blocks(page).nth(1).getByRole('textbox', { name: 'HTML' })).toHaveValue('<div class="odd"  >kept</div>');
  await blocks(page).nth(1).getByRole('button', { name: 'Move up' }).click();
  await saved(page);
  await page.reload();
  await hydrated(page);
  await expect(blocks(page).first().getByRole('textbox', { name: 'HTML' })).toHaveValue('<div class="odd"  >kept</div>');
  await remove(page, id);
});

test('blocks are copied, removed and brought back; a template begins the text', async ({ page }) => {
  const id = await begin(page, { subject: 'Mine', body: '<h1>One</h1>\n<hr>\n' });
  await expect(blocks(page)).toHaveCount(2);
  await blocks(page).first().getByRole('button', { name: 'Copy' }).click();
  await expect(blocks(page)).toHaveCount(3);
  await blocks(page).first().getByRole('button', { name: 'Remove' }).click();
  await expect(blocks(page)).toHaveCount(2);
  await page.getByRole('button', { name: 'Undo' }).first().click();
  await expect(blocks(page)).toHaveCount(3);
  await page.locator('summary', { hasText: 'Start from a template' }).click();
  await page.getByRole('button', { name: /^Flash sale/ }).click();
  await expect(page.getByLabel('Subject', { exact: true })).toHaveValue(/Only for a short time/);
  await expect(blocks(page).first()).toContainText('Heading');
  await page.getByRole('button', { name: 'Undo' }).last().click();
  await expect(page.getByLabel('Subject', { exact: true })).toHaveValue('Mine');
  await saved(page);
  await remove(page, id);
});

test('what is wrong is told in its block; the preview goes through those who get it', async ({ page }) => {
  const id = await begin(page, { subject: 'Hi', body: '<h1>A</h1>\n<p>Hello {{ customer.first_name | default("you") }}</p>\n' });
  await expect(page.locator('.template-who')).toContainText(/1 of \d+/);
  const first = await page.locator('.template-who').textContent();
  await page.getByRole('button', { name: 'Next customer' }).click();
  await expect(page.locator('.template-who')).toContainText(/2 of \d+/);
  await page.getByRole('button', { name: 'Previous customer' }).click();
  await expect(page.locator('.template-who')).toHaveText(first ?? '');
  await blocks(page).first().getByLabel('What it says').fill('{{ customer.frist_name }}');
  await expect(blocks(page).first()).toContainText('no variable “customer.frist_name”');
  await expect(blocks(page).first()).toHaveAttribute('data-wrong', '');
  await expect(blocks(page).nth(1)).not.toHaveAttribute('data-wrong', '');
  await saved(page);
  await remove(page, id);
});

test('a reload keeps as whom one looks, blocks or source, and where tests go', async ({ page }) => {
  const id = await begin(page, { subject: 'Hi', body: '<p>Hello</p>\n' });
  const who = page.locator('.template-who');
  await expect(who).toContainText(/1 of \d+/);
  await page.getByRole('button', { name: 'Next customer' }).click();
  await expect(who).toContainText(/2 of \d+/);
  const second = (await who.textContent()) ?? '';
  await page.getByRole('button', { name: 'HTML', exact: true }).first().click();
  const source = page.getByLabel('Content', { exact: true });
  await expect(source).toHaveValue('<p>Hello</p>\n');
  await page.getByRole('button', { name: 'Send a test' }).click();
  const dialog = page.getByRole('dialog', { name: 'Send a test' });
  await dialog.getByLabel('To these addresses').fill('a@shop.test');
  await page.reload();
  await hydrated(page);
  await expect(source).toHaveValue('<p>Hello</p>\n');
  await expect(who).toHaveText(second);
  await page.getByRole('button', { name: 'Send a test' }).click();
  await expect(dialog.getByLabel('To these addresses')).toHaveValue('a@shop.test');
  await remove(page, id);
});

test('a condition that is empty yet stays one, and keeps the mail from being sent', async ({ page }) => {
  const id = await begin(page, { subject: 'Hi', body: '<h1>A</h1>\n<hr>\n' });
  const block = blocks(page).first();
  const toggle = block.getByRole('button', { name: 'Show only if …' });
  const condition = block.getByLabel('Show only if', { exact: true });
  await toggle.click();
  await expect(condition).toBeFocused();
  await expect(block).toContainText('This condition is still empty');
  await expect(blocks(page).nth(1)).not.toHaveAttribute('data-wrong', '');
  await axe(page, '.composer-write');
  await saved(page);
  await page.reload();
  await hydrated(page);
  await expect(condition).toHaveValue('');
  await expect(toggle).toHaveAttribute('aria-pressed', 'true');
  await step(page, 'Check').click();
  await expect(page.getByText('1 error must be put right first.')).toBeVisible();
  await page.locator('.check-line', { hasText: 'This condition is still empty' }).getByRole('link', { name: 'Show' }).click();
  await condition.fill('customer.points > 100');
  await expect(block).not.toHaveAttribute('data-wrong', '');
  // A press too many loses nothing.
  await toggle.click();
  await expect(condition).toBeHidden();
  await toggle.click();
  await expect(condition).toHaveValue('customer.points > 100');
  await saved(page);
  await remove(page, id);
});

test('the preview shows the pictures of a mail', async ({ page }) => {
  const pictures = await servePictures(page);
  const id = await begin(page, { subject: 'Hi', body: '<p><img src="https://pictures.test/linen.png" alt="Linen" width="80"></p>\n' });
  await pictures.shown('Linen');
  await remove(page, id);
});

test('a test mail goes out and says how far it is', async ({ page, problems }) => {
  problems.allow(/422/);
  const id = await begin(page, { subject: 'Hi', body: '<p>Hello</p>' });
  await page.getByRole('button', { name: 'Send a test' }).click();
  const dialog = page.getByRole('dialog', { name: 'Send a test' });
  await expect(dialog.getByLabel('To these addresses')).not.toHaveValue('');
  await dialog.getByLabel('To these addresses').fill('a@shop.test, nobody');
  await dialog.getByRole('button', { name: 'Send test' }).click();
  await expect(dialog.getByText('“nobody” is no address that mail servers take')).toBeVisible();
  await dialog.getByLabel('To these addresses').fill('a@shop.test');
  await dialog.getByRole('button', { name: 'Send test' }).click();
  await expect(dialog.getByRole('link', { name: 'a@shop.test' })).toBeVisible();
  await axe(page, '#test-mail');
  await dialog.getByRole('button', { name: 'Close' }).click();
  await remove(page, id);
});

test('the check says what is wrong, and leads to its place', async ({ page }) => {
  const id = await begin(page, { subject: 'Hi', body: '<p>Hello {{ customer.last_name }} <a href="https://example.com">here</a></p>' });
  await step(page, 'Check').click();
  await expect(page).toHaveURL(/step=check/);
  await expect(page.getByText('Links that lead nowhere')).toBeVisible();
  await expect(page.getByText('No preview text')).toBeVisible();
  await expect(page.getByRole('status').filter({ hasText: 'It can be sent' })).toBeVisible();
  await axe(page, '.composer-check');
  await page.locator('.check-line', { hasText: 'No preview text' }).getByRole('link', { name: 'Show' }).click();
  await expect(page).toHaveURL(/step=write/);
  await page.getByLabel('Subject', { exact: true }).fill('');
  await step(page, 'Check').click();
  await expect(page.getByText('1 error must be put right first.')).toBeVisible();
  await expect(page.getByText('A mail needs a subject.')).toBeVisible();
  await remove(page, id);
});
