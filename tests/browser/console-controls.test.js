/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The controls that console.test.js leaves out, each by its role and name: all
 * scenes, fade, sizes, volumes, order, talks, the log, the account, the menu. */

import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';

import { SMALL, call, giveSession, listen, openMixerOf, signIn, tile } from './console.js';
import { openBrowser, openStage, waitFor } from './stage.js';

const LIMIT = { timeout: 120000 };
const OLGA = { username: 'olga', password: 'a desk of her own' };
let stage, browser;

before (async () => {
  stage = await openStage (3, 2, SMALL);
  await call (stage, 'POST', '/streams', { name: 'Tone', uri: 'test:ball', type: 'av' });
  await call (stage, 'POST', '/users', { ...OLGA, first_name: 'Olga', roles: ['operator'] });
  browser = await openBrowser ({ locale: 'en-GB', viewport: { width: 1280, height: 800 } });
  await giveSession (browser.context, stage);
}, LIMIT);

after (async () => {
  await browser?.close ();
  await stage?.close ();
}, LIMIT);

afterEach (async () => {
  for (const page of browser.context.pages ().slice (1))
    await page.close ();
});

const openMixer = () => openMixerOf (browser.context, stage);
const stateOf = () => call (stage, 'GET', '/room/room-1/state');
const button = (page, name, more = {}) => page.getByRole ('button', { name, ...more });
const isPressed = (locator) => waitFor (async () => await locator.getAttribute ('aria-pressed') === 'true', 'the button pressed');

/** A browser of its own, closed with the test. */
async function openOther (t, options = {}) {
  const other = await openBrowser ({ locale: 'en-GB', viewport: { width: 1280, height: 800 }, ...options });
  t.after (() => other.close ());
  return other;
}

test ('every scene by its button, and the server says the same', LIMIT, async () => {
  const page = await openMixer ();
  await button (page, 'Direct').click ();
  const scenes = page.getByRole ('group', { name: 'Scenes' });
  const wanted = [['Small picture top left', { scene: 'pip', pip_corner: 'top-left' }],
    ['Small picture top right', { scene: 'pip', pip_corner: 'top-right' }],
    ['Small picture bottom left', { scene: 'pip', pip_corner: 'bottom-left' }],
    ['Small picture bottom right', { scene: 'pip', pip_corner: 'bottom-right' }],
    ['Side by side', { scene: 'side-by-side' }], ['Lecture', { scene: 'lecture' }], ['Grid', { scene: 'grid' }],
    ['Blank', { scene: 'blank' }], ['Full screen', { scene: 'full' }]];
  for (const [name, state] of wanted) {
    await button (scenes, name).click ();
    await isPressed (button (scenes, name));
    const found = await stateOf ();
    for (const [key, value] of Object.entries (state))
      assert.equal (found[key], value, `${name}: ${key}`);
  }
  await button (scenes, 'Small picture top left').click ();
  await isPressed (button (scenes, 'Small picture top left'));
  await scenes.getByRole ('slider', { name: 'Size of the small picture' }).fill ('40');
  await waitFor (async () => (await stateOf ()).pip_size === 0.4, 'a larger small picture');
  await button (scenes, 'Full screen').click ();
  assert.deepEqual (page.said, []);
});

test ('grid: sources go in and out', LIMIT, async () => {
  const page = await openMixer ();
  await button (page, 'Direct').click ();
  await button (page, 'Grid').click ();
  await isPressed (button (page, 'Grid'));
  const before_ = (await stateOf ()).grid;
  const name = before_.includes ('Camera 3') ? 'Camera 3' : 'Tone';
  await button (tile (page, name), name).first ().click ();
  await waitFor (async () => !(await stateOf ()).grid.includes (name), 'one less');
  await tile (page, name).getByText ('Not in the grid').waitFor ();
  await button (tile (page, name), name).first ().click ();
  await tile (page, name).getByText ('In the grid', { exact: true }).waitFor ();
  await button (page, 'Full screen').first ().click ();
});

test ('fade with its length', LIMIT, async () => {
  const page = await openMixer ();
  await stage.cut ('room-1', 1);
  const length = page.getByRole ('combobox', { name: 'Length of the fade' });
  assert.equal (await length.isDisabled (), true);
  await button (page, 'Fade').click ();
  await length.selectOption ({ label: '1s' });
  await button (tile (page, 'Camera 2'), 'Camera 2').first ().click ();
  await button (page, 'Take').click ();
  /* The mark may still be that of the scene before the cut. */
  await waitFor (async () => (await stateOf ()).video === 'Camera 2', 'camera 2 on air');
  await tile (page, 'Camera 2').getByText ('Program').waitFor ();
  /* The journal says how it was done. */
  await page.getByRole ('tab', { name: 'Log' }).click ();
  await page.getByRole ('tabpanel').getByText ('put on air: Camera 2').first ().waitFor ();
  await button (page, 'Cut', { exact: true }).click ();
  assert.equal (await length.isDisabled (), true);
});

