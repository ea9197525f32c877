#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The help desk and a party with Debian's python3-socketio, which has other
habits than npm's clients: acks by call(), a bare string for auth. All that is
heard is checked against docs/api/socketio.asyncapi.yaml."""
import os
import queue

import jsonschema
import socketio
import yaml

from peoplecase import SECRET, PeopleCase, main

PATIENCE = 20
DOCS = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..', 'docs', 'api')


class Page:
    """What the page says about the events that clients hear."""

    def __init__(self):
        names = ('socketio.asyncapi.yaml', 'help.openapi.yaml')
        self.store = {}
        for name in names:
            with open(os.path.join(DOCS, name), encoding='utf-8') as file:
                self.store[name] = yaml.safe_load(file)
        page = self.store[names[0]]
        self.resolver = jsonschema.RefResolver(names[0], page, store=self.store)
        channel = page['channels']['/socket.io/']
        self.heard = {message['name']: message['payload']
                      for message in channel['subscribe']['message']['oneOf']}

    def check(self, name, *arguments):
        assert len(arguments) < 2, arguments
        jsonschema.Draft202012Validator(self.heard[name], resolver=self.resolver).validate(
            arguments[0] if arguments else None)


PAGE = Page()


class Guest:
    """A client that keeps what it hears."""

    def __init__(self, case, auth=None, transports=('polling', 'websocket')):
        self.heard, self.gone = queue.Queue(), queue.Queue()
        self.client = socketio.Client(reconnection=False)
        self.client.on('*', lambda *event: self.heard.put(event))
        self.client.on('disconnect', lambda *_: self.gone.put(True))
        self.client.connect(case.dais.url, auth=auth, transports=list(transports),
                            wait_timeout=PATIENCE)
        case.addCleanup(self.client.disconnect)

    def emit(self, *event):
        self.client.emit(event[0], event[1] if len(event) > 1 else None)

    def next(self):
        event = self.heard.get(timeout=PATIENCE)
        PAGE.check(*event)
        return event


class PythonCase(PeopleCase):
    config = '[room "Hall"]\npublic=true\nparty_password=sesame\n'

    @classmethod
    def prepare(cls):
        cls.student, cls.teacher = cls.with_role('student'), cls.with_role('teacher')

    def test_help(self):
        room = self.student.post('/api/room/', {'text': 'how?', 'image': ''}).json
        student = Guest(self, {'access_token': self.student.token, 'id': self.student.id})
        teacher = Guest(self, self.teacher.token, ['websocket'])
        self.assertEqual(student.next(), ('online', {'user': self.student.id}))
        student.emit('new_room', {'room': room['id']})
        self.assertEqual(teacher.next(), ('new_room', room))
        self.assertIn(teacher.client.call('join_room', {'room': room['id']}), (None, []))
        name, joined = student.next()
        self.assertEqual((name, joined['teacher']['id']), ('room_joined', self.teacher.id))
        self.assertEqual(teacher.next(), (name, joined))
        teacher.emit('message', {'room': room['id'], 'text': 'so', 'image': ''})
        message = student.next()
        self.assertEqual(message, teacher.next())
        self.assertEqual((message[1]['text'], message[1]['user']), ('so', self.teacher.id))
        teacher.emit('seen', {'room': room['id']})
        self.assertEqual(student.next(), ('seen', {'room': room['id'], 'user': self.student.id,
                                                   'by': self.teacher.id}))
        teacher.next()
        teacher.emit('rooms')
        self.assertEqual(teacher.next(), ('rooms', {'rooms': [room['id']]}))
        teacher.emit('close_room', {'room': room['id']})
        self.assertEqual(student.next(), ('room_closed', {'status': 'closed', 'room': room['id']}))

    def test_bad_token(self):
        for auth in ('no token', {'token': 'x' * 300},
                     {'access_token': self.student.token, 'id': self.teacher.id}):
            guest = Guest(self, auth)
            name, error = guest.next()
            self.assertEqual((name, error['code']), ('error', 'token_not_valid'))
            self.assertTrue(guest.gone.get(timeout=PATIENCE))

    def test_party(self):
        guests = [Guest(self), Guest(self, {}, ['polling']), Guest(self, '', ['websocket'])]
        for number, guest in enumerate(guests):
            guest.emit('join', {'roomname': 'hall', 'roompass': 'sesame', 'username': f'g{number}'})
            self.assertEqual(guest.next(), ('joinSuccess',))
            self.assertEqual(guest.next(), ('userJoined', {'username': f'g{number}'}))
            self.assertEqual(guest.next()[1]['videoUrl'], f'{self.dais.url}/streaming/mixed/hall.webm')
            for other in guests[:number]:
                self.assertEqual(other.next(), ('userJoined', {'username': f'g{number}'}))
            if number:
                self.assertEqual(guests[0].next(), ('requestTime',))
        guests[0].emit('skipTo', {'time': 33.3})
        for guest in guests:
            self.assertEqual(guest.next(), ('skipTo', {'time': 33.3, 'skipToTime': 33.3}))
        for event in (('play',), ('pause', {'pausedtime': '0:05'}), ('videoChange', {'videoUrl': 'x'})):
            guests[1].emit(*event)
            for guest in guests:
                self.assertEqual(guest.next()[0], event[0])
        guests[1].emit('sendMessage', {'content': 'hé', 'videoTime': 5})
        for guest in (guests[0], guests[2]):
            self.assertEqual(guest.next()[1]['content'], 'hé')
        guests[1].client.disconnect()
        for guest in (guests[0], guests[2]):
            self.assertEqual(guest.next(), ('userLeft', {'username': 'g1'}))

    def test_one_room(self):
        """The hall's watchers, its chat and its party: one presence, one history."""
        anna, bert = self.person(), self.person()
        watcher = self.dais.watch('/room/hall/watch')
        self.addCleanup(watcher.close)
        watcher.send('subscribe', ['presence'])
        chat = self.chat('hall', anna)
        guest = Guest(self, {'access_token': bert.token})
        guest.emit('join', {'roomname': 'hall', 'roompass': 'sesame', 'username': 'Bertie'})
        watcher.until('presence', where=lambda m: {(anna.name, 'chat'), (bert.name, 'party'), ('admin', 'venue')} <= {
            (line['user'], line['door']) for line in m['data']})
        members = anna.get('/api/v1/rooms/hall').json['data']['members']
        self.assertLessEqual({anna.name, bert.name, 'admin'}, {member['username'] for member in members})
        while guest.next()[0] != 'videoChange':
            pass
        chat.send_text('{"text":"from the chat"}')
        said = chat.recv()[0]
        name, heard = guest.next()
        while name != 'receivedMessage':
            name, heard = guest.next()
        self.assertEqual((heard['content'], heard['username']), ('from the chat', anna.name))
        guest.emit('sendMessage', {'content': 'from the party'})
        other = chat.recv()[0]
        self.assertEqual((other['text'], other['sender']), ('from the party', {'id': bert.id, 'username': 'Bertie'}))
        history = bert.get('/api/v1/messages?room_id=hall&count=2').json['data']
        self.assertEqual(history, [said, other])
        guest.client.disconnect()
        chat.close()
        watcher.until('presence', where=lambda m: not {anna.name, bert.name} & {line['user'] for line in m['data']})

    def test_orderly_end(self):
        """The daemon ends well while people are connected, and they notice."""
        dais = self.dais
        student = Guest(self, {'access_token': self.student.token})
        self.student.post('/api/room/', {'text': 'still open'})
        party = Guest(self)
        party.emit('join', {'roomname': 'hall', 'roompass': 'sesame'})
        self.assertEqual(party.next(), ('joinSuccess',))
        self.assertEqual(dais.stop(), 0, dais.log)
        for guest in (student, party):
            self.assertTrue(guest.gone.get(timeout=PATIENCE))
        dais.start()

    def test_secret_is_no_name(self):
        """What people type is never in the log."""
        guest = Guest(self)
        guest.emit('join', {'roomname': 'hall', 'roompass': SECRET})
        self.assertEqual(guest.next()[0], 'joinError')
        self.assertNotIn(SECRET, self.dais.log)


del PeopleCase

if __name__ == '__main__':
    main()
