#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""/rooms with 50 rooms and other lists, token checked, under wrk, against a bare
libsoup handler that returns the same bytes; alone and beside 5,000 idle watch
sockets. The server runs on the first core, wrk on the second."""
import functools
import os
import re
import shutil
import statistics
import subprocess
import sys

import bench
import dais_client
import dais_procs

SMOKE = bool(os.environ.get('DAIS_BENCH_SMOKE'))
BUILD = os.environ.get('DAIS_BUILD', '_build')
os.environ.setdefault('DAIS', os.path.join(BUILD, 'src', 'daemon', 'dais'))
ROOMS = 50
IDLE = 500 if SMOKE else 5000
CONNECTIONS = 16
UNITS = {'us': 1e-3, 'ms': 1, 's': 1e3}
CORES = sorted(os.sched_getaffinity(0))


class Bare:
    """The floor: libsoup, a handler, the bytes of the answer."""

    def __init__(self, *files):
        self.process = subprocess.Popen(
            [os.path.join(BUILD, 'tests', 'bench', 'bare-server'), *files],
            stdout=subprocess.PIPE, text=True, preexec_fn=dais_procs.die_with_parent)
        self.url = f'http://127.0.0.1:{int(self.process.stdout.readline())}'
        os.sched_setaffinity(self.process.pid, {CORES[0]})

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()


def wrk(server, token, path='/rooms', seconds=None):
    """µs and µs of processor time a request, and the 99th percentile in ms."""
    begin = dais_procs.cpu_seconds(server.process.pid)
    out = subprocess.run(
        ['taskset', '-c', str(CORES[-1]), 'wrk', '-t1', f'-c{CONNECTIONS}', '--latency',
         f'-d{max(1, round(seconds or bench.SECONDS))}s', '-H', f'Authorization: Bearer {token}',
         server.url + path], capture_output=True, text=True, check=True).stdout
    used = dais_procs.cpu_seconds(server.process.pid) - begin
    assert 'Non-2xx' not in out and 'Socket errors' not in out, out
    amount, unit = re.search(r'99%\s+([\d.]+)(us|ms|s)', out).groups()
    rate = float(re.search(r'Requests/sec:\s+([\d.]+)', out).group(1))
    count = int(re.search(r'(\d+) requests in', out).group(1))
    return 1e6 / rate, used / count * 1e6, float(amount) * UNITS[unit]


def middle(figures, which):
    return statistics.median(figure[which] for figure in figures)


def wait_for_rest(daemon):
    """The rooms' engines have started."""
    pid = daemon.process.pid
    dais_client.wait_for(lambda: dais_procs.measure([pid, *dais_procs.children(pid)], 0.5) < 0.05,
                         'rest after 50 rooms were made', 60)


def save_answer(daemon, path):
    """Files with the body and the header lines of the answer to path."""
    answer = daemon.get(path)
    assert answer.status == 200, answer
    files = [os.path.join(daemon.folder, name) for name in ('body', 'head')]
    with open(files[0], 'wb') as file:
        file.write(answer.body)
    with open(files[1], 'w', encoding='latin-1') as file:
        file.writelines(f'{name}: {value}\n' for name, value in answer.headers.items())
    return files, answer.body


def against_bare(daemon, path, rounds):
    """What wrk sees of ours, of libsoup with the same body, and of libsoup with the
    same header lines too, in turns; and the size of the body."""
    files, body = save_answer(daemon, path)
    seen = [], [], []
    with Bare(files[0]) as plain, Bare(*files) as whole:
        servers = daemon, plain, whole
        for server in servers:
            wrk(server, daemon.token, path, 1)
        for _ in range(rounds):
            for server, figures in zip(servers, seen):
                figures.append(wrk(server, daemon.token, path))
    return *seen, len(body)


def bench_rate(table, daemon):
    ours, plain, whole, size = against_bare(daemon, '/rooms', 2 * bench.ROUNDS - 1)
    rates = [1e6 / middle(figures, 0) for figures in (ours, whole, plain)]
    table.row('/rooms: a request', middle(ours, 0), floor=middle(whole, 0), unit='µs', ratio_limit=1 / 0.9,
              note=f'{rates[0]:,.0f} to {rates[1]:,.0f} requests/s = {rates[0] / rates[1]:.2f}, {size:,} bytes; '
              f'without the header lines the floor has {rates[2]:,.0f}')
    table.row('/rooms: its processor time', middle(ours, 1), floor=middle(whole, 1), unit='µs', ratio_limit=1 / 0.9)
    table.row(f'/rooms: p99 of {CONNECTIONS} connections at full load', middle(ours, 2), floor=middle(whole, 2),
              unit='ms')


def bench_lists(table, daemon):
    """Other lists that grow."""
    for number in range(20):
        daemon.post('/streams', {'name': f'Stream {number}', 'uri': 'test:ball'})
    for _ in range(10):
        daemon.post('/room/room-1/notes', [{'text': f'note {number}'} for number in range(100)])
    wait_for_rest(daemon)
    for path, what in (('/streams', '20 streams'), ('/room/room-1/notes', '1,000 notes'),
                       ('/room/room-1/state', 'a state')):
        ours, _, whole, size = against_bare(daemon, path, 1)
        table.row(f'{path}: processor time of a request', middle(ours, 1), floor=middle(whole, 1), unit='µs',
                  ratio_limit=1 / 0.9, note=f'{what}, {size:,} bytes')


def bench_beside(table, daemon):
    crowd = subprocess.Popen(
        [os.path.join(BUILD, 'tests', 'bench', 'watchers'), '--count', str(IDLE), daemon.host, str(daemon.port),
         f'/room/room-1/watch?access_token={daemon.token}'],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, preexec_fn=dais_procs.die_with_parent)
    assert crowd.stdout.readline().strip() == 'ready'
    seen = [wrk(daemon, daemon.token) for _ in range(bench.ROUNDS)]
    crowd.stdin.close()
    crowd.wait()
    table.row(f'/rooms: p99 beside {IDLE:,} idle sockets', middle(seen, 2), unit='ms', limit=10,
              note=f'{1e6 / middle(seen, 0):,.0f} requests/s')


def main():
    table = bench.Table('http', f'Lists as JSON, token checked, under wrk; {ROOMS} rooms (floor: bare libsoup, same bytes)')
    if not shutil.which('wrk'):
        print('wrk is not installed: nothing measured')
        return 77
    with dais_client.Daemon() as daemon:
        os.sched_setaffinity(daemon.process.pid, {CORES[0]})
        for number in range(1, ROOMS + 1):
            assert daemon.post('/rooms', {'name': f'Room {number}'}).status == 201
        wait_for_rest(daemon)
        parts = (bench_rate, bench_beside) if SMOKE else (bench_rate, bench_beside, bench_lists)
        return table.measure(*(functools.partial(part, daemon=daemon) for part in parts))


if __name__ == '__main__':
    sys.exit(main())
