#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What bad input gets: a clear refusal in the door's own shape, nothing lost,
nobody else disturbed. Each test ends with a look at an innocent client."""
import base64
import hashlib
import hmac
import json
import os
import resource
import socket
import time

from doorcase import DoorCase, main, wait_for


def part(data):
    if not isinstance(data, bytes):
        data = json.dumps(data).encode()
    return base64.urlsafe_b64encode(data).rstrip(b'=').decode()


class BadInput(DoorCase):
    CAMERA = 'Room 1 - Camera'

    def setUp(self):
        self.watcher = self.operator.watch('/room/hall/watch')
        self.watcher.until('notes')
        self.addCleanup(self.watcher.close)
        self.addCleanup(self.assert_undisturbed)
        self.before = self.dais.get('/room/hall/state').json

    def assert_undisturbed(self):
        self.assertEqual(self.dais.get('/room/hall/state').json, self.before)
        self.watcher.ask('layout', [time.monotonic()])
        self.assertIsNone(self.dais.process.poll())

    def answer(self, plain, patience=20):
        """All that comes until the server closes."""
        plain.settimeout(patience)
        got = b''
        try:
            while True:
                piece = plain.recv(65536)
                if not piece:
                    return got
                got += piece
        except ConnectionResetError:
            return got
        finally:
            plain.close()

    # ---- bodies ----

    def test_malformed_json(self):
        for text in ('', ' ', '{', '{"a":}', "{'a':1}", '{"a":1,}', '[01]', '/* */{}', '{"a":1}x', '\ufeff{}',
                     'NaN', '{"a":1e999}', '\x00', '{"video":"\\ud800"}', '[' * 100000, '{"a":"\x01"}'):
            for path in ('/room/hall/state', '/room/hall/notes', '/room/hall/talks', '/streams', '/rooms'):
                with self.subTest(text=text[:20], path=path):
                    self.assert_error(self.dais.post(path, text.encode()), 400)

    def assert_logged(self, act, *words):
        """What act() does is worth a line; the log takes one of a kind a second."""
        time.sleep(1.1)
        before = len(self.dais.log)
        act()
        line = wait_for(lambda: self.dais.log[before:], 'log line', 5)
        for word in words:
            self.assertIn(word, line)

    def test_bad_input_is_logged(self):
        self.assert_logged(lambda: self.dais.put(f'/room/hall/state?access_token={self.dais.token}', '{"video":'),
                           '127.0.0.1', 'PUT /room/hall/state', '400', 'line 1')
        self.assertNotIn(self.dais.token, self.dais.log)
        self.assert_logged(lambda: self.watcher.ask('state', {'video': 'No\nthing'}), "'op'", "'hall'", 'No')
        self.assert_logged(lambda: self.dais.put('/room/hall/layout', b'"' + b'x' * (1 << 20) + b'"'), 'larger than')
        self.assert_logged(lambda: self.dais.raw(b'\x16\x03\x01').close(), '127.0.0.1', 'http://')

    def test_not_utf8(self):
        for path in ('/room/hall/state', '/room/hall/layout', '/room/hall/notes', '/streams', '/rooms'):
            with self.subTest(path):
                self.assert_error(self.dais.post(path, b'{"name":"\xff\xfe","text":"\xc0\x80"}'), 400)

    def test_error_says_where(self):
        answer = self.dais.put('/room/hall/state', '{"video":\n  "x" "y"}')
        self.assert_error(answer, 400, '2')

    def test_body_over_the_limit(self):
        for path in ('/room/hall/layout', '/room/hall/notes', '/streams'):
            with self.subTest(path):
                self.assert_error(self.dais.post(path, b'"' + b'x' * (1 << 20) + b'"'), 413)

    def test_layout_over_its_own_limit(self):
        answer = self.dais.put('/room/hall/layout', '"' + 'x' * 70000 + '"')
        self.assertIn(answer.status, (400, 413), answer)

    def test_body_that_lies_about_its_length(self):
        plain = self.dais.raw(b'PUT /room/hall/state HTTP/1.1\r\nHost: x\r\nContent-Length: 999999999999\r\n\r\n{}')
        self.assertIn(b' 413 ', self.answer(plain).split(b'\r\n')[0])

    def test_endless_chunks(self):
        plain = self.dais.raw(b'PUT /room/hall/state HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n')
        sent = 0
        try:
            while sent < 100 << 20:
                plain.sendall(b'10000\r\n' + b'x' * 0x10000 + b'\r\n')
                sent += 0x10000
        except OSError:
            pass
        plain.close()
        self.assertLess(sent, 100 << 20)

    # ---- names ----

    def test_names(self):
        for name in ('x' * 101, 'a\nb', 'a\x7fb', '\u0085', ' x', 'x ', '', '\t', '\u202ex' * 60):
            for path, more in (('/streams', {'uri': 'test:ball'}), ('/rooms', {})):
                with self.subTest(name=name[:10], path=path):
                    answer = self.dais.post(path, {'name': name, **more})
                    self.assert_error(answer, 400)

    def test_wrong_types(self):
        for value in (7, 1.5, True, [], {}, ['x'], None):
            with self.subTest(value):
                self.assert_error(self.dais.post('/streams', {'name': value, 'uri': 'test:ball'}), 400, 'name')
                self.assert_error(self.dais.post('/rooms', {'name': value}), 400, 'name')
        for key in ('scene', 'pip_corner'):
            for value in (7, True, [], {}):
                with self.subTest(key=key, value=value):
                    self.assert_error(self.dais.put('/room/hall/state', {key: value}), 400, key)
        for key in ('pip_size', 'master'):
            for value in ('big', True, [], {}, -1, 1e30):
                with self.subTest(key=key, value=value):
                    self.assert_error(self.dais.put('/room/hall/state', {key: value}), 400, key)

    def test_talks_have_an_end(self):
        self.assertEqual(self.dais.post('/rooms', {'name': 'Endless'}).status, 201)
        for i in range(200):
            answer = self.dais.put('/room/endless/talks', {'talk-id': f't{i}', 'comments': 'x' * 240000})
            if answer.status != 200:
                break
        self.assert_error(answer, 429, '16 MiB', 'remove')
        self.assertGreater(i, 50)
        key = list(self.dais.get('/room/endless/talks').json)[0]
        self.assertEqual(self.dais.delete(f'/room/endless/talks/{key}').status, 204)
        self.assertEqual(self.dais.delete('/rooms/endless').status, 204)

    def test_lists_of_notes(self):
        self.assert_error(self.dais.post('/room/hall/notes', []), 400, 'no note')
        self.assert_error(self.dais.post('/room/hall/notes', [{'text': 'x'}] * 101), 413, '100')
        self.assert_error(self.dais.post('/room/hall/notes', [[]]), 400)
        ident = self.dais.post('/room/hall/notes', {'text': 'once'}).json['id']
        for again in ({'id': ident, 'deleted': True}, {'id': ident, 'text': 'twice'}):
            self.assert_error(self.dais.post('/room/hall/notes', [{'id': ident, 'deleted': True}, again]), 404,
                              str(ident))
        self.assertIn(ident, [note['id'] for note in self.dais.get('/room/hall/notes').json])

    def test_removed_stream(self):
        self.dais.post('/streams', {'name': 'Gone', 'uri': 'test:ball'})
        self.dais.delete('/streams/gone')
        self.assert_error(self.dais.put('/room/hall/state', {'video': 'Gone'}), 400, 'Gone')
        self.assert_error(self.dais.put('/room/hall/state', {'grid': [self.CAMERA, 'Gone']}), 400, 'Gone')

    # ---- addresses of streams ----

    def add(self, name, uri, who=None):
        self.addCleanup(self.dais.delete, f'/streams/{name}')
        return (who or self.dais).post('/streams', {'name': name, 'uri': uri})

    def test_missing_camera_is_said_in_words(self):
        for name, uri in (('nocam', 'v4l2:///dev/video99'), ('nofile', 'file:///nowhere.webm'),
                          ('noserver', 'rtsp://127.0.0.1:1/x'), ('nohttp', 'http://127.0.0.1:1/x.webm')):
            self.assertEqual(self.add(name, uri).status, 201)
        for name in ('nocam', 'nofile', 'noserver', 'nohttp'):
            with self.subTest(name):
                health = wait_for(lambda n=name: (lambda h: h['error'] and h)(
                    self.dais.get(f'/streams/{n}').json['health']), 'error')
                self.assertIn(health['state'], ('connecting', 'lost'))
                self.assertNotIn('gst', health['error'].lower())

    def test_files_and_pipelines_are_for_admins(self):
        code = self.operator.post('/streams', {'name': 'etc', 'uri': 'file:///etc/passwd'}).status
        self.assertEqual(code, 403)
        code = self.operator.post('/streams', {'name': 'pipe', 'uri': 'pipeline:videotestsrc'}).status
        self.assertEqual(code, 403)

    def test_password_of_a_camera_is_not_shown(self):
        self.add('secret', 'rtsp://user:hunter2@127.0.0.1:1/x')
        wait_for(lambda: self.dais.get('/streams/secret').json['health']['error'], 'error')
        self.assertNotIn(b'hunter2', self.student.get('/streams').body)
        self.assertNotIn('hunter2', self.dais.get('/streams/secret').json['health']['error'])
        self.assertNotIn('hunter2', self.dais.log)

    def test_random_bytes_instead_of_a_picture(self):
        with socket.socket() as camera:
            camera.bind(('127.0.0.1', 0))
            camera.listen()
            self.add('noise', f'http://127.0.0.1:{camera.getsockname()[1]}/x')
            camera.settimeout(20)
            peer, _ = camera.accept()
            peer.recv(4096)
            peer.sendall(b'HTTP/1.0 200 OK\r\nContent-Type: video/webm\r\n\r\n' + os.urandom(200000))
            peer.close()
            wait_for(lambda: self.dais.get('/streams/noise').json['health']['error'], 'error')

    # ---- tokens ----

    def forge(self, head, claims, key):
        body = f'{part(head)}.{part(claims)}'
        return f'{body}.{part(hmac.new(key, body.encode(), hashlib.sha256).digest())}'

    def test_tokens(self):
        head, claims, signature = self.dais.token.split('.')
        now = int(time.time())
        data = json.loads(base64.urlsafe_b64decode(claims + '=='))
        hs256 = {'alg': 'HS256', 'typ': 'JWT'}
        with open(os.path.join(self.dais.data, 'token.key'), 'rb') as file:
            key = file.read()
        good = self.forge(hs256, {**data, 'jti': 'x'}, key)
        self.assertEqual(self.dais.get('/rooms', token=good).status, 200)
        bad = {
            'another key': self.forge(hs256, data, b'k' * 32),
            'empty key': self.forge(hs256, data, b''),
            'expired': self.forge(hs256, {**data, 'exp': now - 10}, key),
            'no expiry': self.forge(hs256, {k: v for k, v in data.items() if k != 'exp'}, key),
            'refresh': self.forge(hs256, {**data, 'token_type': 'refresh'}, key),
            'nobody': self.forge(hs256, {**data, 'user_id': 9999, 'id': 'f' * 24}, key),
            'none': f'{part({"alg": "none"})}.{claims}.',
            'none signed': self.forge({'alg': 'none'}, data, key),
            'None': f'{part({"alg": "None"})}.{claims}.{signature}',
            'HS512 head': self.forge({'alg': 'HS512'}, data, key),
            'RS256 head': self.forge({'alg': 'RS256'}, data, key),
            'no signature': f'{head}.{claims}.', 'two parts': f'{head}.{claims}', 'empty': '...',
            'changed': f'{head}.{part({**data, "user_id": 2})}.{signature}',
            'not JSON': f'{head}.{part(b"no")}.{signature}', 'long': 'x' * 60000, 'blank': 'a b',
        }
        for name, token in bad.items():
            with self.subTest(name):
                self.assert_error(self.dais.get('/rooms', token=token), 401)

    def test_many_wrong_passwords_are_slowed_for_that_name_only(self):
        codes = set()
        for _ in range(40):
            codes.add(self.dais.post('/login', {'username': 'stu', 'password': 'no'}, token=False).status)
        self.assertTrue(codes <= {401, 429}, codes)
        self.assertIn(429, codes)
        self.assertEqual(self.operator.get('/rooms').status, 200)

    # ---- connections ----

    def test_slow_header(self):
        began = time.monotonic()
        plain = self.dais.raw(b'GET /rooms HTTP/1.1\r\nHost: x\r\n')
        plain.settimeout(0.5)
        while time.monotonic() - began < 25:
            try:
                plain.sendall(b'X-Slow: 1\r\n')
                got = plain.recv(4096)
                if got:
                    self.assertIn(b' 408 ', got.split(b'\r\n')[0])
                    self.assertIn(b'did not come in time', got)
                    break
                self.fail('closed without a word')
            except socket.timeout:
                continue
        plain.close()
        self.assertLess(time.monotonic() - began, 20)

    def test_header_over_the_limit(self):
        for head in (b'GET /' + b'x' * 100000, b'GET / HTTP/1.1\r\n' + b'X: ' + b'y' * 100000,
                     b'GET / HTTP/1.1\r\n' + b'X: y\r\n' * 20000):
            with self.subTest(head[:20]):
                plain = self.dais.raw()
                try:
                    plain.sendall(head)
                except OSError:
                    pass
                self.assertNotIn(b' 200 ', self.answer(plain).split(b'\r\n')[0])

    def test_100_mib_without_a_newline(self):
        plain, sent = self.dais.raw(), 0
        try:
            while sent < 100 << 20:
                plain.sendall(b'x' * 65536)
                sent += 65536
        except OSError:
            pass
        plain.close()
        self.assertLess(sent, 100 << 20)

    def test_half_open_connections(self):
        plains = [self.dais.raw() for _ in range(200)]
        self.assertEqual(self.dais.get('/rooms').status, 200)
        for plain in plains:
            plain.close()

    def test_no_http(self):
        for data in (b'\x16\x03\x01\x02\x00\x01', b'\r\n' * 1000, b'GET\r\n\r\n', b'\0' * 5000,
                     b'GET / HTTP/9.9\r\n\r\n', b'CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n',
                     b'GET http://elsewhere/rooms HTTP/1.1\r\nHost: x\r\n\r\n'):
            with self.subTest(data[:20]):
                plain = self.dais.raw(data)
                plain.shutdown(socket.SHUT_WR)
                self.answer(plain)

    def test_paths(self):
        for path in ('/room/..%2f..%2fetc/state', '/room/%00/state', '/room/' + 'x' * 5000 + '/state',
                     '/web/../../etc/passwd', '/web/%2e%2e/%2e%2e/etc/passwd',
                     '/web/..%2f..%2fetc%2fpasswd', '/room/%ff%fe/state', '/web/%00', '//rooms', '/web//etc/passwd'):
            with self.subTest(path[:40]):
                self.assertIn(self.dais.get(path).status, (400, 404, 414))

    def test_bad_handshakes(self):
        for head in (b'Sec-WebSocket-Version: 12\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n',
                     b'Sec-WebSocket-Version: 13\r\n', b'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: x\r\n'):
            plain = self.dais.raw(b'GET /room/hall/watch?access_token=' + self.operator.token.encode() +
                                  b' HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade, close\r\n' +
                                  head + b'\r\n')
            self.assertIn(b' 4', self.answer(plain).split(b'\r\n')[0])

    # ---- the disk ----

    def test_full_disk(self):
        path = os.path.join(self.dais.data, 'dais.db-wal')
        pid = self.dais.process.pid
        hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)[1]
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (os.path.getsize(path), hard))
        try:
            refused = None
            for i in range(200):
                answer = self.dais.put('/room/hall/layout', json.dumps(['full', i, 'x' * 20000]))
                if answer.status != 200:
                    refused = answer
                    break
            self.assertIsNotNone(refused, 'the disk never was full')
            self.assert_error(refused, 507)
            self.assertEqual(self.dais.get('/rooms').status, 200)
            self.assertNotEqual(self.dais.get('/room/hall/layout').json[1:2], [i])
        finally:
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (hard, hard))
        self.assertEqual(self.dais.put('/room/hall/layout', ['room again']).status, 200)
        self.watcher.until('layout', where=lambda m: m['data'] == ['room again'])

    # ---- many ----

    def test_pending_writes_of_a_socket_are_limited_but_answered(self):
        for i in range(150):
            self.watcher.send('layout', [i], id=i)
        kinds = {}
        while len(kinds) < 150:
            message = self.watcher.recv()
            if message['type'] in ('ok', 'error'):
                kinds[message['id']] = message['type']
        self.assertIn('ok', kinds.values())

    def test_slow_watcher_is_dropped_others_are_not(self):
        slow = self.operator.watch('/room/hall/watch')
        for i in range(300):
            self.assertEqual(self.dais.put('/room/hall/layout', json.dumps(['x' * 50000, i])).status, 200)
            self.watcher.until('layout', where=lambda m, i=i: m['data'][1:] == [i])
        with self.assertRaises(ConnectionError):
            slow.until('layout', where=lambda m: m['data'][1:] == [299])
        slow.socket.close()


if __name__ == '__main__':
    main()
