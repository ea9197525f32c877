#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The help desk contract as far as it is HTTP (contracts README §4)."""
import base64
import http.cookies
import json
import os
import re
import urllib.parse

from peoplecase import SECRET, PeopleCase, main, wait_for

ISO_US = re.compile(r'^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$')
PNG = base64.b64decode('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==')


def data_url(data, kind='png'):
    return f'data:image/{kind};base64,' + base64.b64encode(data).decode()


class HelpCase(PeopleCase):
    @classmethod
    def prepare(cls):
        cls.student = cls.with_role('student', '--email', 'stu@example.org', '--first-name', 'Stu',
                                    '--last-name', 'Dent')
        cls.teacher = cls.with_role('teacher', '--first-name', 'Tea')

    def detail(self, answer, status, detail, code=None):
        self.assertEqual(answer.status, status, answer)
        expected = {'detail': detail, **({'code': code} if code else {})}
        self.assertEqual(answer.json, expected)
        if status == 401:
            self.assertEqual(answer.headers['WWW-Authenticate'], 'Bearer realm="api"')

    def token(self, body, **more):
        return self.dais.post('/api/token/', body, token=False, **more)


class Tokens(HelpCase):
    def test_pair(self):
        for path in ('/api/token/', '/api/token'):
            answer = self.dais.post(path, {'username': self.student.name, 'password': SECRET}, token=False)
            self.assertEqual(answer.status, 200)
            self.assertEqual(set(answer.json), {'refresh', 'access'})
        pair = answer.json
        claims = [json.loads(base64.urlsafe_b64decode(pair[k].split('.')[1] + '==')) for k in ('access', 'refresh')]
        self.assertEqual(claims[0]['token_type'], 'access')
        self.assertEqual(claims[0]['exp'] - claims[0]['iat'], 300)
        self.assertEqual(claims[0]['user_id'], self.student.id)
        self.assertEqual(claims[1]['exp'] - claims[1]['iat'], 86400)
        self.assertEqual(self.dais.get('/api/room/', token=pair['access']).status, 200)
        refreshed = self.dais.post('/api/token/refresh/', {'refresh': pair['refresh']}, token=False)
        self.assertEqual((refreshed.status, set(refreshed.json)), (200, {'access'}))
        self.assertEqual(self.dais.get('/api/room/', token=refreshed.json['access']).status, 200)
        # each kind is good for its own use only
        self.assertEqual(self.dais.get('/api/room/', token=pair['refresh']).status, 401)
        self.detail(self.dais.post('/api/token/refresh/', {'refresh': pair['access']}, token=False), 401,
                    'Token is invalid or expired', 'token_not_valid')

    def test_form_body(self):
        form = urllib.parse.urlencode({'username': self.student.name, 'password': SECRET})
        answer = self.token(form, headers={'Content-Type': 'application/x-www-form-urlencoded'})
        self.assertEqual(answer.status, 200)

    def test_refused(self):
        self.detail(self.token({'username': self.student.name, 'password': 'wrong'}), 401,
                    'No active account found with the given credentials')
        self.detail(self.token({'username': 'nobody', 'password': 'x'}), 401,
                    'No active account found with the given credentials')
        required = ['This field is required.']
        for body, expected in (({'username': 'x'}, {'password': required}),
                               ({}, {'username': required, 'password': required}),
                               ({'username': '', 'password': None}, {'username': ['This field may not be blank.'],
                                                                     'password': ['This field may not be null.']})):
            answer = self.token(body)
            self.assertEqual((answer.status, answer.json), (400, expected))
        answer = self.token('{"username":')
        self.assertEqual(answer.status, 400)
        self.assertTrue(answer.json['detail'].startswith('JSON parse error - '))
        self.assertEqual(self.token('[]').status, 400)
        answer = self.dais.post('/api/token/refresh/', {}, token=False)
        self.assertEqual((answer.status, answer.json), (400, {'refresh': required}))
        self.detail(self.dais.post('/api/token/refresh/', {'refresh': 'bad'}, token=False), 401,
                    'Token is invalid or expired', 'token_not_valid')

    def test_credentials(self):
        for path in ('/api/room/', '/api/1/messages/'):
            self.detail(self.dais.get(path, token=False), 401, 'Authentication credentials were not provided.')
            answer = self.dais.get(path, token='bad')
            self.assertEqual(answer.status, 401)
            self.assertEqual((answer.json['detail'], answer.json['code']),
                             ('Given token not valid for any token type', 'token_not_valid'))
            self.assertIsInstance(answer.json['messages'], list)

    def test_what_the_server_answers_itself(self):
        self.detail(self.student.delete('/api/room/'), 405, 'Method "DELETE" not allowed.')
        self.detail(self.student.get('/api/nothing'), 404, 'Not found.')
        self.assertEqual(self.student.get('/api/abc/messages/').status, 404)


