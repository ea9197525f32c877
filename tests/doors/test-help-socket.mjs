// SPDX-License-Identifier: LGPL-2.1-or-later
// Every Socket.IO event of the help contract (contracts README §4), with the
// real clients. Usage: test-help-socket.mjs DAIS
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { clients, connect, isOld, open, person, request, silent, take } from '../clients/dais.mjs';
import { next, run, test } from '../clients/tap.mjs';

const dais = await open(process.argv[2], '');
const PIXEL = 'data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///ywAAAAAAQABAAACAUwAOw==';
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/;

let count = 0;
const student = () => person(dais, `student${++count}`, 'student');
const teacher = () => person(dais, `teacher${++count}`, 'teacher');

/** How a client shows its token: the auth object, or with EIO 3 the query. */
const shown = (io, fields) => (isOld(io) ? { query: fields } : { auth: fields });

const login = (io, who, options = {}) =>
  connect(dais, io, { ...shown(io, { access_token: who.token, id: who.id }), ...options });

async function ask(who, text = 'how?', image = '') {
  const { status, json, text: body } = await request(dais, 'POST', '/api/room/',
    { body: { text, image }, token: who.token });
  assert.equal(status, 201, body);
  return json;
}

const close = (...sockets) => sockets.forEach((socket) => socket.close());

/** Emits, and gives what its sender alone hears. */
async function refused(socket, ...event) {
  socket.emit(...event);
  const [[name, { message }]] = await take(socket, 1);
  assert.equal(name, 'error');
  assert.equal(typeof message, 'string');
  return message;
}

for (const [version, io] of Object.entries(clients)) {
  const add = (name, body) => test(`${version}: ${name}`, body);

  add('goes through a whole question', async () => {
    const [s, t, u] = [await student(), await teacher(), await teacher()];
    const [a, b, c] = [await login(io, s), await login(io, t), await login(io, u)];
    const room = await ask(s, 'hélp');
    a.emit('new_room', { room: room.id });
    for (const socket of [b, c]) {
      const [[name, object]] = await take(socket, 1);
      assert.equal(name, 'new_room');
      assert.deepEqual(object, room);
    }
    await silent(a);

    b.emit('join_room', { room: room.id });
    const [, engaged] = (await take(a, 1))[0];
    assert.equal(engaged.room, room.id);
    assert.equal(engaged.status, 'engaged');
    assert.deepEqual(Object.keys(engaged.teacher).sort(), ['first_name', 'id', 'image', 'last_name']);
    assert.equal(engaged.teacher.id, t.id);
    for (const socket of [b, c])
      assert.deepEqual(await take(socket, 1), [['room_joined', engaged]]);
    await refused(c, 'join_room', { room: room.id });
    b.emit('join_room', { room: room.id }); // again: silently
    await silent(a, b, c);

    a.emit('message', { room: String(room.id), text: 'one ü', image: '' });
    const [[name, message]] = await take(a, 1);
    assert.deepEqual(await take(b, 1), [[name, message]]);
    assert.equal(name, 'message');
    assert.match(message.timestamp, TIME);
    assert.equal(typeof message.id, 'number');
    const { id: _, timestamp: __, ...rest } = message;
    assert.deepEqual(rest, { text: 'one ü', image: '', seen: false, room: room.id, user: s.id });
    b.emit('message', { room: room.id, text: 'two' });
    await take(a, 1);
    await take(b, 1);

    b.emit('seen', { room: room.id });
    const expected = [['seen', { room: room.id, user: s.id, by: t.id }]];
    assert.deepEqual(await take(a, 1), expected);
    assert.deepEqual(await take(b, 1), expected);
    const { json } = await request(dais, 'GET', `/api/${room.id}/messages/`, { token: s.token });
    assert.deepEqual(json.map(({ seen }) => seen), [true, false]);

    for (const socket of [a, b]) {
      socket.emit('rooms');
      assert.deepEqual(await take(socket, 1), [['rooms', { rooms: [room.id] }]]);
    }
    await refused(a, 'close_room', { room: room.id });
    await refused(c, 'close_room', { room: room.id });
    b.emit('close_room', { room: room.id });
    const closed = [['room_closed', { status: 'closed', room: room.id }]];
    assert.deepEqual(await take(a, 1), closed);
    assert.deepEqual(await take(b, 1), closed);
    await refused(a, 'message', { room: room.id, text: 'late' });
    await refused(b, 'message', { room: room.id, text: 'late' });
    a.emit('rooms');
    assert.deepEqual(await take(a, 1), [['rooms', { rooms: [] }]]);
    await silent(a, b, c);
    close(a, b, c);
  });

  add('tells who is there', async () => {
    const [s, t] = [await student(), await teacher()];
    const room = await ask(s);
    const b = await login(io, t);
    b.emit('join_room', { room: room.id });
    await take(b, 1);
    const a = await login(io, s); // enters its rooms by connecting
    assert.deepEqual(await take(b, 1), [['online', { user: s.id }]]);
    await take(a, 1);
    const again = await login(io, s);
    await silent(b);
    a.emit('message', { room: room.id, text: 'to all of mine' });
    for (const socket of [a, b, again]) assert.equal((await take(socket, 1))[0][0], 'message');
    close(again);
    await silent(b);
    close(a);
    assert.deepEqual(await take(b, 1), [['offline', { user: s.id }]]);
    close(b);
  });

  add('shows its token in every way', async () => {
    const s = await student();
    for (const fields of [{ access_token: s.token, id: String(s.id) }, { access: s.token }, { token: s.token }]) {
      const socket = await connect(dais, io, shown(io, fields));
      socket.emit('rooms');
      assert.deepEqual(await take(socket, 1), [['rooms', { rooms: [] }]]);
      close(socket);
    }
  });

  add('is told that its token is bad', async () => {
    const [s, other] = [await student(), await student()];
    for (const fields of [{ access_token: 'no' }, { access_token: s.token, id: other.id },
      { access_token: s.token.slice(0, -3) + 'AAA', id: s.id }]) {
      const socket = await connect(dais, io, shown(io, fields), false);
      // 1.x and 2.x tell of "error" by their own means as well
      const gone = next(socket, 'disconnect');
      socket.on('error', () => {});
      assert.match((await gone)[0], /^io server disconnect$/);
      assert.equal(socket.heard.length, 1);
      const [name, { message, code }] = socket.heard[0];
      assert.equal(name, 'error');
      assert.equal(code, 'token_not_valid');
      assert.equal(typeof message, 'string');
      close(socket);
    }
  });

  add('stays as nobody without a token', async () => {
    for (const fields of [{}, { access_token: '', id: '' }]) {
      const socket = await connect(dais, io, shown(io, fields));
      socket.on('error', () => {});
      for (const event of ['join_room', 'close_room', 'message', 'seen', 'new_room', 'rooms'])
        await refused(socket, event, { room: 1, text: 'x' });
      assert.deepEqual(await new Promise((resolve) => {
        socket.emit('anything', (...args) => resolve(args));
      }), []);
      close(socket);
    }
  });
}

