#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Viewers of one stream over TLS, where the daemon relays: against nginx that
ends TLS in front of the plain listener, and beside plain viewers."""
import asyncio
import json
import os
import shutil
import ssl
import subprocess
import sys
import time

import bench
import dais_client
import dais_procs
import dais_senders as senders
from dais_media import BUILD, ENGINE, Process, Sender, free_port, wait_until

SMOKE = bool(os.environ.get('DAIS_BENCH_SMOKE'))
COUNTS = (1, 50) if SMOKE else (1, 10, 100)
NGINX = '''
daemon off; master_process off; error_log stderr crit; pid {folder}/pid;
events {{ worker_connections 2048; }}
http {{
  access_log off; client_body_temp_path {folder}/a; proxy_temp_path {folder}/b; fastcgi_temp_path {folder}/c;
  uwsgi_temp_path {folder}/d; scgi_temp_path {folder}/e;
  server {{
    listen 127.0.0.1:{port} ssl; ssl_certificate {folder}/cert.pem; ssl_certificate_key {folder}/key.pem;
    location / {{ proxy_pass {plain}; proxy_http_version 1.1; proxy_buffering off; proxy_set_header Host $http_host; }}
  }}
}}
'''


class Crowd(asyncio.Protocol):
    """A viewer that throws away what it gets."""
    counted, served, closed = 0, 0, 0

    def __init__(self, request):
        self.request, self.got = request, 0

    def connection_made(self, transport):
        transport.write(self.request)

    def data_received(self, data):
        Crowd.served += self.got == 0
        self.got += len(data)
        Crowd.counted += len(data)

    def connection_lost(self, exc):
        Crowd.closed += 1


async def watch(port, path, count, seconds, secure):
    """The child process: says "counting" when all are served, then what came."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    request = f'GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n'.encode()
    loop = asyncio.get_running_loop()
    for _ in range(count):
        await loop.create_connection(lambda: Crowd(request), '127.0.0.1', port, ssl=context if secure else None)
    await asyncio.sleep(2)
    print('counting', flush=True)
    begin, before = time.monotonic(), Crowd.counted
    await asyncio.sleep(seconds)
    passed = time.monotonic() - begin
    print(json.dumps({'served': Crowd.served, 'closed': Crowd.closed,
                      'bits_per_second': (Crowd.counted - before) * 8 / passed / count}), flush=True)


def crowd_cores(port, path, count, pids, secure=True):
    with subprocess.Popen([sys.executable, __file__, 'watch', str(port), path, str(count), str(bench.SECONDS),
                           str(int(secure))], stdout=subprocess.PIPE, text=True,
                          preexec_fn=dais_procs.die_with_parent) as crowd:
        said = crowd.stdout.readline().strip()
        assert said == 'counting', said
        cores = [dais_procs.Meter([pid]) for pid in pids]
        seen = json.loads(crowd.stdout.readline())
        cores = [meter.cores() for meter in cores]
    assert seen['served'] == count and not seen['closed'], seen
    return cores, seen


def make_certificate(folder):
    subprocess.run(['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes',
                    '-keyout', f'{folder}/key.pem', '-out', f'{folder}/cert.pem', '-days', '2', '-subj',
                    '/CN=127.0.0.1'], check=True, capture_output=True)


class Nginx(Process):
    def __init__(self, folder, plain):
        self.port = free_port()
        with open(os.path.join(folder, 'nginx.conf'), 'w', encoding='utf-8') as file:
            file.write(NGINX.format(folder=folder, port=self.port, plain=plain))
        super().__init__(['nginx', '-p', folder, '-c', os.path.join(folder, 'nginx.conf')])
        wait_until(lambda: senders.listens(self.port) or not self.is_running(), 'nginx')
        assert self.is_running(), self.said


class Hall:
    """A daemon with a secure and a plain address, and one room on one camera."""

    def __enter__(self):
        os.environ.setdefault('DAIS', os.path.join(BUILD, 'src', 'daemon', 'dais'))
        os.environ.setdefault('DAIS_ENGINE', ENGINE)
        self.secure = free_port()
        self.dais = dais_client.Daemon(start=False)
        make_certificate(self.dais.folder)
        feed = os.path.join(self.dais.folder, 'camera')
        self.camera = Sender(1, f'video. ! queue ! daiswiresink path={feed} sync=false', '--no-audio',
                             '--pattern', 'smpte')
        self.dais.arguments = [
            '--listen', 'http://127.0.0.1:0', '--listen', f'https://127.0.0.1:{self.secure}', '--tls-certificate',
            f'{self.dais.folder}/cert.pem', '--tls-key', f'{self.dais.folder}/key.pem']
        self.dais.start()
        self.dais.post('/streams', {'name': 'Cam', 'uri': f'wire:{feed}'})
        self.dais.post('/rooms', {'name': 'Hall'})
        self.dais.put('/room/hall/state', {'video': 'Cam'})
        wait_until(lambda: self.dais.get('/streaming/mixed/hall.jpg').status == 200, 'the picture')
        self.path = f'/streaming/mixed/hall.webm?access_token={self.dais.token}'
        return self

    def __exit__(self, *_):
        self.dais.__exit__()
        self.camera.end()

    def engine(self):
        return next(pid for pid, line in self.dais.engines().items() if '/e/r-hall' in line)


def bench_viewers(table):
    with Hall() as hall:
        pids = [hall.dais.process.pid, hall.engine()]
        ours = {count: crowd_cores(hall.secure, hall.path, count, pids) for count in COUNTS}
        plain = crowd_cores(hall.dais.port, hall.path, COUNTS[-1], pids, secure=False)
        peer = {}
        if shutil.which('nginx'):
            with Nginx(hall.dais.folder, hall.dais.url) as nginx:
                peer = {count: crowd_cores(nginx.port, hall.path, count, [nginx.pid]) for count in COUNTS}
    for count in COUNTS:
        (daemon, _), seen = ours[count]
        table.row(f'{count} viewers over TLS: the daemon', daemon, floor=peer[count][0][0] if peer else None,
                  unit='cores',
                  note=f"floor: nginx before it; {seen['bits_per_second'] / 1e6:.2f} Mbit/s each")
    table.row(f'{COUNTS[-1]} viewers: the engine', ours[COUNTS[-1]][0][1], floor=plain[0][1], unit='cores',
              note='floor: plain viewers')
    table.row(f'{COUNTS[-1]} viewers, plain: the daemon', plain[0][0], unit='cores')


def main():
    if sys.argv[1:2] == ['watch']:
        port, path, count, seconds, secure = sys.argv[2:]
        asyncio.run(watch(int(port), path, int(count), float(seconds), secure == '1'))
        return 0
    table = bench.Table('tls', 'Viewers of one WebM over TLS, which the daemon relays')
    return table.measure(bench_viewers)


if __name__ == '__main__':
    sys.exit(main())
