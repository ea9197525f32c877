#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The media URLs as a door: who may, what comes, what a trick gets. What is in
the pictures is tests/media's."""
import re
import time

from doorcase import DoorCase, main


class Media(DoorCase):
    config = ('[server]\nsize = 320x180\n\n[room "Open Room"]\npublic = true\n')

    @classmethod
    def prepare(cls):
        super().prepare()
        state = {'video': 'Room 1 - Camera', 'audio': 'Room 1 - Camera'}
        for room in ('hall', 'open-room'):
            answer = cls.dais.put(f'/room/{room}/state', state)
            assert answer.status == 200, answer

    @staticmethod
    def is_enough(got, amount):
        head, end, body = got.partition(b'\r\n\r\n')
        length = re.search(rb'(?i)\ncontent-length: *(\d+)', head)
        return end and len(body) >= (int(length[1]) if length else amount)

    def head_of(self, path, token=None, cookie=None, amount=2000):
        """The head and the beginning of an endless answer."""
        lines = [f'GET {path} HTTP/1.1', f'Host: 127.0.0.1:{self.dais.port}', 'Origin: http://elsewhere']
        if token:
            lines.append(f'Authorization: Bearer {token}')
        if cookie:
            lines.append(f'Cookie: dais_session={cookie}')
            lines.remove('Origin: http://elsewhere')
        viewer = self.dais.raw(('\r\n'.join(lines) + '\r\n\r\n').encode())
        got = b''
        try:
            while not self.is_enough(got, amount):
                piece = viewer.recv(65536)
                if not piece:
                    break
                got += piece
        finally:
            viewer.close()
        head, _, body = got.partition(b'\r\n\r\n')
        status, *rest = head.decode('latin-1').split('\r\n')
        headers = {name.lower(): value.strip() for name, value in (line.split(':', 1) for line in rest)}
        return int(status.split()[1]), headers, body

    def until_served(self, path, **more):
        """An engine that has just started may say 503 for a moment."""
        end = time.monotonic() + 20
        while True:
            status, headers, body = self.head_of(path, **more)
            if status != 503 or time.monotonic() > end:
                return status, headers, body
            self.assertIn('retry-after', headers)
            time.sleep(0.2)

    def test_webm_of_room_and_stream(self):
        for path in ('/streaming/mixed/hall.webm', '/streaming/room-1-camera.webm'):
            with self.subTest(path):
                status, headers, body = self.until_served(path, token=self.student.token)
                self.assertEqual(status, 200, body)
                self.assertEqual(headers['content-type'], 'video/webm')
                self.assertEqual(body[:4], b'\x1a\x45\xdf\xa3')
                self.assertEqual(headers['access-control-allow-origin'], 'http://elsewhere')
                self.assertNotIn('content-length', headers)

    def test_snapshot_and_preview(self):
        for name in ('mixed/hall', 'room-1-camera'):
            with self.subTest(name):
                status, headers, body = self.until_served(f'/streaming/{name}.jpg', token=self.dais.token)
                self.assertEqual((status, headers['content-type']), (200, 'image/jpeg'), body)
                self.assertEqual(body[:2], b'\xff\xd8')
                status, headers, body = self.until_served(f'/streaming/{name}.mjpg', token=self.dais.token)
                self.assertEqual(status, 200)
                self.assertTrue(headers['content-type'].startswith('multipart/x-mixed-replace'))
                self.assertIn(b'\xff\xd8', body)

    def test_three_ways_to_show_a_token(self):
        token = self.student.token
        path = '/streaming/mixed/hall.jpg'
        self.assertEqual(self.until_served(path, token=token)[0], 200)
        self.assertEqual(self.until_served(f'{path}?access_token={token}')[0], 200)
        self.assertEqual(self.until_served(path, cookie=token)[0], 200)

    def test_refused_without_one(self):
        path = '/streaming/mixed/hall.webm'
        for more in ({}, {'token': 'bad'}, {'cookie': 'bad'}):
            with self.subTest(more):
                status, headers, body = self.head_of(path, amount=10, **more)
                self.assertEqual(status, 401)
                self.assertTrue(body.startswith(b'{"error":'), body)

    def test_public_room_needs_none(self):
        self.assertEqual(self.until_served('/streaming/mixed/open-room.jpg')[0], 200)
        self.assertEqual(self.head_of('/streaming/mixed/open-room.jpg', token='bad', amount=10)[0], 401)
        self.assertEqual(self.head_of('/streaming/room-1-camera.jpg', amount=10)[0], 401)

    def test_head(self):
        self.until_served('/streaming/mixed/hall.jpg', token=self.dais.token)
        for name, kind in (('webm', 'video/webm'), ('jpg', 'image/jpeg'), ('mjpg', 'multipart/x-mixed-replace')):
            answer = self.dais.request('HEAD', f'/streaming/mixed/hall.{name}')
            self.assertEqual((answer.status, answer.body), (200, b''))
            self.assertEqual(answer.headers.get_content_type(), kind)

    def test_tricks(self):
        for path in ('nothing.webm', 'mixed/nothing.webm', 'hall.webm', 'mixed/room-1-camera.webm',
                     'room-1-camera.exe', 'room-1-camera', '.webm', 'mixed/.webm', '..webm',
                     'mixed/hall.webm/x', '%2e%2e/%2e%2e/etc/passwd', '..%2f..%2fetc%2fpasswd.webm',
                     'mixed/..%2fhall.webm', 'hall%00.webm', 'mixed/hall%0d%0aX:1.webm', 'mixed/HALL%2f.webm',
                     'x' * 5000 + '.webm', '%ff.webm'):
            with self.subTest(path[:60]):
                status, _, _ = self.head_of(f'/streaming/{path}', token=self.dais.token, amount=10)
                self.assertIn(status, (400, 404, 414))

    def test_many_at_once(self):
        sockets = [self.dais.raw(f'GET /streaming/mixed/hall.webm?access_token={self.dais.token} HTTP/1.1\r\n'
                                 'Host: x\r\n\r\n'.encode()) for _ in range(20)]
        for viewer in sockets:
            self.assertIn(b'200', viewer.recv(64))
            viewer.close()


if __name__ == '__main__':
    main()
