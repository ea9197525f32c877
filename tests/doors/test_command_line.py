#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""dais and its subcommands, as a person at a terminal meets them."""
import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
import unittest

from doorcase import Daemon, main, program, run, wait_for

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..')
C = {'LC_ALL': 'C.UTF-8'}


class Words(unittest.TestCase):
    def test_help(self):
        code, out, _ = run('--help', env=C)
        self.assertEqual(code, 0)
        for word in ('serve', 'demo', 'check', 'devices', 'user', 'version'):
            self.assertIn(word, out)
            code, helped, errors = run(word, '--help', env=C)
            self.assertEqual((code, errors), (0, ''))
            self.assertIn(f'dais {word}', helped)

    def test_nothing_unknown_and_too_much(self):
        for words, named in (((), 'Usage'), (('fly',), 'fly'), (('serve', '--fly'), 'fly'),
                             (('serve', 'away'), 'away'), (('version', 'please'), 'please'),
                             (('user', 'praise', 'x'), 'praise'), (('user',), 'add'),
                             (('user', 'add'), 'name'), (('demo', '--size', 'big'), 'big'),
                             (('demo', '--fps', '0'), 'fps')):
            with self.subTest(words):
                code, out, errors = run(*words, env=C)
                self.assertEqual(code, 2)
                self.assertIn(named, out + errors)

    def test_version(self):
        for word in ('version', '--version'):
            code, out, _ = run(word)
            self.assertEqual(code, 0)
            self.assertRegex(out, r'^dais \d+\.\d+\.\d+\n$')

    def test_devices(self):
        code, out, errors = run('devices', '--json')
        self.assertEqual(code, 0, errors)
        for device in json.loads(out):
            self.assertTrue(device['uri'])
        self.assertEqual(run('devices')[0], 0)

    def test_commands_match_man_page_and_completion(self):
        with open(os.path.join(ROOT, 'docs', 'man', 'dais.1.rst'), encoding='utf-8') as file:
            page = file.read()
        with open(os.path.join(ROOT, 'data', 'completions', 'dais'), encoding='utf-8') as file:
            completion = file.read()
        for word in ('serve', 'demo', 'check', 'devices', 'user', 'version'):
            _, helped, _ = run(word, '--help', env=C)
            for option in {part.strip(',').split('=')[0] for part in helped.split()
                           if part.startswith('--')} - {'--help'}:
                with self.subTest(word=word, option=option):
                    self.assertIn(option, page)
                    self.assertIn(option, completion)


class Check(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix='dais-t-')
        self.addCleanup(shutil.rmtree, self.folder)
        self.path = os.path.join(self.folder, 'dais.conf')

    def check(self, text):
        with open(self.path, 'w', encoding='utf-8') as file:
            file.write(text)
        return run('check', self.path, env=C)

    def test_good(self):
        code, out, errors = self.check('[server]\nlisten=http://127.0.0.1:8080\n\n'
                                       '[stream "Cam"]\nuri=test:ball\n\n[room "Hall"]\n')
        self.assertEqual((code, errors), (0, ''), errors)
        self.assertIn(self.path, out)

    def assert_problems(self, text, *problems):
        code, out, errors = self.check(text)
        self.assertEqual((code, out), (3, ''))
        for line, word in problems:
            self.assertRegex(errors, rf'dais\.conf:{line}: .*{word}')
        self.assertEqual(len(errors.splitlines()), len(problems), errors)

    def test_every_problem_with_its_line(self):
        self.assert_problems('[server]\nlisten=http://127.0.0.1:8080\ncolour=red\n\n'
                             '[stream "Cam"]\nuri=test:ball\n\n[kitchen]\n',
                             (3, 'colour'), (8, 'kitchen'))

    def test_what_makes_no_sense(self):
        self.assert_problems('[stream "Cam"]\ntype=av\nuri=gopher://x\n\n[room "Hall"]\nstreams=Cam;Mic\n',
                             (3, 'uri'), (6, 'Mic'))

    def test_certificate(self):
        self.assert_problems('[server]\ncertificate=no.pem\nprivate_key=no.key\nlisten=https://127.0.0.1:0\n',
                             (2, 'no.pem'))
        self.assert_problems('[server]\nlisten=https://127.0.0.1:0\n', (2, 'certificate'))

    def test_no_key_file_and_no_file(self):
        code, _, errors = self.check('listen = yes\n')
        self.assertEqual(code, 3)
        self.assertIn('dais.conf', errors)
        code, _, errors = run('check', os.path.join(self.folder, 'nothing'), env=C)
        self.assertEqual(code, 3)
        self.assertIn('nothing', errors)

    def test_example_is_good(self):
        code, out, errors = run('check', os.path.join(ROOT, 'data', 'dais.conf'), env=C)
        self.assertEqual((code, errors), (0, ''), out)


