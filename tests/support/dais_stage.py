#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A daemon with coded cameras and rooms, ready to be watched and hurt.

    with Stage(cameras=2, rooms=2) as stage:
        with stage.watch('room-1') as eyes:
            eyes.wait_for_id(1)
            stage.cut('room-1', 2)
            eyes.wait_for_id(2)

Camera N is a coded-sender with id N that feeds the stream "Camera N" by wire;
room N shows and plays camera N at first. As a program it prints one JSON line
(url, token, username, password, rooms, cameras) and stays until its standard
input ends; a line "cut ROOM CAMERA" there switches, "kill" and "start" end and
start the daemon, "unplug CAMERA" ends a camera.
"""
import json
import os
import re
import sys
import time
import urllib.parse

import dais_client
import dais_procs
from dais_media import BUILD, ENGINE, Runtime, Sender, Watcher, wait_until


class Stage:
    def __init__(self, cameras=2, rooms=2, size=(1280, 720), fps=30, start=True, config='', pattern='ball',
                 no_audio=False, arguments=(), **more):
        self.n_cameras, self.n_rooms, self.size, self.fps = cameras, rooms, size, fps
        self.pattern = pattern
        self.config, self.arguments, self.more = config, list(arguments), more
        self.feeds = Runtime()
        self.cameras, self.dais = {}, None
        if start:
            self.start()

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        self.stop(check=kind is None)

    # what there is

    @property
    def data(self):
        return self.dais.data

    def feed(self, number):
        return os.path.join(self.feeds.path, f'cam{number}')

    @staticmethod
    def camera_name(number):
        return f'Camera {number}'

    def camera(self, number):
        """Starts (again) the sender of a camera."""
        tail = f'video. ! queue ! daiswiresink path={self.feed(number)} sync=false'
        self.cameras[number] = Sender(number, tail, '--no-audio', '--size', '{}x{}'.format(*self.size), '--fps',
                                      str(self.fps), '--pattern', self.pattern)
        return self.cameras[number]

    def start(self):
        os.environ.setdefault('DAIS', os.path.join(BUILD, 'src', 'daemon', 'dais'))
        os.environ.setdefault('DAIS_ENGINE', ENGINE)
        for number in range(1, self.n_cameras + 1):
            self.camera(number)
        try:
            config = self.config or f'[server]\nsize={self.size[0]}x{self.size[1]}\nfps={self.fps}\n'
            self.dais = dais_client.Daemon(config=config, arguments=self.arguments, **self.more)
            for number in range(1, self.n_cameras + 1):
                self.add_stream(self.camera_name(number), 'wire:' + self.feed(number))
            for number in range(1, self.n_rooms + 1):
                self.add_room(f'Room {number}')
                self.cut(f'room-{number}', min(number, self.n_cameras))
            for number in range(1, self.n_rooms + 1):
                wait_until(lambda number=number: self.dais.get(
                    f'/streaming/mixed/room-{number}.jpg').status == 200, f'picture of room {number}')
        except BaseException:
            self.stop(check=False)
            raise

    def add_stream(self, name, uri, **more):
        answer = self.dais.post('/streams', {'name': name, 'uri': uri, **more})
        assert answer.status == 201, answer
        return answer.json

    def add_room(self, name):
        answer = self.dais.post('/rooms', {'name': name})
        assert answer.status == 201, answer
        return answer.json

    def set_state(self, room, **state):
        answer = self.dais.put(f'/room/{room}/state', state)
        assert answer.status == 200, answer
        return answer.json

    def cut(self, room, number, **more):
        name = self.camera_name(number)
        return self.set_state(room, video=name, audio=name, **more)

    def health(self, name):
        return self.dais.get('/streams').json[name]['health']

    # outputs

    def url(self, path):
        token = urllib.parse.urlencode({'access_token': self.dais.token})
        return f'{self.dais.url}{path}?{token}'

    def room_url(self, room, kind='webm'):
        return self.url(f'/streaming/mixed/{room}.{kind}')

    def stream_url(self, slug, kind='webm'):
        return self.url(f'/streaming/{slug}.{kind}')

    def watch(self, room, kind='webm', **more):
        return Watcher(self.room_url(room, kind), **more)

    def watch_stream(self, slug, kind='webm', **more):
        return Watcher(self.stream_url(slug, kind), **more)

    # processes

    def engines(self):
        """{'r-room-1': pid, 's-camera-1': pid}"""
        found = {}
        for pid, line in self.dais.engines().items():
            match = re.search(r'/e/([rs]-[a-z0-9-]+)', line)
            if match and dais_procs.is_alive(pid):
                found[match.group(1)] = pid
        return found

    def engine(self, name, patience=10):
        return wait_until(lambda: self.engines().get(name), f'engine {name}', patience)

    def restart_daemon(self):
        """Starts the daemon again on the same data and the same port."""
        port = self.dais.port
        dais = self.dais
        dais.arguments = [word for word in dais.arguments if not word.startswith('--listen')]
        dais.arguments.append(f'--listen=http://127.0.0.1:{port}')
        token, password, username = dais.token, dais.password, getattr(dais, 'username', None)
        dais.password = None
        dais.start()
        if not dais.token:
            dais.token, dais.password, dais.username = token, password, username

    def stop(self, check=True):
        code, leaked = None, {}
        try:
            if self.dais and self.dais.process:
                code = self.dais.stop(60)
                time.sleep(0.2)
                leaked = self.engines()
        finally:
            for camera in self.cameras.values():
                camera.end()
            log = self.dais.log if self.dais else ''
            for pid in (self.dais.engines() if self.dais else {}):
                os.kill(pid, 9)
            if self.dais:
                self.dais.__exit__()
            self.feeds.__exit__()
        if check:
            assert code in (0, None), f'dais ended with {code}:\n{log[-6000:]}'
            assert 'Sanitizer' not in log, log[-8000:]
            assert not leaked, f'engines left behind: {leaked}'


def main():
    cameras = int(sys.argv[1]) if len(sys.argv) > 1 else 2
    rooms = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    width, height, fps = (int(n) for n in (sys.argv[3] if len(sys.argv) > 3 else '1280x720x30').split('x'))
    with Stage(cameras=cameras, rooms=rooms, size=(width, height), fps=fps) as stage:
        print(json.dumps({
            'url': stage.dais.url, 'token': stage.dais.token, 'pid': stage.dais.process.pid,
            'username': getattr(stage.dais, 'username', None), 'password': stage.dais.password,
            'rooms': [f'room-{n}' for n in range(1, rooms + 1)],
            'cameras': [stage.camera_name(n) for n in range(1, cameras + 1)]}), flush=True)
        for line in sys.stdin:
            words = line.split()
            if words[:1] == ['cut']:
                stage.cut(words[1], int(words[2]))
                print(json.dumps({'cut': time.monotonic_ns() // 1000}), flush=True)
            elif words == ['kill']:
                stage.dais.kill()
                print(json.dumps({'killed': True}), flush=True)
            elif words == ['start']:
                stage.restart_daemon()
                print(json.dumps({'pid': stage.dais.process.pid}), flush=True)
            elif words[:1] == ['unplug']:
                stage.cameras[int(words[1])].end()
                print(json.dumps({'unplugged': True}), flush=True)


if __name__ == '__main__':
    main()
