#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What every file must have: a licence line, no path of one machine, no left
over mark, its place in the translations; and the NEWS name this version.

Usage: check-files.py TOP VERSION
"""
import os
import re
import sys

SOURCES = ('.c', '.h', '.py', '.build', '.js', '.mjs', '.css', '.sh')
SKIPPED = {'.git', 'node_modules', '__pycache__'}
MARKS = re.compile(r'\b(' + '|'.join(('TO' + 'DO', 'FIX' + 'ME', 'X' * 3)) + r')\b')
MACHINE = re.compile(r'(?<![\w.])/(work|root|home/[a-z]+)/')


def walk(top):
    for folder, folders, names in os.walk(top):
        folders[:] = [name for name in folders if name not in SKIPPED
                      and not name.startswith(('_build', 'build'))]
        for name in sorted(names):
            yield os.path.join(folder, name)


def check_source(path, text):
    if 'SPDX-License-Identifier: LGPL-2.1-or-later' not in '\n'.join(text.split('\n')[:3]):
        yield 1, 'no SPDX line'
    for number, line in enumerate(text.split('\n'), 1):
        if MARKS.search(line):
            yield number, 'a left over mark'
        if MACHINE.search(line) and not path.endswith('check-files.py'):
            yield number, 'a path of one machine'


def listed(top):
    path = os.path.join(top, 'po', 'POTFILES.in')
    if not os.path.exists(path):
        path = os.path.join(top, 'po', 'POTFILES')
    if not os.path.exists(path):
        return None
    with open(path, encoding='utf-8') as file:
        return {line.strip() for line in file if line.strip() and not line.startswith('#')}


def check_translations(top):
    names = listed(top)
    if names is None:
        return
    for name in names:
        if not os.path.exists(os.path.join(top, name)):
            yield f'po/POTFILES: no such file: {name}'
    for path in walk(os.path.join(top, 'src')):
        name = os.path.relpath(path, top)
        if not path.endswith('.c') or name in names:
            continue
        with open(path, encoding='utf-8') as file:
            if re.search(r'(?<![\w_])(_|N_|C_|ngettext) ?\("', file.read()):
                yield f'{name}: has words to translate and is not in po/POTFILES'


def check_news(top, version):
    path = os.path.join(top, 'NEWS.md')
    if not os.path.exists(path):
        yield 'NEWS.md: missing'
        return
    with open(path, encoding='utf-8') as file:
        if not re.search(rf'^## {re.escape(version)}\b', file.read(), re.M):
            yield f'NEWS.md: no section for {version}'


def main(top, version):
    bad = []
    for folder in ('src', 'tests', 'data'):
        for path in walk(os.path.join(top, folder)):
            if not path.endswith(SOURCES):
                continue
            with open(path, encoding='utf-8') as file:
                text = file.read()
            bad += [f'{os.path.relpath(path, top)}:{number}: {why}'
                    for number, why in check_source(path, text)]
    bad += check_translations(top)
    bad += check_news(top, version)
    print('\n'.join(bad))
    return 1 if bad else 0


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
