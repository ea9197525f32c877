#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The venue contract over HTTP, row by row."""
import json
import re
import urllib.parse

from doorcase import DoorCase, OPERATOR, STUDENT, Refused, main, wait_for

UTC = re.compile(r'^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$')


class Login(DoorCase):
    def login(self, body, kind, token=False):
        return self.dais.post('/login', body, token=token, headers={'Content-Type': kind})

    def test_urlencoded_form_gives_a_token(self):
        answer = self.login(urllib.parse.urlencode(dict(zip(('username', 'password'), OPERATOR))),
                            'application/x-www-form-urlencoded')
        self.assertEqual(answer.status, 200)
        self.assertEqual(list(answer.json), ['jwt'])
        self.assertEqual(self.dais.get('/rooms', token=answer.json['jwt']).status, 200)

    def test_multipart_form_gives_a_token(self):
        parts = ''.join(f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
                        for name, value in zip(('username', 'password'), OPERATOR)) + '--b--\r\n'
        answer = self.login(parts, 'multipart/form-data; boundary=b')
        self.assertEqual(answer.status, 200, answer)

    def test_json_gives_a_token(self):
        answer = self.login(json.dumps(dict(zip(('username', 'password'), OPERATOR))), 'application/json')
        self.assertEqual(answer.status, 200, answer)

    def test_wrong_password_and_unknown_user_read_the_same(self):
        wrong = self.login(json.dumps({'username': 'op', 'password': 'no'}), 'application/json')
        unknown = self.login(json.dumps({'username': 'nobody', 'password': 'no'}), 'application/json')
        self.assert_error(wrong, 401)
        self.assert_error(unknown, 401)
        self.assertEqual(wrong.json, unknown.json)

    def test_missing_fields_are_refused(self):
        self.assert_error(self.login('{"username":"op"}', 'application/json'), 401, 'password')
        self.assert_error(self.login('', 'application/x-www-form-urlencoded'), 401, 'username')

    def test_token_in_the_query_works(self):
        self.assertEqual(self.dais.get(f'/rooms?access_token={self.dais.token}', token=False).status, 200)

    def test_session_cookie_works_for_own_pages_only(self):
        answer = self.login(json.dumps(dict(zip(('username', 'password'), OPERATOR))), 'application/json')
        cookie = answer.headers['Set-Cookie']
        for word in ('HttpOnly', 'SameSite=Strict', 'Path=/'):
            self.assertIn(word, cookie)
        cookie = {'Cookie': cookie.split(';')[0]}
        own = {'Origin': self.dais.url}
        other = {'Origin': 'http://evil.example'}
        self.assertEqual(self.dais.get('/rooms', token=False, headers=cookie).status, 200)
        self.assertEqual(self.dais.get('/rooms', token=False, headers={**cookie, **own}).status, 200)
        self.assertEqual(self.dais.get('/rooms', token=False, headers={**cookie, **other}).status, 401)
        note = {'text': 'by cookie'}
        path = '/room/hall/notes'
        self.assertEqual(self.dais.post(path, note, token=False, headers={**cookie, **own}).status, 200)
        self.assertEqual(self.dais.post(path, note, token=False, headers={**cookie, **other}).status, 401)
        self.assertEqual(self.dais.post(path, note, token=False, headers=cookie).status, 401)

    def test_session_names_the_caller_and_ends(self):
        session = self.operator.get('/session').json
        self.assertEqual(session['username'], 'op')
        self.assertEqual(session['roles'], ['operator'])
        self.assertIn('help', session['doors'])
        self.assertIn('cut', session['grants'])
        self.assertNotIn('admin', session['grants'])
        self.assert_error(self.dais.get('/session', token=False), 401)
        ended = self.dais.post('/session/end', token=False)
        self.assertEqual(ended.status, 204)
        self.assertIn('Max-Age=0', ended.headers['Set-Cookie'])