class Rooms(HelpCase):
    def ask(self, text='hello', image='', who=None):
        answer = (who or self.student).post('/api/room/', {'text': text, 'image': image})
        self.assertEqual(answer.status, 201, answer)
        return answer.json

    def test_ask(self):
        room = self.ask()
        self.assertEqual(set(room), {'id', 'student', 'teacher', 'status', 'timestamp', 'text', 'image'})
        self.assertEqual(room['student'], {'id': self.student.id, 'first_name': 'Stu', 'last_name': 'Dent',
                                           'email': 'stu@example.org', 'image': ''})
        self.assertIsNone(room['teacher'])
        self.assertEqual((room['status'], room['text'], room['image']), ('active', 'hello', ''))
        self.assertRegex(room['timestamp'], ISO_US)
        self.assertIsInstance(room['id'], int)
        self.assertIn(room, self.student.get('/api/room/').json)
        self.assertIn(room, self.teacher.get('/api/room/').json)
        other = self.person()
        self.assertEqual(other.get('/api/room/').json, [])

    def test_ask_refused(self):
        required = ['This field is required.']
        for body, status, field in (({}, 400, {'text': required}), ({'image': ''}, 400, {'text': required}),
                                    ({'text': ''}, 400, {'text': ['This field may not be blank.']}),
                                    ({'text': 7}, 400, {'text': ['Not a valid string.']}),
                                    ({'text': 'x', 'image': 7}, 400, {'image': ['Not a valid string.']})):
            answer = self.student.post('/api/room/', body)
            self.assertEqual((answer.status, answer.json), (status, field), body)
        answer = self.student.post('/api/room/', {'text': 'x' * 10001})
        self.assertEqual((answer.status, list(answer.json)), (400, ['text']))
        self.detail(self.teacher.post('/api/room/', {'text': 'x'}), 403,
                    'You do not have permission to perform this action.')

    def test_messages_are_for_two(self):
        room = self.ask()
        path = f'/api/{room["id"]}/messages/'
        self.assertEqual(self.student.get(path).json, [])
        for who in (self.teacher, self.person(), self.dais):
            self.detail(who.get(path), 403, 'You do not have permission to perform this action.')
        self.detail(self.student.get('/api/999999/messages/'), 404, 'Not found.')
        for path in (f'/api/v1/messages?room_id={room["id"]}', '/api/rooms'):
            self.assertNotIn('hello', self.teacher.get(path).text)

    def test_images(self):
        base = self.dais.url
        for given, got in ((None, ''), ('', ''), ('https://example.org/a.png', 'https://example.org/a.png'),
                           ('/web/icon.svg', base + '/web/icon.svg')):
            self.assertEqual(self.ask(image=given)['image'], got)
        url = self.ask(text='', image=data_url(PNG))['image']
        self.assertTrue(url.startswith(base + '/images/'), url)
        answer = self.dais.get(url[len(base):], token=False)
        self.assertEqual((answer.status, answer.body), (200, PNG))
        self.assertEqual(answer.headers['Content-Type'], 'image/png')
        self.assertEqual(answer.headers['X-Content-Type-Options'], 'nosniff')
        self.assertIn("default-src 'none'", answer.headers['Content-Security-Policy'])
        self.assertIn('sandbox', answer.headers['Content-Security-Policy'])
        name = url.rsplit('/', 1)[1]
        self.assertEqual(os.stat(os.path.join(self.dais.data, 'images', name)).st_mode & 0o77, 0)

    def test_images_refused(self):
        for image in ('nonsense', 'javascript:alert(1)', '//evil.example/x', data_url(b'<svg/onload=x>', 'svg+xml'),
                      data_url(b'<html>', 'png'), 'data:image/png,plain', 'data:text/html;base64,PGI+',
                      data_url(b'RIFFxxxxWAVEfmt ', 'webp'), 'data:image/png;base64,!!!!', 'http://x/"onload="y'):
            answer = self.student.post('/api/room/', {'text': 'x', 'image': image})
            self.assertEqual((answer.status, list(answer.json)), (400, ['image']), image)
        for name in ('../dais.db', '..%2Fdais.db', '%2e%2e/token.key', 'x.png', '0' * 32 + '.svg', '0' * 32 + '.png'):
            self.assertEqual(self.dais.get('/images/' + name).status, 404, name)

    def test_kind_is_sniffed(self):
        url = self.ask(image=data_url(PNG, 'jpeg'))['image']
        self.assertEqual(self.dais.get(url[len(self.dais.url):]).headers['Content-Type'], 'image/png')


