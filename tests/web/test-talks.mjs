// SPDX-License-Identifier: LGPL-2.1-or-later
import assert from 'node:assert/strict';
import { test } from 'node:test';

const web = process.env.DAIS_WEB ?? new URL('../../data/web', import.meta.url).pathname;
const { clockField, dayOf, findNow, secondsOf, speakersOf, talkKey, talksOfDay, timeOf } = await import(`${web}/lib/talks.js`);

test('times in the contract\'s two forms', () => {
  assert.equal(secondsOf(37512.4), 37512.4);
  assert.equal(secondsOf('14:30'), 52200);
  assert.equal(secondsOf('9:05:10'), 32710);
  assert.equal(secondsOf('3600'), 3600);
  assert.equal(secondsOf('soon'), null);
  assert.equal(secondsOf(null), null);
});

const at = (hours, minutes) => new Date(2026, 4, 6, hours, minutes);
const talks = {
  b: { 'talk-id': 'b', 'talk-date': '2026-05-06', 'talk-begin': '11:00', 'talk-end': '11:45' },
  a: { 'talk-id': 'a', 'talk-date': '2026-05-06', 'talk-begin': 36000, 'talk-end': 38700 },
  old: { 'talk-id': 'old', 'talk-date': '2026-05-05', 'talk-begin': 36000 },
};

test('now and next of the day', () => {
  assert.equal(dayOf(at(10, 0)), '2026-05-06');
  assert.equal(timeOf(at(1, 1)), 3660);
  assert.deepEqual(talksOfDay(talks, at(9, 0)).map((talk) => talk['talk-id']), ['a', 'b']);
  const ids = (date) => Object.values(findNow(talks, date)).map((talk) => talk?.['talk-id'] ?? null);
  assert.deepEqual(ids(at(9, 0)), [null, 'a']);
  assert.deepEqual(ids(at(10, 15)), ['a', 'b']);
  assert.deepEqual(ids(at(10, 50)), [null, 'b']);
  assert.deepEqual(ids(at(11, 10)), ['b', null]);
  assert.deepEqual(ids(at(12, 0)), [null, null]);
});

test('what the editor of talks needs', () => {
  const talk = { 'talk-id': 'a', 'talk-begin': 32710, presenters: ['Ada', 'Grace'] };
  assert.equal(clockField(talk['talk-begin']), '09:05');
  assert.equal(clockField(null), '');
  assert.equal(speakersOf(talk), 'Ada, Grace');
  assert.equal(speakersOf({ 'talk-id': 'b', presenters: 'Ada' }), 'Ada');
  assert.equal(speakersOf({ 'talk-id': 'b' }), '');
  assert.equal(talkKey({ 'hall_2026-02-07_a': talk }, talk), 'hall_2026-02-07_a');
});