class Common(DoorCase):
    GETS = ('/streams', '/rooms', '/room/hall/state', '/room/hall/layout', '/room/hall/notes',
            '/room/hall/note', '/room/hall/talks', '/room/hall/config', '/devices', '/metrics')

    def test_every_endpoint_needs_a_token(self):
        for path in self.GETS:
            with self.subTest(path):
                answer = self.dais.get(path, token=False)
                self.assert_error(answer, 401)
                self.assertIn('Bearer', answer.headers['WWW-Authenticate'])
                self.assert_error(self.dais.get(path, token='not.a.token'), 401)

    def test_head_is_get_without_body(self):
        for path in self.GETS:
            with self.subTest(path):
                head, get = self.dais.request('HEAD', path), self.dais.get(path)
                self.assertEqual(head.status, get.status)
                self.assertEqual(head.body, b'')
                self.assertEqual(head.headers.get('Content-Type'), get.headers.get('Content-Type'))

    def test_options_on_every_route(self):
        for path in self.GETS + ('/login', '/streams/x', '/rooms/x', '/room/hall/watch',
                                 '/streams/watch', '/streaming/x.webm', '/streaming/mixed/x.webm'):
            with self.subTest(path):
                answer = self.dais.request('OPTIONS', path, token=False, headers={
                    'Origin': 'http://elsewhere', 'Access-Control-Request-Method': 'PUT',
                    'Access-Control-Request-Headers': 'authorization'})
                self.assertIn(answer.status, (200, 204))
                self.assertEqual(answer.headers['Access-Control-Allow-Origin'], 'http://elsewhere')
                self.assertEqual(answer.headers['Access-Control-Allow-Credentials'], 'true')
                allowed = answer.headers['Access-Control-Allow-Headers'].lower()
                for name in ('authorization', 'content-type', 'if-match'):
                    self.assertIn(name, allowed)

    def test_cors_on_answers_and_refusals(self):
        for token, status in ((True, 200), (False, 401)):
            answer = self.dais.get('/rooms', token=token, headers={'Origin': 'http://elsewhere'})
            self.assertEqual(answer.status, status)
            self.assertEqual(answer.headers['Access-Control-Allow-Origin'], 'http://elsewhere')
            self.assertIn('Origin', ', '.join(answer.headers.get_all('Vary')))

    def test_one_trailing_slash_is_stripped(self):
        for path in self.GETS:
            with self.subTest(path):
                self.assertEqual(self.dais.get(path + '/').status, self.dais.get(path).status)

    def test_wrong_method_and_unknown_path(self):
        answer = self.dais.delete('/rooms')
        self.assert_error(answer, 405)
        self.assertEqual({'GET', 'HEAD', 'OPTIONS', 'POST'},
                         {word.strip() for word in answer.headers['Allow'].split(',')})
        self.assert_error(self.dais.get('/nowhere'), 404)
        self.assert_error(self.dais.post('/nowhere', {}), 404)
        self.assert_error(self.dais.get('/room/hall/nothing'), 404)
        self.assert_error(self.dais.get('/room/nowhere/state'), 404, 'nowhere')

    def test_health_needs_no_token(self):
        self.assertEqual(self.dais.get('/healthz', token=False).json['status'], 'ok')

    def test_metrics_are_for_those_who_manage(self):
        answer = self.dais.get('/metrics')
        self.assertEqual(answer.status, 200)
        for line in answer.text.splitlines():
            self.assertRegex(line, r'^(# (HELP|TYPE) \w+ .+|\w+(\{[^}]*\})? [-+0-9.e]+)$')
        self.assertIn('dais_room_revision{room="hall"}', answer.text)
        self.assert_error(self.student.get('/metrics'), 403)

    def test_etag_and_not_modified(self):
        for path in ('/streams', '/rooms', '/room/hall/state', '/room/hall/layout', '/room/hall/notes'):
            with self.subTest(path):
                answer = self.dais.get(path)
                etag = answer.headers['ETag']
                self.assertRegex(etag, r'^"[^"]+"$')
                again = self.dais.get(path, headers={'If-None-Match': etag})
                if again.status != 304:  # the health of a stream may have changed between
                    self.assertNotEqual(again.headers['ETag'], etag)
                else:
                    self.assertEqual(again.body, b'')

    def test_answers_are_ascii_json(self):
        self.dais.post('/room/hall/notes', {'text': 'größer ☃ 😀'})
        answer = self.dais.get('/room/hall/notes')
        self.assertTrue(answer.body.isascii())
        self.assertIn('größer ☃ 😀', [note['text'] for note in answer.json])


