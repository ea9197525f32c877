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
import subprocess
import sys

import bench

SMOKE = bool(os.environ.get('DAIS_BENCH_SMOKE'))
TOP = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get('DAIS_BUILD', '_build')).resolve()
COUNTS = [50] if SMOKE else [int(n) for n in os.environ.get('DAIS_BENCH_CLIENTS', '100 1000 5000').split()]
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


def main():
    ours = [BUILD / 'tests' / 'net' / 'echo-server', '--port', '0']
    ours_environment = {'PING_INTERVAL': '25000', 'PING_TIMEOUT': '20000', 'CONNECT_TIMEOUT': '45000'}
    folder = install()
    node = folder and ['node', TOP / 'tests' / 'clients' / 'socketio-peer.mjs']
    seconds = 1 if SMOKE else bench.SECONDS
    table = bench.Table('sockets', 'Socket.IO: one sender to N receivers; the floor is npm socket.io 4.8')
    for clients in COUNTS:
        idle = IDLE if clients == COUNTS[-1] else 0
        peer = measure(node, {'CLIENTS': str(folder)}, clients, seconds, idle) if node else None
        mine = measure(ours, ours_environment, clients, seconds, idle)

        def row(what, get, unit, **limits):
            table.row(f'{what}, N={clients}', get(mine), floor=get(peer) if peer else None, unit=unit, **limits)

        row('CPU per delivery, saturated', lambda m: 1e6 / m['saturated']['deliveries_per_cpu_s'], 'µs',
            ratio_limit=0.5)
        row('time per delivery, saturated', lambda m: 1e6 / m['saturated']['deliveries_per_s'], 'µs')
        row('p99, saturated', lambda m: m['saturated']['p99_ms'], 'ms', ratio_limit=0.5)
        row('p50 at 10,000/s', lambda m: m['steady']['p50_ms'], 'ms')
        row('p99 at 10,000/s', lambda m: m['steady']['p99_ms'], 'ms', ratio_limit=0.5)
        row('CPU at 10,000/s', lambda m: m['steady']['server_cores'], 'cores')
        row('memory per connection', lambda m: m['kib_per_connection'], 'KiB',
            limit=4 if clients >= 1000 else None)
        row('CPU to accept all', lambda m: m['accept_cpu_s'], 's', limit=max(1.0 * clients / 5000, 0.1))
        if idle:
            row('CPU while idle', lambda m: m['idle_cores'], 'cores', limit=0.01)
    return table.finish()


if __name__ == '__main__':
    sys.exit(main())
