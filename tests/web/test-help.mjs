// SPDX-License-Identifier: LGPL-2.1-or-later
import assert from 'node:assert/strict';
import { test } from 'node:test';

const web = process.env.DAIS_WEB ?? new URL('../../data/web', import.meta.url).pathname;
const { emptyDesk, hear, nameOf, ownRooms, queueOf, safeImage, unseen } = await import(`${web}/lib/help.js`);

const room = (id, more = {}) => ({
  id, student: { id: 2, first_name: 'Sam' }, teacher: null, status: 'active',
  timestamp: `2026-01-01T10:0${id}:00.000000Z`, text: 'why', image: '', ...more,
});

test('the queue: who waits longest comes first', () => {
  const desk = hear(emptyDesk(), 'rooms', [room(3), room(1), room(2, { status: 'closed' })]);
  assert.deepEqual(queueOf(desk).map(({ id }) => id), [1, 3]);
  assert.deepEqual(ownRooms(desk, 2).map(({ id }) => id), [3, 2, 1]);
  assert.deepEqual(ownRooms(desk, 9), []);
});

test('a room is claimed and closed', () => {
  let desk = hear(emptyDesk(), 'new_room', room(1));
  desk = hear(desk, 'room_joined', { room: 1, teacher: { id: 7, first_name: 'Tea', last_name: 'Cher' }, status: 'engaged' });
  assert.equal(desk.rooms.get(1).status, 'engaged');
  assert.equal(nameOf(desk.rooms.get(1).teacher), 'Tea Cher');
  desk = hear(desk, 'room_closed', { room: 1, status: 'closed' });
  assert.equal(desk.rooms.get(1).status, 'closed');
});

test('messages once each, in order; seen marks those of the other', () => {
  let desk = hear(emptyDesk(), 'messages', { room: 1, messages: [{ id: 5, user: 2, seen: false }] });
  desk = hear(desk, 'message', { id: 4, room: '1', user: 7, seen: false });
  desk = hear(desk, 'message', { id: 5, room: 1, user: 2, seen: false });
  assert.deepEqual(desk.messages.get(1).map(({ id }) => id), [4, 5]);
  assert.equal(unseen(desk, 1, 7), 1);
  desk = hear(desk, 'seen', { room: 1, user: 2 });
  assert.equal(unseen(desk, 1, 7), 0);
  assert.equal(unseen(desk, 1, 2), 1);
});

test('who is there; what is unknown changes nothing', () => {
  let desk = hear(emptyDesk(), 'online', { user: 2 });
  assert.ok(desk.online.has(2));
  desk = hear(desk, 'offline', { user: 2 });
  assert.ok(!desk.online.has(2));
  assert.equal(hear(desk, 'surprise', null), desk);
  assert.equal(nameOf(null), '');
  assert.equal(nameOf({ id: 3 }), '#3');
});

test('an address that is no picture is not followed', () => {
  assert.equal(safeImage('https://h/a.png'), 'https://h/a.png');
  assert.equal(safeImage('/images/a.png'), '/images/a.png');
  assert.equal(safeImage('data:image/png;base64,AA'), 'data:image/png;base64,AA');
  for (const bad of ['javascript:alert(1)', '//evil/a.png', 'data:text/html,x', '', null]) assert.equal(safeImage(bad), '');
});
