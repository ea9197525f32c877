// SPDX-License-Identifier: LGPL-2.1-or-later
import assert from 'node:assert/strict';
import { test } from 'node:test';

const web = process.env.DAIS_WEB ?? new URL('../../data/web', import.meta.url).pathname;
const { PreviewPool, SLOTS } = await import(`${web}/lib/previews.js`);
const { fetchOnePicture, firstJpeg } = await import(`${web}/lib/jpeg-parts.js`);

function preview(url) {
  return {
    url, streams: [], pictures: 0, lost_: 0,
    stream(source) { this.streams.push(source); },
    picture() { this.pictures += 1; },
    lost() { this.lost_ += 1; },
  };
}

/** @param {() => boolean} done */
async function until(done) {
  for (let i = 0; i < 500 && !done(); i++) await new Promise((resolve) => setImmediate(resolve));
  assert.ok(done());
}

test('few previews run as they are', () => {
  const pool = new PreviewPool(async () => { throw new Error('not needed'); }, () => {});
  const all = ['a', 'b', 'c'].map(preview);
  for (const one of all) pool.add(one);
  assert.deepEqual(all.map(({ streams }) => streams), [['a'], ['b'], ['c']]);
  pool.remove(all[0]);
  assert.deepEqual(all[0].streams, ['a', null]);
});

test('more take turns over three connections, the same address once', async () => {
  let open = 0;
  let most = 0;
  const fetchOne = async () => {
    open += 1;
    most = Math.max(most, open);
    await new Promise((resolve) => setImmediate(resolve));
    open -= 1;
    return new Blob();
  };
  const pool = new PreviewPool(fetchOne, (run) => setImmediate(run));
  const all = ['a', 'b', 'c', 'd', 'e', 'a'].map(preview);
  for (const one of all) pool.add(one);
  await until(() => all.every(({ pictures }) => pictures > 3));
  assert.ok(most <= SLOTS, `${most} connections`);
  pool.pause(true);
  await new Promise((resolve) => setTimeout(resolve, 5));
  const before = all[0].pictures;
  await new Promise((resolve) => setTimeout(resolve, 5));
  assert.equal(all[0].pictures, before);
  for (const one of all) pool.remove(one);
});

test('a lost one is told and tried again, the others go on', async () => {
  const pool = new PreviewPool(async (url) => {
    await new Promise((resolve) => setImmediate(resolve));
    if (url === 'bad') throw new Error('503');
    return new Blob();
  }, (run) => setImmediate(run));
  const all = ['bad', 'b', 'c', 'd'].map(preview);
  for (const one of all) pool.add(one);
  await until(() => all[0].lost_ > 1 && all[3].pictures > 1);
  assert.equal(all[0].pictures, 0);
  for (const one of all) pool.remove(one);
});

test('a whole JPEG is found in a multipart stream', async () => {
  const jpeg = [0xff, 0xd8, 1, 2, 3, 0xff, 0xd9];
  assert.equal(firstJpeg(new Uint8Array([0xff, 0xd8, 1])), null);
  assert.deepEqual([...firstJpeg(new Uint8Array([45, 45, 98, ...jpeg, 13, 10]))], jpeg);
  let aborted = false;
  globalThis.fetch = async (url, { signal }) => {
    signal.addEventListener('abort', () => { aborted = true; });
    const body = new ReadableStream({
      start(controller) {
        controller.enqueue(new Uint8Array([45, ...jpeg.slice(0, 3)]));
        controller.enqueue(new Uint8Array(jpeg.slice(3)));
      },
    });
    return new Response(body);
  };
  const blob = await fetchOnePicture('/a.mjpg', new AbortController().signal);
  assert.equal(blob.size, jpeg.length);
  assert.ok(aborted);
});
