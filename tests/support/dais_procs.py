# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a process uses, from /proc: processor time, memory, descriptors."""
import ctypes
import os
import signal
import time

_LIBC = ctypes.CDLL(None)


def die_with_parent():
    """For preexec_fn: SIGTERM when the test that started it is gone (PR_SET_PDEATHSIG),
    and SIGHUP as in a terminal, even where the tests themselves run under nohup."""
    _LIBC.prctl(1, signal.SIGTERM)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


def _stat(pid):
    with open(f'/proc/{pid}/stat', encoding='latin-1') as file:
        return file.read().rsplit(')', 1)[1].split()


def cpu_seconds(pid):
    """User and system time of all threads, dead ones included, to the nanosecond:
    /proc counts whole ticks, and sees little of what wakes briefly."""
    return time.clock_gettime(~pid << 3 | 2) # as clock_getcpuclockid() makes it


def thread_seconds(pid, name):
    """Processor time of a process's threads of this name."""
    total = 0
    for task in os.listdir(f'/proc/{pid}/task'):
        try:
            with open(f'/proc/{pid}/task/{task}/comm', encoding='utf-8') as file:
                if file.read().strip() != name:
                    continue
            with open(f'/proc/{pid}/task/{task}/schedstat', encoding='ascii') as file:
                total += int(file.read().split()[0])
        except OSError: # it has ended
            continue
    return total / 1e9


def children(pid):
    """All descendants."""
    found, parents = [], {}
    for name in filter(str.isdigit, os.listdir('/proc')):
        try:
            parents.setdefault(int(_stat(name)[1]), []).append(int(name))
        except (OSError, IndexError):
            continue
    todo = [pid]
    while todo:
        for child in parents.get(todo.pop(), []):
            found.append(child)
            todo.append(child)
    return found


def is_alive(pid):
    try:
        return _stat(pid)[0] not in 'ZX'
    except OSError:
        return False


def memory_kib(pid, field='VmRSS'):
    with open(f'/proc/{pid}/status', encoding='latin-1') as file:
        for line in file:
            if line.startswith(field + ':'):
                return int(line.split()[1])
    raise KeyError(field)


def private_kib(pid):
    """What would be freed if it ended: pages no other process maps."""
    with open(f'/proc/{pid}/smaps_rollup', encoding='latin-1') as file:
        return sum(int(line.split()[1]) for line in file
                   if line.startswith(('Private_Clean', 'Private_Dirty')))


def descriptors(pid):
    return len(os.listdir(f'/proc/{pid}/fd'))


def threads(pid):
    return len(os.listdir(f'/proc/{pid}/task'))


class Meter:
    """Processor time of some processes over a while, in cores; of their threads
    of one name only, when it is given."""

    def __init__(self, pids, thread=None):
        self.pids, self.thread = list(pids), thread
        self.restart()

    def _used(self, pid):
        return thread_seconds(pid, self.thread) if self.thread else cpu_seconds(pid)

    def restart(self):
        self.since = time.monotonic()
        self.before = {pid: self._used(pid) for pid in self.pids}

    def cores(self):
        passed = time.monotonic() - self.since
        return sum(self._used(pid) - self.before[pid] for pid in self.pids) / passed


class Pressure:
    """How much of a while somebody waited for a processor (PSI): above a third,
    the machine is too busy with others to judge single frames by."""

    def __init__(self):
        self.since, self.before = time.monotonic(), self._total()

    @staticmethod
    def _total():
        try:
            with open('/proc/pressure/cpu', encoding='ascii') as file:
                return int(file.readline().rsplit('=', 1)[1])
        except (OSError, ValueError):
            return 0

    def share(self):
        passed = (time.monotonic() - self.since) * 1e6
        return (self._total() - self.before) / passed if passed > 0 else 0.0

    def is_calm(self):
        return self.share() < 0.35


def measure(pids, seconds, thread=None):
    meter = Meter(pids, thread)
    time.sleep(seconds)
    return meter.cores()
