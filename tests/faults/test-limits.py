#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Bad clients and a bad disk, while an output is watched frame by frame; and
what 200 rounds of adding, killing and removing leave behind."""
import os
import random
import signal
import socket
import subprocess
import tempfile
import time

import dais_client
import dais_procs
import dais_tap
from dais_media import wait_until
from dais_stage import Stage

SANITIZED = bool(os.environ.get('DAIS_TEST_SANITIZED'))
ROUNDS = 40 if SANITIZED else 200


class Watched:
    """A room whose viewer must lose nothing, whatever the block does."""

    def __init__(self, **more):
        self.more = more
        self.stage = self.eyes = None

    def __enter__(self):
        self.stage = Stage(cameras=1, rooms=1, **self.more)
        try:
            self.eyes = self.stage.watch('room-1')
            self.eyes.wait_for_id(1, 30)
        except BaseException as error:
            self.__exit__(type(error))
            raise
        return self.stage

    def __exit__(self, kind, *_):
        try:
            if kind is None:
                time.sleep(0.5)
                seen = self.eyes.finish()
                dais_tap.note(f'meanwhile the room: {seen.brief()}')
                assert seen['ended'] is None, seen['ended']
                # A camera whose frames come just when the mixer looks has some skipped
                # and the one before shown twice, whoever else does what.
                seen.check_smooth(lost=seen.area()['repeats'] + seen['frames'] // 20)
        finally:
            if self.eyes:
                self.eyes.__exit__()
            self.stage.__exit__(kind)


def engine_memory(stage):
    return {name: dais_procs.memory_kib(pid) for name, pid in stage.engines().items()}


def test_garbage_on_every_port_and_socket():
    with Watched() as stage:
        random.seed(7)
        for size in (1, 10, 100, 1000, 60000) * 6:
            with stage.dais.raw() as plain:
                plain.settimeout(1)
                try:
                    plain.sendall(random.randbytes(size))
                except OSError:
                    pass
        for folder, _, names in os.walk(stage.data):
            for name in names:
                path = os.path.join(folder, name)
                if not os.path.exists(path) or not (os.stat(path).st_mode & 0o170000) == 0o140000:
                    continue
                for kind in (socket.SOCK_STREAM, socket.SOCK_SEQPACKET):
                    for size in (1, 100, 3000) * 5:
                        with socket.socket(socket.AF_UNIX, kind) as bad:
                            bad.settimeout(1)
                            try:
                                bad.connect(path)
                                bad.sendall(random.randbytes(size))
                            except OSError:
                                break
        assert stage.dais.get('/rooms').status == 200
        stage.cut('room-1', 1)


def test_a_hundred_mebibytes_without_a_newline():
    with Watched() as stage:
        before = dais_procs.memory_kib(stage.dais.process.pid)
        with stage.dais.raw() as plain:
            plain.settimeout(5)
            sent = 0
            try:
                while sent < 100 << 20:
                    plain.sendall(b'A' * 65536)
                    sent += 65536
            except OSError:
                pass
        dais_tap.note(f'{sent >> 10} KiB were taken before the door was shut')
        grown = dais_procs.memory_kib(stage.dais.process.pid) - before
        assert grown < 16384 * (4 if SANITIZED else 1), f'the daemon grew by {grown} KiB'


def test_viewers_that_never_read():
    with Watched() as stage:
        before = engine_memory(stage)
        path = stage.room_url('room-1')[len(stage.dais.url):]
        sockets = []
        for _ in range(20):
            plain = socket.socket()
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            plain.connect((stage.dais.host, stage.dais.port))
            plain.sendall(f'GET {path} HTTP/1.1\r\nHost: {stage.dais.host}\r\n\r\n'.encode())
            sockets.append(plain)
        time.sleep(8)
        after = engine_memory(stage)
        for plain in sockets:
            plain.close()
        grown = after['r-room-1'] - before['r-room-1']
        dais_tap.note(f'20 viewers that never read: the room engine grew by {grown} KiB')
        assert grown < 30000 * (3 if SANITIZED else 1)


def test_watch_sockets_that_never_read():
    with Watched() as stage:
        pid = stage.dais.process.pid
        sockets = [stage.dais.watch('/room/room-1/watch') for _ in range(20)]
        before = dais_procs.memory_kib(pid)
        note = 'x' * 2000
        for number in range(400):
            answer = stage.dais.post('/room/room-1/notes', {'text': f'{number} {note}'})
            if answer.status not in (200, 201):
                break
        grown = dais_procs.memory_kib(pid) - before
        for plain in sockets:
            plain.socket.close()
        dais_tap.note(f'20 watch sockets that never read {number + 1} changes: the daemon grew by {grown} KiB')
        assert grown < 60000 * (3 if SANITIZED else 1)


def test_torn_connections():
    with Watched() as stage:
        random.seed(3)
        path = stage.room_url('room-1')[len(stage.dais.url):]
        lines = (f'GET {path} HTTP/1.1\r\nHost: x\r\n\r\n', 'GET /streams HTTP/1.1\r\nHost: x\r\n\r\n',
                 'POST /login HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nuser',
                 'GET /room/room-1/watch HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n')
        for number in range(200):
            line = lines[number % len(lines)].encode()
            plain = stage.dais.raw(line[:random.randrange(1, len(line) + 1)])
            if number % 2:
                # a reset, not an orderly end
                plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b'\1\0\0\0\0\0\0\0')
            plain.close()
        wait_until(lambda: dais_procs.descriptors(stage.dais.process.pid) < 100, 'closed descriptors', 15)
        assert stage.dais.get('/rooms').status == 200


def mount_small_disk(path, size):
    return subprocess.run(['mount', '-t', 'tmpfs', '-o', f'size={size}', 'tmpfs', path],
                          capture_output=True, check=False).returncode == 0


def fill(path):
    """Until nothing more fits."""
    file = os.open(path, os.O_WRONLY | os.O_CREAT)
    try:
        while True:
            os.write(file, b'\0' * 4096)
    except OSError:
        pass
    finally:
        os.close(file)


def test_full_disk():
    """Nothing is answered with success that is not on disk; reading goes on; all
    is well again when there is room."""
    with tempfile.TemporaryDirectory(prefix='df-', dir='/tmp') as folder:
        if not mount_small_disk(folder, '12m'):
            raise dais_tap.Skip('no right to mount a small tmpfs here')
        try:
            with Watched(data=os.path.join(folder, 'd')) as stage:
                filler = os.path.join(folder, 'filler')
                fill(filler)
                accepted, refused = [], None
                for number in range(400):
                    answer = stage.dais.post('/room/room-1/notes', {'text': f'note {number} ' + 'x' * 900})
                    if answer.status in (200, 201):
                        accepted.append(f'note {number} ')
                    else:
                        refused = answer
                        break
                assert refused is not None, 'a full disk was never noticed'
                dais_tap.note(f'{len(accepted)} notes fitted, then {refused.status} {refused.text[:120]}')
                assert refused.status in (500, 503, 507) and 'error' in refused.json
                assert stage.dais.get('/room/room-1/notes').status == 200
                os.remove(filler)
                answer = wait_until(lambda: next((a for a in [stage.dais.post(
                    '/room/room-1/notes', {'text': 'after'})] if a.status in (200, 201)), None), 'room again', 10)
                assert answer
                stage.dais.kill()
                stage.restart_daemon()
                texts = [note['text'] for note in stage.dais.get('/room/room-1/notes').json]
                for text in accepted:
                    assert any(one.startswith(text) for one in texts), f'{text} was acknowledged and is gone'
                assert 'after' in texts
        finally:
            subprocess.run(['umount', '-l', folder], check=False)


def settle(pid):
    time.sleep(1)
    return dais_procs.memory_kib(pid), dais_procs.descriptors(pid), dais_procs.threads(pid)


def one_round(stage, number):
    """A stream and a room come; one of the engines is killed; both go."""
    stream = stage.dais.post('/streams', {'name': f'Guest {number}', 'uri': 'test:ball'})
    assert stream.status == 201, stream
    room = stage.dais.post('/rooms', {'name': f'Annex {number}'})
    assert room.status == 201, room
    if number % 5 == 0:
        os.kill(stage.engine(f's-guest-{number}', 30), signal.SIGKILL)
    for path in (f'/streams/guest-{number}', f'/rooms/annex-{number}'):
        answer = stage.dais.delete(path)
        assert answer.status in (200, 204), answer


def test_200_rounds_of_add_kill_remove():
    with Watched() as stage:
        pid = stage.dais.process.pid
        for number in range(10):
            one_round(stage, number)
        wait_until(lambda: len(stage.engines()) == 2, 'only the first engines', 20)
        before = settle(pid)
        for number in range(10, 10 + ROUNDS):
            one_round(stage, number)
        wait_until(lambda: len(stage.engines()) == 2, 'only the first engines', 20)
        after = settle(pid)
        dais_tap.note(f'{ROUNDS} rounds: daemon RSS {before[0]} → {after[0]} KiB, descriptors {before[1]} → '
                      f'{after[1]}, threads {before[2]} → {after[2]}')
        assert after[1] <= before[1] + 3, 'descriptors grow'
        if not SANITIZED:
            assert after[0] <= before[0] + 2048, 'memory grows'


def test_respawns_of_a_source():
    """Respawns of one engine: a D-Bus socket each would show."""
    rounds = 8  # the delay grows up to five seconds
    with Watched() as stage:
        stage.add_stream('Victim', 'test:ball')
        pid = stage.dais.process.pid
        stage.engine('s-victim')
        before = settle(pid)
        for _ in range(rounds):
            victim = stage.engine('s-victim', 30)
            time.sleep(0.15)
            os.kill(victim, signal.SIGKILL)
            wait_until(lambda: stage.engines().get('s-victim') not in (None, victim), 'respawn', 30)
        after = settle(pid)
        dais_tap.note(f'{rounds} respawns: daemon RSS {before[0]} → {after[0]} KiB, descriptors {before[1]} → '
                      f'{after[1]}')
        assert after[1] <= before[1] + 2, 'descriptors grow'


def test_a_thousand_short_connections():
    with Watched() as stage:
        pid = stage.dais.process.pid
        for _ in range(100):
            stage.dais.get('/rooms')
        before = settle(pid)
        for _ in range(900):
            assert stage.dais.get('/rooms').status == 200
        after = settle(pid)
        dais_tap.note(f'1,000 requests: RSS {before[0]} → {after[0]} KiB, descriptors {before[1]} → {after[1]}')
        assert after[1] <= before[1] + 2


def test_the_data_of_a_newer_version_is_refused():
    with tempfile.TemporaryDirectory(prefix='dn-') as folder:
        data = os.path.join(folder, 'd')
        with dais_client.Daemon(data=data):
            pass
        import sqlite3  # pylint: disable=import-outside-toplevel
        path = next(os.path.join(where, name) for where, _, names in os.walk(data) for name in names
                    if name.endswith(('.db', '.sqlite', '.sqlite3')))
        with sqlite3.connect(path) as base:
            base.execute('PRAGMA user_version = 9999')
        code, _, errors = dais_client.run('serve', '--data-dir', data, '--listen', 'http://127.0.0.1:0')
        dais_tap.note(errors.strip()[-300:])
        assert code not in (0, -6, -11) and errors.strip()
        with open(path, 'r+b') as file:
            file.write(b'this is no database at all' * 40)
        for name in os.listdir(os.path.dirname(path)):
            if name.endswith(('-wal', '-shm')):
                os.remove(os.path.join(os.path.dirname(path), name))
        size = os.path.getsize(path)
        code, _, errors = dais_client.run('serve', '--data-dir', data, '--listen', 'http://127.0.0.1:0')
        dais_tap.note(errors.strip()[-300:])
        assert code not in (0, -6, -11) and errors.strip()
        assert os.path.getsize(path) == size, 'a broken database is not thrown away'


if __name__ == '__main__':
    dais_tap.main(globals())
