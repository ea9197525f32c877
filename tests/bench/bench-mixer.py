#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The mixer alone, and with one x264 behind it: against one gst-launch pipeline
that does the same work; what is hidden, passed through or blank; how long a
frame and a cut take until they leave it."""
import functools
import json
import os
import subprocess
import sys
import time

import bench
import dais_procs
from dais_media import BUILD, Process, Runtime, Sender, environment, wait_until

SMOKE = bool(os.environ.get('DAIS_BENCH_SMOKE'))

RAW_ROOM = os.path.join(BUILD, 'tests', 'bench', 'raw-room')
RAW = 'video/x-raw,format=I420,width=1280,height=720,framerate=30/1,colorimetry=bt709'
SOURCE = f'videotestsrc is-live=true pattern=ball ! {RAW} ! '
PIP_PADS = ('sink_0::zorder=1 sink_1::xpos=934 sink_1::ypos=514 sink_1::width=320 sink_1::height=180 '
            'sink_1::zorder=2 sink_2::alpha=0')
PIP = "{'scene': <'pip'>, 'video': <'s0'>, 'pip': <'s1'>}"
FULL = "{'scene': <'full'>, 'video': <'s0'>}"
SIDE = "{'scene': <'side-by-side'>, 'video': <'s0'>, 'pip': <'s1'>}"
BLANK = "{'scene': <'blank'>}"
OTHER = "{'scene': <'full'>, 'video': <'s1'>}"
X264 = 'queue ! x264enc tune=zerolatency speed-preset=superfast bitrate=2000 key-int-max=60 ! '


def floor_pip(encode=''):
    sources = ''.join(f'{SOURCE} queue ! c.sink_{n} ' for n in range(3))
    return bench.launch_cores(
        f'compositor name=c background=black {PIP_PADS} ! {RAW} ! {encode} fakesink sync=false {sources}')


def ours(state, sources=3, whole=False, options=()):
    """Cores of a raw room; of its senders too when whole."""
    with Runtime() as folder:
        senders = ''.join(f'{SOURCE} daiswiresink sync=false path={folder}/{n}.v ' for n in range(sources))
        with bench.Launch(senders, environment()) as cameras:
            wait_until(lambda: all(os.path.exists(f'{folder}/{n}.v') for n in range(sources)), 'cameras', 30)
            time.sleep(0.5)
            with Process([RAW_ROOM, *options, folder, sources, state]) as room:
                time.sleep(1.5)
                pids = [room.pid] + ([cameras.pid] if whole else [])
                cores = dais_procs.measure(pids, bench.SECONDS)
                assert room.is_running(), room.said
                return cores


def bench_floor(table):
    floor, mine = bench.in_turns(floor_pip, lambda: ours(PIP, whole=True))
    table.row('3 sources, pip, raw, all processes', mine, floor=floor, unit='cores', ratio_limit=1.10)
    floor, mine = bench.in_turns(
        lambda: floor_pip(X264), lambda: ours(PIP, whole=True, options=['--x264']))
    table.row('the same + x264 superfast', mine, floor=floor, unit='cores', ratio_limit=1.10)


def bench_scenes(table):
    states = {'blank': BLANK, 'full screen, passed through': FULL}
    if not SMOKE:
        states['side by side'] = SIDE
    cores = bench.in_turns(*(functools.partial(ours, state) for state in states.values()))
    for what, used in zip(states, cores):
        table.row(f'room process, {what}', used, unit='cores')
    table.row('passing through, less the ticking', cores[1] - cores[0], unit='cores', limit=0.005,
              note='the wire included')


def bench_hidden(table):
    """1 to 9 sources in a room of which two are seen."""
    counts = (2, 9) if SMOKE else (1, 2, 3, 5, 7, 9)
    cores = bench.in_turns(*(functools.partial(ours, PIP, count) for count in counts))
    pair = cores[counts.index(2)]
    for count, used in zip(counts, cores):
        table.row(f'room process, pip, {count} sources', used, floor=pair, unit='cores',
                  ratio_limit=1.10 if count > 2 else None,
                  note=f'{count - 2} hidden' if count > 2 else 'floor of the others' if count == 2 else '1 seen')


def bench_times(table):
    """A camera that is hidden, and sends nothing, is cut to again and again."""
    with Runtime() as folder, Sender(1, f'video. ! queue ! daiswiresink path={folder}/0.v sync=false', '--no-audio'), \
            Sender(2, f'video. ! queue ! daiswiresink path={folder}/1.v sync=false', '--no-audio'):
        time.sleep(1)
        out = subprocess.run([RAW_ROOM, '--cuts', '20' if SMOKE else '150', folder, '2', FULL, OTHER], check=True,
                             stdout=subprocess.PIPE, env=environment(), timeout=300).stdout
    seen = json.loads(out)
    for name, what in (('cut', 'cut: applied → a frame of it leaves the mixer'),
                       ('age', 'source → mixed raw output'),
                       ('late', "a frame's time stamp → it leaves the mixer")):
        for share in (0.5, 0.99):
            limit = {'cut': bench.CUT_MS, 'age': 50}.get(name) if share == 0.99 else None
            table.row(f'{what}, p{share * 100:.0f}', bench.percentile(seen[name], share), unit='ms', limit=limit,
                      note=f'of {len(seen[name]):,}')


def main():
    table = bench.Table('mixer', 'Mixing without a room around it, 720p30')
    return table.measure(bench_floor, bench_scenes, bench_hidden, bench_times)


if __name__ == '__main__':
    sys.exit(main())