class Streams(DoorCase):
    def test_map_by_name(self):
        streams = self.dais.get('/streams').json
        camera = streams['Room 1 - Camera']
        self.assertEqual(camera['name'], 'Room 1 - Camera')
        self.assertEqual(camera['origin'], 'raw')
        self.assertEqual(camera['type'], 'av')
        self.assertEqual(camera['slug'], 'room-1-camera')
        self.assertEqual(camera['stream_url'], f'{self.dais.url}/streaming/room-1-camera.webm')
        self.assertIn(camera['health']['state'], ('connecting', 'live', 'lost'))
        rooms = self.dais.get('/rooms').json
        output = streams[rooms['Hall (Level 2)']['output_stream']]
        self.assertEqual(output['origin'], 'mixed')
        self.assertEqual(output['type'], 'av')
        self.assertEqual(output['stream_url'], f'{self.dais.url}/streaming/mixed/hall.webm')

    def at_once(self, path, *bodies):
        """The answers to several POSTs that are under way together."""
        plains = []
        for body in map(json.dumps, bodies):
            plains.append(self.dais.raw((f'POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n'
                                         f'Authorization: Bearer {self.dais.token}\r\n\r\n{body}').encode()))
        answers = []
        for plain in plains:
            head, _, body = plain.recv(65536).partition(b'\r\n\r\n')
            answers.append((int(head.split()[1]), json.loads(body)))
            plain.close()
        return answers

    def test_added_at_once(self):
        for path, key, more in (('/streams', 'slug', {'uri': 'test:ball'}), ('/rooms', 'url_name', {})):
            with self.subTest(path):
                answers = self.at_once(path, {'name': 'At once', **more}, {'name': 'At-once', **more})
                self.assertEqual([status for status, _ in answers], [201, 201], answers)
                self.assertEqual({body[key] for _, body in answers}, {'at-once', 'at-once-2'})
                answers = sorted(self.at_once(path, {'name': 'One', **more}, {'name': 'One', **more}),
                                 key=lambda answer: answer[0])
                self.assertEqual([status for status, _ in answers], [201, 409], answers)
                self.assertIn("'One' already", answers[1][1]['error'])
                for name in ('at-once', 'at-once-2', 'one'):
                    self.assertEqual(self.dais.delete(f'{path}/{name}').status, 204)

    def test_since_is_a_time_of_today(self):
        self.dais.post('/streams', {'name': 'Just now', 'uri': 'test:ball'})
        since = self.dais.get('/streams/just-now').json['health']['since']
        self.dais.delete('/streams/just-now')
        self.assertGreater(since, '2020')

    def test_uri_only_to_those_who_manage(self):
        path = '/streams/room-1-camera'
        self.assertEqual(self.dais.get(path).json['uri'], 'test:ball')
        self.assertNotIn('uri', self.student.get(path).json)
        self.assertNotIn(b'test:ball', self.student.get('/streams').body)

    def test_add_change_remove(self):
        added = self.dais.post('/streams', {'name': 'Balcony (left)', 'uri': 'test:snow', 'type': 'video'})
        self.assertEqual(added.status, 201, added)
        self.assertEqual(added.headers['Location'], '/streams/' + added.json['slug'])
        path = '/streams/' + added.json['slug']
        changed = self.dais.put(path, {'name': 'Balcony (right)'})
        self.assertEqual(changed.status, 200, changed)
        self.assertEqual(changed.json['name'], 'Balcony (right)')
        self.assertEqual(changed.json['uri'], 'test:snow')
        self.assertEqual(changed.json['slug'], added.json['slug'])
        self.assertNotIn('Balcony (left)', self.dais.get('/streams').json)
        self.assertEqual(self.dais.delete(path).status, 204)
        self.assert_error(self.dais.delete(path), 404)
        self.assert_error(self.dais.get(path), 404)

    def test_refusals(self):
        def add(**stream):
            return self.dais.post('/streams', stream)
        self.assert_error(add(name='Room 1 - Camera', uri='test:ball'), 409, 'Room 1 - Camera')
        self.assert_error(add(name='No address'), 400, 'uri')
        self.assert_error(add(uri='test:ball'), 400, 'name')
        self.assert_error(add(name='x', uri='gopher://x'), 400, 'uri')
        self.assert_error(add(name='x', uri='test:ball', type='smell'), 400, 'type')
        self.assert_error(add(name='x' * 101, uri='test:ball'), 400, '100')
        self.assert_error(add(name='a\nb', uri='test:ball'), 400)
        self.assert_error(add(name='', uri='test:ball'), 400)
        self.assert_error(add(name='x', uri=5), 400, 'uri')
        self.assert_error(add(name='x', uri='test:ball', colour='red'), 400, 'colour')
        self.assert_error(self.operator_without_manage_adds(), 403)

    def operator_without_manage_adds(self):
        return self.student.post('/streams', {'name': 'Mine', 'uri': 'test:ball'})


class Strangers(DoorCase):
    """Somebody who made an account and has no role: sees what is public."""

    @classmethod
    def prepare(cls):
        super().prepare()
        for room in ({'name': 'Open', 'public': True}, {'name': 'Shut'}):
            assert cls.dais.post('/rooms', room).status == 201
        made = cls.dais.post('/api/v1/users', {'username': 'stranger', 'secret': 'a long password'}, token=False)
        assert made.status == 201, made
        cls.stranger = cls.dais.as_user('stranger', 'a long password')

    def test_sees_the_public_room_only(self):
        self.assertEqual(list(self.stranger.get('/rooms').json), ['Open'])
        self.assertEqual(list(self.stranger.get('/streams').json), ['Open - Output'])
        self.assert_error(self.stranger.get('/streams/room-1-camera'), 404)
        self.assertEqual(len(self.student.get('/streams').json), 5)
        with self.stranger.watch('/streams/watch') as socket:
            self.assertEqual(list(socket.recv()['data']), ['Open - Output'])
        with self.stranger.watch('/room/open/watch') as socket:
            self.assertEqual(list(socket.until('streams')['data']), ['Open - Output'])
        for what in ('state', 'layout', 'notes', 'talks', 'config'):
            self.assertEqual(self.stranger.get(f'/room/open/{what}').status, 200)
            self.assert_error(self.stranger.get(f'/room/shut/{what}'), 404)
        with self.assertRaises(Refused) as refused:
            self.stranger.watch('/room/shut/watch')
        self.assertEqual(refused.exception.response.status, 404)

    def test_shut_at_run_time(self):
        self.assertEqual(self.dais.put('/rooms/open', {'public': False}).status, 200)
        self.assertEqual(self.stranger.get('/streams').json, {})
        self.assert_error(self.stranger.get('/room/open/state'), 404)
        self.assertEqual(self.dais.put('/rooms/open', {'public': True}).status, 200)
        self.assertEqual(self.stranger.get('/room/open/state').status, 200)


