// SPDX-License-Identifier: LGPL-2.1-or-later
// The real clients against tests/net/echo-server: usage socketio-clients.mjs SERVER
import assert from 'node:assert/strict';
import { next, require, run, serve, sleep, test } from './tap.mjs';

const server = await serve(process.argv[2], ['--port', '0'], {
  PING_INTERVAL: '300', PING_TIMEOUT: '2000',
});
const clients = {
  '1.7.3': require('client-1.7'),
  '2.5.0': require('client-2.5'),
  '4.1.3': require('client-4.1').io,
  newest: require('client-new').io,
};
const ways = {
  polling: ['polling'],
  websocket: ['websocket'],
  upgrade: ['polling', 'websocket'],
};

function open(io, transports, path = '/', options = {}) {
  return io(server.url + path, {
    transports, forceNew: true, reconnection: false, ...options,
  });
}

async function connected(io, transports, path, options) {
  const socket = open(io, transports, path, options);
  await Promise.race([
    next(socket, 'connect'),
    next(socket, 'connect_error').then(([error]) => { throw new Error(String(error)); },
      () => {}),
  ]);
  return socket;
}

const TEXT = 'naïve — 雪 😀 "quoted" \\ \u0000 end';
const DATA = { a: [1, 2.5, -1e21, 0.1, null, true, { b: 'ü' }], 'k€y': 33.3 };

