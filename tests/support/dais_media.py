# SPDX-License-Identifier: LGPL-2.1-or-later
"""Pictures for tests: senders whose frames carry a code, watchers that count
them, and an engine of one's own without a daemon.

    with Sender(3, 'video. ! queue ! daiswiresink path=/tmp/x') as camera:
        seen = Watcher('wire:/tmp/x').run(seconds=3)
        assert seen.ids() == [3]

Every process ends with its test.
"""
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

import gi

import dais_procs

gi.require_version('Gio', '2.0')
from gi.repository import Gio, GLib  # noqa: E402  pylint: disable=wrong-import-position

# The neighbours of a shared machine must not decide; where we may not, we don't.
try:
    if os.getpriority(os.PRIO_PROCESS, 0) > -10:
        os.setpriority(os.PRIO_PROCESS, 0, -10)
except OSError:
    pass

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
BUILD = os.environ.get('DAIS_BUILD') or os.path.join(ROOT, '_build')
PATIENCE = float(os.environ.get('DAIS_TEST_PATIENCE', '20'))

# The cameras and eyes of a plain build, where the product's is sanitized.
TOOLS = os.environ.get('DAIS_TOOLS') or BUILD
SENDER = os.path.join(TOOLS, 'tests', 'support', 'coded-sender')
WATCHER = os.path.join(TOOLS, 'tests', 'support', 'frame-watcher')
ENGINE = os.environ.get('DAIS_ENGINE') or os.path.join(BUILD, 'src', 'engine', 'dais-engine')

H264 = 'queue ! x264enc tune=zerolatency speed-preset=superfast bitrate=2500 key-int-max=30 ! h264parse'
AAC = 'queue ! audioconvert ! avenc_aac ! aacparse'
VP8 = 'queue ! vp8enc deadline=1 cpu-used=16 threads=1 target-bitrate=2500000 keyframe-max-dist=30'
OPUS = 'queue ! audioconvert ! opusenc'


def environment():
    """Finds the wire plugin of this build."""
    plugins = [os.path.join(TOOLS, 'src', 'wire'), os.environ.get('GST_PLUGIN_PATH', '')]
    return {**os.environ, 'GST_PLUGIN_PATH': ':'.join(filter(None, plugins))}


def free_port(kind=socket.SOCK_STREAM):
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(('127.0.0.1', 0))
        return probe.getsockname()[1]


def wait_until(condition, what, patience=None, every=0.02):
    end = time.monotonic() + (patience or PATIENCE)
    while True:
        got = condition()
        if got:
            return got
        if time.monotonic() > end:
            raise AssertionError(f'no {what} within {patience or PATIENCE:g} s')
        time.sleep(every)


