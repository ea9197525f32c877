// SPDX-License-Identifier: LGPL-2.1-or-later
import assert from 'node:assert/strict';
import { test } from 'node:test';

const web = process.env.DAIS_WEB ?? new URL('../../data/web', import.meta.url).pathname;
const { fits, isQuestion, join, questionText } = await import(`${web}/lib/chat.js`);

const message = (id, text, createTime) => ({ id, text, createTime, sender: { id: 1, username: 'a' } });

test('history and socket join, each message once and in order', () => {
  const known = join([], [message(2, 'b', 20), message(1, 'a', 10)]);
  const more = join(known, [message(2, 'b', 20), message(10, 'd', 30), message(9, 'c', 30)]);
  assert.deepEqual(more.map(({ id }) => id), [1, 2, 9, 10]);
});

test('a message has at most 512 bytes as it is sent', () => {
  assert.equal(fits('a'.repeat(501)), true);
  assert.equal(fits('a'.repeat(502)), false);
  assert.equal(fits('ü'.repeat(251)), false);
});

test('a question says so in its text', () => {
  assert.equal(isQuestion('? why'), true);
  assert.equal(isQuestion('why?'), false);
  assert.equal(questionText('? why'), 'why');
});
