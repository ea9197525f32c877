#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The members contract (contracts README §5), row by row."""
import os
import re
import shutil
import tempfile

import socketio

from peoplecase import Daemon, PeopleCase, Person, Refused, WebSocket, main, wait_for

HEX24 = re.compile(r'^[0-9a-f]{24}$')
ISO_MS = re.compile(r'^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$')


class Nobody(Person):
    """Somebody without an account."""

    def __init__(self, dais): # pylint: disable=super-init-not-called
        self.dais, self.name, self.token, self.id = dais, 'nobody', False, 0


class MembersCase(PeopleCase):
    def err(self, answer, status, text):
        self.assertEqual(answer.status, status, answer)
        self.assertEqual(answer.json, {'err': text})

    def ok(self, answer):
        self.assertEqual(answer.status, 200, answer)
        return answer.json

    def room(self, who, name='Team'):
        return self.ok(who.post('/api/rooms', {'name': name}))['room']

    def change(self, who, room, verb, users=None):
        path = f'/api/rooms/{room["_id"]}/{verb}'
        if verb in ('join', 'leave'):
            return who.post(path, {})
        return who.put(path, {'users': [u.hex24 for u in users]})


class Rooms(MembersCase):
    def test_unauthorized(self):
        for method, path in (('GET', '/api/rooms'), ('POST', '/api/rooms/'), ('GET', '/api/rooms/x'),
                             ('PUT', '/api/rooms/x'), ('DELETE', '/api/rooms/x'),
                             ('PUT', '/api/rooms/x/inviteMembers'), ('POST', '/api/rooms/x/join'),
                             ('GET', '/api/users?username=a'), ('GET', '/api/users/currentUser'),
                             ('POST', '/api/logout')):
            for token in (False, 'bad'):
                answer = self.dais.request(method, path, {}, token=token)
                self.assertEqual((answer.status, answer.text), (401, 'Unauthorized'), path)

    def test_create_and_list(self):
        anna = self.person()
        for path in ('/api/rooms', '/api/rooms/'):
            room = self.ok(anna.post(path, {'name': 'Same name'}))['room']
            self.assertEqual(set(room), {'_id', 'isActive', 'name', 'creator', 'created'})
            self.assertRegex(room['_id'], HEX24)
            self.assertRegex(room['created'], ISO_MS)
            self.assertIs(room['isActive'], False)
            self.assertEqual(room['creator'], {'_id': anna.hex24, 'username': anna.name})
        listed = self.ok(anna.get('/api/rooms/'))['rooms']
        self.assertEqual([r['name'] for r in listed], ['Same name'] * 2)
        self.assertEqual(listed[1], room)
        self.assertEqual(self.ok(self.person().get('/api/rooms')), {'rooms': []})

    def test_create_refused(self):
        anna = self.person()
        for body in ({}, {'title': 'x'}, {'name': None}, None):
            self.err(anna.post('/api/rooms', body), 400, 'Field name is required')
        for body in ('{', '[]', {'name': 7}, {'name': 'x' * 5000}):
            answer = anna.post('/api/rooms', body)
            self.assertEqual((answer.status, list(answer.json)), (400, ['err']))

    def test_retrieve(self):
        anna, bert = self.person(), self.person()
        room = self.room(anna)
        full = self.ok(anna.get(f'/api/rooms/{room["_id"]}'))['room']
        self.assertEqual(full, {**room, 'invitedMembers': [], 'currentMembers': []})
        for who, ident in ((bert, room['_id']), (anna, 'f' * 24), (anna, 'nonsense')):
            for answer in (who.get(f'/api/rooms/{ident}'), who.put(f'/api/rooms/{ident}', {'name': 'x'})):
                self.err(answer, 404, f'Room id: {ident} not found')

    def test_update(self):
        anna, bert = self.person(), self.person()
        room = self.room(anna)
        path = f'/api/rooms/{room["_id"]}'
        self.assertEqual(self.ok(anna.put(path, {'name': 'Renamed'}))['room'], {**room, 'name': 'Renamed'})
        self.change(anna, room, 'inviteMembers', [bert])
        self.err(bert.put(path, {'name': 'Mine'}), 404, f'Room id: {room["_id"]} not found')
        self.assertEqual(self.ok(bert.get(path))['room']['name'], 'Renamed')

    def test_delete(self):
        anna = self.person()
        room = self.room(anna)
        self.err(anna.delete(f'/api/rooms/{room["_id"]}'), 501, 'Not implemented')

    def test_invite(self):
        anna, bert, cleo = (self.person() for _ in range(3))
        room = self.room(anna)
        path = f'/api/rooms/{room["_id"]}/inviteMembers'
        for body in ({}, {'users': None}, {'users': 'x'}, {'users': [7]}):
            self.err(anna.put(path, body), 400, 'Field users is required')
        got = self.ok(self.change(anna, room, 'inviteMembers', [bert, cleo]))['room']
        self.assertEqual({m['username'] for m in got['invitedMembers']}, {bert.name, cleo.name})
        self.assertEqual(set(got['invitedMembers'][0]), {'_id', 'username'})
        again = self.ok(anna.put(path, {'users': [bert.hex24, 'f' * 24, '']}))['room']
        self.assertEqual(again, got)
        users = [cleo.hex24, bert.hex24]
        self.err(bert.put(path, {'users': users}), 404,
                 f'Room id {room["_id"]} or User in {",".join(users)} not found')
        self.err(anna.put('/api/rooms/nothing/inviteMembers', {'users': ['a']}), 404,
                 'Room id nothing or User in a not found')
        self.assertEqual([r['_id'] for r in self.ok(bert.get('/api/rooms'))['rooms']], [room['_id']])

    def test_join_and_leave(self):
        anna, bert, cleo = (self.person() for _ in range(3))
        room, other = self.room(anna), self.room(anna, 'Other')
        self.change(anna, room, 'inviteMembers', [bert])
        self.err(self.change(cleo, room, 'join'), 400, 'Room not found')
        self.err(self.change(cleo, room, 'leave'), 400, 'Room not found')
        self.err(self.change(bert, room, 'leave'), 400, 'Not already joined')
        got = self.ok(self.change(bert, room, 'join'))['room']
        self.assertEqual(got['currentMembers'], [{'_id': bert.hex24, 'username': bert.name}])
        self.assertIs(got['isActive'], True)
        self.assertIs(self.ok(anna.get('/api/rooms'))['rooms'][0]['isActive'], True)
        self.err(self.change(bert, room, 'join'), 400, 'Already joined')
        # the creator needs no invitation, and is in one room at a time
        self.ok(self.change(anna, room, 'join'))
        self.err(self.change(anna, other, 'join'), 400, 'User is already joined to a room')
        self.assertEqual(self.ok(anna.get('/api/users/currentUser')),
                         {'user': {'_id': anna.hex24, 'username': anna.name, 'currentRoom': room['_id']}})
        self.err(self.change(anna, other, 'leave'), 400, 'Not already joined')
        self.ok(self.change(bert, room, 'leave'))
        got = self.ok(self.change(anna, room, 'leave'))['room']
        self.assertEqual((got['currentMembers'], got['isActive']), ([], False))
        self.ok(self.change(anna, other, 'join'))

    def test_uninvited_member_leaves(self):
        anna, bert = self.person(), self.person()
        room = self.room(anna)
        self.change(anna, room, 'inviteMembers', [bert])
        self.change(bert, room, 'join')
        got = self.ok(self.change(anna, room, 'uninviteMembers', [bert]))['room']
        self.assertEqual((got['invitedMembers'], got['currentMembers']), ([], []))
        self.err(bert.get(f'/api/rooms/{room["_id"]}'), 404, f'Room id: {room["_id"]} not found')
        self.assertIsNone(self.ok(bert.get('/api/users/currentUser'))['user']['currentRoom'])
        self.assertEqual(self.ok(self.change(anna, room, 'uninviteMembers', [bert]))['room'], got)

    def test_outlives_a_crash(self):
        with Daemon() as dais:
            dais.post('/api/v1/users', {'username': 'anna', 'secret': 'x'})
            anna = Person(dais, 'anna', 'x')
            room = self.room(anna)
            self.change(anna, room, 'join')
            dais.kill()
            dais.start()
            self.assertEqual(self.ok(anna.get('/api/rooms'))['rooms'], [{**room, 'isActive': True}])

    def test_wrong_method(self):
        answer = self.person().request('PATCH', '/api/rooms', {})
        self.assertEqual((answer.status, list(answer.json)), (405, ['err']))
        self.assertIn('GET', answer.headers['Allow'])


