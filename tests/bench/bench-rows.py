#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""10 to 100,000 journal rows and notes of one room: start, changes, reads."""
import os
import sqlite3
import statistics
import sys
import time

import bench
import dais_client
import dais_procs

SMOKE = bool(os.environ.get('DAIS_BENCH_SMOKE'))
os.environ.setdefault('DAIS', os.path.join(os.environ.get('DAIS_BUILD', '_build'), 'src', 'daemon', 'dais'))
FIRST = 10
COUNTS = (FIRST, 1000) if SMOKE else (FIRST, 1000, 10000, 100000)


def database(data):
    return next(os.path.join(where, name) for where, _, names in os.walk(data) for name in names
                if name.endswith('.db'))


def multiply(base, table, key, wanted):
    """Copies the rows that are there until there are as many as wanted."""
    names = [row[1] for row in base.execute(f'PRAGMA table_info({table})')]
    while True:
        have, top = base.execute(f'SELECT COUNT(*), MAX({key}) FROM {table}').fetchone()
        if have >= wanted:
            return top
        picked = ', '.join(f'{key} + {top}' if name == key else name for name in names)
        base.execute(f"INSERT INTO {table} ({', '.join(names)}) SELECT {picked} FROM {table} "
                     f'ORDER BY {key} LIMIT {wanted - have}')


def fill(daemon, count):
    """A room with so many notes, and as many rows in its journal."""
    assert daemon.post('/rooms', {'name': 'Hall'}).status == 201
    for number in range(FIRST):
        assert daemon.post('/room/hall/notes', {'text': f'note {number}'}).status == 200
    daemon.stop()
    base = sqlite3.connect(database(daemon.data))
    with base:
        multiply(base, 'notes', 'id', count)
        base.execute('UPDATE rooms SET rev = ?', (multiply(base, 'journal', 'rev', count),))
    base.close()


class Calls:
    """What is asked of a daemon, and that it was done."""

    def __init__(self, daemon):
        self.daemon, self.number = daemon, 0

    def change(self):
        self.number += 1
        answer = self.daemon.put('/room/hall/state', {'master': 1 + self.number % 100 / 100})
        assert answer.status == 200, answer

    def note(self):
        answer = self.daemon.post('/room/hall/notes', {'text': 'one more'})
        assert answer.status == 200, answer

    def read_state(self):
        assert self.daemon.get('/room/hall/state').status == 200

    def read_notes(self):
        assert self.daemon.get('/room/hall/notes').status == 200

    def watch(self):
        with self.daemon.watch('/room/hall/watch') as socket:
            socket.until('notes')

    def resume(self):
        """A watcher that was away for one change."""
        since = int(self.daemon.get('/room/hall/state').headers['ETag'].strip('"')) - 1
        with self.daemon.watch(f'/room/hall/watch?since={since}') as socket:
            socket.recv()


def times_of(daemon, call, times):
    """p50 of the answer in ms, and the daemon's processor time for one in ms."""
    call()
    seen, begin_cpu = [], dais_procs.cpu_seconds(daemon.process.pid)
    for _ in range(times):
        begin = time.monotonic()
        call()
        seen.append((time.monotonic() - begin) * 1000)
    return statistics.median(seen), (dais_procs.cpu_seconds(daemon.process.pid) - begin_cpu) / times * 1000


def measure(count):
    """{what: (value, unit)}"""
    seen = {}
    with dais_client.Daemon() as daemon:
        fill(daemon, count)
        starts = []
        for _ in range(3):
            begin = time.monotonic()
            daemon.start()
            starts.append((time.monotonic() - begin) * 1000)
            daemon.kill()
        seen['start and login'] = statistics.median(starts), 'ms'
        daemon.start()
        calls = Calls(daemon)
        for what, call, times in (('state change', calls.change, 30), ('note added', calls.note, 30),
                                  ('state read', calls.read_state, 30), ('all notes read', calls.read_notes, 5),
                                  ('watcher comes', calls.watch, 5), ('watcher comes back', calls.resume, 10)):
            wall, cpu = times_of(daemon, call, times)
            seen[what] = wall, 'ms'
            seen[what + ', processor time'] = cpu, 'ms'
        seen['memory'] = dais_procs.memory_kib(daemon.process.pid) / 1024, 'MiB'
    return seen


def bench_rows(table):
    first = {}
    for count in COUNTS:
        for what, (value, unit) in measure(count).items():
            table.row(f'{count:,} rows: {what}', value, floor=first.setdefault(what, value), unit=unit,
                      ratio_limit=count / FIRST if count > FIRST else None)


def main():
    table = bench.Table('rows', f'A growing journal and notebook (floor: {FIRST} rows; bound: nothing worse than linear)')
    return table.measure(bench_rows)


if __name__ == '__main__':
    sys.exit(main())
