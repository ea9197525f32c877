#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Fails when clang-format 14 would change a C file.

Usage: check-format.py CLANG-FORMAT DIR...
"""
import os
import subprocess
import sys


def main(program, *tops):
    paths = [os.path.join(folder, name) for top in tops for folder, _, names in os.walk(top)
             for name in sorted(names) if name.endswith(('.c', '.h'))]
    done = subprocess.run([program, '--dry-run', '--Werror', '--style=file', *paths],
                          capture_output=True, text=True, check=False)
    seen = set()
    for line in done.stderr.split('\n'):
        if ': error: code should be clang-formatted' in line:
            path, row = line.split(':')[:2]
            if path not in seen:
                print(f'{path}:{row}: run clang-format-14 -i on it')
            seen.add(path)
    print(f'{len(paths)} files, {len(seen)} to be formatted')
    return 1 if done.returncode else 0


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