class Grants(DoorCase):
    """Every verb of the door, by everybody who may and who may not."""

    CAMERA, SCREEN = 'Room 1 - Camera', 'Room 1 - Screen'
    ROLES = {'nobody': (), 'stu': ('student',), 'tea': ('teacher',), 'op': ('operator',), 'boss': ('admin',)}
    VIEW, NOTE, MIX, ADMIN = ('stu', 'tea', 'op', 'boss'), ('tea', 'op', 'boss'), ('op', 'boss'), ('boss',)

    @classmethod
    def prepare(cls):
        super().prepare()
        cls.people = {}
        for name, roles in cls.ROLES.items():
            added = cls.dais.post('/users', {'username': f'{name}-x', 'password': 'a long password', 'roles': list(roles)})
            assert added.status == 201, added
            cls.people[name] = cls.dais.as_user(f'{name}-x', 'a long password')

    def each(self, may, ask, refusals=(403, 404)):
        for name, who in self.people.items():
            with self.subTest(name):
                answer = ask(who)
                if name in may:
                    self.assertIn(answer.status, (200, 201, 204), answer)
                else:
                    self.assertIn(answer.status, refusals, answer)
                    self.assertEqual(list(answer.json), ['error'])

    def test_reading(self):
        for what in ('state', 'layout', 'notes', 'note', 'talks', 'config'):
            self.each(self.VIEW, lambda who, what=what: who.get(f'/room/hall/{what}'))
        self.each(self.VIEW, lambda who: who.get('/rooms/hall'))
        self.each(self.VIEW, lambda who: who.get('/streams/room-1-camera'))

    def test_mixing(self):
        for change in ({'video': self.CAMERA}, {'audio': self.SCREEN}, {'scene': 'blank'}, {'scene': 'full'},
                       {'volumes': {self.CAMERA: 1}}, {'mutes': [self.CAMERA]}, {'master': 0.5}, {'pip_size': 0.2}, {}):
            self.each(self.MIX, lambda who, change=change: who.put('/room/hall/state', change))
            self.dais.put('/room/hall/state', {'video': None, 'audio': None, 'volumes': {}, 'mutes': [], 'master': 1,
                                               'pip_size': 0.25, 'scene': 'full'})
        self.each(self.MIX, lambda who: who.put('/room/hall/layout', [self.CAMERA]))

    def test_mixing_over_the_socket(self):
        for name in self.VIEW:
            with self.subTest(name), self.people[name].watch('/room/hall/watch') as socket:
                socket.until('notes')
                for kind, data, may in (('state', {'master': 0.9}, self.MIX), ('layout', [], self.MIX),
                                        ('notes', {'text': 'x'}, self.NOTE), ('talks', {'talk-id': 'x'}, self.NOTE)):
                    self.assertEqual(socket.ask(kind, data)['type'], 'ok' if name in may else 'error', kind)

    def test_notes_and_talks(self):
        self.each(self.NOTE, lambda who: who.post('/room/hall/notes', {'text': 'x'}))
        self.each(self.NOTE, lambda who: who.put('/room/hall/talks', {'talk-id': 'k'}))

        def with_note(who):
            ident = self.dais.post('/room/hall/notes', {'text': 'x'}).json['id']
            return who.delete(f'/room/hall/notes/{ident}')

        def with_talk(who):
            key = list(self.dais.put('/room/hall/talks', {'talk-id': 'gone', 'talk-date': '2020-01-01'}).json)[0]
            return who.delete(f'/room/hall/talks/{key}')
        self.each(self.NOTE, with_note)
        self.each(self.NOTE, with_talk)

    def test_managing(self):
        def room(who):
            answer = who.post('/rooms', {'name': 'Made'})
            self.dais.delete('/rooms/made')
            return answer

        def stream(who):
            answer = who.post('/streams', {'name': 'Made', 'uri': 'test:ball'})
            self.dais.delete('/streams/made')
            return answer

        def removed(path, body):
            def ask(who):
                location = self.dais.post(path, body).headers['Location']
                answer = who.delete(location)
                self.dais.delete(location)
                return answer
            return ask
        for ask in (room, stream, removed('/rooms', {'name': 'Gone'}),
                    removed('/streams', {'name': 'Gone', 'uri': 'test:ball'}),
                    lambda who: who.put('/rooms/hall', {'public': False}),
                    lambda who: who.put('/streams/room-1-camera', {'options': {}}),
                    lambda who: who.get('/devices'), lambda who: who.get('/metrics')):
            self.each(self.MIX, ask)

    def test_accounts(self):
        self.each(self.ADMIN, lambda who: who.get('/users'))
        self.each(self.ADMIN, lambda who: who.put('/users/stu', {'password': STUDENT[1]}))

        def added(who):
            answer = who.post('/users', {'username': 'new', 'password': 'a long password'})
            self.dais.delete('/users/new')
            return answer
        self.each(self.ADMIN, added)

        def file(who):
            answer = who.post('/streams', {'name': 'File', 'uri': 'file:///nowhere.webm'})
            self.dais.delete('/streams/file')
            return answer
        self.each(self.ADMIN, file)