class Sizes(HelpCase):
    config = '[server]\nimage_limit=64 KiB\n'

    def test_cap(self):
        most = PNG + b'x' * (65536 - len(PNG))
        self.assertEqual(self.student.post('/api/room/', {'text': 'x', 'image': data_url(most)}).status, 201)
        answer = self.student.post('/api/room/', {'text': 'x', 'image': data_url(most + b'x')})
        self.assertEqual((answer.status, list(answer.json)), (400, ['image']))
        answer = self.student.post('/api/room/', {'text': 'x', 'image': data_url(most * 4)})
        self.assertEqual((answer.status, list(answer.json)), (413, ['detail']))


class Space(HelpCase):
    config = '[server]\nimage_limit=800 KiB\nimage_space=1 MiB\n'

    def stored(self):
        folder = os.path.join(self.dais.data, 'images')
        return sum(os.stat(os.path.join(folder, name)).st_size for name in os.listdir(folder))

    def ask(self, size, who=None):
        return (who or self.student).post('/api/room/', {'text': 'x', 'image': data_url(PNG + b'x' * (size - len(PNG)))})

    def test_space(self):
        """What was stored before counts, and what was refused does not."""
        self.assertEqual(self.ask(700000).status, 201)
        self.dais.stop()
        self.dais.start()
        answer = self.ask(700000)
        self.assertEqual(answer.status, 507, answer)
        self.assertEqual(self.ask(300000).status, 201)
        self.assertEqual(self.ask(300000).status, 507)
        self.assertEqual(self.student.post('/api/room/', {'text': 'x'}).status, 201)
        self.assertEqual(self.stored(), 1000000)
        # a hundred open questions are the most; the picture of one more is not kept
        other = self.person()
        for _ in range(100):
            self.assertEqual(other.post('/api/room/', {'text': 'x'}).status, 201)
        for _ in range(3):
            self.assertEqual(self.ask(10000, other).status, 429)
        wait_for(lambda: self.stored() == 1000000, 'pictures of nothing gone')
        self.assertEqual(self.ask(40000).status, 201)


