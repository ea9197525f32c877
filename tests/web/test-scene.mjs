// SPDX-License-Identifier: LGPL-2.1-or-later
import assert from 'node:assert/strict';
import { test } from 'node:test';

const web = process.env.DAIS_WEB ?? new URL('../../data/web', import.meta.url).pathname;
const { isHeard, pictureOf, place, rectsOf, samePicture, sceneOf, shownIn, withScene } = await import(`${web}/lib/scene.js`);

test('a state without a scene is full, or pip when a pip is set', () => {
  assert.equal(sceneOf({ video: 'A' }), 'full');
  assert.equal(sceneOf({ video: 'A', pip: 'B' }), 'pip');
  assert.equal(sceneOf({ scene: 'blank', video: 'A' }), 'blank');
});

test('what is shown depends on the scene', () => {
  assert.deepEqual(shownIn({ scene: 'full', video: 'A', pip: 'B' }), ['A']);
  assert.deepEqual(shownIn({ scene: 'lecture', video: 'A', pip: 'B' }), ['A', 'B']);
  assert.deepEqual(shownIn({ scene: 'grid', grid: ['C', 'D'], video: 'A' }), ['C', 'D']);
  assert.deepEqual(shownIn({ scene: 'blank', video: 'A' }), []);
  assert.deepEqual(shownIn({ video: null }), []);
});

test('heard: the audio stream and every volume, but no mute', () => {
  const state = { audio: 'Mic', volumes: { Cam: 0.5, Off: 0 }, mutes: ['Cam'] };
  assert.equal(isHeard(state, 'Mic'), true);
  assert.equal(isHeard(state, 'Cam'), false);
  assert.equal(isHeard(state, 'Off'), false);
  assert.equal(isHeard(state, 'Other'), false);
});

test('choosing puts a stream on, and swaps with the small one', () => {
  assert.equal(place({ video: 'A' }, 'B', 'main').video, 'B');
  const swapped = place({ scene: 'pip', video: 'A', pip: 'B' }, 'B', 'main');
  assert.deepEqual([swapped.video, swapped.pip], ['B', 'A']);
  const second = place({ video: 'A' }, 'B', 'second');
  assert.deepEqual([second.scene, second.video, second.pip], ['pip', 'A', 'B']);
  assert.equal(place({ scene: 'blank', video: 'A' }, 'B', 'main').scene, 'full');
});

test('in a grid, choosing puts a stream in or out, nine at most', () => {
  assert.deepEqual(place({ scene: 'grid', grid: ['A'] }, 'B', 'main').grid, ['A', 'B']);
  assert.deepEqual(place({ scene: 'grid', grid: ['A', 'B'] }, 'A', 'main').grid, ['B']);
  const nine = [...'ABCDEFGHI'];
  assert.equal(place({ scene: 'grid', grid: nine }, 'J', 'main').grid.length, 9);
});

test('a scene fills its places', () => {
  const pip = withScene({ video: 'A' }, 'pip', ['A', 'B', 'C'], 'top-left');
  assert.deepEqual([pip.video, pip.pip, pip.pip_corner], ['A', 'B', 'top-left']);
  assert.deepEqual(withScene({ video: 'B' }, 'grid', ['A', 'B', 'C']).grid, ['B', 'A', 'C']);
  assert.equal(withScene({}, 'full', ['A']).video, 'A');
  assert.equal(withScene({}, 'lecture', []).pip, null);
  assert.equal(withScene({ video: 'A' }, 'blank', ['A']).video, 'A');
});

test('a picture is the state without the sound', () => {
  const state = { video: 'A', audio: 'M', volumes: { M: 1 }, master: 2, rev: 4, scene: 'full' };
  assert.deepEqual(pictureOf(state), { scene: 'full', video: 'A', pip: null });
  assert.equal(samePicture(state, { ...state, master: 1, rev: 9 }), true);
  assert.equal(samePicture(state, { ...state, video: 'B' }), false);
});

test('every rectangle lies inside the picture, grids do not overlap', () => {
  const states = [
    { video: 'A' }, { scene: 'side-by-side', video: 'A', pip: 'B' }, { scene: 'lecture', video: 'A', pip: 'B' },
    ...['top-left', 'bottom-right'].map((pip_corner) => ({ scene: 'pip', video: 'A', pip: 'B', pip_corner, pip_size: 0.5 })),
    ...[1, 2, 4, 5, 9].map((n) => ({ scene: 'grid', grid: [...'ABCDEFGHI'].slice(0, n) })),
  ];
  for (const state of states) {
    const rects = rectsOf(state);
    assert.equal(rects.length, shownIn(state).length);
    for (const { x, y, width, height } of rects) {
      assert.ok(x >= 0 && y >= 0 && width > 0 && height > 0 && x + width <= 1.0001 && y + height <= 1.0001);
    }
    if (state.scene === 'grid') {
      const area = rects.reduce((sum, { width, height }) => sum + width * height, 0);
      assert.ok(area <= 1.0001);
    }
  }
});

test('a scene of two never shows one stream twice', () => {
  const state = { scene: 'full', video: 'a', pip: 'a' };
  assert.equal(withScene(state, 'pip', ['a', 'b']).pip, 'b');
  assert.equal(withScene(state, 'lecture', ['a']).pip, null);
});