class Everywhere(MembersCase):
    """An uninvited user sees nothing of a members' room at any door."""

    def hears_nothing(self, who, ident, number):
        """The two doors over Socket.IO."""
        heard = []
        client = socketio.Client(reconnection=False)
        client.on('*', lambda name, *data: heard.append((name, data)))
        for name in ('joinError', 'joinSuccess', 'error', 'rooms', 'message', 'room_joined', 'seen', 'room_closed',
                     'new_room', 'receivedMessage', 'videoChange', 'userJoined', 'skipTo'):
            client.on(name, lambda *data, name=name: heard.append((name, data)))
        client.connect(self.dais.url, transports=['polling'],
                       auth={'access_token': who.token, 'id': who.id} if who.token else None)
        try:
            client.emit('join', {'roomname': ident, 'roompass': 'x'})
            wait_for(lambda: heard, 'answer to join')
            for event in ('join_room', 'message', 'seen', 'close_room', 'new_room'):
                client.emit(event, {'room': number, 'text': 'hello'})
            wait_for(lambda: len(heard) >= 6, 'six refusals')
            client.emit('rooms')
            wait_for(lambda: len(heard) >= 7, 'the rooms')
        finally:
            client.disconnect()
        self.assertLessEqual({name for name, _ in heard}, {'error', 'joinError', 'rooms'})
        self.assertEqual([data for name, data in heard if name == 'rooms'], [({'rooms': []},)] if who.token else [])
        return [str(data) for name, data in heard if name != 'joinError']

    def test_chat_of_a_members_room(self):
        anna, bert = self.person(), self.person()
        room = self.room(anna)
        with self.chat(room['_id'], anna) as socket:
            socket.send_text('{"text":"among us"}')
            socket.recv()
            self.change(anna, room, 'inviteMembers', [bert])
            other = self.chat(room['_id'], bert)
            socket.send_text('{"text":"welcome"}')
            self.assertEqual(other.recv()[0]['text'], 'welcome')
            self.change(bert, room, 'join')
            other.close()
            wait_for(lambda: [m['username'] for m in anna.get(
                f'/api/v1/rooms/{room["_id"]}').json['data']['members']] == [anna.name, bert.name],
                     'bert among the members')
            other = self.chat(room['_id'], bert)
            self.change(anna, room, 'uninviteMembers', [bert])
            self.assertEqual(other.until_closed(), 1008)
            other.close()
            wait_for(lambda: [m['username'] for m in anna.get(
                f'/api/v1/rooms/{room["_id"]}').json['data']['members']] == [anna.name], 'bert gone')
            socket.send_text('{"text":"gone"}')
            self.assertEqual([socket.recv()[0]['text'] for _ in range(2)], ['welcome', 'gone'])

    def party(self, who, ident):
        """Somebody who watches along in the room, so that all of it is alive."""
        guest, joined = socketio.Client(reconnection=False), []
        guest.on('joinSuccess', lambda *data: joined.append(data))
        guest.connect(self.dais.url, transports=['websocket'], auth={'access_token': who.token})
        self.addCleanup(guest.disconnect)
        guest.emit('join', {'roomname': ident, 'roompass': 'any', 'username': 'a secret guest'})
        wait_for(lambda: joined, 'party in the room')

    def test_uninvited_sees_nothing(self):
        anna = self.person()
        room = self.room(anna, 'A secret title')
        ident = room['_id']
        watcher = self.dais.watch('/room/hall/watch')
        self.addCleanup(watcher.close)
        watcher.send('subscribe', ['presence', 'log'])
        with self.chat(ident, anna) as socket:
            socket.send_text('{"text":"a secret text"}')
            number = self.ok(anna.get(f'/api/v1/rooms/{ident}'))['data']['id']
            self.assertEqual(socket.recv()[0]['text'], 'a secret text')
            self.change(anna, room, 'join')
            self.party(anna, ident)
            self.assertEqual(anna.get(f'/room/{ident}/').status, 200)
            strangers = [self.person(), self.with_role('student'), self.with_role('teacher'),
                         self.with_role('operator'), self.with_role('admin'), Nobody(self.dais)]
            for who in strangers:
                with self.subTest(who=who.name):
                    self.sees_nothing(who, ident, number, anna)
            watcher.send('state', {'video': None})
            heard = str(watcher.until('log'))
            self.assertNotIn(anna.name, heard)
            self.assertNotIn('secret', self.dais.get('/metrics').text)
            self.assertNotIn(ident, self.dais.get('/metrics').text)
        self.assertEqual(len(self.ok(anna.get(f'/api/v1/messages?room_id={ident}'))['data']), 1)

    def sees_nothing(self, who, ident, number, anna):
        said = []
        # where nobody gets anything, nobody is told to log in first
        for path, status in ((f'/api/rooms/{ident}', 404), ('/api/rooms', 200), ('/rooms', 200),
                             (f'/rooms/{ident}', 404), (f'/room/{ident}/state', 404), (f'/room/{ident}/notes', 404),
                             (f'/room/{ident}/layout', 404), (f'/room/{ident}/config', 404),
                             (f'/room/{ident}/talks', 404), (f'/room/{ident}', 404), (f'/api/room/{ident}', 404),
                             ('/streams', 200), (f'/api/v1/rooms/{ident}', 404),
                             (f'/api/v1/messages?room_id={ident}', 404), (f'/api/v1/messages?room_id={number}', 404),
                             (f'/api/{number}/messages/', 404), ('/api/room/', 200),
                             (f'/streaming/mixed/{ident}.jpg', 404), (f'/streaming/mixed/{ident}.webm', 404),
                             (f'/streaming/mixed/{ident}.mjpeg', 404), (f'/streaming/{ident}.webm', 404),
                             ('/session', 200)):
            answer = who.get(path)
            self.assertIn(answer.status, (status,) if who.token else (status, 401), path)
            said.append(answer.text.replace(f"'{ident}'", '').replace(f': {ident} ', ''))
        answer = who.get('/api/session/', {'roomname': ident, 'password': 'any'})
        self.assertEqual(answer.status, 401)
        for verb in ('inviteMembers', 'uninviteMembers'):
            self.assertEqual(who.put(f'/api/rooms/{ident}/{verb}', {'users': []}).status, 404 if who.token else 401)
        for verb in ('join', 'leave'):
            self.assertEqual(who.post(f'/api/rooms/{ident}/{verb}', {}).status, 400 if who.token else 401)
        for answer in (who.put(f'/rooms/{ident}', {'name': 'x'}), who.put(f'/room/{ident}/state', {'video': None}),
                       who.post(f'/room/{ident}/notes', {'text': 'x'}), who.delete(f'/rooms/{ident}')):
            self.assertIn(answer.status, (403, 404) if who.token else (401, 404))
            said.append(answer.text)
        query = f'?access_token={who.token}' if who.token else ''
        for path in (f'/api/v1/rooms/{ident}/ws', f'/api/v1/rooms/{ident}/messages/ws', f'/room/{ident}/watch{query}',
                     f'/streaming/mixed/{ident}.webm{query}'):
            with self.assertRaises(Refused) as refused:
                WebSocket(self.dais.host, self.dais.port, path, {'Sec-WebSocket-Protocol': who.token or 'null'}
                          if 'v1' in path else {})
            self.assertIn(refused.exception.response.status, (403, 404) if who.token else (401, 403, 404), path)
            said.append(refused.exception.response.text)
        said += self.hears_nothing(who, ident, number)
        for text in said:
            for secret in ('secret', anna.name):
                self.assertNotIn(secret, text)