class Rooms(DoorCase):
    def test_map_by_display_name(self):
        room = self.dais.get('/rooms').json['Hall (Level 2)']
        self.assertEqual(room['name'], 'Hall (Level 2)')
        self.assertEqual(room['url_name'], 'hall')

    def test_add_change_remove(self):
        added = self.dais.post('/rooms', {'name': 'Breakout Room 1(Level 2)'})
        self.assertEqual(added.status, 201, added)
        self.assertEqual(added.json['url_name'], 'breakout-room-1')
        self.assertEqual(added.headers['Location'], '/rooms/breakout-room-1')
        clash = self.dais.post('/rooms', {'name': 'Breakout Room 1 (Level 3)'})
        self.assertEqual(clash.json['url_name'], 'breakout-room-1-2')
        own = self.dais.post('/rooms', {'name': 'Something', 'url_name': 'else'})
        self.assertEqual(own.json['url_name'], 'else')
        self.assert_error(self.dais.post('/rooms', {'name': 'Something'}), 409, 'Something')
        self.assert_error(self.dais.post('/rooms', {'name': 'Third', 'url_name': 'else'}), 409, 'else')
        changed = self.dais.put('/rooms/else', {'name': 'Anything'})
        self.assertEqual((changed.status, changed.json['name']), (200, 'Anything'))
        self.assertEqual(changed.json['url_name'], 'else')
        for url_name in ('breakout-room-1', 'breakout-room-1-2', 'else'):
            self.assertEqual(self.dais.delete(f'/rooms/{url_name}').status, 204)
            self.assert_error(self.dais.get(f'/room/{url_name}/state'), 404)
        self.assertNotIn('Anything', self.dais.get('/rooms').json)

    def test_changes_of_a_room_that_goes(self):
        """They find it, or they do not; it is never in between."""
        def raw(method, body=''):
            return self.dais.raw((f'{method} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n'
                                  f'Authorization: Bearer {self.dais.token}\r\n\r\n{body}').encode())
        for _ in range(5):
            self.assertEqual(self.dais.post('/rooms', {'name': 'Leaving'}).status, 201)
            plains = [raw('PUT /room/leaving/layout', '[1]'), raw('DELETE /rooms/leaving')]
            plains += [raw('PUT /room/leaving/layout', f'[{i}]') for i in range(4)] + [raw('DELETE /rooms/leaving')]
            statuses = []
            for plain in plains:
                statuses.append(int(plain.recv(65536).split()[1]))
                plain.close()
            self.assertLessEqual(set(statuses), {200, 204, 404}, statuses)
            self.assertEqual(statuses.count(204), 1, statuses)

    def test_name_in_a_path(self):
        for name in ('hall', 'HALL', urllib.parse.quote('Hall (Level 2)', safe='')):
            with self.subTest(name):
                self.assertEqual(self.dais.get(f'/room/{name}/config').json['url_name'], 'hall')

    def test_refusals(self):
        self.assert_error(self.dais.post('/rooms', {'name': ''}), 400, 'name')
        self.assert_error(self.dais.post('/rooms', {'name': 'x', 'url_name': '../etc'}), 400, 'url_name')
        self.assert_error(self.dais.post('/rooms', {'name': 'x', 'url_name': 'y' * 49}), 400, 'url_name')
        self.assert_error(self.dais.post('/rooms', {'name': 'x', 'streams': ['Nothing']}), 400, 'Nothing')
        self.assert_error(self.student.post('/rooms', {'name': 'Mine'}), 403)
        self.assert_error(self.student.delete('/rooms/hall'), 403)


