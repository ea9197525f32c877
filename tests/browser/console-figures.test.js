/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the console costs: bytes over the wire, time to the first useful paint,
 * shifts, the work of a frame with moving meters, the answer to a click. And the
 * page from which one sees a silent microphone in the third room. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { get } from 'node:http';
import { after, afterEach, before, test } from 'node:test';

import { SMALL, call, giveSession, listen, openMixerOf, slowness, tile } from './console.js';
import { openBrowser, openStage, waitFor } from './stage.js';

const LIMIT = { timeout: 120000 };
const KB = 1000;
let stage, browser;

before (async () => {
  stage = await openStage (3, 3, SMALL);
  await call (stage, 'POST', '/streams', { name: 'Tone', uri: 'test:ball', type: 'av' });
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

const median = (numbers) => [...numbers].sort ((a, b) => a - b)[Math.floor (numbers.length / 2)];

/** Bytes of a file as a browser gets it, head and body. */
const weigh = (path) => new Promise ((resolve, reject) => {
  get (stage.url + path, { headers: { 'Accept-Encoding': 'gzip' }, agent: false }, (answer) => {
    const { socket } = answer;
    answer.resume ();
    answer.on ('end', () => answer.statusCode === 200 ? resolve (socket.bytesRead) : reject (new Error (`${path}: ${answer.statusCode}`)));
  }).on ('error', reject);
});

test ('the whole console is below 150 KB over the wire', LIMIT, async (t) => {
  const list = readFileSync (new URL ('../../data/web/web.gresource.xml', import.meta.url), 'utf8');
  const names = [...list.matchAll (/<file>([^<]+)<\/file>/g)].map (([, name]) => name);
  assert.ok (names.length > 60);
  let sum = 0;
  for (const name of names)
    sum += await weigh (`/web/${name}`);
  t.diagnostic (`${names.length} files, ${(sum / KB).toFixed (1)} KB with their heads`);
  assert.ok (sum < 150 * KB, `${sum} bytes`);
});

test ('first useful paint within a second, and nothing shifts', LIMIT, async (t) => {
  for (const [path, ready] of [['/', (page) => page.getByRole ('article', { name: 'Room 1' })],
    ['/mix/room-1', (page) => page.getByRole ('group', { name: 'Scenes' })]]) {
    const paints = [];
    const bytes = [];
    /* In seconds of a processor of our own, where others work here too. */
    let limit = 1000 * slowness ();
    for (let i = 0; i < 3 || i < 8 && Math.min (...paints) >= limit; i++) {
      limit = Math.max (limit, 1000 * slowness ());
      const page = await browser.context.newPage ();
      const cdp = await browser.context.newCDPSession (page);
      let sum = 0;
      await cdp.send ('Network.enable');
      await cdp.send ('Network.setCacheDisabled', { cacheDisabled: true });
      cdp.on ('Network.loadingFinished', ({ encodedDataLength }) => { sum += encodedDataLength; });
      await page.addInitScript (() => {
        window.shifts = [];
        new PerformanceObserver ((entries) => window.shifts.push (...entries.getEntries ()
          .map (({ value, sources }) => ({ value, where: sources.map (({ node }) => node?.className ?? node?.localName) }))))
          .observe ({ type: 'layout-shift', buffered: true });
      });
      await page.goto (stage.url + path);
      await ready (page).waitFor ();
      paints.push (await waitFor (() => page.evaluate (
        () => performance.getEntriesByName ('first-contentful-paint')[0]?.startTime), 'a paint'));
      bytes.push (sum);
      await page.waitForTimeout (1500);
      const shifts = await page.evaluate (() => window.shifts);
      const all = shifts.reduce ((total, { value }) => total + value, 0);
      assert.ok (all < 0.01, `${path} shifts by ${all}: ${JSON.stringify (shifts)}`);
      await page.close ();
    }
    t.diagnostic (`${path}: first contentful paint after ${paints.map (Math.round).join (', ')} ms of ${Math.round (limit)}, ${(median (bytes) / KB).toFixed (1)} KB`);
    assert.ok (Math.min (...paints) < limit, `${path}: ${paints}, limit ${limit}`);
  }
});

test ('a frame with moving meters costs little, and lays nothing out', LIMIT, async (t) => {
  const page = await openMixerOf (browser.context, stage);
  await tile (page, 'Tone').getByRole ('button', { name: 'Add sound' }).click ();
  const meter = tile (page, 'Tone').getByRole ('meter');
  await waitFor (async () => Number (await meter.getAttribute ('aria-valuenow')) > -60, 'a level');
  const cdp = await browser.context.newCDPSession (page);
  await cdp.send ('Performance.enable');
  const read = async () => Object.fromEntries ((await cdp.send ('Performance.getMetrics')).metrics.map (({ name, value }) => [name, value]));
  const first = await read ();
  const frames = await page.evaluate (() => new Promise ((resolve) => {
    const times = [];
    const begin = performance.now ();
    const look = (now) => {
      times.push (now);
      if (performance.now () - begin < 4000)
        requestAnimationFrame (look);
      else
        resolve (times);
    };
    requestAnimationFrame (look);
  }));
  const last = await read ();
  const spent = (name) => (last[name] - first[name]) * 1000 / frames.length;
  const gaps = frames.slice (1).map ((time, i) => time - frames[i]);
  const work = spent ('ScriptDuration') + spent ('LayoutDuration') + spent ('RecalcStyleDuration');
  t.diagnostic (`${frames.length} frames in 4 s, median gap ${median (gaps).toFixed (1)} ms, ${gaps.filter ((gap) => gap > 34).length} above 34 ms`);
  t.diagnostic (`${work.toFixed (2)} ms of script, style and layout a frame, ${last.LayoutCount - first.LayoutCount} layouts`);
  /* A sixtieth of a second is 16.7 ms; a machine without a GPU paints the rest of it. */
  assert.ok (work < 6 * slowness (), `${work} ms a frame`);
  assert.ok (last.LayoutCount - first.LayoutCount < 80, 'layouts come with the clock and the numbers, not with each frame');
  await tile (page, 'Tone').getByRole ('button', { name: 'Take the sound of Tone out' }).click ();
});

/** Presses a source and waits, inside of the page, for its tally. Milliseconds. */
const confirm = (page, source) => page.evaluate ((name) => new Promise ((resolve, reject) => {
  const box = [...document.querySelectorAll ('.source')].find ((element) => element.getAttribute ('aria-label') === name);
  const button = box.querySelector ('.tile-button');
  const begin = performance.now ();
  new MutationObserver ((_, self) => {
    if (button.getAttribute ('aria-pressed') !== 'true')
      return;
    self.disconnect ();
    resolve (performance.now () - begin);
  }).observe (button, { attributes: true });
  setTimeout (() => reject (new Error (`no tally on ${name}`)), 10000);
  button.click ();
}), source);

test ('a button shows what the server confirmed within 100 ms', LIMIT, async (t) => {
  const page = await openMixerOf (browser.context, stage);
  await page.getByRole ('button', { name: 'Direct' }).click ();
  const round = async () => {
    const times = [];
    for (let i = 0; i < 20; i++) {
      times.push (await confirm (page, `Camera ${2 + i % 2}`));
      await page.waitForTimeout (100);
    }
    t.diagnostic (`median ${median (times).toFixed (0)} ms, worst ${Math.max (...times).toFixed (0)} ms`);
    return median (times);
  };
  const medians = [];
  let limit = 100;
  while (medians.length < 3 && !(medians.at (-1) < limit)) {
    limit = Math.max (limit, 100 * slowness ());
    medians.push (await round ());
  }
  assert.ok (medians.at (-1) < limit, `${medians.map (Math.round)}, limit ${limit}`);
  await stage.cut ('room-1', 1);
});

test ('a silent microphone of the third room is named on the page of all rooms', LIMIT, async () => {
  await call (stage, 'POST', '/streams', { name: 'Lectern', type: 'audio',
    uri: 'pipeline:audiotestsrc is-live=true wave=silence' });
  const page = await browser.context.newPage ();
  const said = listen (page);
  await page.goto (stage.url);
  const [first, third] = ['Room 1', 'Room 3'].map ((name) => page.getByRole ('article', { name }));
  await third.getByText ('All sources are well.').waitFor ();
  await call (stage, 'PUT', '/room/room-3/state', { audio: 'Lectern' });
  await waitFor (async () => await third.getByRole ('listitem').filter ({ hasText: 'Lectern' }).getByText ('Silent').count () > 0,
    'Lectern as silent', 40000);
  assert.equal (await first.getByText ('Lectern').count (), 0);
  await page.getByRole ('heading', { name: 'Rooms' }).waitFor ();
  assert.deepEqual (said, []);
});
