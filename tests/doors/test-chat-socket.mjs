// SPDX-License-Identifier: LGPL-2.1-or-later
// The chat contract's sockets (contracts README §6) with npm's ws, as a page
// uses them: the token is the subprotocol. Usage: test-chat-socket.mjs DAIS
import assert from 'node:assert/strict';
import { connect as connectTcp } from 'node:net';
import { open, request } from '../clients/dais.mjs';
import { next, PATIENCE, require, run, sleep, test } from '../clients/tap.mjs';

const WebSocket = require('ws');
const dais = await open(process.argv[2], '[room "Hall"]\npublic=true\n');
const BASE = `${dais.url.replace('http', 'ws')}/api/v1/rooms`;

let count = 0;

/** Signs up and logs in, as the document says. */
async function person() {
  const body = { username: `anna${++count}`, secret: 'a secret that is long' };
  const { status, json } = await request(dais, 'POST', '/api/v1/users', { body });
  assert.equal(status, 201);
  const login = await request(dais, 'POST', '/api/v1/login', { body });
  assert.equal(login.status, 200);
  return { ...json.data, token: login.json.data.token };
}

/** A socket that is open, and keeps what it hears. */
async function enter(room, token, path = 'messages/ws') {
  const socket = new WebSocket(`${BASE}/${room}/${path}`, token === undefined ? [] : token);
  socket.heard = [];
  socket.on('message', (data, isBinary) => socket.heard.push(isBinary ? data : JSON.parse(data)));
  await next(socket, 'open');
  return socket;
}

async function take(socket) {
  for (let i = 0; i < 400 * PATIENCE && socket.heard.length === 0; i++) await sleep(20);
  assert.ok(socket.heard.length > 0, 'nothing was heard');
  return socket.heard.shift();
}

const close = (...sockets) => sockets.forEach((socket) => socket.close());
const send = (socket, object) => socket.send(JSON.stringify(object));

/** Refused before the upgrade. */
async function refused(room, token) {
  const socket = new WebSocket(`${BASE}/${room}/messages/ws`, token);
  socket.on('error', () => {});
  const [, answer] = await next(socket, 'unexpected-response');
  let text = '';
  for await (const piece of answer) text += piece;
  return { status: answer.statusCode, ...JSON.parse(text) };
}

/* Long before they are looked at: a ping comes after 54 s. */
const patient = await enter('quiet', (await person()).token);
const pinged = new Promise((resolve) => {
  const since = Date.now();
  patient.once('ping', () => resolve(Date.now() - since));
});
const silent = connectTcp(new URL(dais.url).port, '127.0.0.1');
const dropped = new Promise((resolve) => {
  const since = Date.now();
  silent.on('error', () => {});
  silent.on('data', () => {});
  silent.on('close', () => resolve(Date.now() - since));
});
silent.write('GET /api/v1/rooms/quiet/ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n'
  + 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n');

for (const path of ['messages/ws', 'ws'])
  test(`${path}: says something to everybody, the sender too`, async () => {
    const [anna, bert] = [await person(), await person()];
    const [a, b, c] = [await enter('lobby', anna.token, path), await enter('lobby', bert.token, path),
      await enter('lobby', 'null', path)];
    assert.deepEqual([a.protocol, b.protocol, c.protocol], [anna.token, bert.token, 'null']);
    send(a, { text: 'héllo 😀' });
    const heard = await take(a);
    assert.equal(heard.length, 1);
    const [{ createTime, id, ...message }] = heard;
    assert.deepEqual(message, { sender: { id: anna.id, username: anna.username }, text: 'héllo 😀' });
    assert.ok(Number.isInteger(createTime) && Math.abs(createTime - Date.now() / 1000) < 30);
    assert.ok(Number.isInteger(id));
    assert.deepEqual(await take(b), heard);
    assert.deepEqual(await take(c), heard);
    close(a, b, c);
  });

test('without a token one only reads', async () => {
  for (const token of ['null', undefined]) {
    const socket = await enter('lobby', token);
    const gone = next(socket, 'close');
    send(socket, { text: 'x' });
    assert.equal((await gone)[0], 1008);
  }
});

test('a bad token is refused before the upgrade', async () => {
  for (const token of ['no-token', 'a.b.c']) {
    const { status, error, data } = await refused('lobby', token);
    assert.deepEqual([status, error.type, data], [400, 'INVALID_AUTH_TOKEN', null]);
  }
});

test('what is no message closes the socket', async () => {
  const { token } = await person();
  for (const [data, code] of [['{', 1008], ['[]', 1008], ['{"text":1}', 1008], ['{}', 1008],
    [JSON.stringify({ text: 'x'.repeat(600) }), 1009]]) {
    const socket = await enter('lobby', token);
    const gone = next(socket, 'close');
    socket.send(data);
    assert.equal((await gone)[0], code, data);
  }
});

test('the room is the venue\'s', async () => {
  const anna = await person();
  const socket = await enter('hall', anna.token);
  send(socket, { text: 'in the hall' });
  const [message] = await take(socket);
  const room = await request(dais, 'GET', '/api/v1/rooms/hall', { token: anna.token });
  assert.deepEqual(room.json.data.members, [{ id: anna.id, username: anna.username }]);
  const history = await request(dais, 'GET', '/api/v1/messages?room_id=hall&count=1', { token: anna.token });
  assert.deepEqual(history.json.data, [message]);
  close(socket);
});

test('a ping comes every 54 s, and who does not answer is dropped after 60', async () => {
  const after = await pinged;
  assert.ok(after > 53000 && after < 58000, `${after} ms`);
  const gone = await dropped;
  assert.ok(gone > 59000 && gone < 66000, `${gone} ms`);
  assert.equal(patient.readyState, WebSocket.OPEN);
  close(patient);
}, 70000);

await run();
