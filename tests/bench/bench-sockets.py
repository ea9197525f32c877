#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Socket.IO against npm socket.io on Node, in turns: one sender to N WebSocket
receivers in a room, what a connection costs, and 5,000 idle ones. The server
runs on the first core, the load on the second."""
import importlib.util
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys

import bench

SMOKE = bool(os.environ.get('DAIS_BENCH_SMOKE'))
TOP = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get('DAIS_BUILD', '_build')).resolve()
COUNTS = [100, 1000] if SMOKE else [int(n) for n in os.environ.get('DAIS_BENCH_CLIENTS', '100 1000 5000').split()]
IDLE = 1 if SMOKE else float(os.environ.get('DAIS_BENCH_IDLE', '26'))


def install():
    """The folder with the npm packages, or None."""
    spec = importlib.util.spec_from_file_location('run', TOP / 'tests' / 'clients' / 'run.py')
    run = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(run)
    folder = BUILD / 'tests' / 'clients'
    if shutil.which('npm') and shutil.which('node') and run.install(folder):
        return folder
    return None


def pinned(core, command):
    cores = sorted(os.sched_getaffinity(0))
    return ['taskset', '-c', str(cores[core % len(cores)]), *map(str, command)]


def measure(command, environment, clients, seconds, idle):
    server = subprocess.Popen(pinned(0, command), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                              env={**os.environ, **environment}, text=True)
    try:
        port = server.stdout.readline().strip().rsplit(':', 1)[1]
        load = [BUILD / 'tests' / 'bench' / 'socket-load', '--port', port, '--pid', server.pid,
                '--clients', clients, '--outstanding', 2 if clients >= 5000 else 4,
                '--seconds', seconds, '--idle', idle]
        out = subprocess.run(pinned(1, load), capture_output=True, text=True, timeout=300)
        if out.returncode != 0:
            raise RuntimeError(f'{command[0]}: {out.stderr}')
        return json.loads(out.stdout)
    finally:
        server.kill()
        server.wait()


def in_the_middle(results):
    """One result of several: the median of each figure. Only the first was idle."""
    if isinstance(results[0], dict):
        return {key: in_the_middle([result[key] for result in results if key in result]) for key in results[0]}
    return statistics.median(results)


def measure_both(clients):
    """(ours, theirs or None), measured in turns."""
    ours = [BUILD / 'tests' / 'net' / 'echo-server', '--port', '0']
    ours_environment = {'PING_INTERVAL': '25000', 'PING_TIMEOUT': '20000', 'CONNECT_TIMEOUT': '45000'}
    folder = install()
    node = ['node', TOP / 'tests' / 'clients' / 'socketio-peer.mjs']
    seconds = 1 if SMOKE else bench.SECONDS
    idle = IDLE if clients == COUNTS[-1] else 0
    mine, theirs = [], []
    for number in range(bench.ROUNDS):
        if folder:
            theirs.append(measure(node, {'CLIENTS': str(folder)}, clients, seconds, idle if number == 0 else 0))
        mine.append(measure(ours, ours_environment, clients, seconds, idle if number == 0 else 0))
    return [in_the_middle(results) if results else None for results in (mine, theirs)]


def bench_load(table, clients, mine, peer):
    def row(what, get, unit, **limits):
        table.row(f'{what}, N={clients}', get(mine), floor=get(peer) if peer else None, unit=unit, **limits)

    row('CPU a delivery, saturated', lambda m: 1e6 / m['saturated']['deliveries_per_cpu_s'], 'µs', ratio_limit=0.5,
        note=f"{mine['saturated']['deliveries_per_cpu_s']:,.0f} deliveries a CPU-second")
    row('CPU a delivery, at 10,000/s', lambda m: 1e6 / m['steady']['deliveries_per_cpu_s'], 'µs',
        note='nearly all of it is the kernel, waking one receiver after the other')
    row('time a delivery, saturated', lambda m: 1e6 / m['saturated']['deliveries_per_s'], 'µs')
    row('p99, saturated', lambda m: m['saturated']['p99_ms'], 'ms', ratio_limit=0.5)
    row('p50 at 10,000/s', lambda m: m['steady']['p50_ms'], 'ms')
    row('p99 at 10,000/s', lambda m: m['steady']['p99_ms'], 'ms', ratio_limit=0.5)
    row('memory of an idle connection', lambda m: m['kib_per_connection'], 'KiB',
        limit=4 if clients >= 1000 else None)
    row('CPU to accept all', lambda m: m['accept_cpu_s'], 's', limit=1.0 if clients == 5000 else None)
    if 'idle_cores' in mine:
        row('CPU while idle', lambda m: m['idle_cores'], 'cores', limit=0.01)


def bench_sockets(table):
    for clients in COUNTS:
        bench_load(table, clients, *measure_both(clients))


def main():
    table = bench.Table('sockets', 'Socket.IO: one sender to N receivers; the floor is npm socket.io 4.8')
    return table.measure(bench_sockets)


if __name__ == '__main__':
    sys.exit(main())
