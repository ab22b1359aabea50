// What staff change in a profile: details, notes, addresses, blocking, deleting.
import type { Page } from '@playwright/test';
import { axe, expect, hydrated, loginAs, test } from './fixtures.ts';
import { addCustomer, openTab, regular, unique } from './profile.ts';

test.beforeEach(({ page }) => loginAs(page));

const toast = (page: Page, text: string) => page.locator('.toast').filter({ hasText: text });
const save = (page: Page) => page.getByRole('button', { name: 'Save', exact: true }).click();

test('details are edited in place and kept', async ({ page }) => {
  const path = await addCustomer(page, unique());
  await openTab(page, path, 'details');
  await page.getByLabel('Phone').fill('+48 601 222 333');
  await page.getByLabel('Tags').fill('gift, VIP, gift');
  await page.getByLabel('Tags').blur();
  await page.getByRole('button', { name: 'Add field' }).click();
  await page.getByLabel('Name', { exact: true }).fill('Shoe size');
  await page.getByLabel('Value', { exact: true }).fill('42');
  await page.getByRole('switch', { name: 'By email' }).check();
  await expect(page.getByText('4 changes not saved')).toBeAttached();
  await save(page);
  await expect(toast(page, 'Saved')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Discard' })).toHaveCount(0);
  // The head follows without a reload.
  await expect(page.locator('.profile-head')).toContainText('VIP');
  await expect(page.locator('.profile-head').getByRole('link', { name: '+48 601 222 333' })).toHaveAttribute('href', 'tel:+48601222333');
  await page.reload();
  await hydrated(page);
  await expect(page.getByLabel('Phone')).toHaveValue('+48 601 222 333');
  await expect(page.getByLabel('Tags')).toHaveValue('gift, VIP');
  await expect(page.getByLabel('Value', { exact: true })).toHaveValue('42');
  await expect(page.getByRole('switch', { name: 'By email' })).toBeChecked();
  await openTab(page, path, 'activity');
  const change = page.getByRole('row').filter({ hasText: 'Shoe size: 42' });
  await expect(change).toContainText('+48 601 222 333');
});

test('what cannot be saved is said beside its field, and nothing typed is lost', async ({ page, problems }) => {
  problems.allow(/422/);
  const path = await addCustomer(page, unique());
  await openTab(page, path, 'details');
  await page.getByLabel('Company').fill('Studio');
  await page.getByLabel('Email', { exact: true }).fill('nonsense');
  await save(page);
  await expect(page.getByLabel('Email', { exact: true })).toHaveAttribute('aria-invalid', 'true');
  await expect(page.getByLabel('Company')).toHaveValue('Studio');
  await axe(page);
  await page.getByRole('button', { name: 'Discard' }).click();
  await expect(page.getByLabel('Company')).toHaveValue('');
  await expect(page.getByLabel('Email', { exact: true })).not.toHaveAttribute('aria-invalid', 'true');
});

test('of two edits the second is told of the first and loses nothing', async ({ page, context }) => {
  const path = await addCustomer(page, unique());
  const other = await context.newPage();
  for (const each of [page, other]) {
    await each.goto(`${path}/details`);
    await hydrated(each);
  }
  await other.getByLabel('Phone').fill('+48 601 222 444');
  await other.getByLabel('Company').fill('Studio');
  await other.getByLabel('Last name').fill('Nowak');
  await save(other);
  await expect(toast(other, 'Saved')).toBeVisible();

  await page.getByLabel('Phone').fill('+48 601 222 333');
  await page.getByLabel('Last name').fill('Zielińska');
  await page.getByLabel('Account number').fill(`K-${Date.now()}`);
  await save(page);
  const dialog = page.getByRole('dialog', { name: 'Somebody was faster' });
  // Both changed two fields: each is a choice between mine and theirs, which has a name.
  await expect(dialog.getByRole('group')).toHaveCount(2);
  const phone = dialog.getByRole('group', { name: 'Phone' });
  await expect(phone.getByRole('radio')).toHaveCount(2);
  await expect(phone.getByRole('radio', { name: '+48 601 222 333' })).toBeChecked();
  await expect(phone.getByRole('radio', { name: /Olive Whitlock.*\+48 601 222 444/ })).not.toBeChecked();
  await dialog.getByRole('group', { name: 'Last name' }).getByRole('radio', { name: 'Nowak' }).check();
  await expect(dialog.getByText('Studio')).toBeVisible();
  await axe(page);
  await dialog.getByRole('button', { name: 'Save this' }).click();
  await expect(toast(page, 'Saved')).toBeVisible();
  await expect(dialog).toBeHidden();
  await page.reload();
  await hydrated(page);
  await expect(page.getByLabel('Phone')).toHaveValue('+48 601 222 333');
  await expect(page.getByLabel('Last name')).toHaveValue('Nowak');
  await expect(page.getByLabel('Company')).toHaveValue('Studio');
  await expect(page.getByLabel('Account number')).toHaveValue(/^K-\d+$/);
});

test('a note is typed, pinned above every tab, edited with its history, deleted and brought back', async ({ page }) => {
  const path = await addCustomer(page, unique());
  await openTab(page, path, 'notes');
  await page.getByLabel('Text of the note').fill('Deliver to the shop only');
  await page.getByLabel('Kind of note').selectOption({ label: 'Account alert' });
  await page.getByLabel('Pin to the top').check();
  await page.getByRole('button', { name: 'Add note' }).click();
  const note = page.getByRole('article');
  await expect(note).toContainText('Deliver to the shop only');
  await expect(note).toContainText('Account alert');
  await expect(page.getByLabel('Text of the note')).toHaveValue('');
  const banner = page.locator('.profile-banners');
  for (const tab of ['', 'details', 'orders', 'drafts', 'addresses', 'analytics', 'timeline', 'activity', 'notes']) {
    await openTab(page, path, tab);
    await expect(banner).toContainText('Deliver to the shop only');
  }

  await note.getByRole('button', { name: 'Edit note' }).click();
  await note.getByLabel('Text of the note').fill('Deliver to the office');
  await note.getByLabel('Kind of note').selectOption({ label: 'Fraud concern' });
  await axe(page);
  await save(page);
  await expect(note).toContainText('Deliver to the office');
  await expect(note).toContainText('Fraud concern');
  await expect(banner).toContainText('Deliver to the office');
  await note.getByRole('button', { name: 'edited' }).click();
  await expect(note.getByRole('listitem')).toContainText('Deliver to the shop only');
  await expect(note.getByRole('listitem')).toContainText('replaced by Olive Whitlock');

  await banner.getByRole('button', { name: 'Unpin note' }).click();
  await expect(banner).toHaveCount(0);
  await note.getByRole('button', { name: 'Delete note' }).click();
  await expect(note).toHaveCount(0);
  // Also after the tab has been left.
  await openTab(page, path, 'addresses');
  await toast(page, 'Note deleted').getByRole('button', { name: 'Undo' }).click();
  await expect(toast(page, 'Note deleted')).toHaveCount(0);
  await openTab(page, path, 'notes');
  await expect(note).toContainText('Deliver to the office');
});

test('addresses are added, checked, edited, made defaults and deleted', async ({ page }) => {
  const path = await addCustomer(page, unique());
  await openTab(page, path, 'addresses');
  const dialog = page.getByRole('dialog', { name: 'Add address' });
  const add = page.getByRole('button', { name: 'Add address' });
  const fill = async (street: string, zip: string, city: string) => {
    await dialog.getByLabel('Street and number').fill(street);
    await dialog.getByLabel('Country').selectOption('PL');
    await dialog.getByLabel('Postcode').fill(zip);
    await dialog.getByLabel('City').fill(city);
  };
  await add.click();
  await expect(dialog.getByLabel('Recipient')).toHaveValue('Anna Kowalska');
  await fill('ul. Józefa 14/3', '3105', 'Kraków');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog.getByLabel('Postcode')).toHaveAttribute('aria-invalid', 'true');
  await axe(page);
  await dialog.getByLabel('Postcode').fill('31056');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog).toBeHidden();
  const items = page.locator('.card-list address');
  await expect(items).toHaveCount(1);
  await expect(items).toContainText('31-056 Kraków');
  // The only one is the default for both uses.
  await expect(items).toContainText('Shipping');
  await expect(items).toContainText('Billing');

  const map = page.getByRole('link', { name: 'Show on the map' });
  await expect(map).toHaveAttribute('href', /^https:\/\/www\.openstreetmap\.org\/search\?query=ul\..*31-056.*Krak/);
  await expect(map).toHaveAttribute('target', '_blank');

  await add.click();
  await expect(dialog.getByLabel('Street and number')).toHaveValue('');
  await fill('Rynek 1', '50-101', 'Wrocław');
  await dialog.getByRole('switch', { name: 'Ship here by default' }).check();
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(items).toHaveCount(2);
  await expect(items.first()).toContainText('Wrocław');
  await expect(items.first()).not.toContainText('Billing');
  await expect(page.locator('.profile-head')).toContainText('Wrocław');

  await page.getByRole('button', { name: 'Billing same as shipping' }).click();
  await expect(items.first()).toContainText('Billing');
  await expect(items.last()).not.toContainText('Billing');

  const item = page.getByRole('listitem').filter({ hasText: 'Wrocław' });
  await item.getByRole('button', { name: 'Edit the address of Anna Kowalska' }).click();
  const editor = page.getByRole('dialog', { name: 'Edit address' });
  await editor.getByLabel('Street and number').fill('Rynek 2');
  await editor.getByRole('button', { name: 'Save' }).click();
  await expect(items.first()).toContainText('Rynek 2');

  await item.getByRole('button', { name: 'Delete the address of Anna Kowalska' }).click();
  const confirm = page.getByRole('dialog', { name: 'Delete this address?' });
  await expect(confirm).toContainText('Rynek 2');
  await confirm.getByRole('button', { name: 'Delete' }).click();
  await expect(items).toHaveCount(1);
  // The other takes over.
  await expect(items).toContainText('Shipping');
  await expect(items).toContainText('Billing');
});

