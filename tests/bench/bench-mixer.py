#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The mixer alone, without an encoder: against one gst-launch pipeline that
does the same work, and what is hidden, passed through or blank."""
import os
import sys
import time

import bench
import dais_procs
from dais_media import BUILD, Process, Runtime, environment

RAW_ROOM = os.path.join(BUILD, 'tests', 'bench', 'raw-room')
RAW = 'video/x-raw,format=I420,width=1280,height=720,framerate=30/1,colorimetry=bt709'
SOURCE = f'videotestsrc is-live=true pattern=ball ! {RAW} ! '
PIP_PADS = ('sink_0::zorder=1 sink_1::xpos=934 sink_1::ypos=514 sink_1::width=320 sink_1::height=180 '
            'sink_1::zorder=2 sink_2::alpha=0')
PIP = "{'scene': <'pip'>, 'video': <'s0'>, 'pip': <'s1'>}"
FULL = "{'scene': <'full'>, 'video': <'s0'>}"
SIDE = "{'scene': <'side-by-side'>, 'video': <'s0'>, 'pip': <'s1'>}"
BLANK = "{'scene': <'blank'>}"


def floor_pip():
    sources = ''.join(f'{SOURCE} queue ! c.sink_{n} ' for n in range(3))
    return bench.launch_cores(f'compositor name=c background=black {PIP_PADS} ! {RAW} ! fakesink sync=false {sources}')


def ours(state, sources=3, whole=False):
    """Cores of a raw room; of its senders too when whole."""
    with Runtime() as folder:
        senders = ''.join(f'{SOURCE} daiswiresink sync=false path={folder}/{n}.v ' for n in range(sources))
        with bench.Launch(senders, environment()) as cameras:
            time.sleep(1)
            with Process([RAW_ROOM, folder, sources, state]) as room:
                time.sleep(1.5)
                pids = [room.pid] + ([cameras.pid] if whole else [])
                cores = dais_procs.measure(pids, bench.SECONDS)
                assert room.is_running(), room.said()
                return cores


def main():
    table = bench.Table('mixer', 'Mixing without encoding, 720p30')
    floor, mine = bench.in_turns(floor_pip, lambda: ours(PIP, whole=True))
    table.row('3 sources, pip, all processes', mine, floor=floor, unit='cores', ratio_limit=1.10)
    full, blank, pip, side = bench.in_turns(
        lambda: ours(FULL), lambda: ours(BLANK), lambda: ours(PIP), lambda: ours(SIDE))
    table.row('room process, blank', blank, unit='cores')
    table.row('room process, full screen, passed through', full, unit='cores')
    table.row('passing through, less the ticking', full - blank, unit='cores', limit=0.01,
              note='the wire included')
    table.row('room process, pip', pip, unit='cores')
    table.row('room process, side by side', side, unit='cores')
    few, many = bench.in_turns(lambda: ours(FULL, 1), lambda: ours(FULL, 9))
    table.row('full screen, 8 hidden beside it', many, floor=few, unit='cores', note='floor: none hidden')
    return table.finish()


if __name__ == '__main__':
    sys.exit(main())