class Pages(HelpCase):
    FORM = {'Content-Type': 'application/x-www-form-urlencoded'}

    def open(self, query=''):
        answer = self.dais.get('/login/' + query, token=False)
        self.assertEqual(answer.status, 200)
        self.assertEqual(answer.headers.get_content_type(), 'text/html')
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', answer.text).group(1)
        cookie = http.cookies.SimpleCookie(answer.headers['Set-Cookie'])['csrftoken']
        self.assertEqual(cookie.value, token)
        self.assertEqual(cookie['samesite'], 'Strict')
        return answer, token

    def post(self, fields, cookie=None):
        headers = {**self.FORM, **({'Cookie': f'csrftoken={cookie}'} if cookie else {})}
        return self.dais.post('/login/', urllib.parse.urlencode(fields), headers=headers, token=False)

    def sign_in(self, token, **fields):
        return self.post({'username': self.student.name, 'password': SECRET, 'csrfmiddlewaretoken': token,
                          **fields}, token)

    def test_redirect(self):
        answer = self.dais.get('/login', token=False)
        self.assertEqual((answer.status, answer.headers['Location']), (301, '/login/'))

    def test_sign_in_and_out(self):
        page, token = self.open('?next=/help')
        self.assertIn("frame-ancestors 'none'", page.headers['Content-Security-Policy'])
        self.assertNotIn('<script', page.text)
        self.assertIn('name="next" value="/help"', page.text)
        answer = self.sign_in(token, next='/help')
        self.assertEqual((answer.status, answer.headers['Location']), (302, '/help'))
        session = http.cookies.SimpleCookie(answer.headers['Set-Cookie'])['dais_session']
        self.assertTrue(session['httponly'])
        answer = self.dais.get('/session', token=False, headers={'Cookie': f'dais_session={session.value}'})
        self.assertEqual(answer.json['username'], self.student.name)
        self.assertEqual(self.dais.get('/api/room/', token=False, headers={
            'Cookie': f'dais_session={session.value}'}).status, 200)
        for path in ('/logout/', '/logout'):
            answer = self.dais.get(path, token=False)
            self.assertEqual((answer.status, answer.headers['Location']), (302, '/'))
            self.assertIn('Max-Age=0', answer.headers['Set-Cookie'])

    def test_other_sites_sign_nobody_in_or_out(self):
        form = urllib.parse.urlencode({'username': self.student.name, 'password': SECRET})
        own = f'http://{self.dais.host}:{self.dais.port}'
        for headers, is_own in (({}, True), ({'Origin': own, 'Sec-Fetch-Site': 'same-origin'}, True),
                                # a proxy that asks under a name of its own
                                ({'Origin': 'https://hall.example', 'Sec-Fetch-Site': 'same-origin'}, True),
                                ({'Sec-Fetch-Site': 'none'}, True), ({'Origin': 'http://evil.example'}, False),
                                ({'Origin': 'null'}, False), ({'Sec-Fetch-Site': 'cross-site'}, False),
                                ({'Origin': f'http://{self.dais.host}:1', 'Sec-Fetch-Site': 'same-site'}, False)):
            with self.subTest(headers=headers):
                for method in ('GET', 'POST'):
                    answer = self.dais.request(method, '/logout/', token=False, headers=headers)
                    self.assertEqual((answer.status, answer.headers['Location']), (302, '/'))
                    self.assertEqual('dais_session=;' in str(answer.headers), is_own)
                answer = self.dais.post('/login', form, token=False, headers={**self.FORM, **headers})
                self.assertEqual(answer.status, 200)
                self.assertEqual('dais_session=' in str(answer.headers), is_own)
                answer = self.dais.post('/session/end', token=False, headers=headers)
                self.assertEqual('dais_session=;' in str(answer.headers), is_own)

    def test_csrf(self):
        _, token = self.open()
        fields = {'username': self.student.name, 'password': SECRET}
        for more, cookie in (({}, None), ({}, token), ({'csrfmiddlewaretoken': token}, None),
                             ({'csrfmiddlewaretoken': 'x'}, token), ({'csrfmiddlewaretoken': ''}, '')):
            answer = self.post({**fields, **more}, cookie)
            self.assertEqual(answer.status, 403)
            self.assertNotIn('dais_session', str(answer.headers))

    def test_wrong_password_and_markup(self):
        _, token = self.open()
        answer = self.sign_in(token, username='"><script>x', password='wrong')
        self.assertEqual(answer.status, 200)
        self.assertIn('wrong', answer.text)
        self.assertNotIn('<script', answer.text)
        self.assertNotIn('dais_session', str(answer.headers))

    def test_next_stays_here(self):
        for target in ('//evil.example', 'https://evil.example', '/\\evil.example', 'javascript:x', '/a\r\nX: y'):
            _, token = self.open()
            answer = self.sign_in(token, next=target)
            self.assertEqual((answer.status, answer.headers['Location']), (302, '/'), target)

    def test_venue_login_stays(self):
        answer = self.dais.post('/login', urllib.parse.urlencode({'username': self.student.name, 'password': SECRET}),
                                headers=self.FORM, token=False)
        self.assertEqual(list(answer.json), ['jwt'])


if __name__ == '__main__':
    main()
