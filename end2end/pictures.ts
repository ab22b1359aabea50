// Pictures of mails, which a test serves itself: no test asks another site.
import type { Page } from '@playwright/test';
import { expect } from './fixtures.ts';

const PIXEL = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==', 'base64');

/** Serves every picture of pictures.test, and says which were asked for. A frame that is there already would not know of it. */
export async function servePictures(page: Page) {
  const asked: { url: string; referrer?: string }[] = [];
  await page.route('https://pictures.test/**', (route) => {
    asked.push({ url: route.request().url(), referrer: route.request().headers().referer });
    return route.fulfill({ contentType: 'image/png', body: PIXEL });
  });
  const picture = (alt: string) => page.frameLocator('iframe.mail-frame').getByAltText(alt);
  /** Waits until the mail that is shown shows a picture, too. */
  const shown = (alt: string) => expect.poll(() => picture(alt).evaluate((img: HTMLImageElement) => img.naturalWidth)).toBe(1);
  return { asked, shown };
}
