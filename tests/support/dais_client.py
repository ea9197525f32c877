# SPDX-License-Identifier: LGPL-2.1-or-later
"""A daemon of one's own and a small client for it: HTTP, WebSocket, raw bytes.

Standard library only. Every socket has a time limit, every process that a test
starts ends with it, every folder is temporary.

    with Daemon() as dais:
        dais.post('/streams', {'name': 'Ball', 'uri': 'test:ball'})
        with dais.watch('/room/hall/watch') as socket:
            socket.until('state')
"""
import base64
import hashlib
import http.client
import json
import os
import select
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import time
import urllib.parse

import dais_procs

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
PATIENCE = float(os.environ.get('DAIS_TEST_PATIENCE', '20'))


def program():
    """The dais under test: $DAIS, else the one in the usual build folder."""
    return os.environ.get('DAIS') or os.path.join(ROOT, '_build', 'src', 'daemon', 'dais')


class Timeout(Exception):
    """What was awaited did not come."""


class Response:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def text(self):
        return self.body.decode('utf-8')

    @property
    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f'<{self.status} {self.body[:300]!r}>'


def wait_for(condition, what, patience=None):
    """Calls condition() until it gives something true; gives that back."""
    end = time.monotonic() + (patience or PATIENCE)
    while True:
        got = condition()
        if got:
            return got
        if time.monotonic() > end:
            raise Timeout(f'no {what} within {patience or PATIENCE} s')
        time.sleep(0.05)


class Client:
    """Requests to one address, with a token once signed in."""

    def __init__(self, url, token=None):
        self.url, self.token = url.rstrip('/'), token
        parts = urllib.parse.urlsplit(url)
        self.host, self.port = parts.hostname, parts.port

    def request(self, method, path, body=None, headers=None, token=True):
        headers = dict(headers or {})
        if isinstance(body, (dict, list)) or body in (True, False):
            body = json.dumps(body)
        if isinstance(body, str):
            body = body.encode()
        if body is not None:
            headers.setdefault('Content-Type', 'application/json')
        if token is True and self.token:
            headers.setdefault('Authorization', f'Bearer {self.token}')
        elif isinstance(token, str):
            headers['Authorization'] = f'Bearer {token}'
        connection = http.client.HTTPConnection(self.host, self.port, timeout=PATIENCE)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return Response(answer.status, answer.headers, answer.read())
        finally:
            connection.close()

    def get(self, path, **more):
        return self.request('GET', path, **more)

    def post(self, path, body=None, **more):
        return self.request('POST', path, body, **more)

    def put(self, path, body=None, **more):
        return self.request('PUT', path, body, **more)

    def delete(self, path, **more):
        return self.request('DELETE', path, **more)

    def login(self, username, password):
        form = urllib.parse.urlencode({'username': username, 'password': password})
        answer = self.request('POST', '/login', form, token=False,
                              headers={'Content-Type': 'application/x-www-form-urlencoded'})
        if answer.status != 200:
            raise AssertionError(f'login as {username}: {answer}')
        return answer.json['jwt']

    def as_user(self, username, password):
        return Client(self.url, self.login(username, password))

    def raw(self, data=b''):
        """A bare TCP socket, data sent."""
        plain = socket.create_connection((self.host, self.port), timeout=PATIENCE)
        if data:
            plain.sendall(data)
        return plain

    def watch(self, path, token=True, **more):
        if token is True:
            token = self.token
        if token:
            path += ('&' if '?' in path else '?') + urllib.parse.urlencode({'access_token': token})
        return WebSocket(self.host, self.port, path, **more)


class Refused(Exception):
    """The server answered a handshake with something other than 101."""

    def __init__(self, response):
        super().__init__(repr(response))
        self.response = response


