#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs a fuzz target for a bounded time over its seeds.

Usage: run-fuzz.py MODE TARGET SEEDS     MODE libfuzzer or seeds
DAIS_FUZZ_SECONDS: how long (10). An input that fails is left in DAIS_FUZZ_OUT
(or the temporary folder) and printed.
"""
import base64
import glob
import os
import subprocess
import sys
import tempfile


def main(mode, target, seeds):
    files = sorted(path for path in glob.glob(os.path.join(seeds, '*')) if os.path.isfile(path))
    if mode == 'seeds':
        return subprocess.run([target, *files], check=False).returncode
    seconds = os.environ.get('DAIS_FUZZ_SECONDS', '10')
    out = os.environ.get('DAIS_FUZZ_OUT') or tempfile.gettempdir()
    with tempfile.TemporaryDirectory(prefix='dais-fuzz-') as corpus:
        prefix = os.path.join(out, os.path.basename(target) + '-')
        done = subprocess.run(
            [target, f'-max_total_time={seconds}', '-timeout=10', '-rss_limit_mb=1024', '-max_len=8192',
             '-print_final_stats=1', f'-artifact_prefix={prefix}', corpus, seeds], check=False,
            stderr=subprocess.PIPE, text=True, errors='replace')
    lines = done.stderr.rstrip().split('\n')
    if done.returncode:
        print('\n'.join(lines[-60:]))
        for path in glob.glob(prefix + '*'):
            with open(path, 'rb') as file:
                print(f'{path}: {base64.b64encode(file.read(2000)).decode()}')
    else:
        print('\n'.join(line for line in lines if line.startswith(('stat::', 'Done '))))
    # libFuzzer leaves with 77, which meson takes for "skipped"
    return 1 if done.returncode else 0


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
