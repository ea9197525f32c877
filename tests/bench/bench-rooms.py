#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Mixing: whole rooms against one gst-launch pipeline that does the same work,
the idle room, and how cost grows with rooms."""
import os
import sys
import time
from contextlib import ExitStack

import bench
import dais_procs
from dais_media import OPUS, Door, Process, Room, Runtime, Sender, Source, Watcher, environment, wait_until

SMOKE = bool(os.environ.get('DAIS_BENCH_SMOKE'))
RAW = 'video/x-raw,format=I420,width=1280,height=720,framerate=30/1,colorimetry=bt709'
SOUND = 'audio/x-raw,format=S16LE,rate=48000,channels=2'
ENCODE = ('queue ! vp8enc deadline=1 cpu-used=16 threads=1 end-usage=cbr target-bitrate=2000000 '
          'keyframe-max-dist=60 ! m. ')
MUX = 'webmmux name=m streamable=true ! fakesink sync=false '
PIP = 'sink_1::xpos=934 sink_1::ypos=500 sink_1::width=320 sink_1::height=180 sink_1::zorder=2'


def test_sources(n):
    """n test cameras in one process, as the source engines make them."""
    return ''.join(f'videotestsrc is-live=true pattern=ball ! {RAW} ! queue ! c.sink_{i} '
                   f'audiotestsrc is-live=true samplesperbuffer=960 volume={0.3 if i == 0 else 0} ! {SOUND} '
                   f'! queue ! a. ' for i in range(n))


def wire_sources(folder, slugs):
    return ''.join(f'daiswiresrc path={folder}/w/{slug}.v ! queue ! c.sink_{i} '
                   f'daiswiresrc path={folder}/w/{slug}.a ! queue ! a. ' for i, slug in enumerate(slugs))


def mix(places):
    return (f'compositor name=c background=black {places} ! {RAW} ! {ENCODE} '
            f'audiomixer name=a ! {SOUND} ! {OPUS} ! m. {MUX}')


class Cameras(ExitStack):
    """Plain senders on the wires of c1 … cn."""

    def __init__(self, folder, n):
        super().__init__()
        os.makedirs(os.path.join(folder, 'w'), exist_ok=True)
        for ident in range(1, n + 1):
            base = os.path.join(folder, 'w', f'c{ident}')
            self.enter_context(Sender(ident, f'video. ! queue ! daiswiresink path={base}.v sync=false '
                                             f'audio. ! queue ! daiswiresink path={base}.a sync=false'))


def room_cores(room, door, state, seconds=None):
    room.apply(**state)
    cores, seen = bench.crowd_cores(door.url(), 1, [room.pid], seconds)
    assert seen['served'] == 1, seen
    return cores


def bench_room_engine(table):
    """A room engine on given wires against gst-launch on the same wires."""
    slugs = ['c1', 'c2', 'c3']
    pip = {'scene': 'pip', 'video': 'c1', 'pip': 'c2', 'audio': 'c1', 'pip_corner': 'bottom-right', 'pip_size': 0.25}
    full = {'scene': 'full', 'video': 'c1', 'audio': 'c1'}
    with Runtime() as folder, Cameras(folder, 3), Room('hall', folder, slugs) as room, Door(room) as door:
        env = environment()
        floor, ours = bench.in_turns(
            lambda: bench.launch_cores(wire_sources(folder, ['c1', 'c2']) + mix(PIP), env=env),
            lambda: room_cores(room, door, pip))
        table.row('room engine, pip of 2, VP8 + Opus', ours, floor=floor, unit='cores', ratio_limit=1.10)
        floor, ours = bench.in_turns(
            lambda: bench.launch_cores(wire_sources(folder, ['c1']) + mix(''), env=env),
            lambda: room_cores(room, door, full))
        table.row('room engine, full screen, VP8 + Opus', ours, floor=floor, unit='cores', ratio_limit=1.10)
        wait_until(lambda: room.ping()[1], 'rest', 15)
        time.sleep(1)
        table.row('idle room', dais_procs.measure([room.pid], bench.SECONDS), unit='cores', limit=0.02)


def bench_whole(table):
    """Three source engines and a room engine against one pipeline."""
    def ours():
        with Runtime() as folder, ExitStack() as stack:
            sources = [stack.enter_context(Source(f'c{n}', folder, 'test:ball')) for n in (1, 2, 3)]
            for source in sources:
                source.wait_for_state('live')
            room = stack.enter_context(Room('hall', folder, ['c1', 'c2', 'c3']))
            door = stack.enter_context(Door(room))
            room.apply(scene='pip', video='c1', pip='c2', audio='c1', pip_corner='bottom-right', pip_size=0.25)
            cores, seen = bench.crowd_cores(door.url(), 1, [room.pid] + [source.pid for source in sources])
            assert seen['served'] == 1
            return cores
    floor, mine = bench.in_turns(
        lambda: bench.launch_cores(test_sources(3) + mix(PIP + ' sink_2::alpha=0')), ours)
    table.row('3 sources, pip, VP8 + Opus, all processes', mine, floor=floor, unit='cores', ratio_limit=1.10)


def bench_growth(table):
    """1, 2 and 4 rooms on two cameras."""
    first = None
    for count in (1, 2) if SMOKE else (1, 2, 4):
        with Runtime() as folder, Cameras(folder, 2), ExitStack() as stack:
            rooms = [stack.enter_context(Room(f'r{n}', folder, ['c1', 'c2'])) for n in range(count)]
            doors = [stack.enter_context(Door(room)) for room in rooms]
            for room in rooms:
                room.apply(scene='full', video='c1', audio='c1')
            crowds = [bench.viewers(door.url(), 1, bench.SECONDS + 2) for door in doors]
            cores = dais_procs.measure([room.pid for room in rooms], bench.SECONDS)
            rates = [bench.viewers_result(crowd)['bits_per_second'] for crowd in crowds]
            first = first or cores
            table.row(f'{count} rooms, full screen', cores, floor=first * count, unit='cores',
                      ratio_limit=1.10 if count > 1 else None, note=f'floor: {count} × one room; least {min(rates) / 1e6:.2f} Mbit/s')


def bench_latency(table):
    """Apply called → PTS of the first frame that shows it; and what a viewer sees."""
    with Runtime() as folder, Cameras(folder, 2), Room('hall', folder, ['c1', 'c2']) as room, Door(room) as door:
        room.apply(scene='full', video='c1', audio='c1')
        with Watcher(door.url()) as eyes:
            eyes.wait_for_id(1, 20)
            told, seen = [], []
            for number in range(10 if SMOKE else 60):
                time.sleep(0.11 + 0.007 * (number % 9))
                ident = 2 - number % 2
                begin = time.monotonic_ns()
                running = room.apply(scene='full', video=f'c{ident}', audio='c1')
                told.append((running - begin) / 1e6 + bench.LEAVES_MS)
                seen.append((eyes.wait_for_id(ident, 5) * 1000 - begin) / 1e6)
            summary = eyes.finish()
    area = summary.area()
    table.row('cut: Apply → a frame of it leaves the mixer, p50', bench.percentile(told, 0.5), unit='ms')
    table.row('cut: Apply → a frame of it leaves the mixer, p99', bench.percentile(told, 0.99), unit='ms',
              limit=bench.CUT_MS)
    table.row('cut: Apply → a decoder at the end of WebM, p50', bench.percentile(seen, 0.5), unit='ms',
              note='with up to 100 ms of coalescing')
    table.row('source → viewer of WebM, p50', area['latency']['p50_ms'], unit='ms')
    table.row('torn frames', area['torn'], unit='frames', limit=0)
    table.row('lost frames', area['lost'], unit='frames')


def main():
    table = bench.Table('rooms', 'Rooms: mixing, encoding, idling, cutting')
    return table.measure(bench_room_engine, bench_whole, bench_growth, bench_latency)


if __name__ == '__main__':
    sys.exit(main())
