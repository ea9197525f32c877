// SPDX-License-Identifier: LGPL-2.1-or-later
import assert from 'node:assert/strict';
import { test } from 'node:test';

const web = process.env.DAIS_WEB ?? new URL('../../data/web', import.meta.url).pathname;
const { ApiError, errorText, request } = await import(`${web}/lib/api.js`);

test('every door\'s error body gives its words', () => {
  assert.equal(errorText({ error: 'no such room' }), 'no such room');
  assert.equal(errorText({ error: { type: 'X', message: 'taken' }, data: null }), 'taken');
  assert.equal(errorText({ err: 'Room not found' }), 'Room not found');
  assert.equal(errorText({ detail: 'No active account' }), 'No active account');
  assert.equal(errorText({ password: ['This field is required.'] }), 'password: This field is required.');
  assert.equal(errorText('Validation Error'), 'Validation Error');
  assert.equal(errorText(null), undefined);
  assert.equal(errorText(''), undefined);
});

/** @param {number} status @param {string} body @param {string} [type] */
function answer(status, body, type = 'application/json') {
  globalThis.fetch = async () => new Response(body, { status, headers: { 'Content-Type': type } });
}

test('JSON and text come back as what they are', async () => {
  answer(200, '{"a":1}');
  assert.deepEqual(await request('GET', '/rooms'), { a: 1 });
  answer(200, 'Room exists', 'text/plain');
  assert.equal(await request('GET', '/room/x'), 'Room exists');
});

test('a refusal carries its status and words', async () => {
  answer(403, '{"error":"you may not cut here"}');
  await assert.rejects(request('PUT', '/room/a/state', { json: {} }),
    (error) => error instanceof ApiError && error.status === 403 && error.message === 'you may not cut here');
  answer(502, '<html>', 'text/html');
  await assert.rejects(request('GET', '/x'), { status: 502 });
  answer(200, '{broken');
  await assert.rejects(request('GET', '/x'), { message: 'the answer is not JSON' });
});

test('a server that is away has status 0', async () => {
  globalThis.fetch = async () => { throw new TypeError('failed to fetch'); };
  await assert.rejects(request('GET', '/rooms'), { status: 0 });
});

test('a form is sent as one, with the cookie', async () => {
  let seen;
  globalThis.fetch = async (path, options) => {
    seen = { path, ...options };
    return new Response('{}', { headers: { 'Content-Type': 'application/json' } });
  };
  await request('POST', '/login', { form: { username: 'a b', password: 'ü&=' } });
  assert.equal(String(seen.body), 'username=a+b&password=%C3%BC%26%3D');
  assert.equal(seen.credentials, 'same-origin');
});
