// SPDX-License-Identifier: LGPL-2.1-or-later
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { holdTimers } from './timers.mjs';

const web = process.env.DAIS_WEB ?? new URL('../../data/web', import.meta.url).pathname;
const { PreviewPool } = await import(`${web}/lib/previews.js`);
const { MediaSocket } = await import(`${web}/lib/media-socket.js`);
const { firstJpeg } = await import(`${web}/lib/jpeg-parts.js`);

const JPEG = [0xff, 0xd8, 1, 0xff, 0, 3, 0xff, 0xd9];
const PART = new Uint8Array([45, 45, 98, 13, 10, ...JPEG, 13, 10]);

test('a whole JPEG is found in a part', () => {
  assert.equal(firstJpeg(new Uint8Array([0xff, 0xd8, 1, 0xff])), null);
  assert.equal(firstJpeg(new Uint8Array(0)), null);
  assert.deepEqual([...firstJpeg(PART)], JPEG);
});

function build() {
  const sources = [];
  const pool = new PreviewPool((url, onData, onOpen) => {
    const source = { url, onData, onOpen, runs: false, start() { this.runs = true; }, stop() { this.runs = false; } };
    sources.push(source);
    return source;
  });
  const preview = () => ({ pictures: 0, losses: 0, picture() { this.pictures += 1; }, lost() { this.losses += 1; } });
  return { pool, sources, preview };
}

test('an address that is shown twice is taken once', () => {
  const { pool, sources, preview } = build();
  const [one, two, three] = [preview(), preview(), preview()];
  pool.add('/a.mjpg', one);
  pool.add('/a.mjpg', two);
  pool.add('/b.mjpg', three);
  assert.deepEqual(sources.map(({ url, runs }) => [url, runs]), [['/a.mjpg', true], ['/b.mjpg', true]]);
  sources[0].onData(PART);
  sources[0].onData(new Uint8Array([1, 2, 3]));
  assert.deepEqual([one.pictures, two.pictures, three.pictures], [1, 1, 0]);
  sources[0].onOpen(false);
  assert.deepEqual([one.losses, two.losses, three.losses], [1, 1, 0]);
  pool.remove('/a.mjpg', one);
  assert.equal(sources[0].runs, true);
  pool.remove('/a.mjpg', two);
  assert.equal(sources[0].runs, false);
  pool.remove('/a.mjpg', two);
  pool.add('/a.mjpg', one);
  assert.equal(sources.length, 3);
});

test('a hidden page takes nothing', () => {
  const { pool, sources, preview } = build();
  pool.add('/a.mjpg', preview());
  pool.pause(true);
  pool.add('/b.mjpg', preview());
  assert.deepEqual(sources.map(({ runs }) => runs), [false, false]);
  pool.pause(false);
  assert.deepEqual(sources.map(({ runs }) => runs), [true, true]);
});

test('a stream that ends is opened again, a stopped one is not', (t) => {
  holdTimers(t);
  const opened = [];
  const told = [];
  const socket = new MediaSocket('/streaming/a.mjpg', (data) => told.push(data.length), (open) => told.push(open), (url) => {
    const fake = { url, close() { this.onclose?.(); } };
    opened.push(fake);
    return fake;
  });
  socket.start('https://hall');
  assert.equal(opened[0].url, 'wss://hall/streaming/a.mjpg');
  opened[0].onmessage({ data: new Uint8Array(3).buffer });
  opened[0].onclose();
  t.mock.timers.tick(300);
  assert.equal(opened.length, 2);
  assert.deepEqual(told, [true, 3, false]);
  opened[0].onmessage({ data: new Uint8Array(3).buffer });
  assert.equal(told.length, 3);
  socket.stop();
  t.mock.timers.tick(9000);
  assert.equal(opened.length, 2);
});
