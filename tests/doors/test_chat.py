#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The chat contract (contracts README §6), row by row."""
import json
import os
import socket as tcp
import sqlite3
import threading
import time

from peoplecase import SECRET, Daemon, PeopleCase, Person, Refused, Timeout, WebSocket, main, run


class ChatCase(PeopleCase):
    def refused(self, answer, status, kind):
        self.assertEqual(answer.status, status, answer)
        self.assertEqual(set(answer.json), {'error', 'data'})
        self.assertIsNone(answer.json['data'])
        error = answer.json['error']
        self.assertEqual((error['type'], error['Type']), (kind, kind))
        self.assertTrue(error['message'])

    def accepted(self, answer, status=200):
        self.assertEqual(answer.status, status, answer)
        self.assertEqual(set(answer.json), {'error', 'data'})
        self.assertIsNone(answer.json['error'])
        return answer.json['data']

    def history(self, room, who=None, count=None):
        query = f'/api/v1/messages?room_id={room}' + (f'&count={count}' if count is not None else '')
        answer = who.get(query) if who else self.dais.get(query, token=False)
        return self.accepted(answer)

    def say(self, socket, text):
        socket.send_text(json.dumps({'text': text}))
        return socket.recv()[0]


class Accounts(ChatCase):
    def sign_up(self, body, **more):
        return self.dais.post('/api/v1/users', body, token=False, **more)

    def test_sign_up(self):
        data = self.accepted(self.sign_up({'username': 'somebody', 'secret': 'x'}), 201)
        self.assertEqual(set(data), {'id', 'username'})
        self.assertEqual(data['username'], 'somebody')
        self.assertIsInstance(data['id'], int)

    def test_sign_up_refused(self):
        self.sign_up({'username': 'taken', 'secret': 'x'})
        rows = [({'username': 'taken', 'secret': 'y'}, 'USER_EXISTS'),
                ({'username': 'TAKEN', 'secret': 'y'}, 'USER_EXISTS'),
                ({'username': 'new', 'secret': ''}, 'BAD_PASSWORD'),
                ({'username': 'new', 'secret': 'x' * 5000}, 'BAD_PASSWORD'),
                ({'username': 'new'}, 'BAD_BINDING'), ({'secret': 'x'}, 'BAD_BINDING'),
                ({'username': 7, 'secret': 'x'}, 'BAD_BINDING'),
                ({'username': 'new', 'secret': ['x']}, 'BAD_BINDING'),
                ({'username': '', 'secret': 'x'}, 'BAD_BINDING'),
                ('{"username":', 'BAD_BINDING'), ('[]', 'BAD_BINDING'), ('', 'BAD_BINDING')]
        for body, kind in rows:
            with self.subTest(body=str(body)[:40]):
                self.refused(self.sign_up(body), 400, kind)
        self.assertEqual(self.sign_up('x' * 20000).status, 413)

    def test_sign_up_gives_no_role(self):
        anna = self.person()
        self.assertEqual(anna.get('/session').json['grants'], [])
        self.assertEqual(anna.get('/room/green-room/state').status, 404)
        self.assertEqual(anna.post('/rooms', {'name': 'Mine'}).status, 403)
        self.sign_up({'username': 'boss', 'secret': 'x', 'roles': ['admin'], 'role': 'admin'})
        self.assertEqual(Person(self.dais, 'boss', 'x').post('/rooms', {'name': 'Mine'}).status, 403)

    def test_login(self):
        self.accepted(self.sign_up({'username': 'foobar', 'secret': '123xyz'}), 201)
        answer = self.dais.post('/api/v1/login', {'username': 'foobar', 'secret': '123xyz'}, token=False)
        data = self.accepted(answer)
        self.assertEqual(set(data), {'token', 'user'})
        self.assertEqual(data['user']['username'], 'foobar')
        self.assertEqual(data['user']['roles'], [{'name': 'normalUser'}])
        # the token is good at every door
        self.assertEqual(self.dais.get('/rooms', token=data['token']).status, 200)

    def test_login_refused(self):
        self.sign_up({'username': 'known', 'secret': 'right'})
        for body, status, kind in (({'username': 'known', 'secret': 'wrong'}, 401, 'PASSWORD_MATCH_FAILED'),
                                   ({'username': 'nobody', 'secret': 'x'}, 400, 'USER_NOT_FOUND'),
                                   ({'username': 'known'}, 400, 'BAD_BINDING'),
                                   ('nonsense', 400, 'BAD_BINDING')):
            with self.subTest(body=body):
                self.refused(self.dais.post('/api/v1/login', body, token=False), status, kind)

    def test_user(self):
        anna = self.person()
        self.assertEqual(self.accepted(anna.get(f'/api/v1/users/{anna.id}')),
                         {'id': anna.id, 'username': anna.name})
        self.refused(anna.get('/api/v1/users/999999'), 404, 'USER_NOT_FOUND')
        self.refused(anna.get('/api/v1/users/me'), 400, 'BAD_BINDING')
        self.refused(self.dais.get(f'/api/v1/users/{anna.id}', token='bad'), 400, 'INVALID_AUTH_TOKEN')
        self.refused(self.dais.get(f'/api/v1/users/{anna.id}', token=False), 403, 'NOT_AUTHORIZED')

    def test_what_the_server_answers_itself(self):
        self.refused(self.dais.get('/api/v1/nothing'), 404, 'NOT_FOUND')
        answer = self.dais.delete('/api/v1/login')
        self.refused(answer, 405, 'METHOD_NOT_ALLOWED')
        self.assertIn('POST', answer.headers['Allow'])
        answer = self.dais.request('OPTIONS', '/api/v1/users', headers={'Origin': 'http://elsewhere'})
        self.assertEqual(answer.headers['Access-Control-Allow-Origin'], 'http://elsewhere')


