/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A whole show without a mouse: signing in, mixing, watching, writing, signing
 * out. Wherever the focus goes, one sees it. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { SMALL, listen, tile } from './console.js';
import { openBrowser, openStage, waitFor } from './stage.js';

const LIMIT = { timeout: 180000 };
let stage, browser;

before (async () => {
  stage = await openStage (3, 2, SMALL);
  browser = await openBrowser ({ locale: 'en-GB', viewport: { width: 1280, height: 800 } });
}, LIMIT);

after (async () => {
  await browser?.close ();
  await stage?.close ();
}, LIMIT);

/** What has the focus, and whether that is to be seen. */
const focused = (page) => page.evaluate (() => {
  const element = document.activeElement;
  const { outlineStyle, outlineWidth } = getComputedStyle (element);
  const { width, height } = element.getBoundingClientRect ();
  const words = element.getAttribute ('aria-label') ?? element.labels?.[0]?.textContent ?? element.textContent;
  return { tag: element.localName, name: words.trim ().replace (/\s+/g, ' ').slice (0, 80),
    isSeen: outlineStyle !== 'none' && parseFloat (outlineWidth) >= 2 && width > 0 && height > 0 };
});

/** Presses Tab (or Shift+Tab) until something of that name has the focus. */
async function tabTo (page, name, { key = 'Tab', most = 90 } = {}) {
  const met = [];
  for (let i = 0; i < most; i++) {
    await page.keyboard.press (key);
    const { tag, name: found, isSeen } = await focused (page);
    if (tag === 'body')
      continue;
    met.push (found);
    assert.ok (isSeen, `the focus on "${found}" (${tag}) is not to be seen`);
    if (name.test (found))
      return;
  }
  assert.fail (`Tab never came to ${name}, but to: ${met.join (' | ')}`);
}

const program = (page, name) => tile (page, name).getByText ('Program').waitFor ();

test ('from the sign-in to the sign-out by keys alone', LIMIT, async () => {
  const page = await browser.context.newPage ();
  const said = listen (page);
  await page.goto (stage.url);
  await page.getByRole ('heading', { name: 'Sign in' }).waitFor ();
  await waitFor (async () => (await focused (page)).name === 'User name', 'the focus in the form');
  await page.keyboard.type (stage.username);
  await page.keyboard.press ('Tab');
  await page.keyboard.type (stage.password);
  await page.keyboard.press ('Enter');
  await page.getByRole ('heading', { name: 'Rooms', level: 1 }).waitFor ();

  /* The first stop of each page jumps over its top. */
  await page.getByRole ('article', { name: 'Room 1' }).getByText ('On air').first ().waitFor ();
  await page.reload ();
  await page.getByRole ('article', { name: 'Room 1' }).getByText ('On air').first ().waitFor ();
  await tabTo (page, /^Skip to the content$/, { most: 1 });
  await page.keyboard.press ('Enter');
  await tabTo (page, /^Mix$/);
  await page.keyboard.press ('Enter');
  await program (page, 'Camera 1');

  await page.keyboard.press ('2');
  await tile (page, 'Camera 2').getByText ('Next').waitFor ();
  await page.keyboard.press ('Enter');
  await program (page, 'Camera 2');
  await page.keyboard.press ('Shift+Digit3');
  await page.keyboard.press ('l');
  await page.keyboard.press ('t');
  await program (page, 'Camera 3');
  assert.equal (await page.getByRole ('button', { name: 'Lecture' }).getByText ('Program').count (), 1);
  await page.keyboard.press ('u');
  await waitFor (async () => await tile (page, 'Camera 3').getByText ('Program').count () === 0, 'undone');
  await page.keyboard.press ('d');
  await page.keyboard.press ('1');
  await program (page, 'Camera 1');
  for (const [key, name] of [['x', 'Fade'], ['c', 'Cut']]) {
    await page.keyboard.press (key);
    await waitFor (async () => await page.getByRole ('button', { name, exact: true })
      .getAttribute ('aria-pressed') === 'true', name);
  }

  await tabTo (page, /^Volume of the mix$/);
  for (let i = 0; i < 4; i++)
    await page.keyboard.press ('ArrowLeft');
  await waitFor (async () => (await page.getByRole ('slider', { name: 'Volume of the mix' })
    .getAttribute ('aria-valuetext')) !== '0 dB', 'a lower master');
  await tabTo (page, /^Notes$/);
  await page.keyboard.press ('ArrowRight');
  await waitFor (async () => (await focused (page)).name === 'Talks', 'the next tab');
  await page.keyboard.press ('?');
  await page.getByRole ('dialog', { name: 'Keys' }).waitFor ();
  await page.keyboard.press ('Escape');
  await waitFor (async () => (await focused (page)).name === 'Talks', 'the focus back where it was');
  await page.keyboard.press ('n');
  await page.keyboard.type ('By keys alone');
  await page.keyboard.press ('Enter');
  await page.getByText ('By keys alone').waitFor ();
  await page.keyboard.press ('Escape');

  await tabTo (page, /^Watch$/, { key: 'Shift+Tab' });
  await page.keyboard.press ('Enter');
  await page.getByRole ('button', { name: 'Turn the sound on' }).waitFor ();
  await tabTo (page, /^Turn the sound on$/);
  await page.keyboard.press ('Space');
  await page.getByRole ('button', { name: 'Sound is on' }).waitFor ();
  await tabTo (page, /^Ask a question$/);
  await page.keyboard.press ('Enter');
  await tabTo (page, /^Your question$/);
  await page.keyboard.type ('Is there a pause?');
  await page.keyboard.press ('Enter');
  await page.getByRole ('listitem').filter ({ hasText: 'Is there a pause?' }).getByText ('Question').waitFor ();
  await tabTo (page, /^Sign out/, { key: 'Shift+Tab' });
  await page.keyboard.press ('Enter');
  await page.getByRole ('heading', { name: 'Sign in' }).waitFor ();
  assert.deepEqual (said, []);
});
