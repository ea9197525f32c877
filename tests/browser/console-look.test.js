/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Every page in both themes and three sizes: axe-core finds nothing, nothing
 * sticks out, and a screenshot is kept beside the build for a look. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { SMALL, call, checkAxe, giveSession, listen, shoot } from './console.js';
import { openBrowser, openStage } from './stage.js';

const LIMIT = { timeout: 400000 };
const SIZES = [[360, 740], [1280, 800], [2560, 1440]];
const SECRET = 'a secret that is long';
let stage, tokens;

const press = (page, name) => page.getByRole ('button', { name }).first ().click ();
const scenes = (page) => page.getByRole ('group', { name: 'Scenes' }).waitFor ();

/* Each as somebody sees it who works with it: a form is open, a list is filled. */
const PAGES = {
  signin: { who: null, path: '/', ready: (page) => page.getByRole ('heading', { name: 'Sign in' }).waitFor () },
  rooms: { path: '/', ready: (page) => page.getByText ('On air').first ().waitFor () },
  menu: { path: '/mix/room-1', ready: (page) => press (page, 'Menu') },
  mixer: {
    path: '/mix/room-1',
    ready: async (page) => {
      await scenes (page);
      await page.keyboard.press ('2');
      await page.keyboard.press ('p');
    },
  },
  'mixer-log': {
    path: '/mix/room-1',
    ready: async (page) => {
      await scenes (page);
      await page.getByRole ('tab', { name: 'Log' }).click ();
      await page.keyboard.press ('d');
      await page.keyboard.press ('a');
    },
  },
  'mixer-talks': {
    path: '/mix/room-1',
    ready: async (page) => {
      await scenes (page);
      await page.getByRole ('tab', { name: 'Talks' }).click ();
      await press (page, 'Add a talk');
      await page.keyboard.press ('Escape');
    },
  },
  keys: {
    path: '/mix/room-1',
    ready: async (page) => {
      await scenes (page);
      await page.keyboard.press ('?');
    },
  },
  watch: { path: '/watch/room-1', ready: (page) => page.getByText ('Live', { exact: true }).waitFor () },
  'watch-denied': { who: null, path: '/watch/room-1', ready: (page) => page.getByRole ('alert').waitFor () },
  'party-new': { path: '/room/', ready: (page) => page.getByLabel ('Picture').selectOption ('Another address …') },
  party: {
    /* It ends with whoever leaves last. */
    path: async () => {
      const made = await call (stage, 'PUT', '/api/createroom/', { roomPassword: 'popcorn' });
      return `/room/?roomname=${encodeURIComponent (made.roomname)}`;
    },
    ready: async (page) => {
      await page.getByLabel ('Password of the party').fill ('popcorn');
      await page.getByRole ('button', { name: 'Join', exact: true }).click ();
      await page.getByRole ('textbox', { name: 'Your message' }).fill ('Look at that!');
      await press (page, 'Send');
      await page.getByText ('Look at that!').waitFor ();
    },
  },
  help: { who: 'anna', path: '/help', ready: (page) => page.getByRole ('button', { name: /slides/ }).click () },
  'help-queue': { who: 'bert', path: '/help', ready: (page) => page.getByRole ('button', { name: /^Help/ }).first ().waitFor () },
  members: { path: '/members', ready: (page) => press (page, /Reading circle/) },
  streams: { path: '/settings/streams', ready: (page) => press (page, 'Add a stream') },
  'settings-rooms': { path: '/settings/rooms', ready: (page) => press (page, 'Add a room') },
  users: { path: '/settings/users', ready: (page) => press (page, 'Change anna') },
  account: { path: '/settings/account', ready: (page) => page.getByRole ('combobox', { name: 'Colours' }).waitFor () },
  missing: { path: '/nowhere', ready: (page) => page.getByRole ('heading', { name: 'There is no such page' }).waitFor () },
};

/** People, a question, a talk: an empty page shows little. */
async function fill () {
  const tokens = { admin: stage.token };
  for (const [username, role] of [['anna', 'student'], ['bert', 'teacher']]) {
    await call (stage, 'POST', '/users', { username, password: SECRET, first_name: username, roles: [role] });
    const answer = await fetch (`${stage.url}/login`, { method: 'POST', body: new URLSearchParams ({ username, password: SECRET }) });
    tokens[username] = (await answer.json ()).jwt;
  }
  await call ({ ...stage, token: tokens.anna }, 'POST', '/api/room/', { text: 'Where are the slides of this morning?', image: '' });
  await call (stage, 'POST', '/api/rooms', { name: 'Reading circle' });
  await call (stage, 'POST', '/room/room-1/notes', { text: 'Applause: a moment for the trailer' });
  await call (stage, 'POST', '/room/room-1/talks', { 'talk-id': 'all-day', 'talk-begin': 0, 'talk-end': 86399,
    'talk-date': new Date (Date.now () - new Date ().getTimezoneOffset () * 60000).toISOString ().slice (0, 10),
    title: 'Mixing rooms from a browser: what ten years have taught', presenters: 'Ada Lovelace, Grace Hopper' });
  return tokens;
}

before (async () => {
  stage = await openStage (3, 2, SMALL);
  tokens = await fill ();
}, LIMIT);
after (async () => { await stage?.close (); }, LIMIT);

for (const colorScheme of ['dark', 'light']) {
  for (const [width, height] of SIZES) {
    test (`every page, ${colorScheme}, ${width} wide`, LIMIT, async (t) => {
      const browser = await openBrowser ({ colorScheme, locale: 'en-GB', viewport: { width, height }, hasTouch: width < 500 });
      t.after (() => browser.close ());
      for (const [name, { who = 'admin', path, ready }] of Object.entries (PAGES)) {
        await browser.context.clearCookies ();
        if (who)
          await giveSession (browser.context, { ...stage, token: tokens[who] });
        const page = await browser.context.newPage ();
        const said = listen (page);
        await page.goto (stage.url + (typeof path === 'function' ? await path () : path));
        await ready (page);
        await page.waitForTimeout (500);
        await shoot (page, `${name}-${width}-${colorScheme}`);
        /* What a wall shows is what a desk shows, only larger. */
        if (width < 2000)
          await checkAxe (page, `${name}, ${width}, ${colorScheme}`);
        const scroll = await page.evaluate (() => document.documentElement.scrollWidth);
        assert.ok (scroll <= width, `${name} is ${scroll} wide at ${width}`);
        assert.deepEqual (said, [], name);
        await page.close ();
      }
    });
  }
}

test ('the page nobody has signed in to, and German', LIMIT, async (t) => {
  const browser = await openBrowser ({ locale: 'de-DE', viewport: { width: 1280, height: 800 } });
  t.after (() => browser.close ());
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
});