class Closed(ChatCase):
    config = '[server]\nsign_up=no\nhide_users=yes\nanonymous=\n'

    def test_settings(self):
        self.refused(self.dais.post('/api/v1/users', {'username': 'a', 'secret': 'b'}, token=False),
                     403, 'NOT_AUTHORIZED')
        self.refused(self.dais.post('/api/v1/login', {'username': 'nobody', 'secret': 'b'}, token=False),
                     401, 'PASSWORD_MATCH_FAILED')
        with self.assertRaises(Refused) as refused:
            self.chat('lobby')
        self.refused(refused.exception.response, 403, 'NOT_AUTHORIZED')


class FullDisk(ChatCase):
    """What people write leaves room for the recordings."""
    config = '[server]\nfree_space=1000000 MiB\n'

    def test_nothing_is_kept(self):
        anna = self.person()
        socket = self.chat('hall', anna)
        socket.send_text('{"text":"x"}')
        self.assertEqual(socket.until_closed(), 1011)
        self.assertEqual(self.history('hall', anna), [])
        for answer, status in ((anna.post('/api/room/', {'text': 'x'}), 507),
                               (anna.post('/api/rooms', {'name': 'x'}), 507),
                               (self.dais.put('/api/createroom/', {'roomPassword': 'x'}), 500)):
            self.assertEqual(answer.status, status, answer)
        self.assertIn('free_space', self.dais.log)
        # the operator goes on
        self.assertEqual(self.dais.post('/rooms', {'name': 'Another'}).status, 201)
        self.assertEqual(self.dais.put('/room/hall/state', {'video': None}).status, 200)


