// SPDX-License-Identifier: LGPL-2.1-or-later
// A daemon of the test's own in a temporary folder, and what the tests of the
// Socket.IO doors share: real clients of four versions that write down all that
// they hear.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { next, PATIENCE, require, serve, sleep } from './tap.mjs';

export const clients = {
  '1.7.3': require('client-1.7'),
  '2.5.0': require('client-2.5'),
  '4.1.3': require('client-4.1').io,
  newest: require('client-new').io,
};

/** Old clients have no auth object and say the query. */
export const isOld = (io) => io === clients['1.7.3'] || io === clients['2.5.0'];

const PASSWORD = 'a password that is long';

/** Starts `program serve`; it ends, with its folder, when the test does. */
export async function open(program, config) {
  const folder = mkdtempSync(join(tmpdir(), 'dais-t-'));
  const data = join(folder, 'data');
  writeFileSync(join(folder, 'dais.conf'), config);
  const { url, child } = await serve(program, ['serve', '--json', '--data-dir', data,
    '--listen', 'http://127.0.0.1:0', '--config', join(folder, 'dais.conf')]);
  process.prependListener('exit', () => {
    child.kill('SIGTERM');
    spawnSync('sh', ['-c', `for i in $(seq 100); do kill -0 ${child.pid} && sleep 0.1; done; rm -rf "${folder}"`],
      { stdio: 'ignore', timeout: 15000 });
  });
  const said = JSON.parse(url);
  return { program, data, child, ...said };
}

/** @returns {Promise<{status: number, text: string, json: any}>} */
export async function request(dais, method, path, { body, token } = {}) {
  const { request: start } = await import('node:http');
  return new Promise((resolve, reject) => {
    const message = start(dais.url + path, {
      method,
      headers: {
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...(token ? { Authorization: `Bearer ${token}` } : {}),
      },
    }, (answer) => {
      let text = '';
      answer.setEncoding('utf8');
      answer.on('data', (piece) => { text += piece; });
      answer.on('end', () => {
        let json = null;
        try { json = JSON.parse(text); } catch { /* not every door speaks it */ }
        resolve({ status: answer.statusCode, text, json });
      });
    });
    message.on('error', reject);
    message.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

/** Adds an account and logs it in at the help desk's door. */
export async function person(dais, username, role) {
  execFileSync(dais.program, ['user', 'add', username, '--role', role, '--password-stdin',
    '--data-dir', dais.data], { input: PASSWORD + '\n', stdio: ['pipe', 'ignore', 'inherit'] });
  const { status, json, text } = await request(dais, 'POST', '/api/token/',
    { body: { username, password: PASSWORD } });
  if (status !== 200) throw new Error(`no token: ${text}`);
  const [, claims] = json.access.split('.');
  return { username, token: json.access, id: JSON.parse(Buffer.from(claims, 'base64url')).user_id };
}

/** A client that is connected, its `heard` a list of [event, ...arguments]. */
export async function connect(dais, io, options = {}, waits = true) {
  const socket = io(dais.url, { forceNew: true, reconnection: false, ...options });
  const onevent = socket.onevent;
  socket.heard = [];
  socket.onevent = function (packet) {
    this.heard.push([...packet.data]);
    onevent.call(this, packet);
  };
  if (waits) await next(socket, 'connect');
  return socket;
}

/** Waits until so many events have come, and takes them off the list. */
export async function take(socket, n) {
  for (let i = 0; i < 400 * PATIENCE && socket.heard.length < n; i++) await sleep(20);
  if (socket.heard.length < n)
    throw new Error(`only ${JSON.stringify(socket.heard)}, not ${n} events`);
  return socket.heard.splice(0, n);
}

/** Nothing has come, and nothing comes while an answer does. */
export async function silent(...sockets) {
  await Promise.all(sockets.map((socket) => new Promise((resolve) => {
    socket.emit('no such event', resolve);
  })));
  for (const socket of sockets)
    if (socket.heard.length > 0) throw new Error(`heard ${JSON.stringify(socket.heard)}`);
}
