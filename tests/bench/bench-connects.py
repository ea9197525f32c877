#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""10,000 connects and disconnects of every kind, polite and not: the daemon's
memory and descriptors afterwards are what they were before."""
import os
import sys
import time

import bench
import dais_client
import dais_procs

SMOKE = bool(os.environ.get('DAIS_BENCH_SMOKE'))
BUILD = os.environ.get('DAIS_BUILD', '_build')
os.environ.setdefault('DAIS', os.path.join(BUILD, 'src', 'daemon', 'dais'))
ROUNDS = 1000 if SMOKE else 10000
WARM = ROUNDS // 5


def ask(daemon):
    assert daemon.get('/rooms').status == 200


def ask_half(daemon):
    daemon.raw(b'GET /rooms HTTP/1.1\r\nHost: x\r\n').close()


def leave_unread(daemon):
    daemon.raw(f'GET /rooms HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {daemon.token}\r\n\r\n'.encode()).close()


def watch(daemon):
    socket = daemon.watch('/room/hall/watch')
    socket.until('notes')
    socket.close()


def watch_and_vanish(daemon):
    daemon.watch('/room/hall/watch').socket.close()


def socket_io(daemon):
    socket = daemon.watch('/socket.io/?EIO=4&transport=websocket', token=False)
    assert socket.recv_text().startswith('0{')
    socket.close()


def socket_io_and_vanish(daemon):
    daemon.watch('/socket.io/?EIO=4&transport=websocket', token=False).socket.close()


KINDS = (ask, ask_half, leave_unread, watch, watch_and_vanish, socket_io, socket_io_and_vanish)


def rounds(daemon, count):
    for number in range(count):
        KINDS[number % len(KINDS)](daemon)


def settled(daemon):
    """KiB and descriptors, once those that vanished are noticed."""
    time.sleep(2)
    pid = daemon.process.pid
    return dais_procs.memory_kib(pid), dais_procs.descriptors(pid)


def bench_connects(table):
    with dais_client.Daemon() as daemon:
        assert daemon.post('/rooms', {'name': 'Hall'}).status == 201
        rounds(daemon, WARM)
        before = settled(daemon)
        begin_cpu = dais_procs.cpu_seconds(daemon.process.pid)
        rounds(daemon, ROUNDS)
        cpu = dais_procs.cpu_seconds(daemon.process.pid) - begin_cpu
        after = settled(daemon)
    table.row('memory grown', after[0] - before[0], unit='KiB', limit=1024,
              note=f'from {before[0]:,} to {after[0]:,}, after {WARM:,} to warm up')
    table.row('descriptors grown', after[1] - before[1], unit='', limit=2, note=f'from {before[1]} to {after[1]}')
    table.row('processor time of one', cpu / ROUNDS * 1e6, unit='µs')


def main():
    table = bench.Table('connects', f'{ROUNDS:,} connects and disconnects of {len(KINDS)} kinds')
    return table.measure(bench_connects)


if __name__ == '__main__':
    sys.exit(main())