test ('volumes, the master and its numbers', LIMIT, async () => {
  const page = await openMixer ();
  await button (tile (page, 'Tone'), 'Add sound').click ();
  const volume = tile (page, 'Tone').getByRole ('slider', { name: 'Volume of Tone' });
  await volume.fill ('60');
  await waitFor (async () => (await stateOf ()).volumes?.Tone < 1, 'a lower volume');
  await volume.dblclick ();
  await waitFor (async () => (await stateOf ()).volumes?.Tone === 1, '0 dB again');
  await tile (page, 'Tone').getByText ('0 dB').waitFor ();
  await button (tile (page, 'Tone'), 'Mute Tone').click ();
  await tile (page, 'Tone').getByText ('Muted').waitFor ();
  await button (tile (page, 'Tone'), 'Mute Tone').click ();
  const master = page.getByRole ('group', { name: 'Sound of the room' });
  await master.getByRole ('slider', { name: 'Volume of the mix' }).fill ('50');
  await waitFor (async () => (await stateOf ()).master < 1, 'a lower master');
  for (const [index, form] of [/^−?-?\d+\.\d dB$/, /^−?-?\d+\.\d LUFS$/].entries ())
    await waitFor (async () => form.test (await master.getByRole ('definition').nth (index).innerText ()), `${form}`);
  await master.getByRole ('slider', { name: 'Volume of the mix' }).dblclick ();
  await waitFor (async () => (await stateOf ()).master === 1, 'the master at 0 dB');
  await button (tile (page, 'Tone'), 'Take the sound of Tone out').click ();
  assert.deepEqual (page.said, []);
});

const order = (page) => page.getByRole ('group', { name: 'Sources' }).getByRole ('heading', { level: 3 }).allInnerTexts ();

test ('sources are ordered by dragging and by keys, for all operators', LIMIT, async () => {
  const [page, other] = [await openMixer (), await openMixer ()];
  const first = await order (page);
  await tile (page, first[2]).getByRole ('heading').dragTo (tile (page, first[0]).getByRole ('heading'));
  const dragged = [first[2], first[0], first[1], ...first.slice (3)];
  for (const one of [page, other])
    await waitFor (async () => (await order (one)).join () === dragged.join (), 'the dragged order');
  await page.keyboard.press ('a');
  const right = button (page, `Move ${first[2]} to the right`);
  await right.focus ();
  for (const _ of [1, 2]) {
    const now = await order (page);
    await page.keyboard.press ('Enter');
    await waitFor (async () => (await order (page)).join () !== now.join (), 'a step');
    await waitFor (() => right.evaluate ((element) => element === document.activeElement), 'the focus where it was');
  }
  for (const one of [page, other])
    await waitFor (async () => (await order (one)).join () === first.join (), 'the first order');
  await button (page, new RegExp (`^Hide ?: ${first[1]}$`)).click ();
  await waitFor (async () => !(await order (other)).includes (first[1]), 'one less');
  await page.getByTitle (`Show ${first[1]}`).click ();
  await waitFor (async () => (await order (other)).includes (first[1]), 'it is back');
  assert.deepEqual (page.said, []);
});

test ('operators are named, and the log says who did what', LIMIT, async (t) => {
  const page = await openMixer ();
  const olga = await openOther (t);
  const hers = await olga.context.newPage ();
  await signIn (hers, { ...stage, ...OLGA }, '/mix/room-1');
  await button (hers, 'Direct').click ();
  await page.getByRole ('tab', { name: 'Log' }).click ();
  const panel = page.getByRole ('tabpanel');
  await panel.getByRole ('listitem').filter ({ hasText: /^\s*olga\s*Operator/ }).waitFor ();
  await button (tile (hers, 'Camera 3'), 'Camera 3').first ().click ();
  await panel.getByRole ('listitem').filter ({ hasText: /olga put on air: Camera 3/ }).first ().waitFor ();
  await hers.close ();
  await waitFor (async () => await panel.getByRole ('listitem').filter ({ hasText: /^\s*olga\s*Operator/ }).count () === 0, 'she left');
});

