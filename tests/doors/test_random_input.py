#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Requests that are almost right, made up at random: each gets an answer that
is no fault of the server, and the server lives on. $DAIS_TEST_SEED makes up
others, $DAIS_TEST_ROUNDS more."""
import copy
import json
import os
import random

from doorcase import DoorCase, Timeout, main

SEED = int(os.environ.get('DAIS_TEST_SEED', '3'))
ROUNDS = int(os.environ.get('DAIS_TEST_ROUNDS', '600'))

CAMERA, SCREEN = 'Room 1 - Camera', 'Room 1 - Screen'
STATE = {'video': CAMERA, 'audio': SCREEN, 'pip': None, 'scene': 'grid', 'pip_corner': 'top-left', 'pip_size': 0.3,
         'grid': [CAMERA, SCREEN], 'volumes': {CAMERA: 0.5}, 'mutes': [SCREEN], 'master': 1,
         'transition': {'kind': 'fade', 'ms': 50}}
TALK = {'talk-id': 'keynote-1', 'talk-date': '2015-06-06', 'talk-begin': '10:00', 'talk-end': '11:00',
        'title': 'Opening', 'presenters': ['Ada'], 'comments': ['Full'], 'post-editor': 'op',
        'post-mix': [[0, {'video': CAMERA}], [5.5, {'pip': SCREEN}], [9]], 'finalised': True}
OLDER = {'notes': {'talk-id': 'older-1', 'talk-begin': '10:00', 'talk-end': '11:00', 'title': 'x', 'presenter': 'y',
                   'comments': 'a\nb', 'events': {'37512.4': 'first', '37600': 'second'}}}
NOTES = [{'text': 'one'}, {'text': 'two', 'time': 37512.4, 'date': '2015-06-06', 'talk-id': 'keynote-1'},
         {'id': 1, 'text': 'three'}, {'id': 2, 'deleted': True}]
REQUESTS = [
    ('PUT', '/room/hall/state', STATE), ('PUT', '/room/hall/state', {'mix': [False, 'main', 'audio', 'pop', False, '']}),
    ('PUT', '/room/hall/layout', [CAMERA, {'any': 'thing'}]), ('POST', '/room/hall/notes', NOTES),
    ('POST', '/room/hall/notes', NOTES[1]), ('POST', '/room/hall/notes', OLDER), ('PUT', '/room/hall/talks', TALK),
    ('PUT', '/rooms/hall', {'name': 'Hall (Level 2)', 'streams': [CAMERA, SCREEN], 'public': True}),
    ('PUT', '/streams/room-1-screen', {'name': SCREEN, 'uri': 'test:smpte', 'type': 'av', 'options': {'label': 'yes'}}),
    ('POST', '/users', {'username': 'guest', 'password': 'a long password', 'roles': ['student'], 'email': 'a@b.example',
                        'first_name': 'A', 'last_name': 'B'}),
    ('POST', '/rooms', {'name': 'Annex', 'url_name': 'annex', 'size': '320x180', 'fps': '25'}),
    ('POST', '/streams', {'name': 'Guest', 'uri': 'test:ball', 'options': {'tone': 440}}),
]
ODD = ['', 'x', CAMERA, 'Nobody', 'x' * 5000, '\u202e', 'a\nb', '2026-02-30', '25:61', '../..', 'test:', 'full', 'grid',
       0, 1, -1, 9, 1.5, 1e308, -1e-300, 2**31, 2**53 + 1, 2**63, 2**64, -2**63, True, False, None, [], {}, [[]], [{}],
       {'': ''}, ['x'] * 200, {str(i): i for i in range(200)}]


def places(value, at=()):
    """The path of every part."""
    yield at
    if isinstance(value, (dict, list)):
        for key, part in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(part, at + (key,))


def spoil(chance, value):
    """The same with one to three parts replaced, taken out, doubled or renamed."""
    value = copy.deepcopy(value)
    for _ in range(chance.choice((1, 1, 2, 3))):
        at = chance.choice(list(places(value)))
        if not at:
            if chance.random() < 0.5:
                return chance.choice(ODD)
            continue
        parent = value
        for key in at[:-1]:
            parent = parent[key]
        what = chance.random()
        if what < 0.6:
            parent[at[-1]] = copy.deepcopy(chance.choice(ODD))
        elif what < 0.75:
            del parent[at[-1]]
        elif isinstance(parent, list):
            parent.insert(chance.randrange(len(parent) + 1), copy.deepcopy(parent[at[-1]]))
        else:
            parent[chance.choice(('id', 'deleted', 'main', 'slug', 'rev', 'notes', 'Odd'))] = parent.pop(at[-1])
    return value


class RandomInput(DoorCase):
    config = '[server]\nsize=320x180\n'

    def expect_alive(self, *words):
        self.assertIsNone(self.dais.process.poll(), f'{words}\n{self.dais.log[-2000:]}')

    def test_requests(self):
        chance = random.Random(SEED)
        statuses = set()
        for _ in range(ROUNDS):
            method, path, body = chance.choice(REQUESTS)
            text = json.dumps(spoil(chance, body))
            if chance.random() < 0.05:
                text = text[:chance.randrange(len(text) + 1)]
            try:
                answer = self.dais.request(method, path, text)
            except OSError as error:
                self.fail(f'seed {SEED}: {method} {path} {text}: {error}\n{self.dais.log[-2000:]}')
            self.assertLess(answer.status, 500, f'seed {SEED}: {method} {path} {text}: {answer}')
            if answer.status >= 400:
                self.assertEqual(list(answer.json), ['error'], answer)
            elif answer.status == 201 and path in ('/rooms', '/streams'):
                self.assertEqual(self.dais.delete(answer.headers['Location']).status, 204)
            statuses.add(answer.status)
        self.assertLessEqual({200, 201, 400, 404}, statuses)
        for what in ('state', 'layout', 'notes', 'talks', 'config'):
            self.assertEqual(self.dais.get(f'/room/hall/{what}').status, 200)
        self.assertNotIn('CRITICAL', self.dais.log)

    def test_messages(self):
        chance = random.Random(SEED)
        bodies = {'state': STATE, 'layout': [CAMERA], 'notes': NOTES, 'note': OLDER, 'talks': TALK,
                  'subscribe': ['levels', 'presence', 'log'], 'unsubscribe': ['log']}
        watcher = self.operator.watch('/room/hall/watch')
        watcher.until('notes')
        for number in range(ROUNDS // 3):
            kind, body = chance.choice(list(bodies.items()))
            message = {'type': kind, 'data': spoil(chance, body), 'id': number}
            if chance.random() < 0.2:
                message = spoil(chance, message)
            try:
                watcher.send_text(json.dumps(message))
                while True:
                    answer = watcher.recv(0.02)
                    if answer.get('id') == number:
                        break
            except Timeout:
                pass  # its id was spoiled, or it takes its time
            except OSError:
                self.expect_alive(SEED, message)
                watcher = self.operator.watch('/room/hall/watch')
        watcher.close()
        self.expect_alive(SEED)
        self.assertEqual(self.dais.get('/rooms').status, 200)
        self.assertNotIn('CRITICAL', self.dais.log)


if __name__ == '__main__':
    main()
