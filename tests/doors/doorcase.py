# SPDX-License-Identifier: LGPL-2.1-or-later
"""One daemon for a test class: a room "Hall (Level 2)", two test streams, an
operator and a viewer beside the admin."""
import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'support'))

from dais_client import (  # noqa: E402,F401
    PATIENCE, Daemon, Refused, Timeout, WebSocket, program, run, wait_for)

OPERATOR = ('op', 'a long password for op')
STUDENT = ('stu', 'a long password for stu')


class DoorCase(unittest.TestCase):
    config = None

    @classmethod
    def setUpClass(cls):
        cls.dais = Daemon(config=cls.config)
        cls.addClassCleanup(cls.dais.__exit__)
        cls.prepare()

    @classmethod
    def prepare(cls):
        for name, uri in (('Room 1 - Camera', 'test:ball'), ('Room 1 - Screen', 'test:smpte')):
            answer = cls.dais.post('/streams', {'name': name, 'uri': uri, 'type': 'av'})
            assert answer.status == 201, answer
        answer = cls.dais.post('/rooms', {'name': 'Hall (Level 2)'})
        assert answer.status == 201, answer
        for (name, password), role in ((OPERATOR, 'operator'), (STUDENT, 'student')):
            code, _, errors = run('user', 'add', name, '--role', role, '--password-stdin',
                                  '--data-dir', cls.dais.data, stdin=password + '\n')
            assert code == 0, errors
        cls.operator = cls.dais.as_user(*OPERATOR)
        cls.student = cls.dais.as_user(*STUDENT)

    def assert_error(self, response, status, *words):
        """A refusal in the venue's shape whose text has the words."""
        self.assertEqual(response.status, status, response)
        self.assertEqual(response.headers.get_content_type(), 'application/json')
        body = response.json
        self.assertEqual(list(body), ['error'])
        self.assertGreater(len(body['error']), 3)
        for word in words:
            self.assertIn(word, body['error'])
        for leak in ('SELECT', 'INSERT', 'sqlite', '.c:', '/tmp/'):
            self.assertNotIn(leak, body['error'])


def main():
    unittest.main(verbosity=2)
