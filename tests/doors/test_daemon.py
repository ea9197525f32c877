#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The daemon's life: start, trouble, kill, adoption, orderly end."""
import json
import os
import random
import select
import shutil
import signal
import socket
import sqlite3
import ssl
import subprocess
import tempfile
import time
import unittest

from doorcase import Daemon, PATIENCE, main, program, run, wait_for

C = {'LC_ALL': 'C.UTF-8'}
LISTEN = ('--listen', 'http://127.0.0.1:0')


class Start(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix='dais-t-')
        self.addCleanup(shutil.rmtree, self.folder)
        self.data = os.path.join(self.folder, 'data')

    def serve(self, *words):
        return run('serve', *words, env=C)

    def refused(self, code, *words, named=()):
        got, out, errors = self.serve(*words)
        self.assertEqual((got, out), (code, ''), errors)
        for word in named:
            self.assertIn(word, errors)
        self.assertNotIn('sqlite3_', errors)

    def test_password_once(self):
        with Daemon(data=self.data) as dais:
            self.assertEqual(dais.username, 'admin')
            first = dais.password
            self.assertGreaterEqual(len(first), 12)
            self.assertNotIn(first, dais.log)
            dais.stop()
        process = subprocess.run([program(), 'user', 'list', '--json', '--data-dir', self.data],
                                 capture_output=True, check=True)
        self.assertNotIn(first.encode(), process.stdout)
        for name in os.listdir(self.data):
            path = os.path.join(self.data, name)
            if os.path.isfile(path):
                with open(path, 'rb') as file:
                    self.assertNotIn(first.encode(), file.read())
                self.assertEqual(os.stat(path).st_mode & 0o077, 0, name)

    def test_unreadable_configuration(self):
        self.refused(3, '--config', os.path.join(self.folder, 'nothing'), *LISTEN, '-d', self.data,
                     named=['nothing'])

    def test_wrong_configuration(self):
        path = os.path.join(self.folder, 'dais.conf')
        with open(path, 'w', encoding='utf-8') as file:
            file.write('[server]\nlissten=x\n')
        self.refused(3, '--config', path, '-d', self.data, named=['dais.conf:2', 'lissten'])

    def test_port_in_use(self):
        with socket.socket() as taken:
            taken.bind(('127.0.0.1', 0))
            taken.listen()
            port = taken.getsockname()[1]
            self.refused(1, '--listen', f'http://127.0.0.1:{port}', '-d', self.data,
                         named=[str(port), 'in use'])

    def test_bad_address(self):
        for address in ('8080', 'ftp://x:1', 'http://127.0.0.1:99999', 'http://no.such.host.invalid:0'):
            with self.subTest(address):
                code, _, errors = self.serve('--listen', address, '-d', self.data)
                self.assertIn(code, (1, 2, 3))
                self.assertIn(address.split('//')[-1].split(':')[0], errors)

    def test_data_folder_is_a_file(self):
        with open(self.data, 'w', encoding='utf-8'):
            pass
        self.refused(1, *LISTEN, '-d', self.data, named=[self.data, '--data-dir'])

    def test_data_folder_not_writable(self):
        self.refused(1, *LISTEN, '-d', '/proc/dais', named=['/proc/dais'])

    def test_second_daemon_is_refused(self):
        with Daemon(data=self.data) as dais:
            self.refused(4, *LISTEN, '-d', self.data, named=[str(dais.process.pid), self.data])
            self.assertEqual(dais.get('/rooms').status, 200)

    def database(self):
        (name,) = [n for n in os.listdir(self.data) if n.endswith('.db')]
        return os.path.join(self.data, name)

    def content(self):
        with open(self.database(), 'rb') as file:
            return file.read()

    def test_newer_database(self):
        with Daemon(data=self.data) as dais:
            dais.stop()
        database = sqlite3.connect(self.database())
        database.execute('PRAGMA user_version = 9999')
        database.commit()
        database.close()
        before = self.content()
        self.refused(1, *LISTEN, '-d', self.data, named=['newer'])
        self.assertEqual(self.content(), before)

    def test_corrupt_database(self):
        with Daemon(data=self.data) as dais:
            dais.stop()
        path = self.database()
        with open(path, 'r+b') as file:
            file.write(b'this is no database, it is a letter to my aunt' * 10)
        before = self.content()
        self.refused(1, *LISTEN, '-d', self.data, named=[os.path.basename(path)])
        self.assertEqual(self.content(), before)

    def test_missing_certificate(self):
        self.refused(1, '--listen', 'https://127.0.0.1:0', '-d', self.data, named=['certificate'])

    def test_long_data_folder(self):
        data = os.path.join(self.folder, 'a' * 100, 'b' * 100)
        with Daemon(data=data) as dais:
            dais.post('/streams', {'name': 'x' * 100, 'uri': 'test:ball'})
            wait_for(lambda: dais.get('/streams').json['x' * 100]['health']['state'] == 'live', 'live stream')


