// SPDX-License-Identifier: LGPL-2.1-or-later
import assert from 'node:assert/strict';
import { test } from 'node:test';

const web = process.env.DAIS_WEB ?? new URL('../../data/web', import.meta.url).pathname;
const { FLOOR, Meters, faderToGain, gainToDb, gainToFader, position } = await import(`${web}/lib/levels.js`);

test('a level rises at once, falls slowly, and its peak is held', () => {
  let now = 0;
  const meters = new Meters(() => now);
  meters.receive({ streams: { Mic: { peak: -6, rms: -18 } }, mix: { peak: -3, rms: -12 } });
  assert.equal(meters.read('Mic').shown, -6);
  assert.equal(meters.read('').peak, -3);
  now = 500;
  meters.receive({ streams: { Mic: { peak: -40, rms: -50 } } });
  assert.equal(meters.read('Mic').shown, -18);
  assert.equal(meters.read('Mic').held, -6);
  now = 3000;
  assert.equal(meters.read('Mic').shown, FLOOR);
});

test('loudness of the mix is what the engine says', () => {
  const meters = new Meters(() => 0);
  assert.equal(meters.read('').loudness, FLOOR);
  meters.receive({ mix: { peak: -10, rms: -13, loudness: -23.4 } });
  assert.equal(meters.read('').loudness, -23.4);
  meters.receive({ mix: { peak: -100, rms: -100, loudness: -100 } });
  assert.equal(meters.read('').loudness, FLOOR);
});

test('a stream is silent after ten seconds without sound, while levels come', () => {
  let now = 0;
  const meters = new Meters(() => now);
  for (; now <= 10_500; now += 500) meters.receive({ streams: { A: { peak: -90, rms: -95 }, B: { peak: -20, rms: -30 } } });
  assert.equal(meters.isSilent('A'), true);
  assert.equal(meters.isSilent('B'), false);
  assert.equal(meters.isSilent('unknown'), false);
  now += 5000;
  assert.equal(meters.isSilent('A'), false);
});

test('channels give the loudest, nonsense is silence', () => {
  const meters = new Meters(() => 0);
  meters.receive({ streams: { A: { peak: [-30, -12], rms: [-40, -22] }, B: { peak: null, rms: 'x' } } });
  assert.equal(meters.read('A').peak, -12);
  assert.equal(meters.read('B').shown, FLOOR);
  meters.receive(null);
});

test('the scale runs from -60 to 0', () => {
  assert.equal(position(-60), 0);
  assert.equal(position(0), 1);
  assert.equal(position(-30), 0.5);
  assert.equal(position(12), 1);
});

test('a fader goes there and back', () => {
  assert.equal(faderToGain(0), 0);
  assert.ok(Math.abs(faderToGain(75) - 1) < 1e-9);
  assert.ok(Math.abs(gainToDb(faderToGain(100)) - 12) < 1e-9);
  assert.ok(faderToGain(100) <= 4);
  assert.equal(gainToFader(0), 0);
  for (let value = 1; value <= 100; value += 1) {
    assert.ok(Math.abs(gainToFader(faderToGain(value)) - value) < 0.01, String(value));
  }
  assert.equal(gainToDb(0), -Infinity);
});