test ('undo knows the last take after the page was loaded anew', LIMIT, async () => {
  await stage.cut ('room-1', 1);
  await stage.cut ('room-1', 2);
  const page = await openMixerOf (browser.context, stage, 'Camera 2');
  await button (page, 'Undo').click ();
  await tile (page, 'Camera 1').getByText ('Program').waitFor ();
});

test ('a note belongs to the moment of its first letter', LIMIT, async () => {
  const page = await openMixer ();
  const field = page.getByRole ('textbox', { name: 'New note' });
  const begin = Date.now ();
  await field.pressSequentially ('S');
  await page.getByText (/^about the picture of/).waitFor ();
  await page.waitForTimeout (2500);
  await field.pressSequentially ('lides late');
  await page.keyboard.press ('Enter');
  await page.getByText ('Slides late').waitFor ();
  const note = (await call (stage, 'GET', '/room/room-1/notes')).find (({ text }) => text === 'Slides late');
  assert.ok (Math.abs (Date.parse (note.utc) - begin) < 2000, `${note.utc} instead of ${new Date (begin).toISOString ()}`);
  await button (page, /^Change the note/).click ();
  await page.getByRole ('textbox', { name: 'Text of the note' }).fill ('Slides were late');
  await button (page, 'Save').click ();
  await page.getByText ('Slides were late').waitFor ();
  await button (page, /^Remove the note/).click ();
  await page.getByText ('No notes yet.').waitFor ();
});

test ('talks: planned, changed and removed; everybody sees what is on', LIMIT, async () => {
  const page = await openMixer ();
  const two = (n) => String (n).padStart (2, '0');
  const clock = (minutes) => {
    const at = new Date (Math.min (Math.max (Date.now () + minutes * 60000, new Date ().setHours (0, 0)), new Date ().setHours (23, 59)));
    return `${two (at.getHours ())}:${two (at.getMinutes ())}`;
  };
  await page.getByRole ('tab', { name: 'Talks' }).click ();
  await button (page, 'Add a talk').click ();
  const form = page.getByRole ('form', { name: 'New talk' });
  await form.getByRole ('textbox', { name: 'Title' }).fill ('Opening');
  await form.getByRole ('textbox', { name: 'Who speaks' }).fill ('Ada');
  await form.getByLabel ('Begins').fill (clock (-10));
  await form.getByLabel ('Ends').fill (clock (-11));
  await button (form, 'Save').click ();
  await form.getByRole ('alert').getByText ('It ends before it begins.').waitFor ();
  await form.getByLabel ('Ends').fill (clock (50));
  await button (form, 'Save').click ();
  await page.getByRole ('tabpanel').getByRole ('listitem').filter ({ hasText: 'Opening' }).getByText ('Now').waitFor ();
  const watcher = await browser.context.newPage ();
  await watcher.goto (`${stage.url}/watch/room-1`);
  await watcher.getByText (/^Opening/).first ().waitFor ();
  await button (page, 'Change Opening').click ();
  await page.getByRole ('textbox', { name: 'Title' }).fill ('Welcome');
  await button (page, 'Save').click ();
  await watcher.getByText (/^Welcome/).first ().waitFor ();
  await button (page, 'Remove Welcome').click ();
  await button (page.getByRole ('dialog'), 'Remove').click ();
  await page.getByText ('No talks are planned for today.').waitFor ();
  assert.deepEqual (page.said, []);
});

test ('the menu of the mixer leads everywhere, and Escape closes it', LIMIT, async () => {
  const page = await openMixer ();
  const menu = button (page, 'Menu');
  const pages = page.getByRole ('navigation', { name: 'Pages' });
  assert.equal (await pages.isVisible (), false);
  await menu.click ();
  assert.equal (await menu.getAttribute ('aria-expanded'), 'true');
  await page.keyboard.press ('Escape');
  await waitFor (async () => !await pages.isVisible (), 'the menu closed');
  await menu.click ();
  await pages.getByRole ('link', { name: 'Settings' }).click ();
  await page.getByRole ('heading', { name: 'Settings', level: 1 }).waitFor ();
  await page.goto (`${stage.url}/mix/room-1`);
  await page.getByRole ('link', { name: 'All rooms', exact: true }).click ();
  await page.getByRole ('heading', { name: 'Rooms', level: 1 }).waitFor ();
});

