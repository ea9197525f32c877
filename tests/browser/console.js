/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the tests of the console share: signing in, and looking at a page. */

import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import assert from 'node:assert/strict';

const AXE = readFileSync (createRequire (import.meta.url).resolve ('axe-core/axe.min.js'), 'utf8');
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** Enough for the code in the picture. */
export const SMALL = '640x360x15';

/** Where screenshots go; outside of the sources. */
export const PICTURES = join (process.env.DAIS_BUILD ?? '/tmp', 'screenshots');

/** Signs in by the form and waits for the page that was wanted. */
export async function signIn (page, stage, path = '/') {
  await page.goto (stage.url + path);
  await page.getByLabel ('User name').fill (stage.username);
  await page.getByLabel ('Password').fill (stage.password);
  await page.getByRole ('button', { name: 'Sign in' }).click ();
  await page.getByRole ('button', { name: `Sign out ${stage.username}` }).waitFor ();
}

/** Gives a context the session without the form. */
export async function giveSession (context, stage) {
  await context.addCookies ([{ name: 'dais_session', value: stage.token, url: stage.url }]);
}

/** How many times longer than alone a program takes at present because others work
 * on this machine too; 1 = it has a processor of its own. */
export function slowness () {
  const [cpu, wall] = [process.cpuUsage (), performance.now ()];
  const used = () => {
    const { user, system } = process.cpuUsage (cpu);
    return (user + system) / 1000;
  };
  while (used () < 100)
    for (let i = 0; i < 1e5; i++)
      Math.sqrt (i);
  return Math.max (1, (performance.now () - wall) / used ());
}

/** What a page says that should not be said. */
export function listen (page) {
  const said = [];
  page.on ('pageerror', (error) => said.push (error.stack));
  page.on ('console', (message) => {
    if (message.type () === 'error' && !/Failed to load resource|WebSocket connection|ERR_/.test (message.text ()))
      said.push (message.text ());
  });
  return said;
}

/** axe-core finds nothing. */
export async function checkAxe (page, what) {
  await page.evaluate (AXE);
  const found = await page.evaluate (async (rules) => {
    const { violations } = await window.axe.run (document, { runOnly: rules });
    return violations.map (({ id, nodes }) => `${id}: ${nodes.slice (0, 3).map (({ html }) => html.slice (0, 160)).join (' | ')}`);
  }, RULES);
  assert.deepEqual (found, [], what);
}

export async function shoot (page, name) {
  mkdirSync (PICTURES, { recursive: true });
  await page.screenshot ({ path: join (PICTURES, `${name}.png`) });
}

/** A request of the administrator's. */
export async function call (stage, method, path, body) {
  const answer = await fetch (stage.url + path, {
    method, body: body && JSON.stringify (body),
    headers: { Authorization: `Bearer ${stage.token}`, ...body && { 'Content-Type': 'application/json' } } });
  const text = await answer.text ();
  assert.ok (answer.ok, `${method} ${path}: ${answer.status} ${text}`);
  return text && JSON.parse (text);
}

/** Opens a room's mixer and waits until it shows what is on air. */
export async function openMixerOf (context, stage, name = null, room = 'room-1') {
  const page = await context.newPage ();
  page.said = listen (page);
  await page.goto (`${stage.url}/mix/${room}`);
  if (name === null)
    await page.getByRole ('group', { name: 'Scenes' }).waitFor ();
  else
    await tile (page, name).getByText ('Program').waitFor ();
  return page;
}

/** A box of the mixer's tile of a source. */
export const tile = (page, name) => page.getByRole ('article', { name, exact: true });

/** Reads the picture code of what a <video> shows. */
export const codeOf = (page, selector, reader) => page.evaluate (([wanted, text]) => {
  const video = document.querySelector (wanted);
  if (!video?.videoWidth)
    return null;
  const canvas = new OffscreenCanvas (video.videoWidth, video.videoHeight);
  const context = canvas.getContext ('2d');
  context.drawImage (video, 0, 0);
  const { data, width, height } = context.getImageData (0, 0, canvas.width, canvas.height);
  window.readPictureCode ??= new Function (`return ${text}`) ();
  return window.readPictureCode (data, width, height);
}, [selector, reader.toString ()]);
