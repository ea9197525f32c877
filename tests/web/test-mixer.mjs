// SPDX-License-Identifier: LGPL-2.1-or-later
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { holdTimers } from './timers.mjs';

const web = process.env.DAIS_WEB ?? new URL('../../data/web', import.meta.url).pathname;
const { Mixer } = await import(`${web}/lib/mixer.js`);
const { emptyRoom, receive } = await import(`${web}/lib/room.js`);

/** A server that confirms a write by a state, or refuses it. */
function build(state = { scene: 'full', video: 'A', pip: null, audio: 'Mic', volumes: {}, mutes: [], master: 1 }) {
  const link = {
    room: receive(emptyRoom(), { type: 'state', data: state }),
    ready: true,
    writes: [],
    refusal: '',
    async write(change) {
      link.writes.push(change);
      if (link.refusal) throw new Error(link.refusal);
      const { transition: _, ...rest } = change;
      link.room = receive(link.room, { type: 'state', data: { ...link.room.state, ...rest } });
    },
  };
  const failures = [];
  const mixer = new Mixer(link, () => {}, (error) => failures.push(error.message));
  return { link, mixer, failures };
}

test('preset: a choice waits, Take puts it on air and swaps', async () => {
  const { link, mixer } = build();
  await mixer.choose('B');
  assert.equal(link.writes.length, 0);
  assert.equal(mixer.next.video, 'B');
  assert.equal(mixer.state.video, 'A');
  mixer.transition = { kind: 'fade', ms: 700 };
  await mixer.take();
  assert.equal(link.writes[0].video, 'B');
  assert.deepEqual(link.writes[0].transition, { kind: 'fade', ms: 700 });
  assert.equal(mixer.next.video, 'A');
});

test('direct: a choice goes out at once', async () => {
  const { link, mixer } = build();
  mixer.setMode('direct');
  await mixer.choose('B', 'second');
  assert.deepEqual([link.writes[0].scene, link.writes[0].video, link.writes[0].pip], ['pip', 'A', 'B']);
});

test('what the server refuses is told and changes nothing', async () => {
  const { link, mixer, failures } = build();
  link.refusal = 'you may not cut here';
  await mixer.choose('B');
  await mixer.take();
  assert.deepEqual(failures, ['you may not cut here']);
  assert.equal(mixer.next.video, 'B');
  assert.equal(mixer.state.video, 'A');
  assert.equal(mixer.pending.size, 0);
});

test('nothing is sent while the connection is lost', async () => {
  const { link, mixer } = build();
  link.ready = false;
  mixer.setMode('direct');
  await mixer.choose('B');
  await mixer.blank();
  assert.equal(link.writes.length, 0);
});

test('blank and back to the same picture', async () => {
  const { link, mixer } = build({ scene: 'pip', video: 'A', pip: 'B', pip_corner: 'top-left' });
  await mixer.blank();
  assert.equal(mixer.state.scene, 'blank');
  await mixer.blank();
  assert.deepEqual([mixer.state.scene, mixer.state.pip, mixer.state.pip_corner], ['pip', 'B', 'top-left']);
  assert.equal(link.writes.length, 2);
});

test('undo brings the picture before back, not the sound', async () => {
  const { mixer } = build();
  assert.equal(mixer.undoable, null);
  mixer.setMode('direct');
  await mixer.choose('B');
  await mixer.toggleMute('Mic');
  assert.equal(mixer.undoable.video, 'A');
  await mixer.undo();
  assert.equal(mixer.state.video, 'A');
  assert.deepEqual(mixer.state.mutes, ['Mic']);
});

test('sound is added, muted and taken out by name', async () => {
  const { link, mixer } = build();
  await mixer.addSound('Cam');
  assert.deepEqual(link.writes[0], { volumes: { Cam: 1 } });
  assert.equal(mixer.inSound('Cam'), true);
  await mixer.toggleMute('Cam');
  await mixer.toggleMute('Cam');
  assert.deepEqual(link.writes[2], { mutes: [] });
  await mixer.removeSound('Cam');
  assert.deepEqual(link.writes[3], { volumes: { Cam: null } });
  await mixer.removeSound('Mic');
  assert.deepEqual(link.writes[4], { audio: null, volumes: { Mic: null } });
  const silent = build({ video: 'A', audio: null });
  await silent.mixer.addSound('Cam');
  assert.deepEqual(silent.link.writes[0], { audio: 'Cam' });
});

test('a dragged fader sends a few changes and the last one', async (t) => {
  holdTimers(t, ['setTimeout']);
  const { link, mixer } = build();
  for (let i = 1; i <= 20; i++) mixer.setVolume('Mic', i / 20, false);
  assert.equal(mixer.held.get('Mic'), 1);
  assert.equal(link.writes.length, 0);
  t.mock.timers.tick(100);
  assert.equal(link.writes.length, 1);
  await mixer.setVolume('Mic', 0.5, true);
  assert.deepEqual(link.writes.at(-1), { volumes: { Mic: 0.5 } });
  assert.equal(mixer.held.has('Mic'), false);
  await mixer.setVolume('', 0.8, true);
  assert.deepEqual(link.writes.at(-1), { master: 0.8 });
});
