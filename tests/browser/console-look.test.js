/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Every page in both themes and three sizes: axe-core finds nothing, nothing
 * sticks out, and a screenshot is kept beside the build for a look. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { SMALL, checkAxe, giveSession, listen, shoot } from './console.js';
import { openBrowser, openStage } from './stage.js';

const LIMIT = { timeout: 240000 };
const SIZES = [[360, 740], [1280, 800], [2560, 1440]];
const PAGES = {
  rooms: { path: '/', ready: (page) => page.getByText ('On air').first ().waitFor () },
  mixer: {
    path: '/mix/room-1',
    ready: async (page) => {
      await page.getByText ('Program').first ().waitFor ();
      await page.keyboard.press ('2');
      await page.keyboard.press ('p');
    },
  },
  watch: { path: '/watch/room-1', ready: (page) => page.getByText ('Live', { exact: true }).waitFor () },
  streams: { path: '/settings/streams', ready: (page) => page.getByRole ('button', { name: 'Add a stream' }).click () },
  'settings-rooms': { path: '/settings/rooms', ready: (page) => page.getByRole ('button', { name: 'Add a room' }).click () },
  missing: { path: '/mix/', ready: () => {} },
};
let stage;

before (async () => { stage = await openStage (3, 2, SMALL); }, LIMIT);
after (async () => { await stage?.close (); }, LIMIT);

for (const colorScheme of ['dark', 'light']) {
  test (`every page, ${colorScheme}`, LIMIT, async () => {
    for (const [width, height] of SIZES) {
      const browser = await openBrowser ({
        colorScheme, locale: 'en-GB', viewport: { width, height }, hasTouch: width < 500, bypassCSP: false });
      await giveSession (browser.context, stage);
      for (const [name, { path, ready }] of Object.entries (PAGES)) {
        const page = await browser.context.newPage ();
        const said = listen (page);
        const answer = await page.goto (stage.url + path);
        if (name === 'missing' && answer.status () === 404) {
          await page.close ();
          continue;
        }
        await ready (page);
        await page.waitForTimeout (1200);
        await shoot (page, `${name}-${width}-${colorScheme}`);
        await checkAxe (page, `${name}, ${width}, ${colorScheme}`);
        const scroll = await page.evaluate (() => document.documentElement.scrollWidth);
        assert.ok (scroll <= width, `${name} is ${scroll} wide at ${width}`);
        assert.deepEqual (said, []);
        await page.close ();
      }
      await browser.close ();
    }
  });
}

test ('the page nobody has signed in to, and German', LIMIT, async () => {
  const browser = await openBrowser ({ locale: 'de-DE', viewport: { width: 1280, height: 800 } });
  const page = await browser.context.newPage ();
  await page.goto (stage.url);
  await page.getByRole ('button', { name: 'Anmelden' }).waitFor ();
  assert.equal (await page.evaluate (() => document.documentElement.lang), 'de');
  await checkAxe (page, 'sign in');
  await shoot (page, 'signin-1280-german');
  await giveSession (browser.context, stage);
  await page.goto (`${stage.url}/mix/room-1`);
  await page.getByText ('Programm').first ().waitFor ();
  await shoot (page, 'mixer-1280-german');
  await browser.close ();
});
