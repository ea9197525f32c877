#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The watch-party contract as far as it is HTTP (contracts README §3)."""
import re

from peoplecase import Daemon, PeopleCase, main

WATCH = 'https://www.youtube.com/watch?v=dQw4w9WgXcQ'


class PartyRest(PeopleCase):
    config = '[server]\nvideo_hosts=media.example.org\n'

    def create(self, body, path='/api/createroom/'):
        return self.dais.put(path, body, token=False)

    def made(self, **body):
        answer = self.create({'roomPassword': 'hunter2', **body})
        self.assertEqual(answer.status, 200, answer)
        return answer.json['roomname']

    def said(self, answer, status, text):
        self.assertEqual((answer.status, answer.text), (status, text))
        self.assertEqual(answer.headers.get_content_type(), 'text/plain')

    def test_create(self):
        for path in ('/api/createroom/', '/api/createroom'):
            answer = self.create({'roomPassword': 'hunter2', 'videoUrl': WATCH}, path)
            self.assertEqual(answer.status, 200, answer)
            self.assertEqual(answer.headers.get_content_type(), 'application/json')
            self.assertEqual(list(answer.json), ['roomname'])
            self.assertTrue(re.fullmatch(r'[A-Za-z0-9_-]{22}', answer.json['roomname']), answer)
        self.assertNotEqual(self.made(), self.made())

    def test_no_password(self):
        for body in (None, '', {}, {'roomPassword': ''}, {'videoUrl': WATCH}, {'roomPassword': None}, '{'):
            self.said(self.create(body), 400, 'No Room Password Given')

    def test_videos(self):
        good = [WATCH, 'youtube.com/watch?v=dQw4w9WgXcQ', 'http://m.youtube.com/watch?v=dQw4w9WgXcQ&t=3',
                'https://www.youtube.com/watch?list=x&v=dQw4w9WgXcQ', 'https://youtu.be/dQw4w9WgXcQ?t=1',
                'https://www.youtube.com/embed/dQw4w9WgXcQ', 'www.youtube.com/watch?v=_OBlgSz8sSM',
                f'{self.dais.url}/streaming/mixed/hall.webm', '/streaming/cam.webm',
                'https://media.example.org/film.mp4']
        for url in good:
            self.assertEqual(self.create({'roomPassword': 'x', 'videoUrl': url}).status, 200, url)
        bad = ['', 'wwwadasfVsfOSbJY0', 'asdas://www.youtube.com/watch?v=kfVsfOSbJY0',
               'https://www.youtube.com/?v=_OBlgSsdM', 'https://www.youtub.com/watch?v=_OBlgSz8sSM',
               'https://www.youtube.com/watch?v=short', 'https://www.youtube.com/watch?v=muchtoolong12',
               'https://evil.example/watch?v=dQw4w9WgXcQ', f'{self.dais.url}/settings',
               'https://media.example.org.evil.example/x', 'https://x@evil.example/media.example.org',
               'javascript:alert(1)', 'file:///etc/passwd', None, 7, ['x'], 'https://youtu.be/' + 'x' * 3000]
        for url in bad:
            self.said(self.create({'roomPassword': 'x', 'videoUrl': url}), 400, 'Validation Error')

    def test_unknown_keys(self):
        self.said(self.create({'roomPassword': 'x', 'other': 1}), 400, 'Validation Error')
        self.said(self.create({'roomPassword': 7}), 400, 'Validation Error')

    def test_exists(self):
        name = self.made()
        for path in (f'/room/{name}/', f'/room/{name}', f'/api/room/{name}', f'/api/room/{name}/'):
            self.said(self.dais.get(path, token=False), 200, 'Room exists')
        for path in ('/room/nothing/', '/api/room/nothing', f'/room/{name[:-1]}', '/room/green-room'):
            self.said(self.dais.get(path, token=False), 404, '404 no such room')
        head = self.dais.request('HEAD', f'/room/{name}', token=False)
        self.assertEqual((head.status, head.body), (200, b''))

    def test_session(self):
        name = self.made()

        def ask(body):
            return self.dais.request('GET', '/api/session/', body, token=False)
        self.assertEqual(ask({'roomname': name, 'password': 'hunter2'}).json, {'roomname': name})
        for body in (None, {}, {'roomname': name}, {'password': 'hunter2'}, {'roomname': '', 'password': 'x'}):
            self.said(ask(body), 400, '400 No room name or room password')
        for body in ({'roomname': name, 'password': 'wrong'}, {'roomname': 'nothing', 'password': 'hunter2'},
                     {'roomname': name, 'password': ' hunter2'}):
            self.said(ask(body), 401, '401 Unauthorized')

    def test_wrong_method(self):
        answer = self.dais.post('/api/createroom/', {}, token=False)
        self.assertEqual((answer.status, answer.headers.get_content_type()), (405, 'text/plain'))

    def test_is_no_venue_room(self):
        name = self.made()
        self.assertNotIn(name, self.dais.get('/rooms').text)
        self.assertEqual(self.dais.get(f'/room/{name}/state').status, 404)
        self.assertEqual(self.dais.get(f'/api/v1/rooms/{name}').status, 404)

    def test_is_kept(self):
        with Daemon() as dais:
            name = dais.put('/api/createroom/', {'roomPassword': 'x'}).json['roomname']
            dais.kill()
            dais.start()
            self.assertEqual(dais.get(f'/room/{name}').status, 200)


if __name__ == '__main__':
    main()