test ('account: colours, language, and a password of one\'s own', LIMIT, async (t) => {
  const olga = await openOther (t, { colorScheme: 'dark' });
  const page = await olga.context.newPage ();
  await signIn (page, { ...stage, ...OLGA });
  await page.getByRole ('link', { name: 'Account of olga' }).click ();
  const ground = () => page.evaluate (() => getComputedStyle (document.documentElement).backgroundColor);
  const dark = await ground ();
  await page.getByRole ('combobox', { name: 'Colours' }).selectOption ('Light');
  await waitFor (async () => await ground () !== dark, 'light colours');
  await button (page, 'Use dark colours').click ();
  await waitFor (async () => await ground () === dark, 'dark colours');
  await page.getByLabel (/^New password/).fill ('another one, longer');
  await page.getByLabel ('The same again').fill ('another one, shorter');
  await button (page, 'Change the password').click ();
  await page.getByRole ('alert').getByText ('differ').waitFor ();
  await page.getByLabel ('The same again').fill ('another one, longer');
  await button (page, 'Change the password').click ();
  await page.getByText ('Your password is changed.').waitFor ();
  /* Still signed in here, and the new one holds. */
  await page.getByRole ('combobox', { name: 'Language' }).selectOption ('Deutsch');
  await page.getByRole ('heading', { name: 'Einstellungen', level: 1 }).waitFor ();
  await page.getByRole ('combobox', { name: 'Sprache' }).selectOption ('English');
  await button (page, 'Sign out olga').click ();
  await signIn (page, { ...stage, ...OLGA, password: 'another one, longer' });
  OLGA.password = 'another one, longer';
});

test ('an administrator gives roles, which hold at once', LIMIT, async (t) => {
  await call (stage, 'POST', '/users', { username: 'sven', password: 'only a student', roles: ['student'] });
  const sven = await openOther (t);
  const his = await sven.context.newPage ();
  await signIn (his, { ...stage, username: 'sven', password: 'only a student' });
  assert.equal (await his.getByRole ('link', { name: 'Mix' }).count (), 0);
  const page = await browser.context.newPage ();
  await page.goto (`${stage.url}/settings/users`);
  await button (page, 'Change sven').click ();
  await page.getByRole ('checkbox', { name: /^Operator/ }).check ();
  await page.getByLabel (/^First name/).fill ('Sven');
  await button (page, 'Save').click ();
  await page.getByRole ('listitem').filter ({ hasText: 'sven' }).getByText ('Operator').waitFor ();
  await his.reload ();
  await his.getByRole ('link', { name: 'Mix' }).first ().waitFor ();
});

test ('who may not watch a room is told so, and comes back to it', LIMIT, async (t) => {
  const other = await openOther (t);
  const page = await other.context.newPage ();
  await page.goto (`${stage.url}/watch/room-1`);
  await page.getByRole ('alert').getByText (/open only to people with an account/).waitFor ();
  await page.getByRole ('link', { name: 'Sign in' }).click ();
  await page.getByLabel ('User name').fill (OLGA.username);
  await page.getByLabel ('Password').fill (OLGA.password);
  await button (page, 'Sign in').click ();
  await page.getByText ('Live', { exact: true }).waitFor ();
  assert.equal (new URL (page.url ()).pathname + new URL (page.url ()).search, '/watch/room-1');
  await page.getByRole ('link', { name: 'Watch together' }).last ().click ();
  assert.equal (await page.getByRole ('combobox', { name: 'Picture' }).evaluate (
    (select) => select.selectedOptions[0].textContent), 'Room 1');
  await page.goto (`${stage.url}/nowhere`);
  await page.getByRole ('heading', { name: 'There is no such page' }).waitFor ();
});

test ('a room that is open to everybody is watched without an account', LIMIT, async (t) => {
  const page = await browser.context.newPage ();
  await page.goto (`${stage.url}/settings/rooms`);
  await button (page, 'Change Room 2').click ();
  await page.getByRole ('checkbox', { name: 'Everybody may watch it without an account' }).check ();
  await button (page, 'Save').click ();
  await page.getByText ('Open to everybody').waitFor ();
  const other = await openOther (t);
  const stranger = await other.context.newPage ();
  const said = listen (stranger);
  await stranger.goto (`${stage.url}/watch/room-2`);
  await stranger.getByText ('Live', { exact: true }).waitFor ();
  await waitFor (() => stranger.locator ('.watch video').evaluate (({ currentTime }) => currentTime > 0.5), 'a moving picture');
  await stranger.getByText ('Sign in to write.').waitFor ();
  assert.deepEqual (said, []);
});