class Accounts(MembersCase):
    def code(self, dais, name):
        return wait_for(lambda: re.findall(r'(\d{6}) is your code', dais.log), 'code in the log')[-1]

    def test_one_time_code(self):
        anna = self.with_role('student', '--email', 'anna@example.org')
        answer = self.ok(self.dais.post('/api/login', {'username': anna.name, 'email': 'Anna@example.org'}))
        self.assertEqual(set(answer), {'user', 'message'})
        self.assertEqual(answer['user'], {'username': anna.name, 'email': 'Anna@example.org', 'id': anna.hex24})
        code = self.code(self.dais, anna.name)
        self.assertIn('anna@example.org', self.dais.log)
        wrong = self.dais.post('/api/mfa', {'username': anna.name, 'mfaToken': '000000' if code != '000000' else '1'})
        self.assertEqual((wrong.status, list(wrong.json)), (401, ['err']))
        answer = self.ok(self.dais.post('/api/mfa', {'username': anna.name, 'mfaToken': code}))
        self.assertEqual(answer['user'], {'username': anna.name, 'isActive': True, 'id': anna.hex24})
        self.assertEqual(self.dais.get('/api/rooms', token=answer['token']).status, 200)
        # good for one login
        self.assertEqual(self.dais.post('/api/mfa', {'username': anna.name, 'mfaToken': code}).status, 401)

    def test_login_refused(self):
        anna = self.with_role('student', '--email', 'anna@example.org')
        for body in ({'username': anna.name, 'email': 'other@example.org'},
                     {'username': 'nobody', 'email': 'anna@example.org'}):
            answer = self.dais.post('/api/login', body)
            self.assertEqual((answer.status, list(answer.json)), (401, ['err']))
        self.err(self.dais.post('/api/login', {'username': 'x'}), 400, 'Field email is required')
        self.err(self.dais.post('/api/login', {}), 400, 'Field username is required')
        self.err(self.dais.post('/api/mfa', {'username': 'x'}), 400, 'Field mfaToken is required')

    def test_login_with_password(self):
        anna = self.person()
        answer = self.ok(self.dais.post('/api/login', {'username': anna.name, 'password': anna.secret}))
        self.assertEqual(set(answer), {'refresh', 'access'})
        self.assertEqual(self.dais.get('/api/rooms', token=answer['access']).status, 200)
        self.assertEqual(self.dais.get('/api/rooms', token=answer['refresh']).status, 401)

    def test_search(self):
        anna = self.person('searcher')
        for number in range(12):
            self.dais.post('/api/v1/users', {'username': f'Needle.*{number}', 'secret': 'x'})
        users = self.ok(anna.get('/api/users?username=EEDLE'))['users']
        self.assertEqual(len(users), 10)
        self.assertEqual(set(users[0]), {'_id', 'username'})
        self.assertEqual(len(self.ok(anna.get('/api/users?username=.*1'))['users']), 3)
        for query in ('?username=searcher', '?username=%5E', '?username=', ''):
            self.assertEqual(self.ok(anna.get('/api/users' + query)), {'users': []})

    def test_logout(self):
        answer = self.person().post('/api/logout')
        self.assertEqual(answer.status, 200)