class Rooms(ChatCase):
    def test_room(self):
        anna = self.person()
        self.refused(anna.get('/api/v1/rooms/unheard'), 404, 'ROOM_DNE')
        with self.chat('unheard', anna):
            data = self.accepted(anna.get('/api/v1/rooms/unheard'))
            self.assertEqual(data, {'id': 0, 'name': 'unheard',
                                    'members': [{'id': anna.id, 'username': anna.name}]})
        hall = self.accepted(anna.get('/api/v1/rooms/hall'))
        self.assertEqual((hall['name'], hall['members']), ('hall', []))
        self.refused(self.dais.get('/api/v1/rooms/hall', token='bad'), 400, 'INVALID_AUTH_TOKEN')

    def test_unsaid_room_is_not_kept(self):
        anna = self.person()
        self.chat('passing', anna).close()
        with self.chat('lasting', anna) as socket:
            self.say(socket, 'here')
        room = self.accepted(anna.get('/api/v1/rooms/lasting'))
        self.assertGreater(room['id'], 0)
        self.assertEqual([m['text'] for m in self.history(room['id'], anna)], ['here'])
        self.assertEqual([m['text'] for m in self.history('LASTING', anna)], ['here'])

    def test_history(self):
        anna = self.person()
        with self.chat('long', anna) as socket:
            said = [self.say(socket, f'number {i}') for i in range(60)]
        self.assertEqual(self.history('long', anna), said[10:])
        self.assertEqual(self.history('long', anna, 5), said[55:])
        self.assertEqual(self.history('long', anna, 500), said)
        self.assertEqual(self.history('long', anna, 0), [])
        self.refused(anna.get('/api/v1/messages'), 400, 'BAD_BINDING')
        self.refused(anna.get('/api/v1/messages?room_id=long&count=x'), 400, 'BAD_BINDING')
        self.refused(anna.get('/api/v1/messages?room_id=never-seen'), 404, 'ROOM_DNE')

    def test_is_the_venue_rooms_chat(self):
        anna = self.person()
        watcher = self.dais.watch('/room/hall/watch')
        self.addCleanup(watcher.close)
        watcher.send('subscribe', ['presence'])
        with self.chat('hall', anna) as socket:
            watcher.until('presence', where=lambda m: any(
                p['user'] == anna.name and p['door'] == 'chat' for p in m['data']))
            members = self.accepted(anna.get('/api/v1/rooms/hall'))['members']
            self.assertIn({'id': anna.id, 'username': anna.name}, members)
            self.assertIn('admin', [m['username'] for m in members])
            self.say(socket, 'hello hall')
        watcher.until('presence', where=lambda m: not any(p['user'] == anna.name for p in m['data']))
        self.assertEqual(self.history('hall', anna)[-1]['text'], 'hello hall')

    def test_chat_becomes_a_venue_rooms(self):
        anna = self.person()
        first = self.chat('foyer', anna)
        self.say(first, 'before')
        self.assertEqual(self.dais.post('/rooms', {'name': 'Foyer', 'public': True}).status, 201)
        self.assertEqual(first.until_closed(), 1001)
        with self.chat('foyer', anna) as socket:
            self.say(socket, 'after')
        self.assertEqual([m['text'] for m in self.history('foyer', anna)], ['before', 'after'])
        self.assertIn('Foyer', self.dais.get('/rooms').json)

    def test_private_venue_room(self):
        anna, student = self.person(), self.with_role('student')
        for who in (anna, None):
            with self.assertRaises(Refused) as refused:
                self.chat('green-room', who)
            self.refused(refused.exception.response, 403, 'NOT_AUTHORIZED')
        self.refused(anna.get('/api/v1/rooms/green-room'), 404, 'ROOM_DNE')
        self.refused(anna.get('/api/v1/messages?room_id=green-room'), 404, 'ROOM_DNE')
        with self.chat('green-room', student) as socket:
            self.say(socket, 'in here')

    def test_history_outlives_the_daemon(self):
        with Daemon() as dais:
            dais.post('/api/v1/users', {'username': 'anna', 'secret': SECRET})
            anna = Person(dais, 'anna')
            with WebSocket(dais.host, dais.port, '/api/v1/rooms/den/ws',
                           {'Sec-WebSocket-Protocol': anna.token}) as socket:
                said = self.say(socket, 'still here?')
            dais.stop()
            dais.start()
            self.assertEqual(dais.get('/api/v1/messages?room_id=den').json['data'], [said])