for (const [version, io] of Object.entries(clients)) {
  const isOld = version.startsWith('1') || version.startsWith('2');

  for (const [way, transports] of Object.entries(ways)) {
    const add = (name, body) => test(`${version} ${way}: ${name}`, async () => {
      const socket = await connected(io, transports);
      try {
        await body(socket);
      } finally {
        socket.close();
      }
    });

    add('relays text and numbers', async (socket) => {
      socket.emit('message', 1, TEXT, DATA);
      assert.deepEqual(await next(socket, 'message-back'), [1, TEXT, DATA]);
    });
    add('acknowledges', async (socket) => {
      const answer = await new Promise((resolve) => {
        socket.emit('message-with-ack', 1, TEXT, (...args) => resolve(args));
      });
      assert.deepEqual(answer, [1, TEXT]);
    });
    add('asks', async (socket) => {
      socket.on('question', (value, answer) => answer(value + '!'));
      socket.emit('ask-me', TEXT);
      assert.deepEqual(await next(socket, 'answered'), [TEXT + '!']);
    });
    add('carries binary', async (socket) => {
      const bytes = Buffer.from([0, 1, 2, 250, 255]);
      socket.emit('message', bytes, { deep: [Buffer.from('abc')] }, 'text');
      const [one, two, three] = await next(socket, 'message-back');
      assert.deepEqual(Buffer.from(one), bytes);
      assert.deepEqual(Buffer.from(two.deep[0]), Buffer.from('abc'));
      assert.equal(three, 'text');
      socket.emit('bin', 1000);
      const [sevens, { deep }] = await next(socket, 'bin-back');
      assert.deepEqual(Buffer.from(sevens), Buffer.alloc(1000, 7));
      assert.deepEqual(Buffer.from(deep[0]), Buffer.from([1, 2]));
    });
    add('keeps a burst in order', async (socket) => {
      const seen = [];
      const all = new Promise((resolve) => {
        socket.on('b', (n) => seen.push(n) === 300 && resolve());
      });
      for (let i = 0; i < 3; i++) socket.emit('burst', 100);
      await all;
      assert.deepEqual(seen, [0, 1, 2].flatMap(() => [...Array(100).keys()]));
    });
    add('takes 500 kB', async (socket) => {
      socket.emit('big', 500000);
      const [text] = await next(socket, 'big-back');
      assert.equal(text, 'x'.repeat(500000));
      socket.emit('message', 'y'.repeat(500000));
      const [back] = await next(socket, 'message-back');
      assert.equal(back.length, 500000);
    });
    add('lives on heartbeats', async (socket) => {
      let gone = null;
      socket.on('disconnect', (reason) => { gone = reason; });
      await sleep(1500);
      assert.equal(gone, null);
    });
    add('is thrown out', async (socket) => {
      socket.emit('kick');
      assert.deepEqual((await next(socket, 'disconnect'))[0], 'io server disconnect');
    });
    add('has its connection closed', async (socket) => {
      socket.emit('kick-hard');
      await next(socket, 'disconnect');
    });
    add('notices a dropped transport', async (socket) => {
      socket.emit('drop-transport');
      await next(socket, 'disconnect', 15000);
    });
    add('gets volatile events', async (socket) => {
      const first = next(socket, 'v');
      if (way !== 'websocket') await sleep(150);
      socket.emit('volatile', 3);
      assert.deepEqual(await first, [0]);
    });
    add('reaches a room', async (socket) => {
      const other = await connected(io, transports);
      const room = `r-${version}-${way}`;
      await new Promise((resolve) => { socket.emit('join', room, resolve); });
      await new Promise((resolve) => { other.emit('join', room, resolve); });
      const both = Promise.all([next(socket, 'room'), next(other, 'room')]);
      socket.emit('to-room', room, 'all', 1);
      assert.deepEqual(await both, [['all', 1], ['all', 1]]);
      let mine = 0;
      socket.on('room', () => { mine++; });
      const theirs = next(other, 'room');
      socket.emit('to-others', room, 'others');
      assert.deepEqual(await theirs, ['others']);
      await sleep(100);
      assert.equal(mine, 0);
      other.close();
    });
    test(`${version} ${way}: joins namespaces`, async () => {
      const socket = await connected(io, transports, '/custom');
      socket.emit('message', 'x');
      assert.deepEqual(await next(socket, 'message-back'), ['x']);
      socket.close();
      const bad = open(io, transports, '/nowhere');
      const [error] = await next(bad, isOld ? 'error' : 'connect_error');
      assert.equal(isOld ? error : error.message, 'Invalid namespace');
      bad.close();
    });
    if (!isOld) {
      test(`${version} ${way}: shows its token`, async () => {
        const socket = open(io, transports, '/', { auth: { token: 't', n: [1] } });
        assert.deepEqual(await next(socket, 'auth'), [{ token: 't', n: [1] }]);
        socket.close();
        const refused = open(io, transports, '/guarded', { auth: { token: 'bad' } });
        const [error] = await next(refused, 'connect_error');
        assert.equal(error.message, 'not authorized');
        assert.deepEqual(error.data, { code: 401 });
        refused.close();
        const good = await connected(io, transports, '/guarded', { auth: { token: 'good' } });
        good.close();
      });
    }
  }
  test(`${version}: loses nothing while it upgrades`, async () => {
    for (let round = 0; round < 5; round++) {
      const socket = open(io, ['polling', 'websocket']);
      const seen = [];
      const all = new Promise((resolve) => {
        socket.on('message-back', (n) => seen.push(n) === 200 && resolve());
      });
      await next(socket, 'connect');
      for (let i = 0; i < 200; i++) {
        socket.emit('message', i);
        if (i % 10 === 0) await sleep(2);
      }
      await all;
      assert.deepEqual(seen, [...Array(200).keys()]);
      assert.equal(socket.io.engine.transport.name, 'websocket');
      socket.close();
    }
  });
}

test('EIO 3 and EIO 4 share a room', async () => {
  const sockets = await Promise.all(
    Object.values(clients).map((io) => connected(io, ['websocket'])));
  for (const socket of sockets)
    await new Promise((resolve) => { socket.emit('join', 'mixed', resolve); });
  for (const socket of sockets) {
    const got = Promise.all(sockets.map((one) => next(one, 'room')));
    socket.emit('to-room', 'mixed', TEXT);
    assert.deepEqual(await got, sockets.map(() => [TEXT]));
  }
  for (const socket of sockets) socket.close();
});

test('ws: echoes text, binary and 16 MiB', async () => {
  const WebSocket = require('ws');
  const socket = new WebSocket(server.url.replace('http', 'ws') + '/ws');
  await next(socket, 'open');
  for (const data of [TEXT, Buffer.from([0, 255]), 'z'.repeat(16 << 20)]) {
    socket.send(data);
    const [back] = await next(socket, 'message', 15000);
    assert.deepEqual(typeof data === 'string' ? back.toString() : back, data);
  }
  socket.send('z'.repeat((16 << 20) + 1));
  assert.equal((await next(socket, 'close', 15000))[0], 1009);
});

test('the server goes on', async () => {
  assert.equal(server.child.exitCode, null);
});

await run();
