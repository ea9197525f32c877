# SPDX-License-Identifier: LGPL-2.1-or-later
"""Every kind of camera that a network may hold, from Debian's packages. Each is
a function (ident, port, folder) that gives a running sender; called again with
the same port after a kill -9 it stands in for a camera that came back."""
import base64
import os
import shutil
import socket
import ssl
import subprocess
import threading
import time

from dais_media import (AAC, H264, OPUS, FedBy, Process, RtspSender, Sender, mpegts, wait_until,
                        webm)

FFMPEG = ['ffmpeg', '-hide_banner', '-loglevel', 'error', '-nostdin', '-fflags', 'nobuffer',
          '-probesize', '200k', '-analyzeduration', '500000']


def rtsp(ident, port, folder):
    return RtspSender(ident, port)


def srt_listens(ident, port, folder):
    return Sender(ident, mpegts() + f' ! srtsink uri=srt://127.0.0.1:{port}?mode=listener '
                                    'wait-for-connection=false latency=50')


def srt_calls(ident, port, folder):
    return Sender(ident, mpegts() + f' ! srtsink uri=srt://127.0.0.1:{port}?mode=caller '
                                    'wait-for-connection=false latency=50')


def srt_live_transmit(ident, port, folder):
    """srt-tools' own program between, fed by UDP."""
    udp = port + 1 if port < 65535 else port - 1
    return Pair(Process(['srt-live-transmit', '-q', f'udp://127.0.0.1:{udp}',
                         f'srt://127.0.0.1:{port}?mode=caller']),
                Sender(ident, mpegts() + f' ! udpsink host=127.0.0.1 port={udp}'))


def udp_ffmpeg(ident, port, folder):
    return FedBy(ident, mpegts(), [*FFMPEG, '-f', 'mpegts', '-i', 'pipe:0', '-c', 'copy',
                                   '-f', 'mpegts', '-flush_packets', '1',
                                   f'udp://127.0.0.1:{port}?pkt_size=1316'])


def http_ts_ffmpeg(ident, port, folder):
    return FedBy(ident, mpegts(), [*FFMPEG, '-f', 'mpegts', '-i', 'pipe:0', '-c', 'copy',
                                   '-f', 'mpegts', '-flush_packets', '1', '-listen', '1',
                                   '-content_type', 'video/mp2t', f'http://127.0.0.1:{port}/cam.ts'])


def http_mjpeg_ffmpeg(ident, port, folder):
    tail = 'video. ! queue ! jpegenc quality=80 ! matroskamux streamable=true'
    return FedBy(ident, tail, [*FFMPEG, '-f', 'matroska', '-i', 'pipe:0', '-c', 'copy',
                               '-f', 'mpjpeg', '-flush_packets', '1', '-listen', '1', '-content_type',
                               'multipart/x-mixed-replace;boundary=ffmpeg',
                               f'http://127.0.0.1:{port}/cam.mjpg'], '--no-audio')


def http_matroska_ffmpeg(ident, port, folder):
    return FedBy(ident, mpegts(), [*FFMPEG, '-f', 'mpegts', '-i', 'pipe:0', '-c:v', 'copy',
                                   '-c:a', 'aac', '-f', 'matroska', '-flush_packets', '1', '-listen', '1',
                                   '-content_type', 'video/x-matroska',
                                   f'http://127.0.0.1:{port}/cam.mkv'])


class Pair:
    """A server and what publishes to it; both are killed together."""

    def __init__(self, server, publisher):
        self.server, self.publisher = server, publisher

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()

    def kill(self):
        self.publisher.kill()
        self.server.kill()

    def end(self):
        self.publisher.end()
        self.server.end()

    def signal(self, number):
        self.publisher.signal(number)
        self.server.signal(number)


def listens(port):
    """Looked up, not tried: a try would take the one place of some servers."""
    wanted = f':{port:04X}'
    with open('/proc/net/tcp', encoding='ascii') as file:
        return any(line.split()[1].endswith(wanted) and line.split()[3] == '0A'
                   for line in file.readlines()[1:])


ICECAST = """<icecast>
 <limits><clients>1200</clients><sources>4</sources><queue-size>1048576</queue-size>
  <burst-on-connect>0</burst-on-connect></limits>
 <authentication><source-password>x</source-password><admin-user>a</admin-user>
  <admin-password>x</admin-password></authentication>
 <hostname>localhost</hostname>
 <listen-socket><port>{port}</port><bind-address>127.0.0.1</bind-address></listen-socket>
 <paths><basedir>{folder}</basedir><logdir>{folder}</logdir><webroot>{folder}</webroot>
  <adminroot>{folder}</adminroot></paths>
 <logging><accesslog>access</accesslog><errorlog>error</errorlog><loglevel>1</loglevel></logging>
 <security><chroot>0</chroot>{owner}</security>
</icecast>
"""


def icecast_server(port, folder):
    """icecast2 alone; a source logs in with the password x."""
    folder = os.path.join(folder, f'icecast-{port}')
    os.makedirs(folder, exist_ok=True)
    owner = ''
    if os.getuid() == 0:
        owner = '<changeowner><user>nobody</user><group>nogroup</group></changeowner>'
        # the folders above are the test's own; nobody must pass through them
        for path in (os.path.dirname(folder), folder):
            os.chmod(path, 0o755)
        shutil.chown(folder, 'nobody', 'nogroup')
    path = os.path.join(folder, 'icecast.xml')
    with open(path, 'w', encoding='utf-8') as file:
        file.write(ICECAST.format(port=port, folder=folder, owner=owner))
    server = Process(['icecast2', '-c', path])
    wait_until(lambda: listens(port) or not server.is_running(), 'icecast2')
    return server