class Users(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix='dais-t-')
        self.addCleanup(shutil.rmtree, self.folder)
        self.data = os.path.join(self.folder, 'data')

    def user(self, *words, stdin=''):
        return run('user', *words, '--data-dir', self.data, stdin=stdin, env=C)

    def names(self):
        code, out, errors = self.user('list', '--json')
        self.assertEqual(code, 0, errors)
        return {user['username']: user['roles'] for user in json.loads(out)}

    def test_without_a_server(self):
        code, out, errors = self.user('add', 'anna', '--role', 'operator', '--password-stdin',
                                      stdin='correct horse battery\n')
        self.assertEqual(code, 0, errors)
        self.assertNotIn('correct horse', out + errors)
        code, out, errors = self.user('add', 'ben')
        self.assertEqual(code, 0, errors)
        self.assertRegex(out, r'\S{12,}')
        self.assertEqual(self.names(), {'anna': ['operator'], 'ben': []})
        self.assertNotIn('hash', self.user('list', '--json')[1])
        self.assertIn('anna', self.user('list')[1])
        self.assertEqual(self.user('remove', 'ben')[0], 0)
        self.assertEqual(list(self.names()), ['anna'])

    def test_folder_without_a_server(self):
        for words in (('list',), ('remove', 'anna'), ('passwd', 'anna')):
            code, _, errors = self.user(*words)
            self.assertEqual(code, 1)
            self.assertIn(self.data, errors)
            self.assertIn('--data-dir', errors)
        self.assertFalse(os.path.exists(self.data))

    def test_says_whose_accounts(self):
        home = os.path.join(self.folder, 'home')
        code, _, errors = run('user', 'add', 'anna', '--config', os.path.join(ROOT, 'data', 'dais.conf'),
                              env={**C, 'STATE_DIRECTORY': home})
        self.assertEqual(code, 0)
        self.assertIn(home, errors)

    def test_refusals(self):
        self.user('add', 'anna', '--password-stdin', stdin='correct horse battery\n')
        for words, stdin, named in ((('add', 'ANNA', '--password-stdin'), 'another password\n', 'ANNA'),
                                    (('add', 'cleo', '--role', 'king'), '', 'king'),
                                    (('add', 'cleo', '--password-stdin'), '\n', 'password'),
                                    (('passwd', 'nobody', '--password-stdin'), 'some password\n', 'nobody'),
                                    (('remove', 'nobody'), '', 'nobody')):
            with self.subTest(words):
                code, _, errors = self.user(*words, stdin=stdin)
                self.assertIn(code, (1, 2))
                self.assertIn(named, errors)

    def test_beside_a_running_server(self):
        with Daemon(data=self.data) as dais:
            code, _, errors = self.user('add', 'anna', '--role', 'operator', '--password-stdin',
                                        stdin='correct horse battery\n')
            self.assertEqual(code, 0, errors)
            anna = dais.as_user('anna', 'correct horse battery')
            self.assertEqual(anna.get('/rooms').status, 200)
            self.assertEqual(self.user('passwd', 'anna', '--password-stdin', stdin='another long one\n')[0], 0)
            dais.as_user('anna', 'another long one')
            self.assertEqual(self.user('remove', 'anna')[0], 0)
            wait_for(lambda: anna.get('/rooms').status == 401, 'end of a removed account')
            self.assertIn('admin', self.names())
            code, _, errors = self.user('remove', 'admin')
            self.assertEqual(code, 1)
            self.assertIn('last', errors)


