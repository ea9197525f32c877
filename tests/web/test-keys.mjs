// SPDX-License-Identifier: LGPL-2.1-or-later
import assert from 'node:assert/strict';
import { test } from 'node:test';

const web = process.env.DAIS_WEB ?? new URL('../../data/web', import.meta.url).pathname;
const { LETTERS, commandOf } = await import(`${web}/lib/keys.js`);

test('digits choose, with Shift the second source', () => {
  assert.deepEqual(commandOf({ key: '3', code: 'Digit3' }), { action: 'main', index: 2 });
  assert.deepEqual(commandOf({ key: '"', code: 'Digit2', shiftKey: true }), { action: 'second', index: 1 });
  assert.deepEqual(commandOf({ key: '9', code: 'Numpad9' }), { action: 'main', index: 8 });
  assert.equal(commandOf({ key: '0', code: 'Digit0' }), null);
});

test('Enter takes and Space blanks, but a focused button keeps its own', () => {
  assert.deepEqual(commandOf({ key: 'Enter' }), { action: 'take' });
  assert.deepEqual(commandOf({ key: ' ' }), { action: 'blank' });
  assert.equal(commandOf({ key: 'Enter' }, { onControl: true }), null);
  assert.equal(commandOf({ key: ' ' }, { onControl: true }), null);
  assert.deepEqual(commandOf({ key: 't' }, { onControl: true }), { action: 'take' });
});

test('nothing happens while somebody types, nor on a held key', () => {
  for (const key of ['1', 'Enter', ' ', 't', '?']) {
    assert.equal(commandOf({ key }, { typing: true }), null);
    assert.equal(commandOf({ key, repeat: true }), null);
    assert.equal(commandOf({ key, metaKey: true }), null);
  }
});

test('Ctrl+Z undoes, other shortcuts of the browser stay its own', () => {
  assert.deepEqual(commandOf({ key: 'z', ctrlKey: true }), { action: 'undo' });
  assert.equal(commandOf({ key: 'f', ctrlKey: true }), null);
  assert.equal(commandOf({ key: 'l', altKey: true }), null);
});

test('? shows the keys although it needs Shift', () => {
  assert.deepEqual(commandOf({ key: '?', code: 'Minus', shiftKey: true }), { action: 'help' });
});

test('no two letters do the same', () => {
  const actions = Object.values(LETTERS);
  assert.equal(new Set(actions).size, actions.length);
  for (const [letter, action] of Object.entries(LETTERS)) assert.deepEqual(commandOf({ key: letter }), { action });
});
