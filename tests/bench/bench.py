# SPDX-License-Identifier: LGPL-2.1-or-later
"""The benchmark's harness: a floor and ours measured in turns in one run, a
table on standard output, the same as JSON.

A benchmark is tests/bench/bench-<name>.py:

    table = bench.Table('mixer', 'Three sources, picture in picture')
    floor, ours = bench.in_turns(measure_floor, measure_ours)
    table.row('3 sources, pip', ours, floor=floor, unit='cores', ratio_limit=1.10)
    sys.exit(table.finish())

A row with a bound says whether it holds or falls short, and fails the benchmark
only when DAIS_BENCH_STRICT is set: a shared machine must not decide. What cannot
be measured always fails it; the other parts are measured all the same.
DAIS_BENCH_SECONDS is the length of one measurement, DAIS_BENCH_ROUNDS how many
turns, DAIS_BENCH_OUT the folder for the JSON.
"""
import json
import os
import shlex
import statistics
import subprocess
import sys
import time
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), 'support'))
import dais_procs  # noqa: E402  pylint: disable=wrong-import-position

SECONDS = float(os.environ.get('DAIS_BENCH_SECONDS', '5'))
ROUNDS = int(os.environ.get('DAIS_BENCH_ROUNDS', '3'))
OUT = os.environ.get('DAIS_BENCH_OUT') or os.path.join(
    os.environ.get('MESON_BUILD_ROOT', '.'), 'bench')
STRICT = bool(os.environ.get('DAIS_BENCH_STRICT'))


def figure(value):
    if value is None:
        return ''
    if isinstance(value, str):
        return value
    if isinstance(value, int) or value == int(value) and abs(value) >= 100:
        return f'{int(value):,}'
    return f'{value:.3g}' if abs(value) < 100 else f'{value:,.0f}'


# A mixer lets a frame go so long after its time stamp, which is what a change is
# answered with; bench-mixer.py measures it by the clock.
LEAVES_MS = 0.6 * 1000 / 30
CUT_MS = 1000 / 30 + 10

HOLDS, SHORT = 'holds', 'falls short'
HEAD = ('what', 'ours', 'floor', 'ratio', 'must be', 'unit', '')


def bound(row):
    """What a row must be, in words."""
    words = []
    if row['limit'] is not None:
        words.append(f"≤ {figure(row['limit'])}")
    if row['ratio_limit'] is not None:
        words.append(f"≤ {row['ratio_limit']:.2f} ×")
    return ', '.join(words)


def cells(row):
    mark = {True: HOLDS, False: SHORT, None: ''}[row['held']]
    note = ', '.join([row['note']] * bool(row['note']) +
                     [f'{name} {figure(value)}' for name, value in row['peers'].items()])
    return (row['what'], figure(row['ours']), figure(row['floor']),
            '' if row['ratio'] is None else f"{row['ratio']:.2f}", bound(row), row['unit'],
            f'{mark}  {note}'.strip())


def aligned(lines):
    widths = [max(len(line[i]) for line in lines) for i in range(len(HEAD))]
    for line in lines:
        words = [line[0].ljust(widths[0])] + [line[i].rjust(widths[i]) for i in range(1, 5)]
        yield '  '.join(words + [line[5].ljust(widths[5]), line[6]]).rstrip()


