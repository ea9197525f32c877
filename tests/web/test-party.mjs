// SPDX-License-Identifier: LGPL-2.1-or-later
import assert from 'node:assert/strict';
import { test } from 'node:test';

const web = process.env.DAIS_WEB ?? new URL('../../data/web', import.meta.url).pathname;
const { Party, PartyClock, correct, playable, secondsFrom } = await import(`${web}/lib/party.js`);

test('the common clock runs only while it plays', () => {
  let now = 100;
  const clock = new PartyClock(() => now);
  clock.set(10, true);
  now = 105;
  assert.equal(clock.position(), 15);
  clock.run(false);
  now = 200;
  assert.equal(clock.position(), 15);
  clock.set(3);
  assert.equal(clock.position(), 3);
});

test('drift: little is left, more is mended by the rate, much by a jump', () => {
  assert.deepEqual(correct(10, 10.2, true), { rate: 1, jump: null });
  assert.ok(correct(10, 10.8, true).rate < 1);
  assert.ok(correct(10, 9.2, true).rate > 1);
  assert.equal(correct(10, 9.2, true).jump, null);
  assert.deepEqual(correct(10, 12.5, true), { rate: 1, jump: 10 });
  assert.deepEqual(correct(10, 10.2, false), { rate: 1, jump: 10 });
});

test('the rate brings a drift to nothing', () => {
  let shown = 11.6;
  let wanted = 10;
  for (let second = 0; second < 40; second++) {
    const { rate, jump } = correct(wanted, shown, true);
    shown = (jump ?? shown) + rate;
    wanted += 1;
  }
  assert.ok(Math.abs(shown - wanted) <= 0.31, String(shown - wanted));
});

test('times in the forms that clients send', () => {
  assert.equal(secondsFrom(12.5), 12.5);
  assert.equal(secondsFrom('59:59'), 3599);
  assert.equal(secondsFrom('1:02:03'), 3723);
  assert.equal(secondsFrom('7'), 7);
  for (const bad of [-1, NaN, 'soon', '', null, undefined, {}, '1:2:3:4']) assert.equal(secondsFrom(bad), null);
});

test('only this server\'s media are played', () => {
  const here = 'http://hall:8080';
  assert.deepEqual(playable('http://hall:8080/streaming/mixed/a.webm', here), { kind: 'live', src: '/streaming/mixed/a.webm' });
  assert.deepEqual(playable('/recordings/a.webm', here), { kind: 'file', src: '/recordings/a.webm' });
  assert.equal(playable('https://www.youtube.com/watch?v=dQw4w9WgXcQ', here).kind, 'elsewhere');
  assert.equal(playable('javascript:alert(1)', here).kind, 'none');
  assert.equal(playable('', here).kind, 'none');
});

function build() {
  const handlers = {};
  const sent = [];
  const socket = {
    on: (event, run) => { handlers[event] = run; },
    emit: (...args) => sent.push(args),
    disconnect: () => {},
  };
  const party = new Party({ roomname: 'r', roompass: 'p', username: 'me' }, () => {}, () => 42);
  party.start(socket);
  return { party, handlers, sent };
}

test('joining: the events of the contract in their order', () => {
  const { party, handlers, sent } = build();
  handlers.connect();
  assert.deepEqual(sent, [['join', { roomname: 'r', roompass: 'p', username: 'me' }]]);
  handlers.joinSuccess();
  assert.deepEqual(sent[1], ['requestVideoInfo']);
  handlers.userJoined({ username: 'me' });
  handlers.videoChange({ videoUrl: '/a.webm', username: null, skipTo: null });
  handlers.skipTo({ time: '1:00', skipToTime: '1:00' });
  assert.deepEqual([party.state, party.videoUrl, party.clock.position()], ['in', '/a.webm', 60]);
  handlers.requestTime();
  assert.deepEqual(sent[2], ['currentTime', { time: 42 }]);
});

test('others play and pause', () => {
  const { party, handlers } = build();
  handlers.play({ username: 'a' });
  assert.equal(party.clock.playing, true);
  handlers.pause({ pausedtime: 12, username: 'a' });
  assert.deepEqual([party.clock.playing, party.clock.position()], [false, 12]);
  handlers.pause({ pausedTime: '0:07' });
  assert.equal(party.clock.position(), 7);
});

test('a refusal and a lost connection are told apart', () => {
  const { party, handlers } = build();
  handlers.joinError({});
  assert.equal(party.state, 'refused');
  const other = build();
  other.handlers.joinSuccess();
  other.handlers.disconnect();
  assert.equal(other.party.state, 'lost');
});

test('people come and go; a message has its time', () => {
  const { party, handlers, sent } = build();
  handlers.userJoined({ username: 'a' });
  handlers.userJoined({ username: 'a' });
  handlers.userJoined({ username: 'b' });
  handlers.userLeft({ username: 'a' });
  assert.deepEqual(party.people, ['b']);
  party.say('hello');
  assert.deepEqual(sent.at(-1), ['sendMessage', { content: 'hello', videoTime: 42 }]);
  handlers.receivedMessage({ content: 'hi', username: 'b' });
  assert.deepEqual(party.messages.map(({ content }) => content), ['hello', 'hi']);
});
