// SPDX-License-Identifier: LGPL-2.1-or-later
import assert from 'node:assert/strict';
import { test } from 'node:test';

const web = process.env.DAIS_WEB ?? new URL('../../data/web', import.meta.url).pathname;
const { schemeOf, withoutSecret } = await import(`${web}/lib/form.js`);

test('a password in an address is not shown', () => {
  assert.equal(withoutSecret('rtsp://admin:s3cr:et@10.0.0.5/1'), 'rtsp://admin:•••@10.0.0.5/1');
  assert.equal(withoutSecret('rtsp://10.0.0.5/a:b@c'), 'rtsp://10.0.0.5/a:b@c');
  assert.equal(withoutSecret('test:ball'), 'test:ball');
});

test('the kind of an address', () => {
  assert.equal(schemeOf('RTSP://x'), 'rtsp');
  assert.equal(schemeOf('nothing'), '');
});