test('refuses what is not allowed, to its sender alone', async () => {
  const [s, other, t] = [await student(), await student(), await teacher()];
  const sockets = [];
  for (const who of [s, other, t]) sockets.push(await login(clients.newest, who));
  const [a, b, c] = sockets;
  const room = await ask(s);
  await refused(a, 'join_room', { room: room.id }); // no teacher
  await refused(b, 'message', { room: room.id, text: 'mine too' });
  await refused(b, 'new_room', { room: room.id });
  await refused(b, 'seen', { room: room.id });
  await refused(c, 'message', { room: room.id, text: 'not joined' });
  await refused(c, 'close_room', { room: room.id });
  for (const wrong of [0, -1, 99999, 'x', '', null, 1.5, [1], '1x']) {
    await refused(c, 'join_room', { room: wrong });
    await refused(a, 'message', { room: wrong, text: 'x' });
  }
  await refused(a, 'message', { room: room.id, text: 5 });
  await refused(a, 'message', { room: room.id, text: 'x', image: 'javascript:1' });
  await refused(a, 'message');
  await silent(...sockets);
  close(...sockets);
});

test('carries pictures', async () => {
  const [s, t] = [await student(), await teacher()];
  const [a, b] = [await login(clients['4.1.3'], s), await login(clients.newest, t)];
  const room = await ask(s);
  b.emit('join_room', { room: room.id });
  await take(b, 1);
  a.emit('new_room', { room: room.id });
  a.heard.length = 0;
  a.emit('message', { room: room.id, text: 'look', image: PIXEL });
  const [[, message]] = await take(b, 1);
  assert.ok(message.image.startsWith(`${dais.url}/`), message.image);
  const picture = await request(dais, 'GET', message.image.slice(dais.url.length));
  assert.equal(picture.status, 200);
  close(a, b);
});

test('keeps no picture of what is refused', async () => {
  const [s, other] = [await student(), await student()];
  const room = await ask(s, 'with one', PIXEL);
  const before = readdirSync(join(dais.data, 'images')).length;
  const a = await login(clients.newest, other);
  for (const number of [room.id, 99999])
    await refused(a, 'message', { room: number, text: 'x', image: PIXEL });
  assert.equal(readdirSync(join(dais.data, 'images')).length, before);
  close(a);
});

test('a removed account is thrown out', async () => {
  const [s, t] = [await student(), await teacher()];
  const [a, b] = [await login(clients.newest, s), await login(clients['2.5.0'], t)];
  execFileSync(dais.program, ['user', 'remove', s.username, '--data-dir', dais.data]);
  assert.equal((await next(a, 'disconnect', 19000))[0], 'io server disconnect');
  assert.equal(a.heard[0][1].code, 'token_not_valid');
  await silent(b);
  close(a, b);
});

test('a student may be a party guest too', async () => {
  const s = await student();
  const socket = await login(clients.newest, s);
  socket.emit('join', { roomname: 'nowhere', roompass: 'x' });
  assert.deepEqual(await take(socket, 1), [['joinError', { roomname: 'nowhere', roompass: 'x' }]]);
  close(socket);
});

await run();