class Settings(unittest.TestCase):
    """Keys of [server] that a client can feel."""

    def test_limits_and_addresses(self):
        with Daemon(config='[server]\npublic_url=https://hall.example\ncors=https://pages.example\n'
                           'header_limit=8 KiB\nbody_limit=2 KiB\nmessage_limit=1 KiB\n'
                           'header_timeout=1\ntrusted_proxies=127.0.0.0/8\nlog_level=debug\n') as dais:
            dais.post('/rooms', {'name': 'Hall'})
            media = dais.get('/room/hall/config').json['media']
            self.assertEqual(media[0]['href'], 'https://hall.example/streaming/mixed/hall.webm')
            for origin, allowed in (('https://pages.example', True), ('https://other.example', False)):
                answer = dais.get('/rooms', headers={'Origin': origin})
                self.assertEqual(answer.headers['Access-Control-Allow-Origin'], origin if allowed else None)
            self.assertEqual(dais.get('/rooms', headers={'X-Long': 'x' * 6000}).status, 200)
            self.assertNotEqual(dais.get('/rooms', headers={'X-Long': 'x' * 10000}).status, 200)
            self.assertEqual(dais.put('/room/hall/layout', '"' + 'x' * 1900 + '"').status, 200)
            self.assertEqual(dais.put('/room/hall/layout', '"' + 'x' * 2100 + '"').status, 413)
            with dais.watch('/room/hall/watch') as watcher:
                watcher.until('notes')
                watcher.send('layout', 'x' * 1100)
                self.assertEqual(watcher.until_closed(), 1009)
            slow = dais.raw(b'GET /rooms')
            slow.settimeout(5)
            try:
                self.assertNotIn(b' 200 ', slow.recv(4096))
            except ConnectionResetError:
                pass
            slow.close()

    def test_picture_of_the_house_and_of_a_room(self):
        with Daemon(config='[server]\nsize=320x180\nfps=10\n\n[stream "Cam"]\nuri=test:ball\ntype=video\n\n'
                           '[room "Hall"]\nurl_name=the-hall\nstreams=Cam\n\n'
                           '[room "Large"]\nsize=640x360\npublic=yes\n') as dais:
            self.assertEqual({room['url_name'] for room in dais.get('/rooms').json.values()}, {'the-hall', 'large'})
            wait_for(lambda: dais.get('/streams').json['Cam']['health']['state'] == 'live', 'live stream')
            for room, size in (('the-hall', (320, 180)), ('large', (640, 360))):
                self.assertEqual(dais.put(f'/room/{room}/state', {'video': 'Cam'}).status, 200)
                answer = dais.get(f'/streaming/mixed/{room}.jpg')
                self.assertEqual(answer.status, 200, answer)
                self.assertEqual(self.size_of(answer.body), size)
            for path in ('/streams/cam', '/rooms/large'):
                answer = dais.delete(path)
                self.assertEqual(answer.status, 403, answer)
                self.assertIn('configuration', answer.json['error'])

    @staticmethod
    def size_of(jpeg):
        """Width and height from the frame header (ITU T.81 B.2.2)."""
        at = 2
        while jpeg[at + 1] not in (0xc0, 0xc1, 0xc2):
            at += 2 + int.from_bytes(jpeg[at + 2:at + 4], 'big')
        return int.from_bytes(jpeg[at + 7:at + 9], 'big'), int.from_bytes(jpeg[at + 5:at + 7], 'big')