test('a customer is blocked and unblocked', async ({ page }) => {
  const path = await addCustomer(page, unique());
  const head = page.locator('.profile-head');
  const act = async (name: string) => {
    await page.getByLabel('More actions').click();
    await page.getByRole('button', { name }).click();
  };
  await act('Block…');
  await page.getByRole('dialog').getByRole('button', { name: 'Block' }).click();
  await expect(head).toContainText('Blocked');
  await toast(page, 'Blocked').getByRole('button', { name: 'Undo' }).click();
  await expect(head).not.toContainText('Blocked');
  await act('Block…');
  await page.getByRole('dialog').getByRole('button', { name: 'Block' }).click();
  await expect(head).toContainText('Blocked');
  await act('Unblock');
  await expect(head).not.toContainText('Blocked');
  await openTab(page, path, 'activity');
  await expect(page.getByRole('row').filter({ hasText: 'Unblocked' }).first()).toBeVisible();
});

test('who never ordered can be deleted, who did is offered to be blocked instead', async ({ page, problems }) => {
  const choose = async () => {
    await page.getByLabel('More actions').click();
    await page.getByRole('button', { name: 'Delete…' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete for good' }).click();
  };
  const path = await addCustomer(page, unique());
  await choose();
  await expect(page).toHaveURL(/\/customers$/);
  problems.allow(/404|409/);
  const gone = await page.goto(path);
  expect(gone!.status()).toBe(404);

  await page.goto(await regular(page));
  await hydrated(page);
  await choose();
  const refused = page.getByRole('dialog', { name: 'This customer has orders' });
  await expect(refused).toBeVisible();
  await axe(page);
  await refused.getByRole('button', { name: 'Block' }).click();
  const block = page.getByRole('dialog', { name: /^Block / });
  await expect(block).toBeVisible();
  await block.getByRole('button', { name: 'Cancel' }).click();
  await expect(block).toBeHidden();
});
