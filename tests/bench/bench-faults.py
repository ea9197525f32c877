#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""kill -9 of a room's engine and of the daemon, while viewers watch frame by
frame: what the others lose, and when all is back."""
import importlib.util
import os
import pathlib
import signal
import sys
import time

import bench
from dais_media import wait_until
from dais_senders import now_us

FRAME_US = 1e6 / 30
ROUNDS = 1 if os.environ.get('DAIS_BENCH_SMOKE') else bench.ROUNDS


def load_kills():
    """The scene of the fault tests: two rooms on two cameras, both watched."""
    path = pathlib.Path(__file__).resolve().parents[1] / 'faults' / 'test-kills.py'
    spec = importlib.util.spec_from_file_location('test_kills', path)
    kills = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(kills)
    return kills


def missing(eyes, begin_us):
    """Output frames that never came after begin_us, and in as long before it: a
    machine that is short of processors sheds frames without any kill."""
    def count(first, last):
        stamps = [line['pts_us'] for line in list(eyes.lines) if first < line['t'] <= last]
        return sum(round((b - a) / FRAME_US) - 1 for a, b in zip(stamps, stamps[1:]))
    end_us = now_us()
    assert eyes.is_running() and eyes.lines[-1]['t'] > begin_us, 'no picture came any more'
    return count(begin_us, end_us), count(2 * begin_us - end_us, begin_us)


def kill_a_room(kills):
    with kills.Scene() as scene:
        begin = now_us()
        os.kill(scene.stage.engine('r-room-2'), signal.SIGKILL)
        back = kills.watch_again(scene, 'room-2', 2, begin)
        time.sleep(1)
        return *missing(scene.other, begin), (back - begin) / 1000


def kill_the_daemon(kills):
    with kills.Scene() as scene:
        begin = now_us()
        scene.stage.dais.kill()
        again = now_us()
        scene.stage.restart_daemon()
        back = (now_us() - again) / 1000
        wait_until(lambda: scene.stage.dais.get('/streams').json['Camera 1']['health']['state'] == 'live',
                   'an adopted camera', 20)
        time.sleep(2)
        alive = [eyes for eyes in (scene.other, scene.hit) if eyes.is_running()]
        lost, before = zip(*(missing(eyes, begin) for eyes in alive)) if alive else ((), ())
        return 2 - len(alive), sum(lost), sum(before), back


def bench_room(table):
    kills = load_kills()
    lost, before, back = zip(*(kill_a_room(kills) for _ in range(ROUNDS)))
    table.row("kill -9 of a room's engine: frames that the other output lost", max(lost), unit='frames', limit=0,
              note=f'{max(before)} in as long before')
    table.row("kill -9 of a room's engine: until a new viewer sees it", sorted(back)[len(back) // 2], unit='ms',
              limit=1000, note='first decoded picture, its encoder new too')


def bench_daemon(table):
    kills = load_kills()
    cut, lost, before, back = zip(*(kill_the_daemon(kills) for _ in range(ROUNDS)))
    table.row('kill -9 of the daemon: viewers that were cut', max(cut), unit='viewers', limit=0)
    table.row('kill -9 of the daemon: frames that two outputs lost', max(lost), unit='frames', limit=0,
              note=f'{max(before)} in as long before')
    table.row('kill -9 of the daemon: started again until a login is answered', sorted(back)[len(back) // 2],
              unit='ms')


def main():
    table = bench.Table('faults', 'What a kill costs those who watch')
    return table.measure(bench_room, bench_daemon)


if __name__ == '__main__':
    sys.exit(main())