class Process:
    """A child that ends with the test, its output kept for the report."""

    def __init__(self, words, stdin=subprocess.DEVNULL, stdout=None, pass_fds=(), env=None):
        self.words = [str(word) for word in words]
        self.errors = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            self.words, stdin=stdin, stdout=stdout or subprocess.DEVNULL, stderr=self.errors,
            env=env or environment(), pass_fds=pass_fds, preexec_fn=dais_procs.die_with_parent)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()

    @property
    def pid(self):
        return self.process.pid

    def signal(self, number):
        self.process.send_signal(number)

    def kill(self):
        """kill -9, at once."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()

    def end(self, patience=5):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.terminate()
            try:
                self.process.wait(patience)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        return self.process.returncode

    def is_running(self):
        return self.process.poll() is None

    @property
    def said(self):
        self.errors.seek(0)
        return self.errors.read().decode('utf-8', 'replace')


class Sender(Process):
    """coded-sender: a camera with the code and the tone of its id."""

    def __init__(self, ident, tail, *options, stdout=None):
        super().__init__([SENDER, '--id', ident, *options, '--', *tail.split()], stdout=stdout)


class RtspSender(Sender):
    """Serves url by RTSP."""

    def __init__(self, ident, port=0, *options, video=H264, audio=True):
        tail = f'video. ! {video} ! rtph264pay name=pay0 config-interval=1'
        if audio:
            tail += f' audio. ! {OPUS} ! rtpopuspay name=pay1'
        else:
            options = (*options, '--no-audio')
        super().__init__(ident, tail, '--rtsp', '--port', port, *options, stdout=subprocess.PIPE)
        self.url = self.process.stdout.readline().decode().strip()
        assert self.url, self.said


class FedBy:
    """A sender whose bytes another program serves."""

    def __init__(self, ident, tail, command, *options):
        self.sender = Sender(ident, tail + ' ! fdsink fd=1', *options, stdout=subprocess.PIPE)
        self.server = Process(command, stdin=self.sender.process.stdout)
        self.sender.process.stdout.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()

    def kill(self):
        self.server.kill()
        self.sender.kill()

    def end(self):
        self.server.end()
        self.sender.end()

    def signal(self, number):
        self.server.signal(number)
        self.sender.signal(number)


def mpegts(name='m', audio=True):
    tail = f'mpegtsmux name={name} alignment=7 video. ! {H264} ! {name}.'
    if audio:
        tail += f' audio. ! {AAC} ! {name}.'
    return tail + f' {name}.'


def webm(name='m'):
    return (f'webmmux name={name} streamable=true video. ! {VP8} ! {name}. '
            f'audio. ! {OPUS} ! {name}. {name}.')


class Seen:
    """A watcher's summary."""

    def __init__(self, data, lines, pressure=0.0):
        self.data, self.lines, self.pressure = data, lines, pressure

    def __getitem__(self, key):
        return self.data[key]

    def area(self, name='main'):
        return self.data['areas'][name]

    def ids(self, name='main'):
        """The sources seen, in order, -1 where no code could be read."""
        return [change['to'] for change in self.area(name)['changes']]

    def tones(self):
        return [change['to'] for change in self.data['audio']['tones']]

    def missing_allowed(self):
        """None; one where somebody else took a processor now and then; on a machine
        that is busy with others one in ten."""
        if self.pressure < 0.15:
            return 0
        return 1 if self.pressure < 0.35 else self['frames'] // 10 + 3

    def missing(self, start=30):
        """Output frames missing after the first second, in which an encoder starts;
        needs lines."""
        steps = [b['pts_us'] - a['pts_us'] for a, b in zip(self.lines[start:], self.lines[start + 1:])]
        usual = sorted(steps)[len(steps) // 2] if steps else 1
        return sum(max(0, round(step / usual) - 1) for step in steps)

    def check_smooth(self, lost=0, name='main'):
        """No output frame missing and none torn. A slip, one frame of the camera
        shown twice and the next skipped, is jitter at the edge of two clocks and no
        lost output frame: one in twenty may be one. Sanitized programs are late by
        so much of a frame that slips say nothing."""
        allowed = self.missing_allowed()
        assert self.missing() <= allowed, self.brief(name)
        assert self.area(name)['torn'] == 0, self.brief(name)
        if os.environ.get('DAIS_TEST_SANITIZED'):
            return
        slips = max(3, lost, self['frames'] // 20)
        assert self.area(name)['lost'] <= slips + 10 * allowed, self.brief(name)

    def readings(self, name='main'):
        """(time µs, reading) of every picture; needs lines."""
        return [(line['t'], line['areas'][name]) for line in self.lines]

    def brief(self, name=None):
        name = name or next(iter(self.data['areas']))
        area = self.area(name)
        latency = area.get('latency', {})
        return (f"{self['frames']} frames, {self['missing']} missing, gap {self['max_gap_ms']:.0f} ms, "
                f"torn {area['torn']}, lost {area['lost']}, repeats {area['repeats']}, unread {area['unread']}, "
                f"pressure {self.pressure:.0%}, latency p50 {latency.get('p50_ms')} p99 {latency.get('p99_ms')} ms, ids {self.ids(name)}, "
                f"tones {self.tones()}")


class Watcher(Process):
    """frame-watcher on an address; lines are read as they come."""

    def __init__(self, address, areas=None, lines=True, seconds=None):
        words = [WATCHER]
        for name, share in (areas or {}).items():
            words += ['--area', f'{name}=' + ','.join(f'{value:.6f}' for value in share)]
        if lines:
            words.append('--lines')
        if seconds:
            words += ['--seconds', int(seconds)]
        super().__init__([*words, address], stdout=subprocess.PIPE)
        self.lines, self.summary, self.pressure = [], None, dais_procs.Pressure()
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        for text in self.process.stdout:
            line = json.loads(text)
            if line.get('summary'):
                self.summary = line
            else:
                self.lines.append(line)

    def __exit__(self, *_):
        self.end()
        self.reader.join(5)
        self.process.stdout.close()

    def last(self, name='main'):
        """The newest picture's reading, {} before the first."""
        return self.lines[-1]['areas'][name] if self.lines else {}

    def frames(self):
        return len(self.lines)

    def wait_for(self, test, what, patience=None, name='main'):
        """Waits for a new picture for which test(reading); gives its time in µs."""
        start = len(self.lines)

        def look():
            nonlocal start
            for line in self.lines[start:]:
                start += 1
                if test(line['areas'][name]):
                    return line['t']
            if self.summary:
                raise AssertionError(f'no {what}: the stream ended: {self.summary["ended"]}')
            return None
        try:
            return wait_until(look, what, patience)
        except AssertionError as error:
            raise AssertionError(f'{error}; last seen {self.last(name)}; {self.said[-500:]}') from None

    def wait_for_id(self, ident, patience=None, name='main'):
        return self.wait_for(lambda reading: reading.get('id') == ident, f'picture of {ident}',
                             patience, name)

    def wait_for_no_code(self, patience=None, name='main'):
        return self.wait_for(lambda reading: reading['places'] == 0, 'slate', patience, name)

    def run(self, seconds):
        """Watches for a while, then gives what was seen."""
        time.sleep(seconds)
        return self.finish()

    def finish(self):
        code = self.end()
        self.reader.join(10)
        assert self.summary, f'the watcher ended with {code}: {self.said[-2000:]}'
        return Seen(self.summary, self.lines, self.pressure.share())


class Engine(Process):
    """A dais-engine of one's own, driven over its D-Bus socket."""

    PATH = '/org/dais/Engine'

    def __init__(self, kind, slug, runtime, **settings):
        self.kind, self.slug, self.runtime = kind, slug, runtime
        self.socket = os.path.join(runtime, 'e', f'{kind[0]}-{slug}')
        for folder in ('e', 'w', 'in'):
            os.makedirs(os.path.join(runtime, folder), exist_ok=True)
        super().__init__([ENGINE, kind, '--socket', self.socket, '--slug', slug, '--runtime', runtime,
                          '--grace', '10'])
        wait_until(lambda: os.path.exists(self.socket) or not self.is_running(), 'engine socket')
        assert self.is_running(), self.said
        self.bus = wait_until(self._connect, 'engine on its socket')
        if settings:
            self.configure(**settings)

    def _connect(self):
        try:
            return Gio.DBusConnection.new_for_address_sync(
                f'unix:path={self.socket}', Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT, None, None)
        except GLib.Error:
            return None

    def call(self, interface, method, arguments=None, fds=None):
        result, _ = self.bus.call_with_unix_fd_list_sync(
            None, self.PATH, 'org.dais.' + interface, method, arguments, None,
            Gio.DBusCallFlags.NONE, int(PATIENCE * 1000), fds, None)
        return result.unpack()

    def get(self, name, interface=None):
        return self.call_properties(interface or self.kind.capitalize(), name)

    def call_properties(self, interface, name):
        result = self.bus.call_sync(
            None, self.PATH, 'org.freedesktop.DBus.Properties', 'Get',
            GLib.Variant('(ss)', ('org.dais.' + interface, name)), None, Gio.DBusCallFlags.NONE,
            int(PATIENCE * 1000), None)
        return result.unpack()[0]

    def ping(self):
        return self.call('Engine', 'Ping')

    def configure(self, width=1280, height=720, fps=30, **more):
        settings = {'width': GLib.Variant('u', width), 'height': GLib.Variant('u', height),
                    'fps-n': GLib.Variant('u', fps), 'fps-d': GLib.Variant('u', 1)}
        settings.setdefault('name', GLib.Variant('s', self.slug))
        for name, value in more.items():
            settings[name] = value if isinstance(value, GLib.Variant) else GLib.Variant('s', value)
        self.call(self.kind.capitalize(), 'Configure', GLib.Variant('(a{sv})', (settings,)))

    def add_viewer(self, output, connection):
        """Hands a connected socket over, as the daemon does."""
        fds = Gio.UnixFDList.new()
        index = fds.append(connection.fileno())
        self.call('Engine', 'AddViewer', GLib.Variant('(shs)', (output, index, '')), fds)

    def __exit__(self, *_):
        self.end()


class Source(Engine):
    def __init__(self, slug, runtime, uri, options=None, **canvas):
        super().__init__('source', slug, runtime)
        self.canvas = canvas
        self.set_uri(uri, options)

    def set_uri(self, uri, options=None):
        more = {'options': GLib.Variant('a{ss}', options)} if options else {}
        self.configure(uri=uri, type='', **more, **self.canvas)

    @property
    def video(self):
        return f'wire:{self.runtime}/w/{self.slug}.v'

    @property
    def audio(self):
        return f'wire-audio:{self.runtime}/w/{self.slug}.a'

    @property
    def state(self):
        return self.get('State')

    def wait_for_state(self, state, patience=None):
        wait_until(lambda: self.state == state, f'state {state} ({self.slug})', patience)


class Room(Engine):
    TYPES = {'video': 's', 'audio': 's', 'pip': 's', 'scene': 's', 'pip-corner': 's', 'pip-size': 'd',
             'grid': 'as', 'volumes': 'a{sd}', 'mutes': 'as', 'master': 'd', 'transition': 's',
             'transition-ms': 'u'}

    def __init__(self, slug, runtime, inputs, **canvas):
        super().__init__('room', slug, runtime)
        self.canvas, self.rev = canvas, 0
        self.set_inputs(inputs)

    def set_inputs(self, slugs):
        wires = [(slug, f'{self.runtime}/w/{slug}.v', f'{self.runtime}/w/{slug}.a') for slug in slugs]
        self.configure(inputs=GLib.Variant('a(sss)', wires), **self.canvas)

    def apply(self, **state):
        """A whole state; gives the running time of its first frame."""
        self.rev += 1
        values = {name.replace('_', '-'): value for name, value in state.items()}
        packed = {name: GLib.Variant(self.TYPES[name], value) for name, value in values.items()}
        return self.call('Room', 'Apply', GLib.Variant('(a{sv}t)', (packed, self.rev)))[0]


class Door:
    """Passes HTTP viewers on to an engine: the daemon's media door in small."""

    def __init__(self, engine):
        self.engine = engine
        self.listener = socket.create_server(('127.0.0.1', 0), backlog=256)
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def url(self, output='webm'):
        return f'http://127.0.0.1:{self.port}/x.{output}'

    def _serve(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            with connection:
                head = b''
                while b'\r\n\r\n' not in head:
                    piece = connection.recv(4096)
                    if not piece:
                        break
                    head += piece
                path = head.split(b' ')[1].decode() if head else ''
                try:
                    self.engine.add_viewer(path.rsplit('.', 1)[-1], connection)
                except GLib.Error as error:
                    print('# door:', error.message, file=sys.stderr)

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Runtime:
    """A short temporary folder; socket paths have 108 bytes."""

    def __init__(self):
        self.path = tempfile.mkdtemp(prefix='dr-', dir='/tmp')

    def __enter__(self):
        return self.path

    def __exit__(self, *_):
        shutil.rmtree(self.path, ignore_errors=True)


def read_some(url_socket, seconds):
    """Bytes that come within a while."""
    end, data = time.monotonic() + seconds, b''
    while True:
        left = end - time.monotonic()
        if left <= 0 or not select.select([url_socket], [], [], left)[0]:
            return data
        piece = url_socket.recv(65536)
        if not piece:
            return data
        data += piece
