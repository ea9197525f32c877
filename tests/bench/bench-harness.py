#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the harness itself sees when both sides are the same pipeline: the noise
of this machine, to read the other ratios by."""
import sys

import bench

LINE = ('videotestsrc is-live=true pattern=ball ! video/x-raw,format=I420,width=1280,height=720,'
        'framerate=30/1 ! fakesink sync=false')


def main():
    table = bench.Table('00-noise', 'The same gst-launch line twice: noise of this run')
    one, other = bench.in_turns(lambda: bench.launch_cores(LINE), lambda: bench.launch_cores(LINE))
    table.row('the same work twice', one, floor=other, unit='cores')
    return table.finish()


if __name__ == '__main__':
    sys.exit(main())