class Tls(unittest.TestCase):
    def test_https_serves_api_sockets_and_pictures(self):
        folder = tempfile.mkdtemp(prefix='dais-t-')
        self.addCleanup(shutil.rmtree, folder)
        key, certificate = os.path.join(folder, 'key.pem'), os.path.join(folder, 'cert.pem')
        subprocess.run(['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1',
                        '-nodes', '-keyout', key, '-out', certificate, '-days', '2', '-subj', '/CN=127.0.0.1'],
                       check=True, capture_output=True)
        with Daemon(arguments=['--listen', 'https://127.0.0.1:0', '--listen', 'http://127.0.0.1:0',
                               '--tls-certificate', certificate, '--tls-key', key], start=False) as dais:
            self.speak(dais)

    def speak(self, dais):
        def first_line():
            line = original()
            dais.said = json.loads(line)
            return json.dumps({**dais.said, 'url': dais.said['urls'][1]}).encode()
        original, dais._first_line = dais._first_line, first_line
        dais.start()
        secure = dais.said['urls'][0]
        self.assertTrue(secure.startswith('https://'))
        dais.post('/streams', {'name': 'Cam', 'uri': 'test:ball', 'type': 'av'})
        dais.post('/rooms', {'name': 'Hall'})
        dais.put('/room/hall/state', {'video': 'Cam', 'audio': 'Cam'})
        port = int(secure.rsplit(':', 1)[1])
        answer = self.ask(port, f'GET /streams HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n'
                                f'Authorization: Bearer {dais.token}\r\n\r\n')
        self.assertIn(b' 200 ', answer.split(b'\r\n')[0])
        self.assertIn(f'"stream_url":"{secure}/streaming/cam.webm"'.encode(), answer)
        for path, sign in (('/streaming/mixed/hall.webm', b'\x1a\x45\xdf\xa3'),
                           ('/streaming/cam.jpg', b'\xff\xd8')):
            answer = self.ask(port, f'GET {path}?access_token={dais.token} HTTP/1.1\r\nHost: x\r\n\r\n', 30000)
            self.assertIn(b' 200 ', answer.split(b'\r\n')[0], path)
            self.assertTrue(answer.split(b'\r\n\r\n', 1)[1].startswith(sign), path)
        answer = self.ask(port, f'GET /room/hall/watch?access_token={dais.token} HTTP/1.1\r\nHost: x\r\n'
                                'Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n'
                                'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n', 1000)
        self.assertIn(b' 101 ', answer.split(b'\r\n')[0])
        self.assertIn(b'"type":"config"', answer)

    @staticmethod
    def ask(port, text, amount=1 << 30):
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        got = b''
        with socket.create_connection(('127.0.0.1', port), timeout=PATIENCE) as plain:
            with context.wrap_socket(plain) as secure:
                secure.sendall(text.encode())
                while len(got) < amount:
                    piece = secure.recv(65536)
                    if not piece:
                        break
                    got += piece
        return got


class Notify(unittest.TestCase):
    def test_ready_watchdog_stopping(self):
        folder = tempfile.mkdtemp(prefix='dais-t-')
        self.addCleanup(shutil.rmtree, folder)
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
            path = os.path.join(folder, 'n')
            manager.bind(path)
            manager.settimeout(PATIENCE)
            with Daemon(env={'NOTIFY_SOCKET': path, 'WATCHDOG_USEC': '200000'}) as dais:
                said = [manager.recv(4096).decode() for _ in range(3)]
                self.assertIn('READY=1', said[0])
                self.assertEqual(said[1:], ['WATCHDOG=1'] * 2)
                dais.stop()
            manager.settimeout(0.2)
            while said[-1] != 'STOPPING=1':
                said.append(manager.recv(4096).decode())


class Journal(unittest.TestCase):
    """The log as journald gets it, taken in journald's place."""

    FOLDER = '/run/systemd/journal'

    def setUp(self):
        if os.geteuid() != 0 or os.path.exists(f'{self.FOLDER}/socket') or os.path.exists(f'{self.FOLDER}/stdout'):
            self.skipTest('needs to be root, where no journald runs')
        os.makedirs(self.FOLDER, exist_ok=True)
        self.stream, self.entries = socket.socket(socket.AF_UNIX), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        for kind, name in ((self.stream, 'stdout'), (self.entries, 'socket')):
            self.addCleanup(kind.close)
            kind.bind(f'{self.FOLDER}/{name}')
            self.addCleanup(os.remove, f'{self.FOLDER}/{name}')
        self.stream.listen()
        self.entries.settimeout(PATIENCE)

    def until(self, *lines):
        while True:
            entry = self.entries.recv(65536).decode().splitlines()
            if all(line in entry for line in lines):
                return entry

    def test_structured_fields(self):
        with socket.socket(socket.AF_UNIX) as journal:
            journal.connect(f'{self.FOLDER}/stdout')
            with Daemon(stderr=journal) as dais:
                dais.post('/streams', {'name': 'Cam', 'uri': 'test:ball'})
                self.until("MESSAGE=[cam] 'Cam' added", 'STREAM=cam', 'PRIORITY=5', 'GLIB_DOMAIN=dais-service')
                # an engine's own words come the same way
                self.until('MESSAGE=[cam] live', 'STREAM=cam', 'GLIB_DOMAIN=dais-engine')
                self.assertEqual(dais.stop(), 0)


