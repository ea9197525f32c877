/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The console with a real daemon: each control by its role and name. */

import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';

import { SMALL, call, codeOf, listen, signIn, giveSession, tile } from './console.js';
import { readPictureCode } from './picture-code.js';
import { openBrowser, openStage, waitFor } from './stage.js';

const MIXER = '/mix/room-1';
const LIMIT = { timeout: 120000 };
let stage, browser;

before (async () => {
  stage = await openStage (3, 2, SMALL);
  /* The coded cameras are silent. */
  await fetch (`${stage.url}/streams`, {
    method: 'POST', body: JSON.stringify ({ name: 'Tone', uri: 'test:ball', type: 'av' }),
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${stage.token}` } });
  browser = await openBrowser ({ bypassCSP: true, locale: 'en-GB', viewport: { width: 1280, height: 800 } });
  await giveSession (browser.context, stage);
}, LIMIT);

after (async () => {
  await browser?.close ();
  await stage?.close ();
}, LIMIT);

/* A page that a failed test left behind would go on decoding. */
afterEach (async () => {
  for (const page of browser.context.pages ().slice (1))
    await page.close ();
});

/** Opens a page for an operator and waits until it has the room's state. */
async function openMixer () {
  const page = await browser.context.newPage ();
  page.said = listen (page);
  await page.goto (stage.url + MIXER);
  await tile (page, 'Camera 1').getByText ('Program').waitFor ();
  return page;
}

const shows = (page, name) => waitFor (async () =>
  await tile (page, name).getByText ('Program').count () > 0, `${name} as program`);

test ('signing in and out by the form, and the cookie is out of scripts\' reach', LIMIT, async (t) => {
  const other = await openBrowser ({ locale: 'en-GB' });
  t.after (() => other.close ());
  const page = await other.context.newPage ();
  await page.goto (stage.url);
  await page.getByLabel ('User name').fill (stage.username);
  await page.getByLabel ('Password').fill ('wrong');
  await page.getByRole ('button', { name: 'Sign in' }).click ();
  await page.getByRole ('alert').getByText ('is wrong').waitFor ();
  await signIn (page, stage);
  await page.getByRole ('heading', { name: 'Rooms', level: 1 }).waitFor ();
  assert.equal (await page.evaluate (() => document.cookie), '');
  assert.equal (await page.evaluate (() => JSON.stringify ([localStorage, sessionStorage])), '[{},{}]');
  assert.doesNotMatch (page.url (), /token/);
  await page.getByRole ('button', { name: `Sign out ${stage.username}` }).click ();
  await page.getByRole ('button', { name: 'Sign in' }).waitFor ();
});

test ('rooms: each with its picture, its sources and a switch', LIMIT, async () => {
  const page = await browser.context.newPage ();
  const said = listen (page);
  await page.goto (stage.url);
  const room = page.getByRole ('article', { name: 'Room 1' });
  await room.getByText ('On air').first ().waitFor ();
  const button = room.getByRole ('group', { name: 'Sources of Room 1' }).getByRole ('button', { name: 'Camera 2' });
  await button.click ();
  await waitFor (async () => await button.getAttribute ('aria-pressed') === 'true', 'the switch');
  await waitFor (async () => (await codeOf (page, '.room-card video', readPictureCode))?.id === 2, 'camera 2 in the room\'s picture');
  await stage.cut ('room-1', 1);
  await waitFor (async () => await button.getAttribute ('aria-pressed') === 'false', 'somebody else\'s cut');
  assert.deepEqual (said, []);
});

test ('mixer: preset, take, undo, and the picture is what the buttons say', LIMIT, async (t) => {
  const page = await openMixer ();
  await tile (page, 'Camera 2').getByRole ('button', { name: 'Camera 2' }).first ().click ();
  await tile (page, 'Camera 2').getByText ('Next').waitFor ();
  assert.equal (await tile (page, 'Camera 2').getByText ('Program').count (), 0);
  const begin = Date.now ();
  await page.getByRole ('button', { name: 'Take' }).click ();
  await shows (page, 'Camera 2');
  t.diagnostic (`confirmed and shown after ${Date.now () - begin} ms`);
  await waitFor (async () => (await codeOf (page, '.screen.program video', readPictureCode))?.id === 2, 'camera 2 on the screen');
  t.diagnostic (`in the programme's <video> after ${Date.now () - begin} ms`);
  await tile (page, 'Camera 1').getByText ('Next').waitFor ();
  await page.getByRole ('button', { name: 'Undo' }).click ();
  await shows (page, 'Camera 1');
  assert.deepEqual (page.said, []);
});

test ('mixer: direct mode, scenes, blank and sound', LIMIT, async () => {
  const page = await openMixer ();
  await page.getByRole ('button', { name: 'Direct' }).click ();
  await page.getByRole ('button', { name: 'Side by side' }).click ();
  await waitFor (async () => await page.getByRole ('button', { name: 'Side by side' }).getAttribute ('aria-pressed') === 'true', 'the scene');
  await tile (page, 'Camera 3').getByRole ('button', { name: '2nd' }).click ();
  await shows (page, 'Camera 3');
  await shows (page, 'Camera 1');
  await page.getByRole ('button', { name: 'Full screen', exact: false }).first ().click ();
  await waitFor (async () => await tile (page, 'Camera 3').getByText ('Program').count () === 0, 'full screen');
  const blank = page.getByRole ('button', { name: /^(End blank|Blank) Space$/ });
  await blank.click ();
  await waitFor (async () => await blank.getAttribute ('aria-pressed') === 'true', 'blank');
  await blank.click ();
  await shows (page, 'Camera 1');
  const sound = tile (page, 'Tone');
  await sound.getByRole ('button', { name: 'Add sound' }).click ();
  const mute = sound.getByRole ('button', { name: 'Mute Tone' });
  await mute.click ();
  await waitFor (async () => await mute.getAttribute ('aria-pressed') === 'true', 'mute');
  await mute.click ();
  const meter = page.getByRole ('meter', { name: 'Level of the mix' });
  await waitFor (async () => Number (await meter.getAttribute ('aria-valuenow')) > -60, 'sound on the meter');
  await sound.getByRole ('slider', { name: 'Volume of Tone' }).fill ('50');
  await sound.getByRole ('button', { name: 'Take the sound of Tone out' }).click ();
  await sound.getByRole ('button', { name: 'Add sound' }).waitFor ();
  assert.deepEqual (page.said, []);
});

test ('two operators see each other\'s cuts, notes and names', LIMIT, async (t) => {
  const one = await openMixer ();
  const two = await openMixer ();
  await one.getByRole ('button', { name: 'Direct' }).click ();
  const begin = Date.now ();
  await tile (one, 'Camera 3').getByRole ('button', { name: 'Camera 3' }).first ().click ();
  await shows (two, 'Camera 3');
  t.diagnostic (`at the other operator after ${Date.now () - begin} ms`);
  await one.getByRole ('textbox', { name: 'New note' }).fill ('Applause, cut here');
  await one.getByRole ('button', { name: 'Add note' }).click ();
  await two.getByText ('Applause, cut here').waitFor ();
  await two.getByRole ('button', { name: /^Remove the note/ }).click ();
  await waitFor (async () => await one.getByText ('Applause, cut here').count () === 0, 'the note gone');
  await two.getByRole ('tab', { name: 'Log' }).click ();
  await two.getByText ('put on air: Camera 3').first ().waitFor ();
  await stage.cut ('room-1', 1);
});

test ('keys alone run a show, and a text field keeps its own', LIMIT, async () => {
  const page = await openMixer ();
  await page.keyboard.press ('2');
  await tile (page, 'Camera 2').getByText ('Next').waitFor ();
  await page.keyboard.press ('Enter');
  await shows (page, 'Camera 2');
  await page.keyboard.press ('p');
  await page.keyboard.press ('t');
  await waitFor (async () => await page.locator ('.source.program').count () === 2, 'two pictures');
  const blank = page.getByRole ('button', { name: /^(End blank|Blank) Space$/ });
  await page.keyboard.press ('Space');
  await waitFor (async () => await blank.getAttribute ('aria-pressed') === 'true', 'blank');
  assert.equal (await page.locator ('.source.program').count (), 0);
  await page.keyboard.press ('Space');
  await waitFor (async () => await blank.getAttribute ('aria-pressed') === 'false', 'no blank');
  await waitFor (async () => await page.locator ('.source.program').count () === 2, 'both back');
  await page.keyboard.press ('n');
  await page.keyboard.type ('1 t space');
  await page.keyboard.press ('Enter');
  await page.getByText ('1 t space').waitFor ();
  await page.keyboard.press ('Escape');
  await page.locator ('body').evaluate (() => document.activeElement.blur ());
  await page.keyboard.press ('?');
  await page.getByRole ('dialog', { name: 'Keys' }).waitFor ();
  await page.keyboard.press ('Escape');
  /* With the focus on a button that the keyboard reached, Enter is the button's. */
  await tile (page, 'Camera 3').getByRole ('button', { name: 'Camera 3' }).first ().focus ();
  await page.keyboard.press ('Enter');
  await tile (page, 'Camera 3').getByText ('Next').waitFor ();
  await stage.order ('cut room-1 1');
});

test ('the daemon is killed under an open mixer', LIMIT, async (t) => {
  const page = await openMixer ();
  await waitFor (async () => (await codeOf (page, '.screen.program video', readPictureCode))?.id === 1, 'camera 1');
  await page.getByRole ('tab', { name: 'Notes' }).click ();
  await stage.order ('kill');
  await page.getByRole ('alert').getByText ('Connection lost').waitFor ();
  assert.equal (await page.getByRole ('button', { name: 'Direct' }).isDisabled (), true);
  assert.equal (await page.getByRole ('slider', { name: 'Volume of the mix' }).isDisabled (), true);
  const [red, green, blue] = (await page.getByRole ('banner').evaluate (
    (element) => getComputedStyle (element).backgroundColor)).match (/\d+/g).map (Number);
  assert.ok (red > 150 && green < 80 && blue < 80, `the top is rgb (${red}, ${green}, ${blue})`);
  const frame = (await codeOf (page, '.screen.program video', readPictureCode))?.frame;
  await waitFor (async () => (await codeOf (page, '.screen.program video', readPictureCode))?.frame > frame, 'a picture that goes on');
  /* By now it tries every few seconds: what happens first happens without it. */
  await page.waitForTimeout (3000);
  await stage.order ('start');
  const begin = Date.now ();
  await stage.order ('cut room-1 3');
  await call (stage, 'POST', '/room/room-1/notes', { text: 'Written meanwhile' });
  await waitFor (async () => await page.getByRole ('alert').count () === 0, 'the connection back');
  t.diagnostic (`back ${Date.now () - begin} ms after the daemon`);
  await shows (page, 'Camera 3');
  await page.getByText ('Written meanwhile').waitFor ();
  await stage.order ('cut room-1 2');
  await shows (page, 'Camera 2');
  await stage.order ('cut room-1 1');
});

test ('a phone: watching, without a scroll bar below', LIMIT, async (t) => {
  const phone = await openBrowser ({ bypassCSP: true, locale: 'en-GB', viewport: { width: 360, height: 740 }, hasTouch: true });
  t.after (() => phone.close ());
  await giveSession (phone.context, stage);
  const page = await phone.context.newPage ();
  await page.goto (`${stage.url}/watch/room-1`);
  await waitFor (async () => (await codeOf (page, '.watch video', readPictureCode))?.id === 1, 'the picture');
  await page.getByText ('Live', { exact: true }).waitFor ();
  await page.getByRole ('button', { name: 'Turn the sound on' }).tap ();
  await page.getByRole ('button', { name: 'Sound is on' }).waitFor ();
  for (const path of ['/', MIXER, '/watch/room-1', '/settings/streams', '/settings/rooms']) {
    await page.goto (stage.url + path);
    await page.getByRole ('heading', { level: 1 }).waitFor ();
    const width = await page.evaluate (() => document.documentElement.scrollWidth);
    assert.ok (width <= 360, `${path} is ${width} wide`);
  }
});

test ('settings: a stream is added, tested in words, and removed', LIMIT, async () => {
  const page = await browser.context.newPage ();
  const said = listen (page);
  await page.goto (`${stage.url}/settings/streams`);
  await page.getByRole ('button', { name: 'Add a stream' }).click ();
  await page.getByRole ('textbox', { name: 'Name', exact: true }).fill ('Ball');
  await page.getByLabel (/^Address/).fill ('nonsense:x');
  await page.getByRole ('button', { name: 'Add and test' }).click ();
  await page.getByRole ('alert').waitFor ();
  await page.getByLabel (/^Address/).fill ('test:ball');
  await page.getByRole ('button', { name: 'Add and test' }).click ();
  await page.getByText ('It works.').waitFor ();
  await page.getByRole ('button', { name: 'Remove Ball' }).click ();
  await page.getByRole ('dialog').getByRole ('button', { name: 'Remove' }).click ();
  await waitFor (async () => await page.getByRole ('button', { name: 'Remove Ball' }).count () === 0, 'the stream gone');
  await page.goto (`${stage.url}/settings/rooms`);
  await page.getByRole ('button', { name: 'Add a room' }).click ();
  await page.getByRole ('textbox', { name: 'Name', exact: true }).fill ('Third Room (Cellar)');
  await page.getByRole ('button', { name: 'Add the room' }).click ();
  await page.getByText ('/mix/third-room').waitFor ();
  await page.getByRole ('button', { name: 'Remove Third Room (Cellar)' }).click ();
  await page.getByRole ('dialog').getByRole ('button', { name: 'Remove' }).click ();
  await waitFor (async () => await page.getByText ('/mix/third-room').count () === 0, 'the room gone');
  assert.deepEqual (said, []);
});

test ('settings: an account is made and removed', LIMIT, async () => {
  const page = await browser.context.newPage ();
  await page.goto (`${stage.url}/settings/users`);
  await page.getByRole ('button', { name: 'Add a user' }).click ();
  await page.getByLabel ('User name').fill ('carla');
  await page.getByLabel ('Password').fill ('long enough');
  await page.getByRole ('button', { name: 'Add the user' }).click ();
  await page.getByRole ('heading', { name: 'carla' }).waitFor ();
  await page.getByRole ('button', { name: 'Remove carla' }).click ();
  await page.getByRole ('dialog').getByRole ('button', { name: 'Remove' }).click ();
  await waitFor (async () => await page.getByRole ('heading', { name: 'carla' }).count () === 0, 'the account gone');
});

test ('watch: a message and a question reach everybody', LIMIT, async () => {
  const [one, two] = [await browser.context.newPage (), await browser.context.newPage ()];
  for (const page of [one, two]) {
    await page.goto (`${stage.url}/watch/room-1`);
    await page.getByRole ('textbox', { name: 'Your message' }).waitFor ();
  }
  await waitFor (async () => await one.getByRole ('textbox', { name: 'Your message' }).isEnabled (), 'the chat');
  await one.getByRole ('textbox', { name: 'Your message' }).fill ('Grüße aus der ersten Reihe');
  await one.getByRole ('button', { name: 'Send' }).click ();
  await two.getByText ('Grüße aus der ersten Reihe').waitFor ();
  await one.getByRole ('button', { name: 'Ask a question' }).click ();
  await one.getByRole ('textbox', { name: 'Your question' }).fill ('Will the slides be online?');
  await one.keyboard.press ('Enter');
  await two.getByRole ('listitem').filter ({ hasText: 'Will the slides be online?' }).getByText ('Question').waitFor ();
  await two.reload ();
  await two.getByText ('Grüße aus der ersten Reihe').waitFor ();
});

test ('members: a room is made, joined and left', LIMIT, async () => {
  const page = await browser.context.newPage ();
  const said = listen (page);
  await page.goto (stage.url);
  await page.getByRole ('link', { name: 'Members' }).click ();
  await page.getByRole ('textbox', { name: 'Name of a new room' }).fill ('Reading circle');
  await page.getByRole ('button', { name: 'Add' }).click ();
  const room = page.getByRole ('region', { name: 'Reading circle' });
  await room.getByRole ('button', { name: 'Join' }).click ();
  await room.getByRole ('button', { name: 'Leave' }).waitFor ();
  await page.getByText ('Somebody is in').waitFor ();
  await room.getByRole ('button', { name: 'Leave' }).click ();
  await room.getByText ('Nobody is in.').waitFor ();
  assert.deepEqual (said, []);
});

test ('a dead camera is named on the page of all rooms', LIMIT, async () => {
  const page = await browser.context.newPage ();
  await page.goto (stage.url);
  const room = page.getByRole ('article', { name: 'Room 2' });
  await room.getByText ('All sources are well.').waitFor ();
  await stage.order ('unplug 3');
  await room.getByRole ('listitem').filter ({ hasText: 'Camera 3' }).getByText (/Lost|Connecting/).first ().waitFor ();
});