class Sockets(ChatCase):
    def test_token_is_echoed(self):
        anna = self.person()
        for path in ('messages/ws', 'ws'):
            answer = self.handshake(f'/api/v1/rooms/lobby/{path}', anna.token)
            self.assertIn(f'sec-websocket-protocol: {anna.token}\r\n'.lower(), answer.lower())
            self.assertIn(anna.token, answer)
        self.assertIn('\r\nsec-websocket-protocol: null\r\n',
                      self.handshake('/api/v1/rooms/lobby/ws', 'null').lower())

    def handshake(self, path, protocol):
        raw = self.dais.raw(f'GET {path} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n'
                            'Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n'
                            f'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: {protocol}\r\n\r\n'.encode())
        self.addCleanup(raw.close)
        answer = b''
        while b'\r\n\r\n' not in answer:
            answer += raw.recv(4096)
        self.assertTrue(answer.startswith(b'HTTP/1.1 101'), answer)
        return answer.decode()

    def test_bad_token_is_refused_before_the_upgrade(self):
        for token in ('bad', 'a.b.c'):
            with self.assertRaises(Refused) as refused:
                WebSocket(self.dais.host, self.dais.port, '/api/v1/rooms/lobby/ws',
                          {'Sec-WebSocket-Protocol': token})
            self.refused(refused.exception.response, 400, 'INVALID_AUTH_TOKEN')

    def test_message(self):
        anna, bert = self.person(), self.person()
        with self.chat('lobby', anna) as one, self.chat('lobby', bert) as other, self.chat('lobby') as nobody:
            one.send_text('{"text":"h\\u00e9 \\ud83d\\ude00","id":7,"sender":"me"}')
            frame = one.recv_text()
            self.assertTrue(frame.isascii())
            (message,) = json.loads(frame)
            self.assertEqual(set(message), {'id', 'sender', 'text', 'createTime'})
            self.assertEqual(message['text'], 'hé 😀')
            self.assertEqual(message['sender'], {'id': anna.id, 'username': anna.name})
            self.assertLess(abs(message['createTime'] - time.time()), 30)
            self.assertIsInstance(message['createTime'], int)
            self.assertEqual(other.recv(), [message])
            self.assertEqual(nobody.recv(), [message])

    def test_no_history_on_the_socket(self):
        anna = self.person()
        with self.chat('quiet', anna) as socket:
            self.say(socket, 'one')
        with self.chat('quiet', anna) as socket:
            self.assertEqual(self.say(socket, 'two')['text'], 'two')

    def test_rooms_are_apart(self):
        anna = self.person()
        with self.chat('east', anna) as east, self.chat('west', anna) as west:
            self.say(east, 'from the east')
            self.assertEqual(self.say(west, 'from the west')['text'], 'from the west')

    def test_bad_frames(self):
        anna = self.person()
        for text in ('nonsense', '[]', '[{"text":"x"}]', '"text"', '7', '{"text":7}', '{"text":null}', '{}',
                     "{'text':'x'}", '{"text":"x"} '[:-3]):
            with self.subTest(text=text):
                socket = self.chat('lobby', anna)
                socket.send_text(text)
                self.assertEqual(socket.until_closed(), 1008)
        socket = self.chat('lobby', anna)
        socket.send_frame(2, b'{"text":"x"}')
        self.assertEqual(socket.until_closed(), 1008)

    def test_512_bytes(self):
        anna = self.person()
        with self.chat('lobby', anna) as socket:
            most = 'x' * (512 - len('{"text": ""}'))
            self.assertEqual(self.say(socket, most)['text'], most)
            socket.send_text(json.dumps({'text': most + 'x'}))
            self.assertEqual(socket.until_closed(), 1009)

    def test_anonymous_only_reads(self):
        for headers in ({}, {'Sec-WebSocket-Protocol': 'null'}):
            with WebSocket(self.dais.host, self.dais.port, '/api/v1/rooms/lobby/ws', headers) as socket:
                socket.send_text('{"text":"x"}')
                self.assertEqual(socket.until_closed(), 1008)

    def test_session_cookie(self):
        cookie = f'dais_session={self.dais.token}'
        path = '/api/v1/rooms/lobby/ws'
        own = {'Cookie': cookie, 'Origin': f'http://{self.dais.host}:{self.dais.port}'}
        with WebSocket(self.dais.host, self.dais.port, path, own) as socket:
            self.assertEqual(self.say(socket, 'x')['sender']['username'], 'admin')
        # another site's page acts for nobody
        other = {'Cookie': cookie, 'Origin': 'http://evil.example'}
        with WebSocket(self.dais.host, self.dais.port, path, other) as socket:
            socket.send_text('{"text":"x"}')
            self.assertEqual(socket.until_closed(), 1008)

    def test_server_goes_down(self):
        with Daemon() as dais:
            dais.post('/api/v1/users', {'username': 'anna', 'secret': SECRET})
            sockets = [WebSocket(dais.host, dais.port, '/api/v1/rooms/den/ws',
                                 {'Sec-WebSocket-Protocol': Person(dais, 'anna').token}),
                       dais.watch('/streams/watch'), dais.watch('/socket.io/?EIO=4&transport=websocket', token=False)]
            self.assertEqual(dais.stop(), 0, dais.log)
            self.assertEqual([socket.until_closed() for socket in sockets], [1001] * 3)

    def test_plain_get(self):
        answer = self.dais.get('/api/v1/rooms/lobby/ws')
        self.assertIn(answer.status, (400, 405, 426))
        self.assertEqual(set(answer.json), {'error', 'data'})

    def test_removed_user_is_put_out(self):
        anna = self.person()
        socket = self.chat('lobby', anna)
        self.assertEqual(run('user', 'remove', anna.name, '--data-dir', self.dais.data)[0], 0)
        self.assertEqual(socket.until_closed(25), 1008)

    def test_slow_reader_is_dropped_and_nobody_else(self):
        anna = self.person()
        slow = tcp.socket()
        self.addCleanup(slow.close)
        slow.setsockopt(tcp.SOL_SOCKET, tcp.SO_RCVBUF, 4096)
        slow.connect((self.dais.host, self.dais.port))
        slow.sendall(b'GET /api/v1/rooms/flood/ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n'
                     b'Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n'
                     b'Sec-WebSocket-Version: 13\r\n\r\n')
        slow.recv(17)
        with self.chat('flood', anna) as socket:
            for start in range(0, 12000, 500):
                for _ in range(500):
                    socket.send_text(json.dumps({'text': 'x' * 480}))
                for _ in range(500):
                    socket.recv()
            self.assertEqual(self.say(socket, 'fine')['text'], 'fine')
        slow.settimeout(5)
        try:
            while slow.recv(65536):
                pass
        except ConnectionError:
            pass