class Reload(unittest.TestCase):
    """SIGHUP with a configuration that has changed meanwhile."""

    SERVER = '[server]\nlisten=http://127.0.0.1:0\n'
    HALL = '[room "Hall"]\n'

    def setUp(self):
        self.dais = Daemon(config=self.SERVER + self.HALL, listen=False)
        self.addCleanup(self.dais.__exit__)

    def reload(self, text):
        with open(self.dais.config, 'w', encoding='utf-8') as file:
            file.write(text)
        self.dais.hang_up()

    def test_new_configuration(self):
        self.reload(self.SERVER + self.HALL + '[room "Annex"]\n[stream "Cam"]\nuri=test:ball\n')
        self.dais.wait_anew()
        self.assertEqual(set(self.dais.get('/rooms').json), {'Hall', 'Annex'})
        self.assertIn('Cam', self.dais.get('/streams').json)
        self.reload(self.SERVER + '[room "Annex"]\n')
        self.dais.wait_anew()
        self.assertEqual(list(self.dais.get('/rooms').json), ['Annex'])
        self.assertNotIn('Cam', self.dais.get('/streams').json)
        wait_for(lambda: len(self.dais.engines()) == 1, 'end of the engines that nobody wants')

    def refused(self, text, *words):
        """It goes on with what it had, and the log says what is wrong."""
        before = len(self.dais.log)
        with self.dais.watch('/room/hall/watch') as watcher:
            watcher.until('notes')
            self.reload(text) if text is not None else self.dais.hang_up()
            log = wait_for(lambda: self.dais.log[before:] if 'going on as before' in self.dais.log[before:] else None,
                           'refusal in the log')
            for word in words:
                self.assertIn(word, log)
            self.assertEqual(watcher.ask('layout', ['still here'])['type'], 'ok')
        self.assertEqual(list(self.dais.get('/rooms').json), ['Hall'])

    def test_wrong_configuration(self):
        self.refused(self.SERVER + 'lissten=1\ncolour=red\n' + self.HALL, 'dais.conf:3', 'lissten', 'dais.conf:4')
        self.refused('nonsense\n', 'dais.conf')
        self.refused(self.SERVER + self.HALL + 'streams=Nothing\n', 'dais.conf:4', 'Nothing')

    def test_no_configuration(self):
        os.remove(self.dais.config)
        self.refused(None, 'dais.conf')
        self.reload(self.SERVER + self.HALL)
        self.dais.wait_anew()

    def test_what_cannot_be_had(self):
        self.refused(self.SERVER + 'certificate=gone.pem\n' + self.HALL, 'gone.pem')
        self.refused('[server]\nlisten=https://127.0.0.1:0\n' + self.HALL, 'certificate')
        self.refused(self.SERVER + 'runtime_dir=/tmp/elsewhere\n' + self.HALL, 'runtime_dir')
        with socket.socket() as taken:
            taken.bind(('127.0.0.1', 0))
            taken.listen()
            port = taken.getsockname()[1]
            self.refused(f'[server]\nlisten=http://127.0.0.1:{port}\n' + self.HALL, str(port), 'in use')

    def test_command_line_stays_over_the_file(self):
        with Daemon(config=self.HALL, listen=True) as dais:
            with open(dais.config, 'w', encoding='utf-8') as file:
                file.write('[server]\nlisten=http://no.such.host.invalid:1\n')
            dais.hang_up()
            dais.wait_anew()
            self.assertEqual(dais.get('/rooms').json, {})


