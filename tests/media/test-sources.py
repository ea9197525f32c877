#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Every kind of source against a real sender: its pictures and its tone arrive,
a killed sender is a slate within a second, one that comes back is on air again
without a touch."""
import os
import shutil
import socket
import time

import dais_senders as senders
import dais_tap
from dais_media import (BUILD, Process, Runtime, Sender, Source, Watcher, environment, free_port, mpegts,
                        wait_until)
from dais_senders import now_us, wait_ms

NOT_FRAMES_US = 1_100_000  # design: a slate within 1 s when frames stop
CAMERA_FILE = '/usr/share/doc/opencv-doc/examples/data/vtest.avi'


def last_picture(eyes, ident):
    return max(t for line in eyes.lines for t in [line['t']] if line['areas']['main'].get('id') == ident)


def look_after_kill(source, eyes, ident, sender):
    """Kills the sender; how long until a slate stood, from its last picture."""
    sender.kill()
    slate = eyes.wait_for_no_code(10)
    source.wait_for_state('lost', 15)
    gap = slate - last_picture(eyes, ident)
    assert gap <= NOT_FRAMES_US, f'slate {gap / 1000:.0f} ms after the last picture'
    error = source.get('Error')
    assert error, 'a lost source says why'
    assert not any(word in error.lower() for word in ('gst', 'element', '0x')), f'not plain: {error}'
    return gap, error


def live_gaps(seen):
    """Canvas frames missing between two pictures of the camera; a slate stands
    still and is sent less often."""
    pairs = [(a, b) for a, b in zip(seen.lines, seen.lines[1:])
             if a['areas']['main'].get('id') == b['areas']['main'].get('id') is not None]
    return sum(max(0, round((b['pts_us'] - a['pts_us']) / 33333) - 1) for a, b in pairs)


def check_whole(seen, name):
    """The canvas kept its beat whatever the sender did."""
    dais_tap.note(f'{name}: {live_gaps(seen)} live frames missing; {seen.brief()}')
    area = seen.area()
    assert area['torn'] == 0, 'torn frames'
    assert area['backwards'] == 0, 'frames went back in time'
    assert live_gaps(seen) <= 5 + 2 * seen.missing_allowed(), f'{live_gaps(seen)} canvas frames missing'
    assert seen['max_gap_ms'] < 1500, f"gap of {seen['max_gap_ms']} ms"


def come_and_go(make, uri, sound=True, seconds=2.0):
    """A sender comes, is killed, comes again under another id."""
    name = make.__name__
    with Runtime() as folder:
        port = free_port(socket.SOCK_DGRAM if uri.startswith(('udp', 'srt')) else socket.SOCK_STREAM)
        with Source('cam', folder, uri.format(port=port, folder=folder)) as source, \
                Watcher(source.video) as eyes, Watcher(source.audio, lines=False) as ears:
            eyes.wait_for_no_code()
            with make(7, port, folder) as sender:
                begin = now_us()
                first = eyes.wait_for_id(7, 25)
                source.wait_for_state('live')
                time.sleep(seconds)
                gap, error = look_after_kill(source, eyes, 7, sender)
            with make(8, port, folder):
                again = now_us()
                back = eyes.wait_for_id(8, 30)
                source.wait_for_state('live')
                time.sleep(1.5)
                seen, heard = eyes.finish(), ears.finish()
        dais_tap.note(f'{name}: on air after {wait_ms(begin, first):.0f} ms, slate {gap / 1000:.0f} ms after '
                      f'the last picture ("{error}"), back after {wait_ms(again, back):.0f} ms')
        check_whole(seen, name)
        ids = [ident for ident in seen.ids() if ident != -1]
        assert ids[0] == 7 and ids[-1] == 8, ids
        if sound:
            tones = [tone for tone in heard.tones() if tone != -1]
            assert 7 in tones and tones[-1] == 8, f'tones {heard.tones()}'


def test_rtsp():
    come_and_go(senders.rtsp, 'rtsp://127.0.0.1:{port}/camera')


def test_rtmp_through_nginx():
    if not senders.rtmp_module():
        raise dais_tap.Skip('libnginx-mod-rtmp is not installed')
    come_and_go(senders.rtmp_nginx, 'rtmp://127.0.0.1:{port}/live/cam')


def test_srt_as_caller():
    come_and_go(senders.srt_listens, 'srt://127.0.0.1:{port}')


def test_srt_as_listener():
    come_and_go(senders.srt_calls, 'srt://127.0.0.1:{port}?mode=listener')


def test_srt_live_transmit():
    come_and_go(senders.srt_live_transmit, 'srt://127.0.0.1:{port}?mode=listener')


def test_udp_mpeg_ts():
    come_and_go(senders.udp_ffmpeg, 'udp://127.0.0.1:{port}')


def test_http_mpeg_ts():
    come_and_go(senders.http_ts_ffmpeg, 'http://127.0.0.1:{port}/cam.ts')


def test_http_matroska():
    come_and_go(senders.http_matroska_ffmpeg, 'http://127.0.0.1:{port}/cam.mkv')


def test_http_mjpeg():
    come_and_go(senders.http_mjpeg_ffmpeg, 'http://127.0.0.1:{port}/cam.mjpg', sound=False)


def test_http_webm_through_icecast():
    come_and_go(senders.http_webm_icecast, 'http://127.0.0.1:{port}/cam.webm')


def shows(uri, ident, options=None):
    with Runtime() as folder, Source('cam', folder, uri, options) as source, Watcher(source.video) as eyes, \
            Watcher(source.audio, lines=False) as ears:
        eyes.wait_for_id(ident, 25)
        source.wait_for_state('live')
        time.sleep(3)
        seen, heard = eyes.finish(), ears.finish()
    dais_tap.note(seen.brief())
    assert seen.area()['torn'] == 0 and ident in heard.tones(), heard['audio']


def refuses(uri, words, secret):
    with Runtime() as folder, Source('cam', folder, uri) as source:
        source.wait_for_state('lost', 20)
        error = source.get('Error')
        dais_tap.note(error)
        assert words in error and secret not in error and secret not in source.said, error


def test_https():
    """A certificate that nobody vouches for is refused, unless the stream says otherwise."""
    with Runtime() as folder, senders.WebCamera(6, folder, secure=True) as web:
        refuses(f'https://127.0.0.1:{web.port}/cam.ts', 'nobody vouches', 'xxx')
        shows(f'https://127.0.0.1:{web.port}/cam.ts', 6, {'insecure': 'yes'})


def test_http_with_a_password():
    with Runtime() as folder, senders.WebCamera(6, folder, password='hunter2') as web:
        refuses(f'http://operator:hunter3@127.0.0.1:{web.port}/cam.ts', 'right password', 'hunter3')
        shows(f'http://operator:hunter2@127.0.0.1:{web.port}/cam.ts', 6)


def test_rtsp_with_a_password():
    with senders.RtspSender(6, free_port(), '--password', 'hunter2') as camera:
        url = camera.url.replace('rtsp://', 'rtsp://operator:{}@')
        refuses(url.format('hunter3'), 'right password', 'hunter3')
        shows(url.format('hunter2'), 6)


def test_rtsp_by_udp():
    with senders.RtspSender(6, free_port()) as camera:
        shows(camera.url, 6, {'transport': 'udp'})


def test_pipeline():
    """A line of gst-launch, its sound and its pictures coded, as in a file."""
    with Runtime() as folder:
        path = senders.make_file(6, os.path.join(folder, 'talk.mkv'), seconds=20, kind='mkv')
        shows(f'pipeline:filesrc location={path} ! matroskademux name=d d.video_0 ! queue d.audio_0 ! queue', 6)


def test_wire():
    come_and_go(senders.wire, 'wire:{folder}/in/feed{port}', sound=False)


def test_hung_sender():
    """A sender that stops sending without a word (SIGSTOP) is a slate, then back."""
    with Runtime() as folder:
        port = free_port(socket.SOCK_DGRAM)
        with Source('cam', folder, f'udp://127.0.0.1:{port}') as source, Watcher(source.video) as eyes, \
                senders.udp_ffmpeg(7, port, folder) as sender:
            eyes.wait_for_id(7, 25)
            time.sleep(1)
            sender.signal(19)
            slate = eyes.wait_for_no_code(5)
            assert slate - last_picture(eyes, 7) <= NOT_FRAMES_US
            sender.signal(18)
            eyes.wait_for_id(7, 15)
            source.wait_for_state('live')
            assert eyes.finish().area()['torn'] == 0


def port_is_opened_again(uri, make):
    """After a sender has gone, the port is there for the next one at once: nobody is told that it is in use."""
    with Runtime() as folder:
        port = free_port(socket.SOCK_DGRAM)
        with Source('cam', folder, uri.format(port=port)) as source, Watcher(source.video) as eyes:
            for ident in (7, 8, 9):
                with make(ident, port, folder) as sender:
                    eyes.wait_for_id(ident, 25)
                    sender.kill()
                said = set()
                wait_until(lambda: said.add(source.get('Error')) or source.get('Error').startswith('waiting'),
                           'the port open again')
                dais_tap.note(said)
                assert all(text == '' or text.startswith(('waiting for', 'nothing comes', 'the stream has ended'))
                           for text in said), said


def test_an_srt_port_is_opened_again():
    port_is_opened_again('srt://127.0.0.1:{port}?mode=listener', senders.srt_calls)


def test_a_udp_port_is_opened_again():
    port_is_opened_again('udp://127.0.0.1:{port}', senders.udp_ffmpeg)


def second_sender(uri, first, second):
    with Runtime() as folder:
        port = free_port(socket.SOCK_DGRAM)
        with Source('cam', folder, uri.format(port=port, folder=folder)) as source, \
                Watcher(source.video) as eyes, first(7, port, folder):
            eyes.wait_for_id(7, 25)
            with second(9, port, folder):
                time.sleep(3)
                seen = eyes.finish()
        dais_tap.note(seen.brief())
        assert 9 not in seen.ids(), 'the second sender took the place'
        assert seen.area()['unread'] == 0 or seen.ids()[-1] == 7, 'the first was disturbed'


def test_second_srt_caller_does_not_evict_the_first():
    second_sender('srt://127.0.0.1:{port}?mode=listener', senders.srt_calls, senders.srt_calls)


def test_second_udp_sender_does_not_evict_the_first():
    second_sender('udp://127.0.0.1:{port}', senders.udp_ffmpeg, senders.udp_ffmpeg)


def test_second_wire_feed_does_not_evict_the_first():
    second_sender('wire:{folder}/in/feed{port}', senders.wire, senders.wire)


def file_loops(kind):
    with Runtime() as folder:
        path = senders.make_file(5, os.path.join(folder, f'talk.{kind}'), seconds=3, kind=kind)
        with Source('cam', folder, 'file://' + path) as source, Watcher(source.video) as eyes, \
                Watcher(source.audio, lines=False) as ears:
            eyes.wait_for_id(5, 15)
            time.sleep(7.5)
            assert source.state == 'live'
            seen, heard = eyes.finish(), ears.finish()
        dais_tap.note(seen.brief(), heard['audio'])
        area = seen.area()
        assert area['backwards'] >= 2, 'played once only'
        assert area['torn'] == 0 and set(seen.ids()) <= {-1, 5}
        codes = [reading for reading in seen.readings() if reading[1]['places']]
        unread = sum(1 for t, reading in seen.readings() if t > codes[0][0] and not reading['places'])
        assert unread == 0, f'{unread} frames of slate at the loop'
        assert 5 in heard.tones()


def test_file_webm_loops():
    file_loops('webm')


def test_file_mp4_loops():
    file_loops('mp4')


def reference_grid(path, frames):
    """What another decoder makes of the file, fitted into the canvas by hand."""
    fit = ('videoconvert ! videoscale add-borders=true ! video/x-raw,format=I420,width=1280,height=720,'
           'pixel-aspect-ratio=1/1')
    with Watcher(f'launch:filesrc location={path} ! decodebin ! {fit} '
                 '! appsink name=video sync=false async=false', lines=False) as eyes:
        eyes.process.wait(60)
        return eyes.finish()['grid']


def test_a_real_camera_file():
    """opencv-doc's vtest.avi: a walk filmed by a camera in the street."""
    if not os.path.exists(CAMERA_FILE):
        raise dais_tap.Skip('opencv-doc is not installed (or without its files)')
    with Runtime() as folder:
        path = shutil.copy(CAMERA_FILE, os.path.join(folder, 'vtest.avi'))
        with Source('cam', folder, 'file://' + path) as source, Watcher(source.video, lines=False) as eyes:
            source.wait_for_state('live', 20)
            time.sleep(1)
            eyes.end()
            eyes.reader.join()
            with Watcher(source.video, lines=False) as fresh:
                seen = fresh.run(8)
        want = reference_grid(path, 100)
    error = sum(abs(a - b) for a, b in zip(seen['grid'], want)) / len(want)
    dais_tap.note(f"mean difference to ffmpeg's decoder {error:.1f} of 255, {seen['still']} of "
                  f"{seen['frames']} pictures stand still (10 fps file)")
    assert error < 8, (seen['grid'], want)
    # a camera of ten frames a second stays one; the mixer repeats
    assert seen['frames'] > 60 and seen['still'] < seen['frames'] * 0.8


