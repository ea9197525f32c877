#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""10 to 5,000 watch sockets on one room whose state changes ten times a second:
how long until the last one knows, what it costs, what it sends; and idle ones."""
import os
import subprocess
import sys
import time
import urllib.parse

import bench
import dais_client
import dais_procs

SMOKE = bool(os.environ.get('DAIS_BENCH_SMOKE'))
BUILD = os.environ.get('DAIS_BUILD', '_build')
os.environ.setdefault('DAIS', os.path.join(BUILD, 'src', 'daemon', 'dais'))
RATE = 10 # changes a second
COUNTS = (10, 500) if SMOKE else (10, 100, 1000, 5000)


def start_crowd(daemon, count):
    path = '/room/hall/watch?' + urllib.parse.urlencode({'access_token': daemon.token})
    crowd = subprocess.Popen([os.path.join(BUILD, 'tests', 'bench', 'watchers'), '--count', str(count),
                              daemon.host, str(daemon.port), path], stdin=subprocess.PIPE,
                             stdout=subprocess.PIPE, text=True, preexec_fn=dais_procs.die_with_parent)
    answer = crowd.stdout.readline().strip()
    assert answer == 'ready', answer
    return crowd


def change(daemon, seconds):
    """Ten changes a second over a watch socket; rev → when it was sent (µs)."""
    sent = {}
    with daemon.watch('/room/hall/watch') as operator:
        operator.until('notes')
        end = time.monotonic() + seconds
        number = 0
        while time.monotonic() < end:
            tick = time.monotonic()
            number += 1
            operator.send('state', {'master': 1 + number % 100 / 100}, id=number)
            begin = time.monotonic_ns() // 1000
            message = operator.until('state')
            sent[message['rev']] = begin
            time.sleep(max(0, tick + 1 / RATE - time.monotonic()))
    return sent


def one(daemon, count):
    pid = daemon.process.pid
    before = dais_procs.memory_kib(pid)
    begin_cpu = dais_procs.cpu_seconds(pid)
    crowd = start_crowd(daemon, count)
    accepted = dais_procs.cpu_seconds(pid) - begin_cpu
    idle = dais_procs.measure([pid], bench.SECONDS)
    memory = (dais_procs.memory_kib(pid) - before) / count
    meter = dais_procs.Meter([pid])
    sent = change(daemon, max(bench.SECONDS, 3))
    busy = meter.cores()
    time.sleep(0.5)
    crowd.stdin.close()
    waits, sizes = [], []
    for line in crowd.stdout:
        rev, _, last, size = (int(word) for word in line.split())
        if rev in sent:
            waits.append((last - sent[rev]) / 1000)
            sizes.append(size)
    crowd.wait()
    assert len(waits) >= len(sent) * 0.9, f'{len(waits)} of {len(sent)} changes reached all {count}'
    time.sleep(1)
    return {'idle': idle, 'busy': busy, 'p50': bench.percentile(waits, 0.5), 'p99': bench.percentile(waits, 0.99),
            'bytes': sum(sizes) / len(sizes), 'memory': memory, 'accept': accepted}


def bench_watchers(table):
    each = {}
    with dais_client.Daemon() as daemon:
        assert daemon.post('/rooms', {'name': 'Hall'}).status == 201
        for count in COUNTS:
            seen = one(daemon, count)
            each[count] = seen['busy'] / count / RATE * 1e6
            note = f"{seen['bytes']:.0f} bytes a change and socket"
            table.row(f'{count:,} sockets: change → last watcher, p50', seen['p50'], unit='ms', note=note)
            table.row(f'{count:,} sockets: change → last watcher, p99', seen['p99'], unit='ms')
            table.row(f'{count:,} sockets: daemon while it changes', seen['busy'], unit='cores')
            table.row(f'{count:,} sockets: processor time a delivery', each[count], floor=each[COUNTS[0]], unit='µs',
                      ratio_limit=1 if count > COUNTS[0] else None,
                      note=f'floor: with {COUNTS[0]}; no worse than linear' if count > COUNTS[0] else '')
            table.row(f'{count:,} sockets: daemon idle', seen['idle'], unit='cores', limit=0.01)
            table.row(f'{count:,} sockets: memory each', seen['memory'], unit='KiB',
                      limit=4 if count >= 1000 else None)
            table.row(f'{count:,} sockets: processor time to accept them', seen['accept'], unit='s',
                      limit=1 if count == 5000 else None)


def main():
    table = bench.Table('watchers', 'Watch sockets on one room, ten changes a second')
    return table.measure(bench_watchers)


if __name__ == '__main__':
    sys.exit(main())