def http_webm_icecast(ident, port, folder, *options):
    server = icecast_server(port, folder)
    return Pair(server, FedBy(ident, webm(), [
        *FFMPEG, '-f', 'matroska', '-i', 'pipe:0', '-c', 'copy', '-f', 'webm', '-flush_packets', '1',
        '-cluster_time_limit', '200', '-content_type', 'video/webm',
        f'icecast://source:x@127.0.0.1:{port}/cam.webm'], *options))


NGINX = """daemon off;
pid {folder}/pid;
error_log stderr warn;
{modules}
events {{ worker_connections 64; }}
rtmp {{ server {{ listen 127.0.0.1:{port}; application live {{ live on; }} }} }}
"""


def rtmp_module():
    """Where Debian keeps nginx's RTMP module, None when it is not there."""
    for folder in ('/usr/lib/nginx/modules', '/usr/share/nginx/modules'):
        path = os.path.join(folder, 'ngx_rtmp_module.so')
        if os.path.exists(path):
            return path
    return None


def rtmp_nginx(ident, port, folder):
    """nginx with the RTMP module as the server, ffmpeg as the publisher."""
    folder = os.path.join(folder, f'nginx-{port}')
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, 'conf'), 'w', encoding='utf-8') as file:
        file.write(NGINX.format(folder=folder, port=port, modules=f'load_module {rtmp_module()};'))
    server = Process(['nginx', '-p', folder, '-c', os.path.join(folder, 'conf'), '-g',
                      'master_process off;'])
    wait_until(lambda: listens(port) or not server.is_running(), 'nginx')
    publisher = FedBy(ident, mpegts(), [*FFMPEG, '-f', 'mpegts', '-i', 'pipe:0', '-c:v', 'copy',
                                        '-c:a', 'aac', '-f', 'flv', f'rtmp://127.0.0.1:{port}/live/cam'])
    return Pair(server, publisher)


def certificate(folder):
    """A key and a certificate that nobody vouches for, in one file."""
    path = os.path.join(folder, 'server.pem')
    subprocess.run(['openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj',
                    '/CN=127.0.0.1', '-keyout', path, '-out', path + '.crt'], check=True,
                   stderr=subprocess.DEVNULL)
    with open(path, 'a', encoding='ascii') as both, open(path + '.crt', encoding='ascii') as file:
        both.write(file.read())
    return path


class WebCamera:
    """MPEG-TS over HTTP or HTTPS, for who says operator and the password."""

    def __init__(self, ident, folder, secure=False, password=None):
        self.ident, self.password, self.context = ident, password, None
        if secure:
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(certificate(folder))
        self.listener = socket.create_server(('127.0.0.1', 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._try, args=(connection,), daemon=True).start()

    def _try(self, connection):
        try:
            if self.context:
                connection = self.context.wrap_socket(connection, server_side=True)
            self._answer(connection)
        except OSError:
            pass
        finally:
            connection.close()

    def _answer(self, connection):
        head = b''
        while b'\r\n\r\n' not in head:
            piece = connection.recv(4096)
            if not piece:
                return
            head += piece
        said = 'Basic ' + base64.b64encode(f'operator:{self.password}'.encode()).decode()
        if self.password and said.encode() not in head:
            connection.sendall(b'HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm="camera"\r\n'
                               b'Content-Length: 0\r\n\r\n')
            return
        connection.sendall(b'HTTP/1.0 200 OK\r\nContent-Type: video/mp2t\r\n\r\n')
        with Sender(self.ident, mpegts() + ' ! fdsink fd=1', stdout=subprocess.PIPE) as sender:
            while True:
                data = os.read(sender.process.stdout.fileno(), 65536)
                if not data:
                    return
                connection.sendall(data)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()


def wire(ident, port, folder):
    path = os.path.join(folder, 'in', f'feed{port}')
    return Sender(ident, f'video. ! queue ! daiswiresink path={path} sync=false', '--no-audio')


def make_file(ident, path, seconds=4, kind='webm'):
    """A finished file whose frames carry the code."""
    mux = {'webm': ('webmmux', 'queue ! vp8enc deadline=1 cpu-used=16 target-bitrate=2500000', OPUS),
           'mp4': ('mp4mux', H264, AAC), 'mkv': ('matroskamux', H264, OPUS)}[kind]
    words = (f'{mux[0]} name=m ! filesink location={path} video. ! {mux[1]} ! m. audio. ! {mux[2]} ! m.')
    frames = seconds * 30
    sender = Sender(ident, words, '--frames', str(frames), '--audio-buffers', str(frames * 5 // 3))
    try:
        code = sender.process.wait(seconds * 4 + 10)
        assert code == 0, sender.said
    except subprocess.TimeoutExpired:
        sender.kill()
        raise
    return path


def wait_ms(begin_us, at_us):
    return (at_us - begin_us) / 1000


def now_us():
    return time.monotonic_ns() // 1000