class Installed(unittest.TestCase):
    """What `meson install` puts into a package's folder, run from there."""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix='dais-t-')
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        build = os.path.abspath(os.path.join(os.path.dirname(program()), '..', '..'))
        subprocess.run(['meson', 'install', '-C', build, '--no-rebuild', '--quiet', '--destdir', cls.folder],
                       check=True, capture_output=True)
        cls.files = [os.path.join(folder, name) for folder, _, names in os.walk(cls.folder) for name in names]

    def find(self, ending):
        (path,) = [path for path in self.files if path.endswith(ending)]
        return path

    def test_programs_run_where_they_are(self):
        with Daemon(start=False) as dais:
            command = dais.command_line()
            dais.command_line = lambda: [self.find('/bin/dais')] + command[1:]
            dais.start()
            dais.post('/streams', {'name': 'Cam', 'uri': 'test:ball'})
            wait_for(lambda: dais.get('/streams').json['Cam']['health']['state'] == 'live', 'live stream')
            (line,) = dais.engines().values()
            self.assertTrue(line.startswith(self.folder), line)
            self.assertIn('text/html', dais.get('/').headers['Content-Type'])

    def test_all_is_there(self):
        for ending in ('/libexec/dais-engine', '/gstreamer-1.0/libgstdaiswire.so', '/system/dais.service',
                       '/sysusers.d/dais.conf', '/doc/dais/dais.conf', '/bash-completion/completions/dais',
                       '/de/LC_MESSAGES/dais.mo'):
            self.assertTrue(self.find(ending))
        if shutil.which('rst2man') or shutil.which('rst2man.py'):
            self.assertTrue(self.find('/man1/dais.1') and self.find('/man5/dais.conf.5'))

    @unittest.skipUnless(shutil.which('systemd-analyze'), 'no systemd-analyze here')
    def test_unit(self):
        path = self.find('/system/dais.service')
        with open(path, encoding='utf-8') as file:
            unit = file.read()
        (program_path,) = [line.split('=')[1].split()[0] for line in unit.splitlines() if line.startswith('ExecStart=')]
        with open(path, 'w', encoding='utf-8') as file:
            file.write(unit.replace(program_path, self.find('/bin/dais')))
        done = subprocess.run(['systemd-analyze', 'verify', '--man=no', path], capture_output=True, text=True,
                              check=False)
        self.assertEqual([line for line in done.stderr.splitlines() if 'dais' in line], [], done)
        done = subprocess.run(['systemd-analyze', 'security', '--offline=true', '--threshold=25', path],
                              capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stdout[-300:])


class Demo(unittest.TestCase):
    def test_everything_in_one_line_and_nothing_left(self):
        before = set(os.listdir(tempfile.gettempdir()))
        with Daemon(command='demo', arguments=['--listen', 'http://127.0.0.1:0', '--size', '640x360',
                                               '--fps', '15'], data=False) as demo:
            self.assertEqual(demo.username, 'admin')
            streams = demo.get('/streams').json
            self.assertEqual(sum(s['origin'] == 'raw' for s in streams.values()), 3)
            self.assertEqual(len(demo.get('/rooms').json), 2)
            for room in demo.get('/rooms').json.values():
                state = demo.get(f'/room/{room["url_name"]}/state').json
                self.assertIsNotNone(state['video'])
                self.assertIsNotNone(state['audio'])
            self.assertEqual(demo.get('/').status, 200)
            self.assertEqual(demo.stop(), 0)
        left = {name for name in set(os.listdir(tempfile.gettempdir())) - before if 'dais-demo' in name}
        self.assertEqual(left, set())

    def test_kept_data(self):
        folder = tempfile.mkdtemp(prefix='dais-t-')
        self.addCleanup(shutil.rmtree, folder)
        for _ in range(2):
            with Daemon(command='demo', arguments=['--listen', 'http://127.0.0.1:0'], data=folder) as demo:
                self.assertEqual(len(demo.get('/rooms').json), 2)
                self.assertTrue(demo.password)
                demo.stop()
        self.assertTrue(os.listdir(folder))

    def test_a_closed_terminal_ends_it(self):
        with Daemon(command='demo', arguments=['--listen', 'http://127.0.0.1:0'], data=False) as demo:
            demo.hang_up()
            self.assertEqual(demo.process.wait(15), 0)

    def test_nohup_keeps_it(self):
        with Daemon(command='demo', arguments=['--listen', 'http://127.0.0.1:0'], data=False, start=False) as demo:
            command = demo.command_line()
            demo.command_line = lambda: ['nohup'] + command
            demo.start()
            demo.hang_up()
            time.sleep(1)
            self.assertEqual(demo.get('/rooms').status, 200)

    def test_prints_nothing_else(self):
        with Daemon(command='demo', arguments=['--listen', 'http://127.0.0.1:0'], data=False) as demo:
            demo.process.terminate()
            self.assertEqual(demo.process.stdout.read(), b'')
            demo.stop()

    def test_port_8080_in_use(self):
        with socket.socket() as taken:
            taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                taken.bind(('127.0.0.1', 8080))
                taken.listen()
            except OSError:
                pass  # somebody else has it: as good
            with Daemon(command='demo', data=False) as demo:
                self.assertNotEqual(demo.port, 8080)


if __name__ == '__main__':
    main()
