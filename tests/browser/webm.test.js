/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The WebM in a <video> element: joined at a random moment it plays, and the
 * viewer sees the cut, by the code in the picture read from a canvas. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { readPictureCode } from './picture-code.js';
import { openBrowser, openStage, waitFor } from './stage.js';

let stage, browser;

before (async () => {
  stage = await openStage (2, 1);
  browser = await openBrowser ({ bypassCSP: true });
}, { timeout: 90000 });

after (async () => {
  await browser?.close ();
  await stage?.close ();
}, { timeout: 60000 });

/* A page of the daemon's own origin, so that the canvas may be read. */
async function openPlayer (url) {
  const page = await browser.context.newPage ();
  await page.goto (`${stage.url}/streams`);
  await page.evaluate (([address, reader]) => {
    window.readPictureCode = new Function (`return ${reader}`) ();
    document.body.textContent = '';
    const video = document.createElement ('video');
    video.muted = true;
    video.src = address;
    document.body.append (video);
    window.begin = performance.now ();
    video.addEventListener ('playing', () => { window.playing ??= performance.now () - window.begin; });
    video.play ();
    window.look = () => {
      if (!video.videoWidth)
        return null;
      const canvas = new OffscreenCanvas (video.videoWidth, video.videoHeight);
      const context = canvas.getContext ('2d');
      context.drawImage (video, 0, 0);
      const { data, width, height } = context.getImageData (0, 0, canvas.width, canvas.height);
      const quality = video.getVideoPlaybackQuality ();
      return { code: window.readPictureCode (data, width, height), width, height,
        playing: window.playing, frames: quality.totalVideoFrames, dropped: quality.droppedVideoFrames,
        behind: video.buffered.length ? video.buffered.end (video.buffered.length - 1) - video.currentTime : null,
        error: video.error?.message ?? null };
    };
  }, [url, readPictureCode.toString ()]);
  return page;
}

const look = (page) => page.evaluate (() => window.look ());

const sees = (page, id) => waitFor (async () => {
  const seen = await look (page);
  assert.equal (seen?.error ?? null, null);
  return seen?.code?.id === id ? seen : null;
}, `picture of camera ${id}`);

test ('plays from a random moment and sees the cut', { timeout: 90000 }, async (t) => {
  await new Promise ((resolve) => setTimeout (resolve, Math.random () * 2000));
  const page = await openPlayer (stage.roomUrl ('room-1'));
  const first = await sees (page, 1);
  t.diagnostic (`playing after ${first.playing?.toFixed (0)} ms, ${first.width}x${first.height}`);
  await stage.cut ('room-1', 2);
  const begin = Date.now ();
  const cut = await sees (page, 2);
  t.diagnostic (`cut seen after ${Date.now () - begin} ms, ${cut.behind?.toFixed (2)} s behind the newest byte`);
  await new Promise ((resolve) => setTimeout (resolve, 2000));
  const last = await look (page);
  assert.ok (last.code.frame > cut.code.frame, 'the picture moves on');
  assert.equal (last.code.torn, false);
  t.diagnostic (`${last.frames} frames, ${last.dropped} dropped`);
  assert.ok (last.frames > 30);
  await page.close ();
});

test ('several join at random moments', { timeout: 90000 }, async (t) => {
  const times = [];
  for (let i = 0; i < 3; i++) {
    await new Promise ((resolve) => setTimeout (resolve, Math.random () * 1500));
    const page = await openPlayer (stage.roomUrl ('room-1'));
    const seen = await sees (page, 2);
    times.push (Math.round (seen.playing ?? 0));
    await page.close ();
  }
  t.diagnostic (`playing after ${times.join (', ')} ms`);
});

test ('the moving preview and the snapshot are pictures', { timeout: 60000 }, async () => {
  const page = await browser.context.newPage ();
  await page.goto (`${stage.url}/streams`);
  for (const kind of ['mjpg', 'jpg']) {
    const code = await page.evaluate (async ([url, reader]) => {
      const read = new Function (`return ${reader}`) ();
      const image = new Image ();
      image.src = url;
      await new Promise ((resolve, reject) => {
        image.onload = resolve;
        image.onerror = () => reject (new Error ('not an image'));
      });
      const canvas = new OffscreenCanvas (image.naturalWidth, image.naturalHeight);
      const context = canvas.getContext ('2d');
      context.drawImage (image, 0, 0);
      const { data, width, height } = context.getImageData (0, 0, canvas.width, canvas.height);
      return { ...read (data, width, height), width };
    }, [stage.roomUrl ('room-1', kind), readPictureCode.toString ()]);
    assert.equal (code.id, 2, kind);
    if (kind === 'mjpg')
      assert.equal (code.width, 320);
  }
  await page.close ();
});