class WebSocket:
    """RFC 6455 client, as strict as it is short."""

    def __init__(self, host, port, path, headers=None, patience=None):
        self.patience = patience or PATIENCE
        self.buffer, self.code = b'', None
        self.pings = 0
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket = socket.create_connection((host, port), timeout=self.patience)
        lines = [f'GET {path} HTTP/1.1', f'Host: {host}:{port}', 'Upgrade: websocket',
                 'Connection: Upgrade', f'Sec-WebSocket-Key: {key}', 'Sec-WebSocket-Version: 13']
        lines += [f'{name}: {value}' for name, value in (headers or {}).items()]
        self.socket.sendall(('\r\n'.join(lines) + '\r\n\r\n').encode())
        response = self._read_head()
        if response.status != 101:
            self.socket.close()
            raise Refused(response)
        accept = base64.b64encode(hashlib.sha1(
            (key + '258EAFA5-E914-47DA-95CA-C5AB0DC85B11').encode()).digest()).decode()
        assert response.headers.get('sec-websocket-accept') == accept, response.headers

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _more(self, end):
        left = end - time.monotonic()
        if left <= 0 or not select.select([self.socket], [], [], left)[0]:
            raise Timeout('nothing more came on the socket')
        data = self.socket.recv(65536)
        if not data:
            self.code = self.code or 1006
            raise ConnectionError('socket closed')
        self.buffer += data

    def _read_head(self):
        end = time.monotonic() + self.patience
        while b'\r\n\r\n' not in self.buffer:
            self._more(end)
        head, self.buffer = self.buffer.split(b'\r\n\r\n', 1)
        first, *rest = head.decode('latin-1').split('\r\n')
        headers = {name.strip().lower(): value.strip()
                   for name, value in (line.split(':', 1) for line in rest)}
        status = int(first.split()[1])
        if status != 101:
            length = int(headers.get('content-length', '0'))
            while len(self.buffer) < length:
                self._more(end)
        return Response(status, headers, self.buffer if status != 101 else b'')

    @staticmethod
    def frame(opcode, payload=b'', final=True, mask=True, length=None):
        size = len(payload) if length is None else length
        head = bytes([(0x80 if final else 0) | opcode])
        bit = 0x80 if mask else 0
        if size < 126:
            head += bytes([bit | size])
        elif size < 65536:
            head += bytes([bit | 126]) + struct.pack('>H', size)
        else:
            head += bytes([bit | 127]) + struct.pack('>Q', size)
        if mask:
            key = os.urandom(4)
            repeated = key * (len(payload) // 4 + 1)
            payload = bytes(a ^ b for a, b in zip(payload, repeated))
            head += key
        return head + payload

    def send_frame(self, opcode, payload=b'', **more):
        self.socket.sendall(self.frame(opcode, payload, **more))

    def send_text(self, text):
        self.send_frame(1, text.encode())

    def send(self, kind, data=None, **more):
        """One message of the venue contract."""
        self.send_text(json.dumps({'type': kind, 'data': data, **more}))

    def send_at_once(self, *messages):
        """Several messages in one segment."""
        self.socket.sendall(b''.join(self.frame(1, json.dumps(message).encode()) for message in messages))

    def recv_frame(self, patience=None):
        end = time.monotonic() + (patience or self.patience)
        while True:
            if len(self.buffer) >= 2:
                size, offset = self.buffer[1] & 0x7f, 2
                assert not self.buffer[1] & 0x80, 'a server must not mask'
                if size == 126 and len(self.buffer) >= 4:
                    size, offset = struct.unpack('>H', self.buffer[2:4])[0], 4
                elif size == 127 and len(self.buffer) >= 10:
                    size, offset = struct.unpack('>Q', self.buffer[2:10])[0], 10
                elif size >= 126:
                    size = 1 << 62
                if len(self.buffer) >= offset + size:
                    opcode = self.buffer[0] & 0x0f
                    payload = self.buffer[offset:offset + size]
                    self.buffer = self.buffer[offset + size:]
                    return opcode, payload
            self._more(end)

    def recv_text(self, patience=None):
        while True:
            opcode, payload = self.recv_frame(patience)
            if opcode == 1:
                return payload.decode('utf-8')
            if opcode == 8:
                self.code = struct.unpack('>H', payload[:2])[0] if len(payload) >= 2 else 1005
                raise ConnectionError(f'closed by the server: {self.code}')
            if opcode == 9:
                self.pings += 1
                self.send_frame(10, payload)

    def recv(self, patience=None):
        return json.loads(self.recv_text(patience))

    def until(self, kind, patience=None, where=lambda message: True):
        """The next message of a type (and condition); others are skipped."""
        end = time.monotonic() + (patience or self.patience)
        while True:
            left = end - time.monotonic()
            if left <= 0:
                raise Timeout(f'no {kind}')
            message = self.recv(left)
            if message.get('type') == kind and where(message):
                return message

    def ask(self, kind, data=None, ident=1):
        """Sends with an id; gives the answer to it."""
        self.send(kind, data, id=ident)
        while True:
            message = self.recv()
            if message['type'] in ('ok', 'error') and message.get('id') == ident:
                return message

    def until_closed(self, patience=None):
        try:
            end = time.monotonic() + (patience or self.patience)
            while True:
                self.recv_text(end - time.monotonic())
        except OSError:
            return self.code or 1006

    def close(self):
        try:
            self.send_frame(8, struct.pack('>H', 1000))
        except OSError:
            pass
        self.socket.close()


class Daemon(Client):
    """`dais serve` on a free port with a folder of its own."""

    def __init__(self, config=None, arguments=(), data=None, command='serve', env=None, start=True, listen=True,
                 stderr=None):
        self.folder = tempfile.mkdtemp(prefix='dais-t-')
        # False: none is named, the demo makes one of its own
        self.data = os.path.join(self.folder, 'data') if data is None else data
        self.config = None
        if config is None and command == 'serve':
            config = ''  # and not what this machine has in /etc
        if config is not None:
            self.config = os.path.join(self.folder, 'dais.conf')
            with open(self.config, 'w', encoding='utf-8') as file:
                file.write(config)
        self.stderr = stderr  # in place of the log file
        self.listen = listen  # on any port; False: where the configuration says
        self.command, self.arguments, self.env = command, list(arguments), env or {}
        self.process, self.password, self.log_path = None, None, os.path.join(self.folder, 'log')
        if start:
            try:
                self.start()
            except BaseException:  # nobody will call __exit__
                self.kill()
                shutil.rmtree(self.folder, ignore_errors=True)
                raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def command_line(self):
        line = [program(), self.command, '--json']
        if self.data:
            line += ['--data-dir', self.data]
        if self.command == 'serve' and self.listen and not any('--listen' in a for a in self.arguments):
            line += ['--listen', 'http://127.0.0.1:0']
        if self.config:
            line += ['--config', self.config]
        return line + self.arguments

    def start(self):
        # No proxy library in the engines: its exceptions end a sanitized program.
        env = {**os.environ, 'G_MESSAGES_DEBUG': '', 'GIO_USE_PROXY_RESOLVER': 'dummy', **self.env}
        for name in ('RUNTIME_DIRECTORY', 'STATE_DIRECTORY', 'NOTIFY_SOCKET'):
            if name not in self.env:
                env.pop(name, None)
        with open(self.log_path, 'ab') as log:
            self.process = subprocess.Popen(self.command_line(), stdout=subprocess.PIPE,
                                            stderr=self.stderr or log,
                                            env=env, stdin=subprocess.DEVNULL,
                                            preexec_fn=dais_procs.die_with_parent)
        line = self._first_line()
        said = json.loads(line)
        Client.__init__(self, said['url'])
        if said.get('password'):
            self.username, self.password = said['username'], said['password']
        if self.password:
            self.token = self.login(self.username, self.password)
        return self

    def _first_line(self):
        end, line = time.monotonic() + PATIENCE, b''
        while not line.endswith(b'\n'):
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.process.stdout], [], [], left)[0]:
                self.kill()
                raise Timeout('dais did not say where it listens:\n' + self.log)
            piece = os.read(self.process.stdout.fileno(), 4096)
            if not piece:
                self.process.wait(PATIENCE)
                raise AssertionError(f'dais ended with {self.process.returncode}:\n' + self.log)
            line += piece
        return line

    @property
    def log(self):
        with open(self.log_path, encoding='utf-8', errors='replace') as file:
            return file.read()

    def stop(self, patience=15):
        """An orderly end; gives the exit code back."""
        if not self.process:
            return None
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(patience)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
                raise AssertionError('dais did not end on SIGTERM:\n' + self.log) from None
        self.process.stdout.close()
        code, self.process = self.process.returncode, None
        return code

    def kill(self):
        """kill -9, as a crash would; engines stay for their grace time."""
        if self.process:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
            self.process.stdout.close()
            self.process = None

    def hang_up(self):
        """SIGHUP: the same process starts anew."""
        self.process.send_signal(signal.SIGHUP)

    def wait_anew(self):
        """Until it listens again, on whatever port it got."""
        last = self._first_line().splitlines()[-1]
        Client.__init__(self, json.loads(last)['url'], self.token)

    def engines(self, program_name='dais-engine'):
        """{pid: command line} of the engines on this data folder."""
        found = {}
        for pid in filter(str.isdigit, os.listdir('/proc')):
            try:
                with open(f'/proc/{pid}/cmdline', 'rb') as file:
                    words = file.read().split(b'\0')
            except OSError:
                continue
            if words and words[0].endswith(program_name.encode()) and self.data and any(
                    word.startswith(self.data.encode()) for word in words):
                found[int(pid)] = b' '.join(words).decode()
        return found


def run(*arguments, stdin='', env=None, patience=30):
    """`dais …` to its end: (exit code, stdout, stderr)."""
    done = subprocess.run([program(), *arguments], input=stdin, capture_output=True, text=True,
                          timeout=patience, env={**os.environ, **(env or {})}, check=False)
    return done.returncode, done.stdout, done.stderr