class Table:
    """Rows of one benchmark."""

    def __init__(self, name, title):
        self.name, self.title, self.rows, self.failures = name, title, [], []
        self.pressure, self.waited = dais_procs.Pressure(), None

    def measure(self, *parts):
        """Calls each part with this table; one that cannot measure stops no other."""
        for part in parts:
            try:
                part(self)
            except Exception as error:  # pylint: disable=broad-except
                traceback.print_exc()
                name = getattr(part, 'func', part).__name__
                self.failures.append(f'{name}: {type(error).__name__}: {error}')
        return self.finish()

    def row(self, what, ours, floor=None, unit='', limit=None, ratio_limit=None, note='', peers=None):
        """ours and floor in unit, lower is better; limit is the most that ours
        may be, ratio_limit the most that ours / floor may be; peers: name →
        figure of somebody else in the same run."""
        ratio = ours / floor if floor else None
        held = None
        if limit is not None:
            held = ours <= limit
        if ratio_limit is not None and ratio is not None:
            held = (held is not False) and ratio <= ratio_limit
        self.rows.append({'what': what, 'ours': ours, 'floor': floor, 'unit': unit, 'ratio': ratio,
                          'limit': limit, 'ratio_limit': ratio_limit, 'held': held, 'note': note,
                          'peers': peers or {}})
        print(self._line(self.rows[-1]), file=sys.stderr, flush=True)
        return held

    @staticmethod
    def _line(row):
        words = [f"{row['what']}: {figure(row['ours'])} {row['unit']}"]
        if row['floor'] is not None:
            words.append(f"floor {figure(row['floor'])}")
        if row['ratio'] is not None:
            words.append(f"ratio {row['ratio']:.2f}")
        return ', '.join(words)

    def text(self):
        out = [f'== {self.title}']
        if self.waited is not None:
            out.append(f'   (somebody waited for a processor {self.waited:.0%} of the time)')
        out += aligned([HEAD] + [cells(row) for row in self.rows])
        out += [f'could not be measured: {failure}' for failure in self.failures]
        return '\n'.join(out)

    def finish(self):
        self.waited = self.pressure.share()
        os.makedirs(OUT, exist_ok=True)
        with open(os.path.join(OUT, self.name + '.json'), 'w', encoding='utf-8') as file:
            json.dump({'name': self.name, 'title': self.title, 'seconds': SECONDS, 'rounds': ROUNDS,
                       'waited': self.waited, 'failures': self.failures, 'rows': self.rows}, file, indent=1)
        print(self.text(), flush=True)
        short = STRICT and any(row['held'] is False for row in self.rows)
        return 1 if self.failures or short else 0


def in_turns(*measures, rounds=None):
    """Each measure() in turn, several rounds; the median of each."""
    seen = [[] for _ in measures]
    for _ in range(rounds or ROUNDS):
        for measure, figures in zip(measures, seen):
            figures.append(measure())
    return [statistics.median(figures) for figures in seen]


class Launch:
    """A bare gst-launch pipeline: the floor."""

    def __init__(self, line, env=None):
        words = line if isinstance(line, list) else shlex.split(line)
        self.process = subprocess.Popen(
            ['gst-launch-1.0', '-q', '--no-position', *words], stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, env={**os.environ, **(env or {})},
            preexec_fn=dais_procs.die_with_parent)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    @property
    def pid(self):
        return self.process.pid


def launch_cores(line, seconds=None, warm=1.5, env=None):
    """Cores that a gst-launch line uses once it is warm."""
    with Launch(line, env) as launch:
        time.sleep(warm)
        return dais_procs.measure([launch.pid], seconds or SECONDS)


def percentile(values, share):
    values = sorted(values)
    return values[min(len(values) - 1, int(share * len(values)))]


def viewers(url, count, seconds=None, settle=2):
    """A crowd on url; gives (what it saw, function to call while it counts)."""
    program = os.path.join(os.environ.get('DAIS_BUILD') or '_build', 'tests', 'bench', 'viewers')
    crowd = subprocess.Popen([program, '--count', str(count), '--seconds', str(int(seconds or SECONDS)),
                              '--settle', str(settle), url], stdout=subprocess.PIPE, text=True)
    assert crowd.stdout.readline().strip() == 'counting'
    return crowd


def viewers_result(crowd):
    result = json.loads(crowd.stdout.readline())
    crowd.wait()
    return result


def crowd_cores(url, count, pids, seconds=None, thread=None):
    """Cores of pids (of one thread of theirs) while count viewers watch url, and
    what they saw."""
    crowd = viewers(url, count, seconds)
    cores = dais_procs.measure(pids, (seconds or SECONDS) - 0.3, thread)
    return cores, viewers_result(crowd)