def test_test_source_with_tone():
    with Runtime() as folder:
        with Source('cam', folder, 'test:ball') as source, Watcher(source.video, lines=False) as eyes, \
                Watcher(source.audio, lines=False) as ears:
            source.wait_for_state('live')
            time.sleep(3)
            seen, heard = eyes.finish(), ears.finish()
        assert seen['frames'] > 60 and seen['missing'] <= 2 + 2 * seen.missing_allowed(), seen.brief()
        assert (seen['width'], seen['height']) == (1280, 720)
        assert seen['still'] < seen['frames'] / 2, 'the ball does not move'
        assert heard['audio']['rms_dbfs'] > -60, heard['audio']


def test_canvas_of_another_size():
    """The source fits any picture into the canvas: size, rate, format."""
    with Runtime() as folder:
        port = free_port()
        with Source('cam', folder, f'rtsp://127.0.0.1:{port}/camera', width=640, height=360, fps=25) as source, \
                Watcher(source.video) as eyes, senders.RtspSender(6, port, '--size', '1280x720', '--fps', '30'):
            eyes.wait_for_id(6, 20)
            time.sleep(2)
            seen = eyes.finish()
        assert (seen['width'], seen['height']) == (640, 360)
        lines = [line for line in seen.lines if line['areas']['main']['places']]
        steps = [b['pts_us'] - a['pts_us'] for a, b in zip(lines, lines[1:])]
        on_grid = [step for step in steps if abs(step - 40_000 * round(step / 40_000)) < 1000]
        assert len(on_grid) == len(steps), steps
        assert seen.pressure > 0.35 or max(steps) < 41_000, steps


