// SPDX-License-Identifier: LGPL-2.1-or-later
// Every event of the party contract (contracts README §3), with the real
// clients. Usage: test-party-socket.mjs DAIS
import assert from 'node:assert/strict';
import { clients, connect, open, person, request, silent, take } from '../clients/dais.mjs';
import { next, PATIENCE, require, run, sleep, test } from '../clients/tap.mjs';

const WebSocket = require('ws');
const VIDEO = 'https://www.youtube.com/watch?v=dQw4w9WgXcQ';
const PASS = ' hunter2 — ü ';
const dais = await open(process.argv[2],
  '[room "Main Hall"]\npublic=true\nparty_password=sesame\n');

async function create(videoUrl = VIDEO, server = dais) {
  const { status, json, text } = await request(server, 'PUT', '/api/createroom/',
    { body: { roomPassword: PASS, videoUrl } });
  assert.equal(status, 200, text);
  return { roomname: json.roomname, roompass: PASS };
}

/** Joined, and what that told is taken off. */
async function joined(io, room, username, { isKnown = false, ...options } = {}) {
  const socket = await connect(dais, io, options);
  socket.emit('join', { ...room, username });
  await take(socket, isKnown ? 4 : 3);
  return socket;
}

const close = (...sockets) => sockets.forEach((socket) => socket.close());

