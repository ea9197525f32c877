#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The venue contract's watch sockets, row by row."""
import json
import time

from doorcase import DoorCase, Refused, Timeout, main, run


class Watch(DoorCase):
    CAMERA, SCREEN = 'Room 1 - Camera', 'Room 1 - Screen'

    def watch(self, who=None, query=''):
        socket = (who or self.operator).watch('/room/hall/watch' + query)
        self.addCleanup(socket.close)
        return socket

    def greeted(self, who=None, query=''):
        socket = self.watch(who, query)
        socket.until('notes')
        return socket

    # ---- who may ----

    def test_refused_before_the_upgrade(self):
        for path, token, status in (('/room/hall/watch', None, 401), ('/room/hall/watch', 'bad', 401),
                                    ('/streams/watch', None, 401), ('/streams/watch', 'bad', 401),
                                    ('/room/nowhere/watch', self.operator.token, 404)):
            with self.subTest(path=path, token=token):
                with self.assertRaises(Refused) as refused:
                    self.dais.watch(path, token=token)
                self.assertEqual(refused.exception.response.status, status)
                self.assertEqual(list(refused.exception.response.json), ['error'])

    def test_sockets_end_with_the_account(self):
        """At the next look at it, a quarter of a minute later at most."""
        sockets = []
        for name in ('leaver', 'changer'):
            code, _, errors = run('user', 'add', name, '--role', 'operator', '--password-stdin', '--data-dir',
                                  self.dais.data, stdin='a long password\n')
            self.assertEqual(code, 0, errors)
            user = self.dais.as_user(name, 'a long password')
            sockets += [user.watch('/streams/watch'), user.watch('/room/hall/watch')]
        stays = self.greeted()
        time.sleep(1.1)  # a token of the second in which a password changes is good still
        self.assertEqual(self.dais.delete('/users/leaver').status, 204)
        self.assertEqual(self.dais.put('/users/changer', {'password': 'another long password'}).status, 204)
        sockets[3].until('notes')
        self.assertEqual(sockets[3].ask('state', {'master': 0.5})['type'], 'error')
        for socket in sockets:
            self.assertEqual(socket.until_closed(20), 1008)
            socket.socket.close()
        self.assertEqual(stays.ask('state', {})['type'], 'ok')

    def test_token_in_the_header(self):
        socket = self.dais.watch('/room/hall/watch', token=None, headers={
            'Authorization': f'Bearer {self.operator.token}'})
        self.assertEqual(socket.recv()['type'], 'config')
        socket.close()

    def test_plain_get_is_told_to_upgrade(self):
        answer = self.operator.get('/room/hall/watch')
        self.assertIn(answer.status, (400, 405, 426), answer)

    # ---- streams ----

    def test_streams_at_once_and_on_change(self):
        socket = self.dais.watch('/streams/watch')
        self.addCleanup(socket.close)
        first = socket.recv()
        self.assertEqual(first['type'], 'streams')
        self.assertEqual(set(first['data']), set(self.dais.get('/streams').json))
        slug = self.dais.post('/streams', {'name': 'Coming', 'uri': 'test:ball'}).json['slug']
        socket.until('streams', where=lambda m: 'Coming' in m['data'])
        self.dais.put(f'/streams/{slug}', {'name': 'Renamed'})
        socket.until('streams', where=lambda m: 'Renamed' in m['data'] and 'Coming' not in m['data'])
        self.dais.delete(f'/streams/{slug}')
        socket.until('streams', where=lambda m: 'Renamed' not in m['data'])

    def test_streams_by_rights(self):
        for who, sees in ((self.dais, True), (self.student, False)):
            socket = who.watch('/streams/watch')
            self.assertEqual('uri' in socket.recv()['data'][self.CAMERA], sees)
            socket.close()

    # ---- a room ----

    def test_order_on_connect(self):
        socket = self.watch()
        messages = [socket.recv() for _ in range(5)]
        self.assertEqual([m['type'] for m in messages], ['config', 'streams', 'layout', 'state', 'notes'])
        for message in messages:
            self.assertEqual(set(message), {'type', 'data', 'rev'})
        self.assertEqual(messages[3]['data'], self.dais.get('/room/hall/state').json)
        self.assertEqual(messages[2]['data'], self.dais.get('/room/hall/layout').json)
        self.assertEqual(messages[4]['data'], self.dais.get('/room/hall/notes').json)
        self.assertEqual(messages[0]['data']['media'], self.dais.get('/room/hall/config').json['media'])

    def test_change_goes_to_everyone_and_the_initiator(self):
        one, two = self.greeted(), self.greeted(self.student)
        one.send('state', {'video': self.CAMERA, 'master': 0.25})
        one.send('state', {'video': self.SCREEN, 'master': 1})
        for socket in (one, two):
            first, second = socket.until('state'), socket.until('state')
            self.assertEqual(first['data']['video'], self.CAMERA)
            self.assertEqual(second['data']['video'], self.SCREEN)
            self.assertEqual(second['rev'], first['rev'] + 1)
            self.assertEqual(second['data']['rev'], second['rev'])

    def answers(self, socket, amount):
        """{id: (type, error)} of so many answers."""
        found = {}
        while len(found) < amount:
            message = socket.recv()
            if message['type'] in ('ok', 'error'):
                found[message['id']] = (message['type'], message.get('error'))
        return found

    def test_changes_sent_at_once_build_on_each_other(self):
        socket = self.greeted()
        parts = {'title': 'Opening'}, {'presenters': ['Ada']}, {'comments': ['Full house']}
        socket.send_at_once(*({'type': 'talks', 'data': {'talk-id': 'at-once', **part}, 'id': i}
                              for i, part in enumerate(parts)))
        self.assertEqual({kind for kind, _ in self.answers(socket, 3).values()}, {'ok'})
        (talk,) = [t for t in self.dais.get('/room/hall/talks').json.values() if t['talk-id'] == 'at-once']
        self.assertEqual((talk['title'], talk['presenters'], talk['comments']),
                         ('Opening', ['Ada'], ['Full house']))

    def test_rooms_changed_at_once_keep_both_changes(self):
        self.assertEqual(self.dais.post('/rooms', {'name': 'Twice'}).status, 201)
        plains = []
        for body in ('{"public":true}', '{"name":"Two times"}'):
            plains.append(self.dais.raw((f'PUT /rooms/twice HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n'
                                         f'Authorization: Bearer {self.dais.token}\r\n\r\n{body}').encode()))
        for plain in plains:
            self.assertIn(b' 200 ', plain.recv(65536))
            plain.close()
        room = self.dais.get('/rooms/twice').json
        self.assertEqual((room['name'], room['public']), ('Two times', True))
        self.assertEqual(self.dais.delete('/rooms/twice').status, 204)

    def test_note_that_is_going_takes_no_other_change_down(self):
        socket = self.greeted()
        ident = socket.ask('notes', {'text': 'soon gone'})['data']['id']
        socket.send_at_once({'type': 'notes', 'data': {'id': ident, 'deleted': True}, 'id': 'remove'},
                            {'type': 'notes', 'data': {'id': ident, 'text': 'too late'}, 'id': 'modify'},
                            {'type': 'layout', 'data': [self.SCREEN], 'id': 'layout'})
        got = self.answers(socket, 3)
        self.assertEqual({name: kind for name, (kind, _) in got.items()},
                         {'remove': 'ok', 'modify': 'error', 'layout': 'ok'}, got)
        self.assertIn(str(ident), got['modify'][1])

    def test_notes_of_a_long_day(self):
        """They are longer than what may wait for a socket."""
        self.assertEqual(self.dais.post('/rooms', {'name': 'Long day'}).status, 201)
        path = '/room/long-day'
        for i in range(40):
            answer = self.dais.post(f'{path}/notes', [{'text': f'{i} {j} ' + 'x' * 500} for j in range(100)])
            self.assertEqual(answer.status, 200, answer)
        self.assertGreater(len(self.dais.get(f'{path}/notes').body), 2 << 20)
        sockets = [self.operator.watch(f'{path}/watch') for _ in range(3)]
        for socket in sockets:
            self.addCleanup(socket.close)
            self.assertEqual(len(socket.until('notes')['data']), 4000)
        for i in range(3):
            sockets[0].send('notes', {'text': f'late {i}'}, id=i)
            for socket in sockets:
                self.assertEqual(len(socket.until('notes')['data']), 4001 + i)
        self.assertEqual(self.dais.delete('/rooms/long-day').status, 204)

    def test_change_over_rest_reaches_sockets(self):
        socket = self.greeted()
        self.operator.put('/room/hall/layout', [self.SCREEN, self.CAMERA])
        self.assertEqual(socket.until('layout')['data'], [self.SCREEN, self.CAMERA])
        note = self.operator.post('/room/hall/notes', {'text': 'over REST'}).json
        self.assertIn(note, socket.until('notes')['data'])

    def test_notes_and_layout_over_the_socket(self):
        socket = self.greeted()
        answer = socket.ask('notes', {'text': 'over the socket'})
        self.assertEqual(answer['type'], 'ok')
        self.assertEqual(answer['data']['text'], 'over the socket')
        self.assertEqual(socket.ask('note', {'id': answer['data']['id'], 'deleted': True})['type'], 'ok')
        socket.send('layout', [self.CAMERA])
        self.assertEqual(socket.until('layout')['data'], [self.CAMERA])
        self.assertEqual(self.dais.get('/room/hall/layout').json, [self.CAMERA])

    def test_answers_carry_the_id(self):
        socket = self.greeted()
        for ident in (7, 'seven', 7.5, '"quoted"'):
            with self.subTest(ident):
                answer = socket.ask('state', {'scene': 'full'}, ident=ident)
                self.assertEqual((answer['type'], answer['id']), ('ok', ident))
        answer = socket.ask('state', {'video': 'Nothing'}, ident=8)
        self.assertEqual((answer['type'], answer['id']), ('error', 8))
        self.assertIn('Nothing', answer['error'])

    def test_id_is_echoed_as_written(self):
        socket = self.greeted()
        for ident in ('12345678901234567890', '1e21', '33.3'):
            socket.send_text('{"type":"state","data":{},"id":%s}' % ident)
            while True:
                text = socket.recv_text()
                if text.startswith('{"type":"ok"'):
                    break
            self.assertIn(f'"id":{ident}', text)

    def test_older_encodings_on_the_socket(self):
        socket = self.greeted()
        self.assertEqual(socket.ask('state', {'main': self.CAMERA, 'pop': self.SCREEN})['type'], 'ok')
        state = self.dais.get('/room/hall/state').json
        self.assertEqual((state['video'], state['pip']), (self.CAMERA, self.SCREEN))
        self.assertEqual(socket.ask('state', {'video': 0, 'pip': False})['type'], 'ok')
        self.assertIsNone(self.dais.get('/room/hall/state').json['video'])

    def test_if_rev(self):
        socket = self.greeted()
        rev = socket.ask('state', {'video': self.CAMERA, 'master': 0.5})['rev']
        socket.send('state', {'video': self.SCREEN}, id=2, if_rev=rev - 1)
        answer = socket.until('error')
        self.assertEqual(answer['id'], 2)
        self.assertIn(str(rev), answer['error'])

    def test_stream_changes_reach_rooms(self):
        socket = self.greeted()
        slug = self.dais.post('/streams', {'name': 'Guest', 'uri': 'test:ball'}).json['slug']
        socket.until('streams', where=lambda m: 'Guest' in m['data'])
        self.dais.delete(f'/streams/{slug}')
        socket.until('streams', where=lambda m: 'Guest' not in m['data'])

    def test_config_comes_again_when_it_changes(self):
        socket = self.greeted()
        slug = self.dais.post('/streams', {'name': 'Fifth', 'uri': 'test:ball'}).json['slug']
        message = socket.until('config')
        self.assertIn('Fifth', [item.get('name') for item in message['data']['media']])
        self.dais.delete(f'/streams/{slug}')

    def test_removed_room_closes_its_sockets(self):
        self.dais.post('/rooms', {'name': 'Fleeting'})
        socket = self.operator.watch('/room/fleeting/watch')
        socket.until('notes')
        self.dais.delete('/rooms/fleeting')
        self.assertEqual(socket.until_closed(), 1001)

    # ---- resume ----

    def test_since_replays_what_was_missed(self):
        socket = self.greeted()
        rev = socket.ask('state', {'video': self.CAMERA, 'master': 0.1})['rev']
        socket.close()
        for master in (0.2, 0.3, 0.4):
            self.operator.put('/room/hall/state', {'master': master})
        again = self.watch(query=f'?since={rev}')
        states = [again.until('state') for _ in range(3)]
        self.assertEqual([m['data']['master'] for m in states], [0.2, 0.3, 0.4])
        self.assertEqual([m['rev'] for m in states], [rev + 1, rev + 2, rev + 3])
        self.assertNotIn('reset', states[0])

    def test_since_now_replays_nothing(self):
        rev = self.dais.get('/room/hall/state').headers['ETag'].strip('"')
        socket = self.watch(query=f'?since={rev}')
        self.assertEqual([socket.recv()['type'] for _ in range(2)], ['config', 'streams'])
        self.assertEqual(socket.ask('subscribe', [])['type'], 'ok')

    def test_since_too_old_or_from_the_future_resets(self):
        for since in ('999999999',):
            socket = self.watch(query=f'?since={since}')
            messages = [socket.recv() for _ in range(5)]
            self.assertEqual([m['type'] for m in messages], ['config', 'streams', 'layout', 'state', 'notes'])
            self.assertTrue(all(m['reset'] is True for m in messages))

    def test_since_must_be_a_number(self):
        for since in ('-1', 'x', '1.5', ''):
            with self.subTest(since):
                with self.assertRaises(Refused) as refused:
                    self.watch(query=f'?since={since}')
                self.assertEqual(refused.exception.response.status, 400)

    # ---- subscriptions ----

    def test_levels_only_to_subscribers(self):
        quiet, loud = self.greeted(), self.greeted()
        self.assertEqual(loud.ask('subscribe', ['levels'])['type'], 'ok')
        quiet.send('state', {'audio': self.CAMERA})
        message = loud.until('levels', where=lambda m: self.CAMERA in json.dumps(m))
        self.assertNotIn('rev', message)
        count, end = 0, time.monotonic() + 2
        while time.monotonic() < end:
            try:
                count += loud.recv(patience=0.5)['type'] == 'levels'
            except Timeout:
                pass
        self.assertLessEqual(count, 25)
        self.assertEqual(quiet.ask('state', {})['type'], 'ok')
        with self.assertRaises(Timeout):
            quiet.until('levels', patience=0.5)

    def test_presence(self):
        socket = self.greeted(query='?role=operator')
        socket.send('subscribe', ['presence'])
        first = socket.until('presence')
        self.assertIn('op', [entry['user'] for entry in first['data']])
        other = self.greeted(self.student, query='?role=viewer')
        message = socket.until('presence', where=lambda m: 'stu' in [e['user'] for e in m['data']])
        self.assertIn('viewer', [entry['role'] for entry in message['data']])
        other.close()
        socket.until('presence', where=lambda m: 'stu' not in [e['user'] for e in m['data']])

    def test_log(self):
        socket = self.greeted()
        socket.send('subscribe', ['log'])
        socket.until('log')
        self.operator.put('/room/hall/state', {'master': 3})
        message = socket.until('log', where=lambda m: 'op' in json.dumps(m['data']))
        self.assertIn('op', json.dumps(message['data']))

    def test_unknown_topic(self):
        socket = self.greeted()
        answer = socket.ask('subscribe', ['levels', 'smells'])
        self.assertEqual(answer['type'], 'error')
        self.assertIn('unknown', answer['error'])

    # ---- bad input ----

    def test_bad_messages_are_told_and_the_socket_stays(self):
        socket = self.greeted()
        for text in ('', 'x', '{', '[]', '7', 'null', '{}', '{"type":7,"data":{}}', '{"type":"state"}',
                     '{"type":"wave","data":{}}', '{"type":"state","data":{},"mood":1}',
                     '{"type":"state","data":{"a":01}}', "{'type':'state','data':{}}",
                     '{"type":"state","data":{}} x', '{"type":"state","data":{},"id":[1]}',
                     '{"type":"state","data":{"video":"\\ud800"}}', '{"type":"subscribe","data":"levels"}',
                     '[' * 60000, '{"type":"state","data":' + '[' * 2000 + ']' * 2000 + '}'):
            with self.subTest(text[:40]):
                socket.send_text(text)
                self.assertGreater(len(socket.until('error')['error']), 3)
        socket.send_frame(2, b'\0\1\2')
        self.assertIn('binary', socket.until('error')['error'])
        self.assertEqual(socket.ask('state', {})['type'], 'ok')

    def test_unknown_type_keeps_the_id(self):
        answer = self.greeted().ask('wave', {}, ident='w')
        self.assertEqual((answer['type'], answer['id']), ('error', 'w'))
        self.assertIn('wave', answer['error'])

    def test_not_permitted(self):
        answer = self.greeted(self.student).ask('state', {'video': self.CAMERA})
        self.assertEqual(answer['type'], 'error')

    def test_message_over_the_limit(self):
        socket = self.greeted()
        socket.send_text('{"type":"layout","data":"' + 'x' * 70000 + '"}')
        self.assertEqual(socket.until_closed(), 1009)

    def test_endless_message(self):
        socket = self.greeted()
        socket.send_frame(1, b'x' * 1000, length=100 << 20)
        self.assertEqual(socket.until_closed(), 1009)

    def test_unmasked_frame(self):
        socket = self.greeted()
        socket.send_frame(1, b'{}', mask=False)
        self.assertEqual(socket.until_closed(), 1002)

    def test_bad_utf8(self):
        socket = self.greeted()
        socket.send_frame(1, b'{"type":"\xff\xfe"}')
        self.assertEqual(socket.until_closed(), 1007)

    def test_flood_is_told_then_closed_and_others_live(self):
        other = self.greeted(self.student)
        socket = self.greeted()
        try:
            for _ in range(3000):
                socket.send_text('{"type":"wave","data":{}}')
        except OSError:
            pass
        self.assertIn(socket.until_closed(), (1008, 1006))
        self.operator.put('/room/hall/state', {'master': 0.75})
        other.until('state', where=lambda m: m['data']['master'] == 0.75)


if __name__ == '__main__':
    main()
