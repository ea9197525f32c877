// SPDX-License-Identifier: LGPL-2.1-or-later
import assert from 'node:assert/strict';
import { test } from 'node:test';

const web = process.env.DAIS_WEB ?? new URL('../../data/web', import.meta.url).pathname;
const { emptyRoom, mediaPath, orderedStreams, otherStreams, outputOf, receive, tallyOf } = await import(`${web}/lib/room.js`);

const stream = (name, type = 'av', origin = 'raw') => ({ name, type, origin, stream_url: `http://h/streaming/${name}.webm` });
const withStreams = () => receive(emptyRoom(), { type: 'streams', data: {
  Mic: stream('Mic', 'audio'), B: stream('B'), A: stream('A'), Out: stream('Out', 'av', 'mixed') } });

test('streams: raw ones by name, sound last, the mix not among them', () => {
  assert.deepEqual(orderedStreams(withStreams()).map(({ name }) => name), ['A', 'B', 'Mic']);
});

test('a layout orders and hides; what is not ours is left alone', () => {
  const room = receive(withStreams(), { type: 'layout', data: ['Mic', 'B', 'gone'] });
  assert.deepEqual(orderedStreams(room).map(({ name }) => name), ['Mic', 'B']);
  assert.deepEqual(otherStreams(room).map(({ name }) => name), ['A']);
  const strange = receive(withStreams(), { type: 'layout', data: { columns: 3 } });
  assert.equal(orderedStreams(strange).length, 3);
});

test('a room that may use some streams shows those', () => {
  const room = receive(withStreams(), { type: 'config', data: { media: [{ name: 'Out' }, { name: 'B' }, {}] } });
  assert.deepEqual(orderedStreams(room).map(({ name }) => name), ['B']);
});

test('states are kept for undo from the second on', () => {
  let room = receive(emptyRoom(), { type: 'state', data: { video: 'A' } });
  assert.equal(room.previous.length, 0);
  for (let i = 0; i < 30; i++) room = receive(room, { type: 'state', data: { video: String(i) } });
  assert.equal(room.previous.length, 20);
  assert.equal(room.previous.at(-1).video, '28');
});

test('log entries join by revision', () => {
  let room = receive(emptyRoom(), { type: 'log', data: [{ rev: 1 }, { rev: 2 }] });
  room = receive(room, { type: 'log', data: [{ rev: 3 }] });
  room = receive(room, { type: 'log', data: [{ rev: 2 }, { rev: 3 }] });
  assert.deepEqual(room.log.map(({ rev }) => rev), [1, 2, 3]);
});

test('tally: on air by the server, next by the preset', () => {
  const room = receive(withStreams(), { type: 'state', data: { scene: 'pip', video: 'A', pip: 'B' } });
  assert.deepEqual(tallyOf(room, 'B', null), { program: true, next: false });
  assert.deepEqual(tallyOf(room, 'Mic', { video: 'Mic' }), { program: false, next: true });
});

test('media addresses are this server\'s own', () => {
  assert.equal(mediaPath('http://other:1/streaming/mixed/a-b.webm'), '/streaming/mixed/a-b.webm');
  assert.equal(mediaPath('http://h/streaming/a.webm?x=1', 'mjpg'), '/streaming/a.mjpg');
  assert.equal(mediaPath(undefined), '');
});

test('an output is found by name; unknown messages change nothing', () => {
  const room = withStreams();
  assert.equal(outputOf(room.streams, { output_stream: 'Out' })?.origin, 'mixed');
  assert.equal(outputOf(room.streams, {}), undefined);
  assert.equal(receive(room, { type: 'whatever', data: 1 }), room);
});