class Mixing(DoorCase):
    CAMERA, SCREEN = 'Room 1 - Camera', 'Room 1 - Screen'

    def put(self, state, who=None, **more):
        return (who or self.operator).put('/room/hall/state', state, **more)

    def setUp(self):
        self.assertEqual(self.put({'video': None, 'audio': None, 'pip': None, 'scene': 'full',
                                   'volumes': {}, 'mutes': [], 'grid': [], 'master': 1}).status, 200)

    def test_state_by_name(self):
        answer = self.put({'video': self.CAMERA, 'audio': self.SCREEN})
        self.assertEqual(answer.status, 200, answer)
        state = self.dais.get('/room/hall/state').json
        self.assertEqual((state['video'], state['audio'], state['pip']), (self.CAMERA, self.SCREEN, None))
        self.assertEqual(state, answer.json)
        self.assertEqual(state['scene'], 'full')
        self.assertRegex(state['utc'], UTC)
        self.assertIsInstance(state['running_time'], int)
        self.assertEqual(answer.headers['ETag'], f'"{state["rev"]}"')

    def test_absent_is_unchanged_and_null_is_off(self):
        self.put({'video': self.CAMERA, 'audio': self.CAMERA})
        self.put({'video': self.SCREEN})
        self.assertEqual(self.dais.get('/room/hall/state').json['audio'], self.CAMERA)
        self.put({'audio': None})
        self.assertIsNone(self.dais.get('/room/hall/state').json['audio'])

    def test_scene_defaults(self):
        self.assertEqual(self.put({'video': self.CAMERA, 'pip': self.SCREEN}).json['scene'], 'pip')
        self.assertEqual(self.put({'pip': None}).json['scene'], 'full')

    def test_extensions(self):
        for change in ({'scene': 'side-by-side'}, {'scene': 'lecture'}, {'scene': 'grid', 'grid': [self.CAMERA]},
                       {'scene': 'blank'}, {'pip_corner': 'top-left', 'pip_size': 0.33}, {'master': 0.5},
                       {'volumes': {self.CAMERA: 1.5}}, {'mutes': [self.SCREEN]}):
            with self.subTest(change):
                answer = self.put({'video': self.CAMERA, **change})
                self.assertEqual(answer.status, 200, answer)
                for key, value in change.items():
                    self.assertEqual(answer.json[key], value)
        answer = self.put({'video': self.SCREEN, 'scene': 'full', 'transition': {'kind': 'fade', 'ms': 200}})
        self.assertEqual(answer.status, 200, answer)
        self.assertNotIn('transition', answer.json)

    def test_older_encodings(self):
        media = self.dais.get('/room/hall/config').json['media']
        index = next(i for i, item in enumerate(media) if item.get('name') == self.SCREEN)
        self.assertEqual(self.put({'video': index}).json['video'], self.SCREEN)
        for off in (0, False, ''):
            self.put({'video': index})
            self.assertIsNone(self.put({'video': off}).json['video'])
        state = self.put({'main': self.CAMERA, 'pop': self.SCREEN}).json
        self.assertEqual((state['video'], state['pip']), (self.CAMERA, self.SCREEN))

    def test_mix_list(self):
        media = self.dais.get('/room/hall/config').json['media']
        mix = [False] * len(media)
        for i, item in enumerate(media):
            if item.get('name') == self.CAMERA:
                mix[i] = 'main'
            elif item.get('name') == self.SCREEN:
                mix[i] = 'audio'
        state = self.put({'mix': mix}).json
        self.assertEqual((state['video'], state['audio'], state['pip']), (self.CAMERA, self.SCREEN, None))

    def test_if_match(self):
        rev = self.put({'video': self.CAMERA}).json['rev']
        stale = self.put({'video': self.SCREEN}, headers={'If-Match': f'"{rev - 1}"'})
        self.assert_error(stale, 412, str(rev))
        self.assertEqual(self.put({'video': self.SCREEN}, headers={'If-Match': f'"{rev}"'}).status, 200)
        self.assertEqual(self.put({'video': self.CAMERA}, headers={'If-Match': '*'}).status, 200)
        self.assert_error(self.put({}, headers={'If-Match': 'soon'}), 400, 'If-Match')

    def test_unchanged_state_has_no_new_rev(self):
        rev = self.put({'video': self.CAMERA}).json['rev']
        self.assertEqual(self.put({'video': self.CAMERA}).json['rev'], rev)

    def test_refusals_leave_no_trace(self):
        self.put({'video': self.CAMERA})
        before = self.dais.get('/room/hall/state').json
        for bad, status, word in (
                ({'video': 'Nothing'}, 400, 'Nothing'), ({'video': 7.5}, 400, 'video'),
                ({'scene': 'cube'}, 400, 'scene'), ({'pip_size': 0.9}, 400, 'pip_size'),
                ({'pip_corner': 'middle'}, 400, 'pip_corner'), ({'volumes': {self.CAMERA: 5}}, 400, 'volumes'),
                ({'grid': [self.CAMERA] * 10}, 400, 'grid'), ({'mutes': 'all'}, 400, 'mutes'),
                ({'sharpness': 3}, 400, 'sharpness'), ({'transition': {'kind': 'wipe'}}, 400, 'transition'),
                ({'transition': {'kind': 'fade', 'ms': -1}}, 400, 'ms'), ([], 400, ''), ('x', 400, '')):
            with self.subTest(bad):
                self.assert_error(self.put(json.dumps(bad)), status, word)
        self.assert_error(self.put({'video': self.SCREEN}, who=self.student), 403)
        self.assertEqual(self.dais.get('/room/hall/state').json, before)

    def test_layout_keeps_any_json(self):
        for layout in ([self.CAMERA, self.SCREEN], {'a': [1, None, {'b': 'c'}]}, 7, 'text', None, True, []):
            with self.subTest(layout):
                answer = self.operator.put('/room/hall/layout', json.dumps(layout))
                self.assertEqual(answer.status, 200, answer)
                self.assertEqual(self.dais.get('/room/hall/layout').json, layout)

    def test_layout_numbers_verbatim(self):
        text = '{"a":33.3,"b":1e21,"c":12345678901234567890}'
        self.operator.put('/room/hall/layout', text)
        self.assertEqual(self.dais.get('/room/hall/layout').text, text)

    def test_notes(self):
        added = self.operator.post('/room/hall/note', {'text': 'first', 'talk-id': 'keynote-1'})
        self.assertEqual(added.status, 200, added)
        note = added.json
        self.assertEqual((note['text'], note['talk-id'], note['author']), ('first', 'keynote-1', 'op'))
        self.assertRegex(note['utc'], UTC)
        self.assertRegex(note['created'], UTC)
        self.assertRegex(note['date'], r'^\d{4}-\d\d-\d\d$')
        self.assertTrue(0 <= note['time'] < 90000)
        changed = self.operator.put('/room/hall/notes', {'id': note['id'], 'text': 'second'})
        self.assertEqual(changed.json['text'], 'second')
        self.assertEqual(changed.json['created'], note['created'])
        self.assertIn('second', [n['text'] for n in self.dais.get('/room/hall/notes').json])
        gone = self.operator.post('/room/hall/notes', {'id': note['id'], 'deleted': True})
        self.assertEqual(gone.status, 204)
        self.assertNotIn(note['id'], [n['id'] for n in self.dais.get('/room/hall/notes').json])
        self.assert_error(self.operator.put('/room/hall/notes', {'id': note['id'], 'text': 'x'}), 404)

    def test_note_deleted_by_its_address(self):
        note = self.operator.post('/room/hall/notes', {'text': 'short-lived'}).json
        self.assertEqual(self.operator.delete(f'/room/hall/notes/{note["id"]}').status, 204)
        self.assert_error(self.operator.delete(f'/room/hall/notes/{note["id"]}'), 404)
        self.assert_error(self.operator.delete('/room/hall/notes/one'), 400)

    def test_note_refusals(self):
        for bad in ({}, {'text': 5}, {'id': 'x', 'text': 'y'}, {'text': 'x', 'mood': 'good'}, 'text', 7):
            with self.subTest(bad):
                self.assert_error(self.operator.post('/room/hall/notes', json.dumps(bad)), 400)

    def test_older_notes_form_makes_a_talk(self):
        old = {'notes': {'talk-id': 'opening-1', 'talk-begin': 100, 'talk-end': 200, 'title': 'Opening',
                         'presenter': 'Ada', 'comments': 'l1\nl2', 'events': {'120': 'applause', '150': 'laughter'}}}
        answer = self.operator.post('/room/hall/notes', old)
        self.assertIn(answer.status, (200, 204), answer)
        texts = {note['text']: note for note in self.dais.get('/room/hall/notes').json}
        self.assertEqual(texts['applause']['talk-id'], 'opening-1')
        self.assertEqual(texts['laughter']['time'], 150)
        talks = self.dais.get('/room/hall/talks').json
        key, talk = next((k, t) for k, t in talks.items() if t['talk-id'] == 'opening-1')
        self.assertRegex(key, r'^hall_\d{4}-\d\d-\d\d_opening-1$')
        self.assertEqual((talk['title'], talk['talk-begin'], talk['talk-end']), ('Opening', 100, 200))

    def test_talks(self):
        talk = {'talk-date': '2026-02-07', 'talk-id': 'keynote-1', 'talk-begin': 36000, 'talk-end': 39600,
                'title': 'Keynote', 'presenters': 'Ada'}
        answer = self.operator.put('/room/hall/talks', talk)
        self.assertEqual(answer.status, 200, answer)
        served = self.dais.get('/room/hall/talks').json['hall_2026-02-07_keynote-1']
        self.assertEqual(served['title'], 'Keynote')
        self.assertEqual(served['room'], 'hall')
        self.assertEqual(self.operator.delete('/room/hall/talks/hall_2026-02-07_keynote-1').status, 204)
        self.assertNotIn('hall_2026-02-07_keynote-1', self.dais.get('/room/hall/talks').json)
        self.assert_error(self.operator.put('/room/hall/talks', {**talk, 'talk-id': 'a/b'}), 400)

    def test_config(self):
        config = self.dais.get('/room/hall/config').json
        self.assertEqual((config['room'], config['url_name']), ('Hall (Level 2)', 'hall'))
        self.assertIsInstance(config['time'], float)
        self.assertRegex(config['utc'], UTC)
        self.assertEqual(config['media'][0]['href'], f'{self.dais.url}/streaming/mixed/hall.webm')
        names = [item.get('name') for item in config['media']]
        self.assertIn(self.CAMERA, names)
        self.assertEqual(set(config['media'][names.index(self.CAMERA)]), {'href', 'type', 'name'})

    def test_index_is_not_used_again(self):
        slug = self.dais.post('/streams', {'name': 'Passing', 'uri': 'test:ball'}).json['slug']
        names = [item.get('name') for item in self.dais.get('/room/hall/config').json['media']]
        index = names.index('Passing')
        self.dais.delete(f'/streams/{slug}')
        self.dais.post('/streams', {'name': 'Next', 'uri': 'test:ball'})
        media = self.dais.get('/room/hall/config').json['media']
        self.assertEqual(media[index], {})
        self.assertGreater([item.get('name') for item in media].index('Next'), index)
        self.dais.delete('/streams/next')

    def test_removed_stream_is_switched_off(self):
        slug = self.dais.post('/streams', {'name': 'Short', 'uri': 'test:ball'}).json['slug']
        self.put({'video': 'Short', 'audio': 'Short', 'volumes': {'Short': 2}})
        self.dais.delete(f'/streams/{slug}')
        wait_for(lambda: self.dais.get('/room/hall/state').json['video'] is None, 'change by the house')
        state = self.dais.get('/room/hall/state').json
        self.assertIsNone(state['audio'])
        self.assertNotIn('Short', state['volumes'])


