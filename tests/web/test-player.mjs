// SPDX-License-Identifier: LGPL-2.1-or-later
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { holdTimers } from './timers.mjs';

const web = process.env.DAIS_WEB ?? new URL('../../data/web', import.meta.url).pathname;
const { LivePlayer, catchUp } = await import(`${web}/lib/player.js`);

test('a little behind plays faster, far behind jumps', () => {
  assert.deepEqual(catchUp(0.4), { rate: 1, jump: false });
  assert.equal(catchUp(1.5).rate, 1.04);
  assert.equal(catchUp(3).rate, 1.1);
  assert.deepEqual(catchUp(7), { rate: 1, jump: true });
});

class FakeVideo extends EventTarget {
  src = '';
  currentTime = 0;
  playbackRate = 1;
  paused = false;
  buffered = { length: 0, end: () => 0 };
  refusal = '';
  async play() {
    if (this.refusal) throw Object.assign(new Error('no'), { name: this.refusal });
  }
  load() {}
  hasAttribute() { return this.src !== ''; }
  removeAttribute() { this.src = ''; }
}

test('it says what it does, and opens a stream that ended again', async (t) => {
  holdTimers(t, ['setTimeout', 'setInterval']);
  const video = new FakeVideo();
  const states = [];
  const player = new LivePlayer(video, (state) => states.push(state), null);
  player.open('/a.webm');
  video.dispatchEvent(new Event('playing'));
  video.dispatchEvent(new Event('ended'));
  t.mock.timers.tick(400);
  assert.deepEqual(states, ['connecting', 'playing', 'lost', 'connecting']);
  player.close();
  assert.equal(video.src, '');
});

test('a picture that stands still is opened again', (t) => {
  holdTimers(t, ['setTimeout', 'setInterval']);
  const video = new FakeVideo();
  const states = [];
  const player = new LivePlayer(video, (state) => states.push(state), null);
  player.open('/a.webm');
  video.dispatchEvent(new Event('playing'));
  t.mock.timers.tick(8000);
  assert.ok(states.includes('lost'));
  player.close();
});

test('far behind, it walks to the newest picture', (t) => {
  holdTimers(t, ['setTimeout', 'setInterval']);
  const video = new FakeVideo();
  const player = new LivePlayer(video, () => {}, null);
  player.open('/a.webm');
  video.buffered = { length: 1, end: () => 20 };
  video.currentTime = 1;
  t.mock.timers.tick(1000);
  assert.equal(video.currentTime, 19.5);
  video.currentTime = 17;
  t.mock.timers.tick(1000);
  assert.equal(video.playbackRate, 1.1);
  player.close();
});

test('a browser that wants a click first says so', async () => {
  const video = new FakeVideo();
  video.refusal = 'NotAllowedError';
  const player = new LivePlayer(video, () => {}, null);
  await player.play();
  assert.equal(player.state, 'blocked');
});

test('pieces that never play give way to the plain address', (t) => {
  holdTimers(t, ['setTimeout', 'setInterval']);
  const video = new FakeVideo();
  const made = [];
  const player = new LivePlayer(video, () => {}, (_video, url, onEnd) => {
    const buffer = { url, onEnd, stopped: false, stop() { this.stopped = true; } };
    made.push(buffer);
    return buffer;
  });
  player.open('/a.webm');
  for (let i = 0; i < 3; i++) {
    made.at(-1).onEnd();
    t.mock.timers.tick(2000);
  }
  assert.equal(made.length, 3);
  assert.ok(made.every(({ stopped }) => stopped));
  assert.equal(video.src, '/a.webm');
  player.close();
});
