# SPDX-License-Identifier: LGPL-2.1-or-later
"""The echo server, and raw Engine.IO and Socket.IO clients for it."""
import http.client
import json
import os
import subprocess
import threading
import time

import dais_client

SERVER = os.environ.get('ECHO_SERVER', '_build/tests/net/echo-server')


class Echo(dais_client.Client):
    """A running echo server."""

    def __init__(self, *arguments, **environment):
        environment = {'PING_INTERVAL': '300', 'PING_TIMEOUT': '200', **environment}
        self.process = subprocess.Popen([SERVER, '--port', '0', *arguments], stdout=subprocess.PIPE,
                                        stderr=None if os.environ.get('ECHO_STDERR') else subprocess.DEVNULL, env={**os.environ, **environment}, text=True)
        super().__init__(self.process.stdout.readline().strip())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        assert self.process.poll() is None, 'the server died'
        self.process.terminate()
        assert self.process.wait(10) == 0

    def alive(self):
        return self.process.poll() is None


class Polling:
    """One session on polling."""

    def __init__(self, echo, path='/engine.io/', version=4, query=''):
        self.echo, self.version = echo, version
        self.base = f'{path}?EIO={version}&transport=polling{query}'
        answer = echo.get(self.base)
        assert answer.status == 200, answer
        body = answer.body.decode()
        if version == 3:
            length, body = body.split(':', 1)
            body = body[:int(length)]
        assert body[0] == '0', body
        self.open = json.loads(body[1:])
        self.sid = self.open['sid']

    def get(self):
        return self.echo.get(f'{self.base}&sid={self.sid}')

    def post(self, body, content_type='text/plain;charset=UTF-8'):
        return self.echo.post(f'{self.base}&sid={self.sid}', body, headers={'Content-Type': content_type})

    def poll(self, patience=5):
        """The packets of the next answers that are no ping; pings are answered."""
        end = time.monotonic() + patience
        while time.monotonic() < end:
            answer = self.get()
            assert answer.status == 200, answer
            packets = answer.body.decode().split('\x1e')
            if '2' in packets:
                self.post('3')
                packets.remove('2')
            if packets:
                return packets
        raise dais_client.Timeout('nothing polled')

    def get_later(self):
        """A GET that was sent; a thread waits for its answer: .result after .join()."""
        connection = http.client.HTTPConnection(self.echo.host, self.echo.port, timeout=dais_client.PATIENCE)
        connection.request('GET', f'{self.base}&sid={self.sid}')

        def wait():
            answer = connection.getresponse()
            thread.result = dais_client.Response(answer.status, answer.headers, answer.read())
            connection.close()

        thread = threading.Thread(target=wait, daemon=True)
        thread.result = None
        thread.start()
        return thread

    def is_gone(self):
        answer = self.get()
        return answer.status == 400


def websocket(echo, path='/engine.io/', version=4, sid=None):
    more = f'&sid={sid}' if sid else ''
    return dais_client.WebSocket(echo.host, echo.port, f'{path}?EIO={version}&transport=websocket{more}')


class Eio(dais_client.WebSocket):
    """A session on a websocket, heartbeats answered."""

    def __init__(self, echo, path='/engine.io/', version=4, answers=True):
        super().__init__(echo.host, echo.port, f'{path}?EIO={version}&transport=websocket')
        self.answers = answers
        self.open = json.loads(super().recv_text()[1:])

    def packet(self, patience=None):
        """Text, or bytes of a binary frame; no pings."""
        end = time.monotonic() + (patience or self.patience)
        while True:
            opcode, payload = self.recv_frame(max(end - time.monotonic(), 0.001))
            if opcode == 8:
                self.code = int.from_bytes(payload[:2], 'big') if payload else 1005
                raise ConnectionError(f'closed: {self.code}')
            if opcode == 2:
                return payload
            if opcode == 1 and payload == b'2' and self.answers:
                self.send_text('3')
            elif opcode == 1:
                return payload.decode()

    def is_closed(self, patience=3):
        try:
            end = time.monotonic() + patience
            while time.monotonic() < end:
                self.packet(end - time.monotonic())
        except (ConnectionError, dais_client.Timeout) as error:
            return not isinstance(error, dais_client.Timeout)
        return False


class Sio(Eio):
    """Joined to a namespace of Socket.IO."""

    def __init__(self, echo, name='/', auth='', version=4, join=True):
        super().__init__(echo, '/socket.io/', version)
        self.name = '' if name == '/' else name + ','
        if version == 3 or not join:
            self.reply = self.packet() if version == 3 else None
        else:
            self.send_text('40' + self.name + auth)
            self.reply = self.packet()
        if join and name in ('/', '/custom'):
            self.auth = self.packet()

    def say(self, text):
        self.send_text(text)
