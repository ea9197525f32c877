#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""1 to 1,000 viewers of one stream: cost of our fan-out's thread, beside that of
GStreamer's multisocketsink and beside icecast2, all fed with the same 2 Mbit/s
picture and sound."""
import os
import shutil
import sys
import threading

import bench
from dais_media import (OPUS, Door, Room, Runtime, Sender, free_port, wait_until, webm)
import dais_procs
import dais_senders as senders

COUNTS = (1, 100, 500) if os.environ.get('DAIS_BENCH_SMOKE') else (1, 10, 100, 500, 1000)
RATE = 2e6
OURS, BARE = 'hall-webm', 'multihandlesink' # the threads that write to the viewers
VP8 = ('queue ! vp8enc deadline=1 cpu-used=16 threads=1 target-bitrate=2000000 end-usage=cbr '
       'keyframe-max-dist=60')


class BareDoor:
    """multisocketsink behind a python acceptor: GStreamer's own fan-out."""

    def __init__(self):
        import socket  # pylint: disable=import-outside-toplevel
        import gi  # pylint: disable=import-outside-toplevel
        gi.require_version('Gst', '1.0')
        from gi.repository import Gio, Gst  # pylint: disable=import-outside-toplevel
        self.gio = Gio
        Gst.init(None)
        self.pipeline = Gst.parse_launch(
            'videotestsrc is-live=true pattern=smpte ! video/x-raw,format=I420,width=1280,height=720,framerate=30/1 '
            f'! {VP8} ! m. audiotestsrc is-live=true ! {OPUS} ! m. webmmux streamable=true name=m '
            '! multisocketsink name=s sync-method=latest-keyframe recover-policy=keyframe unit-format=time '
            'units-soft-max=4000000000 units-max=8000000000 sync=false async=false')
        self.sink = self.pipeline.get_by_name('s')
        self.pipeline.set_state(Gst.State.PLAYING)
        self.listener = socket.create_server(('127.0.0.1', 0), backlog=1024)
        self.port = self.listener.getsockname()[1]
        self.kept = []
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            connection, _ = self.listener.accept()
            connection.recv(4096)
            connection.sendall(b'HTTP/1.1 200 OK\r\nContent-Type: video/webm\r\n\r\n')
            handed = self.gio.Socket.new_from_fd(connection.detach())
            self.kept.append(handed)
            self.sink.emit('add', handed)


def serve_bare():
    """The child process of the floor: prints its port, serves until killed."""
    door = BareDoor()
    print(door.port, flush=True)
    threading.Event().wait()


def measure_ours(results):
    with Runtime() as folder:
        os.makedirs(os.path.join(folder, 'w'))
        base = os.path.join(folder, 'w', 'c1')
        with Sender(1, f'video. ! queue ! daiswiresink path={base}.v sync=false audio. ! queue ! daiswiresink '
                       f'path={base}.a sync=false', '--pattern', 'smpte'), Room('hall', folder, ['c1']) as room, Door(room) as door:
            room.apply(scene='full', video='c1', audio='c1')
            for count in COUNTS:
                results[count] = bench.crowd_cores(door.url(), count, [room.pid], thread=OURS)
                memory = dais_procs.memory_kib(room.pid)
                print(f'# ours, {count} viewers: {results[count][0]:.3f} cores, {memory >> 10} MiB, '
                      f'{results[count][1]}', file=sys.stderr)


def measure_bare(results):
    import subprocess  # pylint: disable=import-outside-toplevel
    child = subprocess.Popen([sys.executable, os.path.abspath(__file__), 'bare'], stdout=subprocess.PIPE, text=True)
    try:
        port = int(child.stdout.readline())
        for count in COUNTS:
            results[count] = bench.crowd_cores(f'http://127.0.0.1:{port}/', count, [child.pid],
                                               thread=BARE)
    finally:
        child.kill()
        child.wait()


def measure_icecast(results):
    if not shutil.which('icecast2'):
        return
    with Runtime() as folder:
        port = free_port()
        with senders.http_webm_icecast(1, port, folder, '--pattern', 'smpte') as pair:
            wait_until(lambda: senders.listens(port), 'icecast2')
            import time  # pylint: disable=import-outside-toplevel
            time.sleep(3)
            pids = [int(pid) for pid in [pair.server.pid]]
            for count in COUNTS:
                results[count] = bench.crowd_cores(f'http://127.0.0.1:{port}/cam.webm', count, pids)


def cost(results, count):
    """Cores, as if exactly 2 Mbit/s had come."""
    cores, seen = results[count]
    return cores * RATE / seen['bits_per_second']


def bench_viewers(table):
    ours, bare, icecast = {}, {}, {}
    measure_ours(ours)
    measure_bare(bare)
    measure_icecast(icecast)
    for count in COUNTS:
        peers = {'icecast2': cost(icecast, count)} if icecast else {}
        seen = ours[count][1]
        served = (f"{int(seen['served'])} served, {seen['bits_per_second'] / 1e6:.2f} Mbit/s each "
                  f"(least {seen['least_bits_per_second'] / 1e6:.2f})")
        table.row(f'{count} viewers', cost(ours, count), floor=cost(bare, count), unit='cores',
                  limit=0.15 if count == 500 else None, note=served, peers=peers)
    most, some = COUNTS[-1], COUNTS[-2]
    table.row(f'one of {most} viewers', cost(ours, most) / most * 1e6, floor=cost(ours, some) / some * 1e6,
              unit='µs/s', ratio_limit=1.25, note=f'floor: one of {some}: no worse than linear')


def main():
    if sys.argv[1:] == ['bare']:
        return serve_bare()
    table = bench.Table('viewers', 'Viewers of one 2 Mbit/s WebM: the fan-out alone, without the encoder '
                                   '(floor: multisocketsink)')
    return table.measure(bench_viewers)


if __name__ == '__main__':
    sys.exit(main())