def failing(uri, words, patience=15):
    with Runtime() as folder:
        with Source('cam', folder, uri.format(folder=folder)) as source, Watcher(source.video) as eyes:
            eyes.wait_for_no_code()
            source.wait_for_state('lost', patience)
            error = source.get('Error')
            dais_tap.note(f'{uri}: {error}')
            assert any(word in error.lower() for word in words), error
            assert source.is_running()
            seen = eyes.finish()
            assert seen['max_gap_ms'] < 1100


def test_no_such_camera():
    failing('v4l2:///dev/video99', ('/dev/video99', 'camera', 'device'))


def test_no_such_file():
    failing('file://{folder}/nothing.webm', ('nothing.webm', 'file'))


def test_refused_connection():
    failing(f'rtsp://127.0.0.1:{free_port()}/x', ('connect', 'refused'))


def test_no_such_microphone():
    failing('alsa:hw:77', ('hw:77', 'microphone', 'device', 'sound', 'card'))


def garbage(uri, serve):
    with Runtime() as folder:
        port = free_port()
        with Process(['/usr/bin/python3', '-c', serve.replace('PORT', str(port))]):
            wait_until(lambda: senders.listens(port), 'garbage server')
            with Source('cam', folder, uri.format(port=port)) as source, Watcher(source.video) as eyes:
                eyes.wait_for_no_code()
                source.wait_for_state('lost', 20)
                dais_tap.note(f"{uri}: {source.get('Error')}")
                assert source.is_running()
                source.ping()
                # and the same source still takes something good
                source.set_uri('test:ball')
                source.wait_for_state('live', 20)
                assert eyes.finish()['max_gap_ms'] < 1100


