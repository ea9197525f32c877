# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs the test_* functions of a module in the order they are written and says
what became of them in TAP.

    if __name__ == '__main__':
        dais_tap.main(globals())

Arguments: parts of names to run; --list prints the names.
"""
import inspect
import sys
import time
import traceback


class Skip(Exception):
    """The test could not be tried here; the message says why."""


def note(*words):
    """A line of a test's own: a figure, what was seen."""
    print('#', *words, flush=True)


def selected(namespace, wanted):
    tests = [(name, thing) for name, thing in namespace.items()
             if name.startswith('test_') and inspect.isfunction(thing)]
    return [(name, thing) for name, thing in tests
            if not wanted or any(part in name for part in wanted)]


def run(number, name, test):
    begin = time.monotonic()
    title = name[len('test_'):].replace('_', ' ')
    if test.__doc__:
        note(test.__doc__.strip().split('\n')[0])
    try:
        test()
    except Skip as skip:
        print(f'ok {number} - {title} # SKIP {skip}', flush=True)
        return True
    except Exception:  # pylint: disable=broad-except
        # meson shows a failed program's standard error, not the comments in its TAP
        print(f'{title}:\n{traceback.format_exc()}', file=sys.stderr, flush=True)
        print(f'not ok {number} - {title}', flush=True)
        return False
    print(f'ok {number} - {title}', flush=True)
    note(f'{time.monotonic() - begin:.1f} s')
    return True


def main(namespace):
    wanted = [word for word in sys.argv[1:] if not word.startswith('--')]
    tests = selected(namespace, wanted)
    if '--list' in sys.argv:
        print('\n'.join(name for name, _ in tests))
        sys.exit(0)
    print(f'1..{len(tests)}', flush=True)
    results = [run(number, name, test) for number, (name, test) in enumerate(tests, 1)]
    sys.exit(0 if all(results) else 1)