class Users(DoorCase):
    def test_add_change_remove(self):
        user = {'username': 'Zoe', 'password': 'a password for zoe', 'roles': ['operator']}
        added = self.dais.post('/users', user)
        self.assertEqual(added.status, 201, added)
        listed = {u['username']: u for u in self.dais.get('/users').json}
        self.assertEqual(listed['Zoe']['roles'], ['operator'])
        self.assertEqual(listed['Zoe']['id'], added.json['id'])
        self.assertNotIn('hash', json.dumps(listed).lower())
        self.assert_error(self.dais.post('/users', {**user, 'username': 'zoe'}), 409, 'zoe')
        zoe = self.dais.as_user('Zoe', 'a password for zoe')
        self.assertEqual(zoe.put('/users/Zoe', {'password': 'one of her own'}).status, 204)
        self.dais.as_user('Zoe', 'one of her own')
        self.assertEqual(self.dais.delete('/users/Zoe').status, 204)
        self.assert_error(zoe.get('/rooms'), 401)
        self.assert_error(self.dais.delete('/users/Zoe'), 404, 'Zoe')

    def test_details_and_roles(self):
        self.dais.post('/users', {'username': 'Ida', 'password': 'a password for ida', 'email': 'ida@example.org',
                                  'roles': ['student']})
        ida = self.dais.as_user('Ida', 'a password for ida')
        self.assert_error(ida.put('/users/Ida', {'roles': ['admin']}), 403)
        self.assert_error(ida.put('/users/Ida', {'password': 'new', 'roles': ['admin']}), 403)
        self.assertNotIn('cut', ida.get('/session').json['grants'])
        self.assertEqual(self.dais.put('/users/Ida', {'roles': ['operator', 'teacher'], 'first_name': 'Ida',
                                                      'last_name': 'Rhodes'}).status, 204)
        # at once, and for the session that is there
        self.assertIn('cut', ida.get('/session').json['grants'])
        listed = {u['username']: u for u in self.dais.get('/users').json}['Ida']
        self.assertEqual((sorted(listed['roles']), listed['first_name'], listed['last_name'], listed['email']),
                         (['operator', 'teacher'], 'Ida', 'Rhodes', 'ida@example.org'))
        self.assertEqual(self.dais.put('/users/Ida', {'email': '', 'roles': None}).status, 204)
        listed = {u['username']: u for u in self.dais.get('/users').json}['Ida']
        self.assertEqual((sorted(listed['roles']), listed['email']), (['operator', 'teacher'], None))
        self.assert_error(self.dais.put('/users/admin', {'roles': ['operator']}), 409, 'admin')
        self.assert_error(self.dais.put('/users/Ida', {'roles': ['king']}), 400, 'king')
        self.assert_error(self.dais.put('/users/Ida', {'username': 'Eve'}), 400, 'username')
        self.assert_error(self.dais.put('/users/Ida', {}), 400)
        self.assert_error(self.dais.put('/users/nobody', {'roles': []}), 404, 'nobody')
        self.assertEqual(self.dais.delete('/users/Ida').status, 204)

    def test_refusals(self):
        self.assert_error(self.operator.get('/users'), 403)
        self.assert_error(self.operator.post('/users', {'username': 'me2'}), 403)
        self.assert_error(self.operator.put('/users/stu', {'password': 'taken over'}), 403)
        self.assert_error(self.operator.delete('/users/stu'), 403)
        self.assert_error(self.dais.delete('/users/admin'), 409, 'admin')
        for bad in ({}, {'username': 5}, {'username': 'x', 'roles': ['king']}, {'username': 'x', 'roles': 'admin'},
                    {'username': 'x', 'shoe': 41}, {'username': 'a\nb'}, {'username': ''}, []):
            with self.subTest(bad):
                self.assert_error(self.dais.post('/users', json.dumps(bad)), 400)


class Missing(DoorCase):
    def test_page_for_people_and_words_for_programs(self):
        page = self.dais.request('GET', '/nowhere', headers={'Accept': 'text/html,*/*;q=0.8'})
        self.assertEqual(page.status, 404)
        self.assertTrue(page.headers['Content-Type'].startswith('text/html'))
        self.assertIn("default-src 'self'", page.headers['Content-Security-Policy'])
        self.assertIn(b'/web/boot.js', page.body)
        self.assert_error(self.dais.request('GET', '/nowhere', headers={'Accept': '*/*'}), 404, '/nowhere')
        self.assert_error(self.dais.request('POST', '/nowhere', headers={'Accept': 'text/html'}), 404, '/nowhere')


class Devices(DoorCase):
    def test_list(self):
        answer = self.dais.get('/devices')
        self.assertEqual(answer.status, 200, answer)
        for device in answer.json:
            self.assertTrue(device['name'])
            self.assertRegex(device['uri'], r'^(v4l2|alsa|pulse):')
        self.assert_error(self.student.get('/devices'), 403)


if __name__ == '__main__':
    main()