class Crash(ChatCase):
    RATE = 1000  # messages a second

    def test_what_was_echoed_is_kept(self):
        """kill -9 amid a thousand messages a second."""
        people = [self.person() for _ in range(4)]
        sockets = [self.chat('storm', person) for person in people]
        reader = self.chat('storm', people[0])
        stop = threading.Event()
        sent, echoed = [0], []

        def send():
            """By the clock: what a busy machine delays is made up for."""
            begin = time.monotonic()
            try:
                while not stop.is_set():
                    while sent[0] < (time.monotonic() - begin) * self.RATE:
                        sockets[sent[0] % 4].send_text('{"text":"number %d"}' % sent[0])
                        sent[0] += 1
                    time.sleep(0.002)
            except OSError:
                pass

        def listen():
            try:
                while True:
                    echoed.extend(reader.recv())
            except (OSError, Timeout):
                pass

        threads = [threading.Thread(target=target) for target in (send, listen)]
        begin = time.monotonic()
        for thread in threads:
            thread.start()
        while sent[0] < 2 * self.RATE:
            time.sleep(0.01)
        self.dais.kill()
        rate = sent[0] / (time.monotonic() - begin)
        stop.set()
        for thread in threads:
            thread.join()
        print(f'{sent[0]} sent, {rate:.0f} a second; {len(echoed)} echoed')
        if not os.environ.get('DAIS_TEST_SANITIZED'):
            self.assertGreater(rate, 0.9 * self.RATE)
            self.assertGreater(len(echoed), self.RATE)
        self.dais.start()
        kept = self.history('storm', people[0], 500)
        # the last 500 that are kept end with, or after, the last that was echoed
        ids = [m['id'] for m in kept]
        self.assertEqual(ids, sorted(ids))
        tail = [m for m in echoed if m['id'] >= ids[0]]
        self.assertEqual(tail, kept[:len(tail)])
        # all of them
        with sqlite3.connect(f'file:{self.dais.data}/dais.db?mode=ro', uri=True) as database:
            rows = database.execute("SELECT m.id, m.text FROM messages m JOIN rooms r ON r.id = m.room"
                                    " WHERE r.url_name = 'storm' ORDER BY m.id").fetchall()
        self.assertEqual([(m['id'], m['text']) for m in echoed], rows[:len(echoed)])


if __name__ == '__main__':
    main()
