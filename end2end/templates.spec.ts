// Templates of mails: the list, the editor with completion, errors at their place and a live preview, versions; the outbox.
import type { Page } from '@playwright/test';
import { axe, expect, hydrated, loginAs, test } from './fixtures.ts';
import { servePictures } from './pictures.ts';

test.beforeEach(({ page }) => loginAs(page));

async function open(page: Page, path: string) {
  await page.goto(path);
  await hydrated(page);
}

/** The mail in the preview. */
const mail = (page: Page) => page.frameLocator('iframe.mail-frame');

const unique = () => `T${Date.now().toString(36)}${test.info().workerIndex}`;

/** An own template of this test; it is retired at the end. */
async function addTemplate(page: Page) {
  const title = unique();
  await open(page, '/templates');
  await page.getByRole('button', { name: 'New template' }).click();
  const dialog = page.getByRole('dialog', { name: 'New template' });
  await dialog.getByLabel('Name').fill(title);
  await dialog.getByRole('button', { name: 'Create' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(title);
  await expect(page).toHaveURL(/\/templates\/own_/);
  await expect(page.locator('.mail-head')).toContainText('News from');
  return title;
}

async function retire(page: Page, title: string) {
  await open(page, '/templates');
  await page.getByRole('button', { name: `Take out of use: ${title}` }).click();
  await expect(page.getByRole('button', { name: `Use again: ${title}` })).toBeVisible();
}

test('the list has every template and leads to its editor', async ({ page }) => {
  await open(page, '/templates');
  await expect(page.getByRole('link', { name: 'Welcome' })).toBeVisible();
  await axe(page);
  await page.getByRole('link', { name: 'Order confirmation' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Order confirmation');
  await expect(mail(page).getByText('Thank you for your order')).toBeVisible();
  await expect(mail(page).getByText('Linen shirt').first()).toBeVisible();
  await axe(page);
});

test('what is written is seen at once, and what is wrong is told where it stands', async ({ page }) => {
  const title = await addTemplate(page);
  const body = page.getByLabel('Content');
  await body.fill('<h1>Spring is here</h1>\n<p>Hello {{ customer.frist_name }}</p>');
  await expect(page.getByText('This template has no variable “customer.frist_name”.')).toBeVisible();
  await expect(body).toHaveAttribute('aria-invalid', 'true');
  await page.getByRole('button', { name: 'Line 2, column 13' }).click();
  await expect(body).toBeFocused();
  await axe(page, '.template-columns');
  await page.getByRole('button', { name: 'Use customer.first_name' }).click();
  await expect(body).toHaveValue(/Hello \{\{ customer\.first_name \}\}/);
  await expect(mail(page).getByRole('heading', { name: 'Spring is here' })).toBeVisible();
  await expect(mail(page).getByText('Hello Ana')).toBeVisible();
  // Its footer cannot be left out, and scripts cannot come in.
  await expect(mail(page).getByRole('link', { name: 'Unsubscribe' })).toBeVisible();
  await body.fill('<p>a</p><script>alert(1)</script>');
  await expect(page.getByText('Mails may not have <script>.')).toBeVisible();
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('Not saved')).toBeVisible();
  await retire(page, title);
});

test('names are completed, saved versions can be restored', async ({ page }) => {
  const title = await addTemplate(page);
  const subject = page.getByLabel('Subject');
  await subject.fill('');
  await subject.pressSequentially('For {{ first');
  const offer = page.getByRole('option', { name: 'customer.first_name' });
  await expect(offer).toBeVisible();
  await page.keyboard.press('Enter');
  await expect(subject).toHaveValue('For {{ customer.first_name');
  await page.keyboard.type(' }}');
  await expect(page.locator('.mail-head')).toContainText('For Ana');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('Not saved')).toBeHidden();
  await page.getByRole('button', { name: 'Restore version 1' }).click();
  await expect(subject).toHaveValue(/News from/);
  await expect(page.locator('.template-version')).toHaveCount(3);
  await retire(page, title);
});

test('a mail is looked at as somebody real, on a phone, in the dark and as plain text', async ({ page }) => {
  await open(page, '/templates/win_back');
  await expect(mail(page).getByText('It has been a while')).toBeVisible();
  const who = page.locator('.template-who');
  await expect(who).toHaveText('Sample data');
  await page.getByRole('button', { name: 'Next customer' }).click();
  await expect(who).not.toHaveText('Sample data');
  const first = await who.textContent();
  await page.getByRole('button', { name: 'Next customer' }).click();
  await expect(who).not.toHaveText(first!);
  await page.getByRole('button', { name: 'Previous customer' }).click();
  await expect(who).toHaveText(first!);
  await page.getByRole('button', { name: 'Dark', exact: true }).click();
  await expect(mail(page).locator('table.sheet')).toHaveCSS('background-color', 'rgb(27, 31, 37)');
  await page.getByRole('button', { name: 'Light', exact: true }).click();
  await expect(mail(page).locator('table.sheet')).toHaveCSS('background-color', 'rgb(255, 255, 255)');
  await page.locator('.template-preview').getByRole('button', { name: 'Plain text' }).click();
  await expect(page.locator('.mail-text')).toContainText('Unsubscribe: https://');
});

test('the preview shows the pictures of a mail, whose keeper does not learn where it is looked at', async ({ page }) => {
  const pictures = await servePictures(page);
  const title = await addTemplate(page);
  await page.getByLabel('Content').fill('<p><img src="https://pictures.test/linen.png" alt="Linen" width="80" height="80"></p>');
  await pictures.shown('Linen');
  expect(pictures.asked).toEqual([{ url: 'https://pictures.test/linen.png', referrer: undefined }]);
  await retire(page, title);
});

test('each language is written by itself', async ({ page }) => {
  await open(page, '/templates/welcome');
  await page.getByRole('link', { name: 'Deutsch' }).click();
  await expect(page).toHaveURL(/lang=de/);
  await expect(mail(page).getByText('Schön, dass Sie bei uns sind.')).toBeVisible();
});

/** A mail of this test in the outbox, to an address that no other test has. */
async function queueMail(page: Page, body: string) {
  const fn = async (name: string, data: unknown) => {
    const answer = await page.request.post(`/fn/${name}`, { data });
    expect(answer.ok(), await answer.text()).toBe(true);
    return answer.json();
  };
  const to = `${unique().toLowerCase()}@shop.test`;
  const written = { subject: 'Linen is back', preheader: '', layout: 'card', body };
  const form = { name: to, topic: 'newsletter', text: '', audience: { include: ['everybody'], exclude: [] }, ...written };
  const id = await fn('add_campaign', { form });
  await fn('send_test', { id, draft: { ...written, text: null }, recipient: null, addresses: [to], key: unique().toLowerCase() });
  await fn('delete_campaign', { id });
  return to;
}

test('the outbox shows mails as their recipients see them', async ({ page }) => {
  const to = await queueMail(page, '<h1>Five colours</h1>');
  await open(page, `/outbox?q=${to}`);
  await axe(page);
  await page.getByRole('link', { name: to }).click();
  await expect(page).toHaveURL(/\/outbox\/\d+$/);
  await expect(mail(page).getByRole('heading', { name: 'Five colours' })).toBeVisible();
  await axe(page);
});

test('the pictures of a mail in the outbox load when somebody asks for them', async ({ page, problems }) => {
  problems.allow(/pictures\.test/);
  const pictures = await servePictures(page);
  const to = await queueMail(page, '<p><img src="https://pictures.test/linen.png" alt="Linen"></p>');
  await open(page, `/outbox?q=${to}`);
  await page.getByRole('link', { name: to }).click();
  await expect(mail(page).getByAltText('Linen')).toBeVisible();
  expect(pictures.asked).toEqual([]);
  await page.getByRole('button', { name: 'Load pictures' }).click();
  await pictures.shown('Linen');
  await expect(page.getByRole('button', { name: 'Load pictures' })).toBeHidden();
});