class Guessing(MembersCase):
    config = '[server]\nlogin_attempts=100\n'

    def test_five_tries(self):
        anna = self.with_role('student', '--email', 'anna@example.org')
        self.dais.post('/api/login', {'username': anna.name, 'email': 'anna@example.org'})
        code = wait_for(lambda: re.findall(r'(\d{6}) is your code', self.dais.log), 'code')[-1]
        for _ in range(5):
            wrong = f'{(int(code) + 1) % 1000000:06}'
            self.assertEqual(self.dais.post('/api/mfa', {'username': anna.name, 'mfaToken': wrong}).status, 401)
        self.assertEqual(self.dais.post('/api/mfa', {'username': anna.name, 'mfaToken': code}).status, 401)


    def test_nobody_fills_a_mailbox(self):
        anna, bert = (self.with_role('student', '--email', f'{name}@example.org') for name in ('anna', 'bert'))
        body = {'username': anna.name, 'email': 'anna@example.org'}
        for _ in range(10):
            self.assertEqual(self.dais.post('/api/login', body).status, 200)
        answer = self.dais.post('/api/login', body)
        self.assertEqual((answer.status, list(answer.json)), (429, ['err']))
        code = wait_for(lambda: re.findall(r'(\d{6}) is your code', self.dais.log), 'code')[-1]
        self.assertEqual(self.dais.post('/api/login', {'username': bert.name, 'email': 'bert@example.org'}).status, 200)
        self.assertEqual(self.dais.post('/api/mfa', {'username': anna.name, 'mfaToken': code}).status, 200)


