# SPDX-License-Identifier: LGPL-2.1-or-later
"""One daemon with a few accounts and a hall, without cameras: for the doors of
people. Accounts are made at the chat door, as clients do."""
import itertools
import unittest

from doorcase import Daemon, Refused, Timeout, WebSocket, main, run, wait_for  # noqa: F401

COUNT = itertools.count(1)
SECRET = 'a secret that is long'


class Person:
    """An account with its tokens."""

    def __init__(self, dais, name, secret=SECRET):
        self.dais, self.name, self.secret = dais, name, secret
        answer = dais.post('/api/v1/login', {'username': name, 'secret': secret}, token=False)
        assert answer.status == 200, answer
        self.token = answer.json['data']['token']
        self.id = answer.json['data']['user']['id']

    def request(self, method, path, body=None, **more):
        return self.dais.request(method, path, body, token=self.token, **more)

    def get(self, path, body=None, **more):
        return self.request('GET', path, body, **more)

    def post(self, path, body=None, **more):
        return self.request('POST', path, body, **more)

    def put(self, path, body=None, **more):
        return self.request('PUT', path, body, **more)

    def delete(self, path, **more):
        return self.request('DELETE', path, **more)

    @property
    def hex24(self):
        return self.get('/api/users/currentUser').json['user']['_id']


class PeopleCase(unittest.TestCase):
    config = None

    @classmethod
    def setUpClass(cls):
        cls.dais = Daemon(config=cls.config)
        cls.addClassCleanup(cls.dais.__exit__)
        cls.prepare()

    @classmethod
    def prepare(cls):
        for name, public in (('Hall', True), ('Green Room', False)):
            answer = cls.dais.post('/rooms', {'name': name, 'public': public})
            assert answer.status == 201, answer

    @classmethod
    def person(cls, stem='anna'):
        """A new account without a role."""
        name = f'{stem}{next(COUNT)}'
        answer = cls.dais.post('/api/v1/users', {'username': name, 'secret': SECRET}, token=False)
        assert answer.status == 201, answer
        return Person(cls.dais, name)

    @classmethod
    def with_role(cls, role, *words):
        name = f'{role}{next(COUNT)}'
        code, _, errors = run('user', 'add', name, '--role', role, *words, '--password-stdin',
                              '--data-dir', cls.dais.data, stdin=SECRET + '\n')
        assert code == 0, errors
        return Person(cls.dais, name)

    def chat(self, room, who=None, path='messages/ws'):
        """A chat socket, the token as its subprotocol as the document says."""
        headers = {'Sec-WebSocket-Protocol': who.token} if who else {}
        socket = WebSocket(self.dais.host, self.dais.port, f'/api/v1/rooms/{room}/{path}', headers)
        self.addCleanup(socket.close)
        return socket
