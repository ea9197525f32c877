// SPDX-License-Identifier: LGPL-2.1-or-later
import assert from 'node:assert/strict';
import { test } from 'node:test';

const web = process.env.DAIS_WEB ?? new URL('../../data/web', import.meta.url).pathname;
const { match } = await import(`${web}/lib/router.js`);

test('addresses lead to pages', () => {
  assert.equal(match('/').page, 'rooms');
  assert.deepEqual({ ...match('/mix/main-hall').params }, { room: 'main-hall' });
  assert.deepEqual({ ...match('/watch/Gro%C3%9Fer%20Saal/').params }, { room: 'Großer Saal' });
  assert.equal(match('/watch/%E0%A4%A').params.room, '%E0%A4%A');
  assert.equal(match('/room/', '?roomname=x').query.get('roomname'), 'x');
  assert.deepEqual({ ...match('/settings/streams').params }, { tab: 'streams' });
  assert.equal(match('/settings').page, 'settings');
  assert.equal(match('/room/some-id').page, 'missing');
  assert.equal(match('/mix/a/b').page, 'missing');
});
