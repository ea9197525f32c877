// SPDX-License-Identifier: LGPL-2.1-or-later
import assert from 'node:assert/strict';
import { test } from 'node:test';

const web = process.env.DAIS_WEB ?? new URL('../../data/web', import.meta.url).pathname;
const { chase, overGap, typeOf } = await import(`${web}/lib/live-buffer.js`);

test('a stream\'s type by its header', () => {
  const header = (text) => new TextEncoder().encode(`\u001aE…${text}`);
  assert.equal(typeOf(header('V_VP8 A_OPUS')), 'video/webm; codecs="vp8,opus"');
  assert.equal(typeOf(header('A_OPUS')), 'video/webm; codecs="opus"');
  assert.equal(typeOf(header('V_VP8')), 'video/webm; codecs="vp8"');
  assert.equal(typeOf(header('V_THEORA')), '');
});

test('near the newest picture, a little behind, far behind, too near', () => {
  assert.deepEqual(chase(0.3), { rate: 1, jump: false });
  assert.equal(chase(0.7).rate, 1.04);
  assert.equal(chase(1.5).rate, 1.1);
  assert.deepEqual(chase(3), { rate: 1, jump: true });
  assert.ok(chase(0.05).rate < 1);
});

const ranges = (...pairs) => ({ length: pairs.length, start: (i) => pairs[i][0], end: (i) => pairs[i][1] });

test('a gap is jumped over, a range is not', () => {
  assert.equal(overGap(ranges([0, 5], [8, 10]), 3), null);
  assert.equal(overGap(ranges([0, 5], [8, 10]), 4.99), 8);
  assert.equal(overGap(ranges([0, 5], [8, 10]), 6), 8);
  assert.equal(overGap(ranges([0, 5]), 4.99), null);
  assert.equal(overGap(ranges([3, 5]), 0), 3);
  assert.equal(overGap(ranges(), 1), null);
});