class Births(unittest.TestCase):
    """Engines that take their time between birth and listening, and a daemon
    that goes in that time."""

    DELAY = 1.5

    def setUp(self):
        folder = tempfile.mkdtemp(prefix='dais-t-')
        self.addCleanup(shutil.rmtree, folder)
        real = os.path.join(os.path.dirname(program()), '..', 'engine', 'dais-engine')
        slow = os.path.join(folder, 'slow-engine')
        with open(slow, 'w', encoding='utf-8') as file:
            file.write(f'#!/bin/sh\nsleep {self.DELAY}\nexec {os.path.abspath(real)} "$@"\n')
        os.chmod(slow, 0o755)
        self.dais = Daemon(env={'DAIS_ENGINE': slow})
        self.addCleanup(self.dais.__exit__)
        self.dais.post('/streams', {'name': 'Cam', 'uri': 'test:ball', 'type': 'av'})
        self.dais.post('/rooms', {'name': 'Hall'})
        self.dais.put('/room/hall/state', {'video': 'Cam'})
        wait_for(lambda: len(self.dais.engines('sh')) == 2, 'births')
        self.born = set(self.dais.engines('sh'))
        self.assertEqual(self.dais.engines(), {})

    def expect_the_born(self):
        wait_for(lambda: self.dais.get('/streams').json['Cam']['health']['state'] == 'live', 'live stream')
        wait_for(lambda: self.dais.get('/streaming/mixed/hall.jpg').status == 200, 'picture')
        self.assertEqual(set(self.dais.engines()), self.born)
        self.assertEqual(self.dais.engines('sh'), {})

    def test_hangup(self):
        self.dais.hang_up()
        self.dais.wait_anew()
        self.expect_the_born()

    def test_hangups(self):
        for _ in range(3):
            self.dais.hang_up()
            self.dais.wait_anew()
        self.expect_the_born()

    def test_killed_daemon(self):
        self.dais.kill()
        self.dais.start()
        self.expect_the_born()

    def test_what_is_removed_is_not_born(self):
        self.dais.kill()
        self.dais.start()
        self.assertEqual(self.dais.delete('/rooms/hall').status, 204)
        self.assertEqual(self.dais.delete('/streams/cam').status, 204)
        wait_for(lambda: not self.dais.engines() and not self.dais.engines('sh'), 'end of the born')
        wait_for(lambda: not os.listdir(os.path.join(self.dais.data, 'run', 'e')), 'end of their files', 5)

    def test_removed_and_added_again(self):
        for _ in range(3):
            self.assertEqual(self.dais.delete('/streams/cam').status, 204)
            self.assertEqual(self.dais.post('/streams', {'name': 'Cam', 'uri': 'test:smpte'}).status, 201)
        wait_for(lambda: self.dais.get('/streams').json['Cam']['health']['state'] == 'live', 'live stream')
        self.assertEqual(len([1 for line in self.dais.engines().values() if '--slug cam' in line]), 1)
        self.assertEqual(self.dais.engines('sh'), {})