GARBAGE = """
import os, socket
server = socket.create_server(('127.0.0.1', PORT))
while True:
    connection, _ = server.accept()
    try:
        connection.recv(4096)
        connection.sendall(%s)
        for _ in range(200):
            connection.sendall(os.urandom(8192))
        connection.close()
    except OSError:
        pass
"""


def test_random_bytes_over_http():
    garbage('http://127.0.0.1:{port}/x', GARBAGE % r"b'HTTP/1.0 200 OK\r\n\r\n'")


def test_random_bytes_that_say_webm():
    garbage('http://127.0.0.1:{port}/x.webm',
            GARBAGE % r"b'HTTP/1.0 200 OK\r\nContent-Type: video/webm\r\n\r\n\x1a\x45\xdf\xa3'")


def test_random_bytes_over_rtsp():
    garbage('rtsp://127.0.0.1:{port}/x', GARBAGE % "b''")


def test_random_bytes_on_a_wire():
    """What connects to a wire and talks nonsense disturbs nobody."""
    with Runtime() as folder:
        with Source('cam', folder, 'test:ball') as source, Watcher(source.video, lines=False) as eyes:
            source.wait_for_state('live')
            path = os.path.join(folder, 'w', 'cam.v')
            for _ in range(50):
                with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as bad:
                    bad.connect(path)
                    try:
                        for size in (1, 7, 64, 4000):
                            bad.send(os.urandom(size), socket.MSG_NOSIGNAL)
                    except OSError:
                        pass
            time.sleep(1)
            seen = eyes.finish()
        assert seen['missing'] <= 1 + 4 * seen.missing_allowed(), seen.brief()


if __name__ == '__main__':
    dais_tap.main(globals())
