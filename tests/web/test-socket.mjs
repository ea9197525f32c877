// SPDX-License-Identifier: LGPL-2.1-or-later
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { holdTimers } from './timers.mjs';

const web = process.env.DAIS_WEB ?? new URL('../../data/web', import.meta.url).pathname;
const { WatchSocket, retryDelay } = await import(`${web}/lib/socket.js`);

class FakeSocket {
  sent = [];
  constructor(url) { this.url = url; }
  send(text) { this.sent.push(JSON.parse(text)); }
  close() { this.onclose?.({}); }
  accept() { this.onopen?.({}); }
  say(message) { this.onmessage?.({ data: JSON.stringify(message) }); }
}

function build(options = {}) {
  const sockets = [];
  const messages = [];
  const statuses = [];
  const socket = new WatchSocket({
    path: '/room/a/watch', origin: 'http://hall:8080', random: () => 1,
    open: (url) => { sockets.push(new FakeSocket(url)); return sockets.at(-1); },
    onMessage: (message) => messages.push(message),
    onStatus: (status) => statuses.push(status),
    ...options,
  });
  return { socket, sockets, messages, statuses };
}

test('tries grow further apart, up to five seconds', () => {
  assert.equal(retryDelay(0, () => 1), 250);
  assert.equal(retryDelay(0, () => 0), 125);
  assert.equal(retryDelay(3, () => 1), 2000);
  assert.equal(retryDelay(40, () => 1), 5000);
});

test('it comes back by itself and resumes by rev', (t) => {
  holdTimers(t, ['setTimeout']);
  const { socket, sockets, messages, statuses } = build();
  socket.subscribe(['levels']);
  socket.start();
  assert.equal(sockets[0].url, 'ws://hall:8080/room/a/watch');
  sockets[0].accept();
  assert.deepEqual(sockets[0].sent, [{ type: 'subscribe', data: ['levels'] }]);
  sockets[0].say({ type: 'state', data: {}, rev: 7 });
  sockets[0].close();
  assert.equal(socket.status, 'lost');
  t.mock.timers.tick(250);
  assert.equal(sockets[1].url, 'ws://hall:8080/room/a/watch?since=7');
  sockets[1].accept();
  assert.deepEqual(statuses, ['connecting', 'open', 'lost', 'open']);
  assert.equal(messages.length, 1);
  socket.stop();
});

test('config and streams come first with the newest rev, and hide nothing', () => {
  const { socket, sockets, messages } = build();
  socket.start();
  sockets[0].accept();
  sockets[0].say({ type: 'state', data: 1, rev: 7 });
  sockets[0].say({ type: 'config', data: {}, rev: 10 });
  sockets[0].say({ type: 'notes', data: [], rev: 8 });
  sockets[0].say({ type: 'state', data: 2, rev: 9 });
  assert.equal(messages.length, 4);
  assert.equal(socket.rev, 9);
  sockets[0].say({ type: 'state', data: 3, rev: 8 });
  assert.equal(messages.length, 4);
  sockets[0].say({ type: 'state', data: 4, rev: 2, reset: true });
  assert.equal(messages.at(-1).data, 4);
  assert.equal(socket.rev, 2);
  socket.stop();
});

test('a write is answered by its id', async () => {
  const { socket, sockets } = build();
  await assert.rejects(socket.send('state', {}), /not connected/);
  socket.start();
  sockets[0].accept();
  const first = socket.send('state', { video: 'A' });
  const second = socket.send('state', { video: 'B' });
  const third = socket.send('notes', {});
  assert.deepEqual(sockets[0].sent.map(({ type, id }) => [type, id]), [['state', 1], ['state', 2], ['notes', 3]]);
  sockets[0].say({ type: 'error', id: 2, error: 'this room has no stream \'B\'' });
  sockets[0].say({ type: 'ok', id: 1 });
  await first;
  await assert.rejects(second, /no stream/);
  sockets[0].say({ type: 'ok', id: 99 });
  sockets[0].onmessage({ data: '{broken' });
  sockets[0].close();
  await assert.rejects(third, /not connected/);
  socket.stop();
});

test('a topic that is not wanted any more is given up', () => {
  const { socket, sockets } = build();
  socket.subscribe(['levels', 'log']);
  socket.start();
  sockets[0].accept();
  socket.subscribe(['log']);
  assert.deepEqual(sockets[0].sent.slice(1), [
    { type: 'unsubscribe', data: ['levels'] }, { type: 'subscribe', data: ['log'] }]);
  socket.stop();
});

test('a refusal is told from a server that is away', async () => {
  const denied = build({ probe: async () => 403 });
  denied.socket.start();
  denied.sockets[0].close();
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(denied.socket.status, 'denied');
  const away = build({ probe: async () => 0 });
  away.socket.start();
  away.sockets[0].close();
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(away.socket.status, 'lost');
  away.socket.stop();
});