class Kills(unittest.TestCase):
    """kill -9 of the daemon at any instant, again and again: the engines that
    the first one started are the only ones there ever are."""

    def test_at_any_instant(self):
        chance = random.Random(5)
        dais = Daemon(config='[stream "Cam"]\nuri=test:ball\n\n[room "Hall"]\n', start=False)
        self.addCleanup(dais.__exit__)
        seen = set()
        for _ in range(15):
            process = subprocess.Popen(dais.command_line(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            end = time.monotonic() + chance.uniform(0, 0.7)
            while time.monotonic() < end:
                seen |= set(dais.engines())
                time.sleep(0.01)
            if chance.random() < 0.3:
                process.send_signal(signal.SIGHUP)
                time.sleep(chance.uniform(0, 0.1))
            process.kill()
            process.wait()
        dais.start()
        wait_for(lambda: len(dais.engines()) == 2, 'engines')
        time.sleep(1)
        self.assertEqual(len(dais.engines()), 2)
        self.assertLessEqual(seen, set(dais.engines()))
        self.assertGreaterEqual(len(seen), 1, 'no daemon lived long enough')
        self.assertEqual(dais.stop(), 0)
        wait_for(lambda: not dais.engines(), 'end of the engines', 5)


class Life(unittest.TestCase):
    def setUp(self):
        self.dais = Daemon()
        self.addCleanup(self.dais.__exit__)
        self.dais.post('/streams', {'name': 'Cam', 'uri': 'test:ball', 'type': 'av'})
        self.dais.post('/rooms', {'name': 'Hall'})
        wait_for(lambda: len(self.dais.engines()) == 2, 'engines')

    def test_orderly_end_stops_engines(self):
        engines = self.dais.engines()
        self.assertEqual(self.dais.stop(), 0)
        wait_for(lambda: not [pid for pid in engines if os.path.exists(f'/proc/{pid}')], 'end of the engines', 3)

    def test_interrupt_is_orderly_too(self):
        self.dais.process.send_signal(signal.SIGINT)
        self.assertEqual(self.dais.process.wait(PATIENCE), 0)
        wait_for(lambda: not self.dais.engines(), 'end of the engines', 3)

    def test_no_secret_in_a_command_line(self):
        self.dais.post('/streams', {'name': 'Secret', 'uri': 'rtsp://user:hunter2@127.0.0.1:1/x'})
        wait_for(lambda: len(self.dais.engines()) == 3, 'third engine')
        self.assertNotIn('hunter2', json.dumps(self.dais.engines()))
        wait_for(lambda: self.dais.get('/streams').json['Secret']['health']['error'], 'error')
        self.assertNotIn('hunter2', self.dais.log)
        self.assertNotIn('hunter2', self.dais.get('/streams').json['Secret']['health']['error'])

    def test_killed_daemon_leaves_engines_to_the_next(self):
        self.dais.put('/room/hall/state', {'video': 'Cam', 'audio': 'Cam'})
        rev = self.dais.get('/room/hall/state').json['rev']
        wait_for(lambda: self.dais.get('/streams').json['Cam']['health']['state'] == 'live', 'live stream')
        engines = set(self.dais.engines())
        self.dais.kill()
        self.assertEqual(set(self.dais.engines()), engines)
        self.dais.start()
        state = self.dais.get('/room/hall/state').json
        self.assertEqual((state['video'], state['rev']), ('Cam', rev))
        wait_for(lambda: self.dais.get('/streams').json['Cam']['health']['state'] == 'live', 'live stream')
        self.assertEqual(set(self.dais.engines()), engines)

    def test_viewer_outlives_the_daemon(self):
        self.dais.put('/room/hall/state', {'video': 'Cam', 'audio': 'Cam'})
        wait_for(lambda: self.dais.get('/streaming/mixed/hall.jpg').status == 200, 'picture')
        viewer = self.dais.raw(f'GET /streaming/mixed/hall.webm HTTP/1.1\r\nHost: x\r\n'
                               f'Authorization: Bearer {self.dais.token}\r\n\r\n'.encode())
        self.addCleanup(viewer.close)
        got = b''
        while len(got) < 20000:
            got += viewer.recv(65536)
        self.dais.kill()
        self.dais.start()
        more = 0
        while more < 200000:
            piece = viewer.recv(65536)
            self.assertTrue(piece, 'the viewer was cut off')
            more += len(piece)

    def test_hangup_starts_anew_with_the_same_engines(self):
        engines, pid = set(self.dais.engines()), self.dais.process.pid
        with self.dais.watch('/room/hall/watch') as watcher:
            watcher.until('notes')
            self.dais.hang_up()
            watcher.until_closed()
        self.dais.wait_anew()
        self.assertEqual(self.dais.process.pid, pid)
        wait_for(lambda: self.dais.get('/streams').json['Cam']['health']['state'] == 'live', 'live stream')
        self.assertEqual(set(self.dais.engines()), engines)
        self.assertIsNone(self.dais.process.poll())

    def test_many_hangups_at_once_end_in_one_daemon(self):
        engines, pid = set(self.dais.engines()), self.dais.process.pid
        for _ in range(30):
            self.dais.hang_up()
            time.sleep(0.02)
        self.dais.wait_anew()
        while select.select([self.dais.process.stdout], [], [], 2)[0]:
            self.dais.wait_anew()
        self.assertIsNone(self.dais.process.poll())
        self.assertEqual(self.dais.process.pid, pid)
        wait_for(lambda: self.dais.get('/streams').json['Cam']['health']['state'] == 'live', 'live stream')
        self.assertEqual(set(self.dais.engines()), engines)

    def test_engine_that_ends_after_a_hangup_is_no_zombie(self):
        self.dais.hang_up()
        self.dais.wait_anew()
        for pid in self.dais.engines():
            os.kill(pid, signal.SIGKILL)
            wait_for(lambda: not os.path.exists(f'/proc/{pid}'), 'end of the process')

    def test_engine_that_dies_comes_back(self):
        (pid,) = [p for p, line in self.dais.engines().items() if 's-cam' in line or '--slug cam' in line]
        os.kill(pid, signal.SIGKILL)
        wait_for(lambda: any(p != pid and '--slug cam' in line or p != pid and 's-cam' in line
                             for p, line in self.dais.engines().items()), 'new engine')
        self.assertEqual(self.dais.get('/rooms').status, 200)


if __name__ == '__main__':
    main()