for (const [version, io] of Object.entries(clients)) {
  const add = (name, body) => test(`${version}: ${name}`, body);

  add('joins, in order', async () => {
    const room = await create();
    const a = await connect(dais, io);
    a.emit('join', { ...room, username: 'anna' });
    assert.deepEqual(await take(a, 3), [
      ['joinSuccess'],
      ['userJoined', { username: 'anna' }],
      ['videoChange', { videoUrl: VIDEO, username: null, skipTo: null }],
    ]);
    a.emit('skipTo', { time: 100 });
    await take(a, 1);
    const b = await connect(dais, io);
    b.emit('join', { ...room });
    const [success, userJoined, video, skip] = await take(b, 4);
    assert.deepEqual(success, ['joinSuccess']);
    assert.match(userJoined[1].username, /^user_.{1,11}$/);
    assert.equal(video[1].videoUrl, VIDEO);
    assert.deepEqual(skip, ['skipTo', { time: 100, skipToTime: 100 }]);
    assert.deepEqual(await take(a, 2), [userJoined, ['requestTime']]);
    a.emit('currentTime', { time: 101.5 });
    const expected = [['skipTo', { time: 101.5, skipToTime: 101.5 }]];
    assert.deepEqual(await take(b, 1), expected);
    assert.deepEqual(await take(a, 1), expected);
    await silent(a, b);
    close(a, b);
  });

  add('is refused and stays', async () => {
    const room = await create();
    const a = await connect(dais, io);
    for (const sent of [{ ...room, roompass: 'wrong' }, { ...room, roompass: PASS.trim() },
      { roomname: 'nowhere', roompass: PASS }, { roomname: room.roomname }, { roompass: 1.5 }, {},
      { roomname: null, roompass: ['ü', 1e21] }]) {
      a.emit('join', sent);
      assert.deepEqual(await take(a, 1), [['joinError', sent]]);
    }
    a.emit('join');
    assert.deepEqual(await take(a, 1), [['joinError', {}]]);
    a.emit('join', 'text');
    assert.deepEqual(await take(a, 1), [['joinError', {}]]);
    a.emit('join', { ...room, username: 'late' });
    assert.equal((await take(a, 3))[0][0], 'joinSuccess');
    close(a);
  });

  add('retries after an error in a new session', async () => {
    const room = await create();
    for (let i = 0; i < 3; i++) {
      const a = await connect(dais, io);
      a.emit('join', { ...room, roompass: 'no' });
      await take(a, 1);
      close(a);
    }
    close(await joined(io, room, 'anna'));
  });

  add('plays and pauses', async () => {
    const room = await create();
    const a = await joined(io, room, 'anna');
    const b = await joined(io, room, 'ben');
    await take(a, 2);
    const both = async (expected) => {
      assert.deepEqual(await take(a, 1), [expected]);
      assert.deepEqual(await take(b, 1), [expected]);
    };
    a.emit('play');
    await both(['play', { username: 'anna' }]);
    b.emit('pause', { pausedtime: 33.3 });
    await both(['pause', { pausedtime: 33.3, username: 'ben' }]);
    b.emit('pause', { pausedTime: '59:59' });
    await both(['pause', { pausedtime: '59:59', username: 'ben' }]);
    b.emit('pause', { pausedtime: 0 });
    await both(['pause', { pausedtime: 0, username: 'ben' }]);
    b.emit('pause');
    await both(['pause', { pausedtime: null, username: 'ben' }]);
    a.emit('videoChange', { videoUrl: 'any näme' });
    await both(['videoChange', { videoUrl: 'any näme', username: 'anna', skipTo: null }]);
    a.emit('skipTo', { time: '1:00', more: [1] });
    await both(['skipTo', { time: '1:00', more: [1], skipToTime: '1:00' }]);
    await silent(a, b);
    close(a, b);
  });

  add('keeps the time', async () => {
    const room = await create();
    const a = await joined(io, room, 'anna');
    a.emit('skipTo', { time: 1000 });
    a.emit('play');
    a.emit('skipTo', { time: '59:59' });
    a.emit('skipTo', { time: -5 });
    await take(a, 4);
    await sleep(300);
    const b = await connect(dais, io);
    b.emit('join', room);
    const skip = (await take(b, 4))[3];
    assert.ok(skip[1].time >= 1000.25 && skip[1].time < 1010, String(skip[1].time));
    assert.equal(skip[1].skipToTime, skip[1].time);
    a.emit('videoChange', { videoUrl: 'new' });
    await take(b, 1);
    const c = await joined(io, room, 'c'); // nobody knows
    await silent(c);
    close(a, b, c);
  });

  add('sends messages to the others', async () => {
    const room = await create();
    const a = await joined(io, room, 'anna');
    const b = await joined(io, room, 'ben');
    await take(a, 2);
    a.emit('sendMessage', { content: 'héllo 😀', videoTime: '0:05' });
    a.emit('sendMessage', { content: 'second' });
    const [[name, message], [, second]] = await take(b, 2);
    assert.equal(name, 'receivedMessage');
    assert.match(message.timeStamp, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    delete message.timeStamp;
    assert.deepEqual(message, { content: 'héllo 😀', videoTime: '0:05', username: 'anna' });
    assert.equal(second.content, 'second');
    await silent(a, b);
    close(a, b);
  });

  add('leaves', async () => {
    const [room, other] = [await create(), await create()];
    const a = await joined(io, room, 'anna');
    const b = await joined(io, room, 'ben');
    await take(a, 2);
    b.emit('join', { ...other, username: 'ben' });
    assert.deepEqual(await take(a, 1), [['userLeft', { username: 'ben' }]]);
    await take(b, 3);
    a.emit('play');
    await take(a, 1);
    await silent(b);
    b.emit('join', { ...room, username: 'ben' });
    await take(b, 4);
    await take(a, 2);
    b.emit('join', { ...room, username: 'ben' }); // again
    assert.deepEqual((await take(a, 3)).map(([event]) => event),
      ['userLeft', 'userJoined', 'requestTime']);
    await take(b, 4);
    b.close();
    assert.deepEqual(await take(a, 1), [['userLeft', { username: 'ben' }]]);
    close(a);
  });

  add('does what was sent behind a join', async () => {
    const room = await create();
    const a = await connect(dais, io);
    a.emit('join', { ...room, username: 'anna' });
    a.emit('play');
    a.emit('skipTo', { time: 3 });
    assert.deepEqual((await take(a, 5)).map(([event]) => event),
      ['joinSuccess', 'userJoined', 'videoChange', 'play', 'skipTo']);
    close(a);
  });

  add('is ignored outside a room, and answered', async () => {
    const a = await connect(dais, io);
    for (const event of ['play', 'pause', 'videoChange', 'skipTo', 'currentTime', 'sendMessage',
      'requestVideoInfo', 'anything']) {
      const answer = await new Promise((resolve) => {
        a.emit(event, { time: 1, content: 'x', videoUrl: 'y' }, (...args) => resolve(args));
      });
      assert.deepEqual(answer, []);
    }
    await silent(a);
    close(a);
  });

  add('later clients do not hear themselves', async () => {
    for (const sign of [['requestVideoInfo'], ['skipTo', { skipToTime: 1 }], ['currentTime', { currTime: 1 }]]) {
      const room = await create();
      const a = await joined(io, room, 'anna');
      const b = await joined(io, room, 'ben');
      await take(a, 2);
      b.emit(...sign);
      if (sign.length === 1) {
        assert.deepEqual(await take(a, 1), [['requestTime']]);
      } else {
        const [[, times]] = await take(b, 1);
        assert.equal(times.time, 1);
        assert.equal(times.skipToTime, 1);
        await take(a, 1);
      }
      b.emit('play');
      assert.deepEqual(await take(a, 1), [['play', { username: 'ben' }]]);
      b.emit('pause', { pausedtime: 4 });
      assert.deepEqual(await take(a, 1), [['pause', { pausedtime: 4, username: 'ben' }]]);
      await silent(b);
      a.emit('play');
      assert.deepEqual(await take(a, 1), [['play', { username: 'anna' }]]);
      assert.deepEqual(await take(b, 1), [['play', { username: 'anna' }]]);
      close(a, b);
    }
    const room = await create();
    const a = await joined(io, room, 'anna');
    const b = await joined(io, room, 'ben');
    await take(a, 2);
    b.emit('play', { rate: 1.5, username: 'forged' });
    assert.deepEqual(await take(a, 1), [['play', { rate: 1.5, username: 'ben' }]]);
    await silent(a, b);
    close(a, b);
  });
}

test('names are short and unique', async () => {
  const room = await create();
  const names = [];
  const sockets = [];
  for (const wanted of ['anna', 'anna', 'a'.repeat(40), 'a'.repeat(40), '😀'.repeat(20), '', 7]) {
    const socket = await connect(dais, clients.newest);
    socket.emit('join', { ...room, username: wanted });
    names.push((await take(socket, 3))[1][1].username);
    sockets.push(socket);
  }
  assert.equal(new Set(names).size, names.length);
  assert.equal(names[0], 'anna');
  assert.equal(names[2], 'a'.repeat(16));
  assert.equal(names[4], '😀'.repeat(16));
  for (const name of names) assert.ok([...name].length <= 16, name);
  for (const name of names.slice(5)) assert.match(name, /^user_/);
  close(...sockets);
});

test('what is too large for a party puts nobody out', async () => {
  const room = await create();
  const [a, b] = [await joined(clients.newest, room, 'anna'), await joined(clients['2.5.0'], room, 'bert')];
  await take(a, 2);
  for (let i = 0; i < 5; i++) {
    a.emit('skipTo', { time: 1, more: 'x'.repeat(900000) });
    a.emit('pause', { pausedtime: 'y'.repeat(900000) });
    a.emit('play', { more: 'z'.repeat(900000) });
  }
  a.emit('skipTo', { time: 2, more: 'x'.repeat(60000) });
  assert.equal((await take(b, 1))[0][1].time, 2);
  await take(a, 1);
  await silent(a, b);
  assert.ok(a.connected && b.connected);
  close(a, b);
});

test('all versions watch together', async () => {
  const room = await create();
  const sockets = [];
  for (const [version, io] of Object.entries(clients))
    for (const transports of [['polling'], ['websocket'], ['polling', 'websocket']])
      sockets.push(await joined(io, room, version, { transports }));
  await sleep(300);
  for (const socket of sockets) socket.heard.length = 0;
  for (const [i, socket] of sockets.entries()) {
    socket.emit('skipTo', { time: i, text: 'ü 雪 😀' });
    for (const other of sockets)
      assert.deepEqual(await take(other, 1), [['skipTo', { time: i, text: 'ü 雪 😀', skipToTime: i }]]);
  }
  close(...sockets);
});

/** Frames of a bare WebSocket, to see the bytes. */
async function raw(version) {
  const socket = new WebSocket(`${dais.url.replace('http', 'ws')}/socket.io/?EIO=${version}&transport=websocket`);
  const frames = [];
  socket.on('message', (data) => frames.push(data.toString()));
  await next(socket, 'open');
  if (version === 4) socket.send('40');
  return {
    socket,
    send: (text) => socket.send(text),
    async until(start) {
      for (let i = 0; i < 400 * PATIENCE; i++) {
        const at = frames.findIndex((frame) => frame.startsWith(start));
        if (at >= 0) return frames.splice(0, at + 1)[at];
        await sleep(20);
      }
      throw new Error(`no ${start} in ${JSON.stringify(frames)}`);
    },
  };
}

for (const version of [3, 4])
  test(`EIO ${version}: relays digits as they were written`, async () => {
    const room = await create();
    const a = await raw(version);
    await a.until('40');
    a.send(`42["join",${JSON.stringify({ ...room, username: 'a' })}]`);
    await a.until('42["videoChange"');
    a.send('42["pause",{"pausedtime":-0.0}]');
    assert.equal(await a.until('42["pause"'), '42["pause",{"pausedtime":-0.0,"username":"a"}]');
    a.send('42["skipTo",{"time":33.30,"x":12345678901234567890,"y":1e400,"skipToTime":1.0}]');
    assert.equal(await a.until('42["skipTo"'),
      '42["skipTo",{"time":33.30,"x":12345678901234567890,"y":1e400,"skipToTime":1.0}]');
    a.send('42["skipTo",{"time":1E+2}]');
    assert.equal(await a.until('42["skipTo"'), '42["skipTo",{"time":1E+2,"skipToTime":1E+2}]');
    a.send('42["videoChange",{"videoUrl":"\\u00fc\\n"}]');
    assert.equal(await a.until('42["videoChange"'),
      '42["videoChange",{"videoUrl":"\\u00fc\\n","username":"a","skipTo":null}]');
    a.send('42[17,{"a":1}]'); // no name: ignored
    a.send('427["play"]');
    assert.equal(await a.until('437'), '437[]');
    a.socket.close();
  });

test('a room of the venue plays its output, with one history', async () => {
  const room = { roomname: 'main-hall', roompass: 'sesame' };
  const a = await connect(dais, clients['1.7.3']);
  a.emit('join', { ...room, username: 'anna' });
  assert.deepEqual((await take(a, 3))[2], ['videoChange',
    { videoUrl: `${dais.url}/streaming/mixed/main-hall.webm`, username: null, skipTo: null }]);
  const chat = new WebSocket(`${dais.url.replace('http', 'ws')}/api/v1/rooms/main-hall/messages/ws`);
  await next(chat, 'open');
  const heard = next(chat, 'message');
  a.emit('sendMessage', { content: 'from the party', videoTime: 1 });
  const [message] = JSON.parse((await heard)[0]);
  assert.equal(message.text, 'from the party');
  assert.deepEqual(message.sender, { id: 0, username: 'anna' });
  chat.close();
  close(a);
});

/** A members' room: whoever is invited watches along, by the token. */
const people = (...names) => Promise.all(names.map((name) => person(dais, name, 'student')));

const hex24 = async (who) =>
  (await request(dais, 'GET', '/api/users/currentUser', { token: who.token })).json.user._id;

test('a members\' room is watched in by those who are invited', async () => {
  const [anna, bert, carl] = await people('m-anna', 'm-bert', 'm-carl');
  const api = async (who, method, path, body) => {
    const answer = await request(dais, method, path, { token: who.token, body });
    assert.equal(answer.status, 200, answer.text);
    return answer.json.room;
  };
  const { _id: roomname } = await api(anna, 'POST', '/api/rooms', { name: 'Ours' });
  const users = [await hex24(bert)];
  await api(anna, 'PUT', `/api/rooms/${roomname}/inviteMembers`, { users });
  const guest = (who) => connect(dais, clients.newest, { auth: { access_token: who.token } });
  const enter = (socket, username) => socket.emit('join', { roomname, roompass: 'any', username });

  const stranger = await guest(carl);
  const nobody = await connect(dais, clients['1.7.3']);
  const a = await guest(anna);
  enter(a, 'anna');
  assert.deepEqual(await take(a, 3), [['joinSuccess'], ['userJoined', { username: 'anna' }],
    ['videoChange', { videoUrl: null, username: null, skipTo: null }]]);
  // that somebody is in it opens it to nobody else
  for (const socket of [stranger, nobody]) {
    enter(socket, 'x');
    assert.deepEqual(await take(socket, 1), [['joinError', { roomname, roompass: 'any' }]]);
  }
  for (const [who, status] of [[anna, 200], [bert, 200], [carl, 404], [{}, 404]])
    assert.equal((await request(dais, 'GET', `/room/${roomname}/`, { token: who.token })).status, status);

  const b = await guest(bert);
  enter(b, 'bert');
  await take(b, 3);
  await take(a, 2);
  a.emit('videoChange', { videoUrl: 'v' });
  await take(a, 1);
  await take(b, 1);
  b.emit('sendMessage', { content: 'said in the party' });
  assert.equal((await take(a, 1))[0][1].content, 'said in the party');
  const { json } = await request(dais, 'GET', `/api/v1/messages?room_id=${roomname}`, { token: anna.token });
  assert.deepEqual(json.data.map(({ text }) => text), ['said in the party']);
  const room = await request(dais, 'GET', `/api/v1/rooms/${roomname}`, { token: anna.token });
  assert.deepEqual(room.json.data.members.map(({ username }) => username), ['m-anna', 'm-bert']);

  await api(anna, 'PUT', `/api/rooms/${roomname}/uninviteMembers`, { users });
  assert.deepEqual(await take(a, 1), [['userLeft', { username: 'bert' }]]);
  a.emit('play');
  await take(a, 1);
  await silent(b, stranger, nobody);
  enter(b, 'bert');
  assert.equal((await take(b, 1))[0][0], 'joinError');
  close(a, b, stranger, nobody);
});

// Connection state recovery, which the newest clients do by themselves.
const lasting = await open(process.argv[2], '[server]\nrecovery_seconds=60\n');

/** The network fails, and comes back. */
async function lose(socket, meanwhile) {
  const gone = next(socket, 'disconnect');
  socket.io.engine.close();
  await gone;
  await meanwhile();
  const back = next(socket, 'connect');
  socket.connect();
  await back;
}

/** What was heard, without the offsets. */
const plain = (events) => events.map(([name, object]) =>
  (typeof object === 'object' ? [name, object] : [name]));

for (const transports of [['polling'], ['websocket'], ['polling', 'websocket']])
  test(`${transports.join('+')}: comes back to what it missed`, async () => {
    const room = await create(VIDEO, lasting);
    const [a, b] = [await connect(lasting, clients.newest, { transports }),
      await connect(lasting, clients['1.7.3'])];
    a.emit('join', { ...room, username: 'anna' });
    await take(a, 3);
    b.emit('join', { ...room, username: 'bert' });
    // those who know of no recovery hear what the contract says and nothing more
    assert.deepEqual((await take(b, 3))[0], ['joinSuccess']);
    await take(a, 2);
    a.emit('requestVideoInfo'); // a later client from now on
    assert.deepEqual(await take(b, 1), [['requestTime']]);
    const { id } = a;
    await lose(a, async () => {
      assert.deepEqual(await take(b, 1), [['userLeft', { username: 'anna' }]]);
      b.emit('skipTo', { time: 70 });
      b.emit('sendMessage', { content: 'missed?' });
      await take(b, 1);
      await sleep(100);
    });
    assert.equal(a.recovered, true);
    assert.equal(a.id, id);
    assert.deepEqual(await take(b, 1), [['userJoined', { username: 'anna' }]]);
    const missed = plain(await take(a, 2));
    assert.deepEqual(missed[0], ['skipTo', { time: 70, skipToTime: 70 }]);
    assert.equal(missed[1][1].content, 'missed?');
    a.emit('play');
    assert.deepEqual(await take(b, 1), [['play', { username: 'anna' }]]);
    await silent(a, b);
    close(a);
    assert.deepEqual(await take(b, 1), [['userLeft', { username: 'anna' }]]);
    close(b);
  });

test('nobody comes back as somebody else', async () => {
  const [s, t] = [await person(lasting, 'r-student', 'student'), await person(lasting, 'r-teacher', 'teacher')];
  const a = await connect(lasting, clients.newest, { auth: { access_token: s.token } });
  const b = await connect(lasting, clients.newest, { auth: { access_token: t.token } });
  const { json: room } = await request(lasting, 'POST', '/api/room/', { body: { text: 'how?' }, token: s.token });
  a.emit('new_room', { room: room.id });
  await take(b, 1);
  b.emit('join_room', { room: room.id });
  await take(a, 1);
  await take(b, 1);
  const say = async (text) => {
    b.emit('message', { room: room.id, text });
    await take(b, 1);
  };
  await lose(a, async () => {
    await take(b, 1); // offline
    await say('missed?');
  });
  assert.equal(a.recovered, true);
  // of its own absence too, as everybody in the room was told
  const heard = await take(a, 3);
  assert.deepEqual(heard.map(([name]) => name), ['offline', 'message', 'online']);
  assert.equal(heard[1][1].text, 'missed?');
  await take(b, 1); // online
  // without a token it is nobody, whatever it remembers
  a.auth = { access_token: '' };
  await lose(a, async () => {
    await take(b, 1);
    await say('not for nobody');
  });
  assert.equal(a.recovered, false);
  await silent(a);
  await say('nor this');
  await silent(a);
  a.auth = { access_token: s.token };
  await lose(a, async () => say('long ago'));
  assert.equal(a.recovered, false);
  close(a, b);
});

await run();
