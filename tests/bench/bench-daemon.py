#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The daemon: start, idle memory, idle rooms, and a cut through the whole
product."""
import json
import os
import statistics
import subprocess
import sys
import time

import bench
import dais_client
import dais_procs
from dais_media import wait_until
from dais_stage import Stage

SMOKE = bool(os.environ.get('DAIS_BENCH_SMOKE'))
os.environ.setdefault('DAIS', os.path.join(os.environ.get('DAIS_BUILD', '_build'), 'src', 'daemon', 'dais'))


def start_ms(daemon):
    """From exec to the line that says where it listens."""
    begin = time.monotonic()
    daemon.process = subprocess.Popen(
        [*daemon.command_line()], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
    line = daemon.process.stdout.readline()
    passed = (time.monotonic() - begin) * 1000
    assert json.loads(line)['url']
    return passed


def exec_ms():
    """The floor: a program of GLib that says its version and ends."""
    begin = time.monotonic()
    subprocess.run([dais_client.program(), 'version'], stdout=subprocess.DEVNULL, check=True)
    return (time.monotonic() - begin) * 1000


def bench_start(table):
    with dais_client.Daemon() as daemon:
        daemon.stop()
        times = []
        for _ in range(3 if SMOKE else 11):
            times.append(start_ms(daemon))
            time.sleep(0.3)
            memory = dais_procs.memory_kib(daemon.process.pid), dais_procs.private_kib(daemon.process.pid)
            idle = dais_procs.Meter([daemon.process.pid])
            daemon.stop()
        floor = statistics.median(exec_ms() for _ in range(11))
        table.row('start to listening, p50', statistics.median(times), floor=floor, unit='ms', limit=40,
                  note='floor: dais version; Janus 41 ms')
        daemon.start()
        time.sleep(1)
        idle.pids = [daemon.process.pid]
        idle.restart()
        time.sleep(bench.SECONDS)
        table.row('idle daemon', idle.cores(), unit='cores')
        memory = dais_procs.memory_kib(daemon.process.pid), dais_procs.private_kib(daemon.process.pid)
        table.row('memory idle (RSS)', memory[0] / 1024, unit='MiB', limit=20,
                  note=f'{memory[1] / 1024:.1f} MiB its own; Janus 21.6')


def cut_over_socket(stage, table):
    """A state message sent → the changed frame in a decoder at the end of WebM,
    and → its echo at another watcher."""
    with stage.watch('room-1') as eyes, stage.dais.watch('/room/room-1/watch') as operator, \
            stage.dais.watch('/room/room-1/watch') as other:
        eyes.wait_for_id(1, 30)
        for socket in (operator, other):
            socket.until('notes')
        seen, told, echoes = [], [], []
        for number in range(10 if SMOKE else 60):
            time.sleep(0.15 + 0.009 * (number % 7))
            ident = 2 - number % 2
            name = stage.camera_name(ident)
            begin = time.monotonic_ns()
            operator.send('state', {'video': name})
            message = other.until('state', where=lambda one, name=name: one['data']['video'] == name)
            echoes.append((time.monotonic_ns() - begin) / 1e6)
            told.append((message['data']['running_time'] - begin) / 1e6 + bench.LEAVES_MS)
            seen.append((eyes.wait_for_id(ident, 5) * 1000 - begin) / 1e6)
        summary = eyes.finish()
    table.row('cut: message → a frame of it leaves the mixer, p50', bench.percentile(told, 0.5), unit='ms')
    table.row('cut: message → a frame of it leaves the mixer, p99', bench.percentile(told, 0.99), unit='ms',
              limit=bench.CUT_MS, note='by the running time that the server tells; the disk included')
    table.row('cut: message → decoder at the end of WebM, p50', bench.percentile(seen, 0.5), unit='ms')
    table.row('cut: message → another watcher, p50', bench.percentile(echoes, 0.5), unit='ms')
    table.row('cut: message → another watcher, p99', bench.percentile(echoes, 0.99), unit='ms')
    table.row('torn frames in these cuts', summary.area()['torn'], unit='frames', limit=0)


def bench_cut(table):
    with Stage(cameras=2, rooms=1) as stage:
        cut_over_socket(stage, table)
        daemon = stage.dais.process.pid
        engines = stage.engines()
        wait_until(lambda: dais_procs.measure([engines['r-room-1']], 1) < 0.02, 'rest', 30)
        table.row('idle room behind the daemon', dais_procs.measure([engines['r-room-1']], bench.SECONDS),
                  unit='cores', limit=0.02)
        table.row('daemon with 2 streams and a room, nobody there', dais_procs.measure([daemon], bench.SECONDS),
                  unit='cores')
        for name, pid in sorted(engines.items()):
            print(f'# {name}: {dais_procs.memory_kib(pid) / 1024:.1f} MiB RSS, '
                  f'{dais_procs.private_kib(pid) / 1024:.1f} MiB own', file=sys.stderr)


def bench_idle_rooms(table):
    """What rooms cost that nobody looks at: pings, and no picture."""
    counts = (1, 10) if SMOKE else (1, 10, 50)
    first = None
    with dais_client.Daemon() as daemon:
        for count in counts:
            for number in range(len(daemon.get('/rooms').json), count):
                assert daemon.post('/rooms', {'name': f'Room {number + 1}'}).status == 201
            pids = [daemon.process.pid]
            dais_client.wait_for(lambda: len(dais_procs.children(pids[0])) >= count, f'{count} engines', 60)
            wait_until(lambda: dais_procs.measure(pids + dais_procs.children(pids[0]), 1) < 0.02 + 0.002 * count,
                       'rest', 60)
            cores = dais_procs.measure(pids + dais_procs.children(pids[0]), max(bench.SECONDS, 3))
            first = first or cores
            table.row(f'{count} idle rooms, daemon and engines', cores, floor=first * count, unit='cores',
                      limit=0.02 * count, note=f'floor: {count} × one')


def main():
    table = bench.Table('daemon', 'The daemon: start, memory, idle rooms, a cut end to end')
    return table.measure(bench_start, bench_cut, bench_idle_rooms)


if __name__ == '__main__':
    sys.exit(main())