class Mail(MembersCase):
    """mail_command gets each mail on its input, without a shell."""

    @classmethod
    def setUpClass(cls):
        folder = tempfile.mkdtemp(prefix='dais-mail-')
        cls.addClassCleanup(shutil.rmtree, folder)
        cls.sent = os.path.join(folder, 'sent mail')
        cls.config = f'[server]\nmail_command=/usr/bin/tee -a "{cls.sent}"\n'
        super().setUpClass()

    def test_mail(self):
        anna = self.with_role('student', '--email', 'anna@example.org')
        self.ok(self.dais.post('/api/login', {'username': anna.name, 'email': 'anna@example.org'}))
        mail = wait_for(lambda: os.path.exists(self.sent) and open(self.sent, encoding='utf-8').read(), 'mail')
        head, text = mail.split('\n\n', 1)
        self.assertEqual(head.split('\n')[:2], ['To: anna@example.org', 'Subject: Your login code'])
        code = re.fullmatch(r'(\d{6}) is your code; .*\n', text).group(1)
        self.assertNotIn(code, self.dais.log)
        self.ok(self.dais.post('/api/mfa', {'username': anna.name, 'mfaToken': code}))


class NoMail(MembersCase):
    config = '[server]\nmail_command=/nowhere/sendmail -t\n'

    def test_is_said(self):
        anna = self.with_role('student', '--email', 'anna@example.org')
        answer = self.dais.post('/api/login', {'username': anna.name, 'email': 'anna@example.org'})
        self.assertEqual((answer.status, list(answer.json)), (503, ['err']))


if __name__ == '__main__':
    main()
