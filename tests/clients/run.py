#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Installs the pinned npm clients once per build folder, then runs a script.

Usage: run.py BUILD_FOLDER SCRIPT.mjs [ARGUMENT...]

The script finds the packages through the environment variable CLIENTS. Exit 77
(skipped) when npm is missing or the packages cannot be had.
"""
import fcntl
import hashlib
import os
import pathlib
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent


def install(folder):
    """npm ci into folder/node_modules, unless that was done for this lock file."""
    folder.mkdir(parents=True, exist_ok=True)
    names = ('package.json', 'package-lock.json')
    wanted = hashlib.sha256(b''.join((HERE / n).read_bytes() for n in names)).hexdigest()
    stamp = folder / 'installed'
    with open(folder / 'lock', 'w') as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if stamp.exists() and stamp.read_text() == wanted:
            return True
        for name in names:
            shutil.copy(HERE / name, folder / name)
        result = subprocess.run(['npm', 'ci', '--no-audit', '--no-fund', '--ignore-scripts'],
                                cwd=folder, capture_output=True, text=True, timeout=300)
        if result.returncode != 0:
            print(result.stderr, file=sys.stderr)
            return False
        stamp.write_text(wanted)
    return True


def main():
    folder, script, arguments = pathlib.Path(sys.argv[1]).resolve() / 'clients', sys.argv[2], sys.argv[3:]
    if shutil.which('npm') is None or shutil.which('node') is None or not install(folder):
        print('the npm clients are not to be had: skipped')
        return 77
    os.environ['CLIENTS'] = str(folder)
    os.execvp('node', ['node', script, *arguments])


if __name__ == '__main__':
    sys.exit(main())
