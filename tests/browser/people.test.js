/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Two people in two browsers: the help desk from the question to its end, and a
 * party in step. Nothing of the server is replaced but the film of the party. */

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';

import { checkAxe, listen, shoot, signIn } from './console.js';
import { openBrowser, openStage, waitFor } from './stage.js';

const LIMIT = { timeout: 60000 };
const VIEW = { locale: 'en-GB', viewport: { width: 1280, height: 800 } };
const FILM_SECONDS = 60;
const SECRET = 'a secret that is long';
let stage, anna, bert, film, picture;

/** A person with an account and a browser, signed in by the form. */
async function openPerson (username, role, first, colorScheme) {
  const answer = await fetch (`${stage.url}/users`, {
    method: 'POST', headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${stage.token}` },
    body: JSON.stringify ({ username, password: SECRET, first_name: first, roles: [role] }) });
  assert.equal (answer.status, 201, await answer.text ());
  const browser = await openBrowser ({ ...VIEW, colorScheme });
  const page = await browser.context.newPage ();
  page.setDefaultTimeout (15000);
  const said = listen (page);
  await signIn (page, { ...stage, username, password: SECRET });
  return { page, said, close: () => browser.close (), context: browser.context };
}

function makeFilm () {
  const folder = mkdtempSync (join (tmpdir (), 'dais-film-'));
  const path = join (folder, 'film.webm');
  execFileSync ('gst-launch-1.0', ['-q', ...`videotestsrc num-buffers=${FILM_SECONDS * 10} pattern=ball
    ! video/x-raw,width=320,height=180,framerate=10/1 ! vp8enc deadline=1 cpu-used=16 keyframe-max-dist=10
    ! webmmux ! filesink location=${path}`.split (/\s+/)]);
  const bytes = readFileSync (path);
  rmSync (folder, { recursive: true });
  return bytes;
}

/** Answers as a file server does, with ranges: without them nobody can seek. */
function serveFilm (route) {
  const range = /bytes=(\d+)-(\d*)/.exec (route.request ().headers ().range ?? '');
  const begin = Number (range?.[1] ?? 0);
  const end = Math.min (Number (range?.[2] || film.length - 1), film.length - 1);
  const headers = { 'Content-Type': 'video/webm', 'Accept-Ranges': 'bytes' };
  if (range)
    headers['Content-Range'] = `bytes ${begin}-${end}/${film.length}`;
  return route.fulfill ({ status: range ? 206 : 200, headers, body: film.subarray (begin, end + 1) });
}

before (async () => {
  film = makeFilm ();
  stage = await openStage (0, 0);
  anna = await openPerson ('anna', 'student', 'Anna', 'light');
  bert = await openPerson ('bert', 'teacher', 'Bert', 'dark');
}, LIMIT);

after (async () => {
  await anna?.close ();
  await bert?.close ();
  await stage?.close ();
}, LIMIT);

/* What a failed test left on the screens says more than its words. */
afterEach (async (t) => {
  if (!t.passed)
    for (const [name, { page, said }] of Object.entries ({ anna, bert })) {
      await shoot (page, `failed-people-${name}`);
      t.diagnostic (said.join ('\n'));
    }
});

const conversation = (page) => page.getByRole ('region', { name: 'Conversation' });
const messages = (page) => page.getByRole ('log', { name: 'Messages' });

async function write (page, text, image = null) {
  if (image)
    await page.getByLabel ('A picture', { exact: true }).setInputFiles ({ name: 'picture.png', mimeType: 'image/png', buffer: image });
  await page.getByRole ('textbox', { name: 'Your message' }).fill (text);
  await page.getByRole ('button', { name: 'Send' }).click ();
}

const seesPicture = (page, name) => waitFor (() => page.getByRole ('img', { name }).evaluateAll (
  (images) => images.length > 0 && images.every ((image) => image.naturalWidth > 0)), `${name} on the screen`);

test ('help desk: ask, wait, be helped, talk, end', LIMIT, async () => {
  picture = await anna.page.screenshot ();
  await bert.page.getByRole ('link', { name: 'Help desk' }).click ();
  await bert.page.getByText ('Nobody waits.').waitFor ();
  await anna.page.getByRole ('link', { name: 'Help desk' }).click ();
  await anna.page.getByRole ('textbox', { name: 'Your question' }).fill ('Where are the slides of this morning?');
  await anna.page.getByLabel (/^A picture/).setInputFiles ({ name: 'screen.png', mimeType: 'image/png', buffer: picture });
  await anna.page.getByRole ('button', { name: 'Ask', exact: true }).click ();
  await anna.page.getByRole ('button', { name: /Waiting$/ }).waitFor ();
  await conversation (anna.page).getByRole ('heading', { name: 'Waiting for a teacher' }).waitFor ();
  await seesPicture (anna.page, 'Picture of the question');
  assert.equal (await anna.page.getByRole ('textbox', { name: 'Your question' }).inputValue (), '');

  const queue = bert.page.getByRole ('region', { name: 'Waiting' });
  await queue.getByRole ('listitem').filter ({ hasText: 'Where are the slides' }).waitFor ();
  await shoot (bert.page, 'help-queue-1280-dark');
  await checkAxe (bert.page, 'the queue');
  await queue.getByRole ('button', { name: /^Help ?: Anna$/ }).click ();
  await conversation (bert.page).getByRole ('heading', { name: 'Anna' }).waitFor ();
  await bert.page.getByText ('Nobody waits.').waitFor ();
  await conversation (anna.page).getByRole ('heading', { name: 'Bert' }).waitFor ();
  await seesPicture (bert.page, 'Picture of the question');

  await write (bert.page, 'Grüß dich! Which room was it?');
  await messages (anna.page).getByText ('Grüß dich! Which room was it?').waitFor ();
  await messages (bert.page).getByRole ('listitem').filter ({ hasText: 'Grüß dich!' }).getByText ('seen').waitFor ();
  await write (anna.page, 'This one <b>here</b>', picture);
  await messages (bert.page).getByText ('This one <b>here</b>').waitFor ();
  await seesPicture (bert.page, 'Picture of the message');
  await messages (anna.page).getByRole ('listitem').filter ({ hasText: 'This one' }).getByText ('seen').waitFor ();
  await shoot (anna.page, 'help-talk-1280-light');
  await shoot (bert.page, 'help-talk-1280-dark');
  await checkAxe (anna.page, 'the conversation');

  await bert.page.getByRole ('button', { name: 'Close it' }).click ();
  await bert.page.getByRole ('dialog').getByRole ('button', { name: 'Close it' }).click ();
  for (const { page } of [anna, bert]) {
    await page.getByText ('This conversation is closed.').waitFor ();
    assert.equal (await page.getByRole ('textbox', { name: 'Your message' }).count (), 0);
  }
  /* What was said is still there for whoever comes back. */
  await anna.page.reload ();
  await anna.page.getByRole ('region', { name: 'Your conversations' }).getByRole ('button', { name: /Closed/ }).click ();
  await messages (anna.page).getByText ('Grüß dich! Which room was it?').waitFor ();
  assert.deepEqual ([anna.said, bert.said], [[], []]);
});

const video = (page) => page.getByLabel ('Video of the party');
const stateOf = (page) => video (page).evaluate (({ paused, currentTime, readyState }) => ({ paused, currentTime, readyState }));

async function enter (page, name, password) {
  await page.getByRole ('textbox', { name: 'Your name' }).fill (name);
  await page.getByLabel ('Password of the party').fill (password);
  await page.getByRole ('button', { name: 'Join', exact: true }).click ();
}

/** Both pictures are as wanted and near each other. */
const inStep = (what, test_) => waitFor (async () => {
  const [one, two] = await Promise.all ([stateOf (anna.page), stateOf (bert.page)]);
  return one.readyState > 0 && two.readyState > 0 && test_ (one) && test_ (two)
    && Math.abs (one.currentTime - two.currentTime) < 1.5;
}, what);

test ('party: found, joined with the password, watched in step', LIMIT, async () => {
  for (const { context } of [anna, bert])
    await context.route (`${stage.url}/recordings/film.webm`, serveFilm);
  await anna.page.getByRole ('link', { name: 'Watch together' }).click ();
  await anna.page.getByLabel ('Password of the party').fill ('popcorn');
  await anna.page.getByRole ('combobox', { name: 'Picture' }).selectOption ('Another address …');
  await anna.page.getByRole ('textbox', { name: 'Address of the video' }).fill (`${stage.url}/recordings/film.webm`);
  await shoot (anna.page, 'party-new-1280-light');
  await anna.page.getByRole ('button', { name: 'Start a party' }).click ();
  await anna.page.getByRole ('heading', { name: 'Join the party' }).waitFor ();
  await enter (anna.page, 'Anna', 'popcorn');
  await video (anna.page).waitFor ();

  await bert.page.goto (anna.page.url ());
  await enter (bert.page, 'Bert', 'pretzel');
  await bert.page.getByRole ('alert').getByText ('The password is wrong').waitFor ();
  assert.equal (await bert.page.getByRole ('textbox', { name: 'Your name' }).inputValue (), 'Bert');
  await shoot (bert.page, 'party-refused-1280-dark');
  await checkAxe (bert.page, 'refused');
  await enter (bert.page, 'Bert', 'popcorn');
  await anna.page.getByText ('2 people: Anna, Bert').waitFor ();

  await inStep ('pause at the start', ({ paused, currentTime }) => paused && currentTime < 1);
  await video (anna.page).click ();
  await inStep ('film that plays', ({ paused, currentTime }) => !paused && currentTime > 0.5);
  await video (anna.page).evaluate ((element) => { element.currentTime = 40; });
  await inStep ('skip to 40 s', ({ paused, currentTime }) => !paused && currentTime >= 39.5);
  await video (bert.page).click ();
  await inStep ('pause by the other', ({ paused, currentTime }) => paused && currentTime >= 39.5);
  await video (bert.page).evaluate ((element) => { element.currentTime = 10; });
  await inStep ('skip back in a pause', ({ paused, currentTime }) => paused && Math.abs (currentTime - 10) < 0.5);
  await video (bert.page).click ();
  await inStep ('film that plays again', ({ paused, currentTime }) => !paused && currentTime > 10.2 && currentTime < 35);

  await write (anna.page, 'Look at that ball!');
  await write (bert.page, 'Schön & rund');
  for (const { page } of [anna, bert]) {
    await messages (page).getByText ('Look at that ball!').waitFor ();
    await messages (page).getByText ('Schön & rund').waitFor ();
    assert.equal (await messages (page).getByRole ('listitem').count (), 2);
  }
  await bert.page.getByText ('2 people: Bert, Anna').waitFor ();
  await shoot (anna.page, 'party-1280-light');
  await shoot (bert.page, 'party-1280-dark');
  await checkAxe (anna.page, 'the party');
  await anna.page.getByRole ('link', { name: 'Help desk' }).click ();
  await bert.page.getByText ('1 person: Bert').waitFor ();
  assert.deepEqual ([anna.said, bert.said], [[], []]);
});
