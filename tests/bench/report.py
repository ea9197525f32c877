#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""All tables of this run once more, one below the other, and as one JSON file."""
import glob
import json
import os
import sys

import bench


def main():
    tables = []
    for path in sorted(glob.glob(os.path.join(bench.OUT, '*.json'))):
        if os.path.basename(path) == 'all.json':
            continue
        with open(path, encoding='utf-8') as file:
            tables.append(json.load(file))
    for data in tables:
        table = bench.Table(data['name'], data['title'])
        table.rows = data['rows']
        print(table.text(), end='\n\n')
    with open(os.path.join(bench.OUT, 'all.json'), 'w', encoding='utf-8') as file:
        json.dump(tables, file, indent=1)
    missed = [row['what'] for data in tables for row in data['rows'] if row['held'] is False]
    print(f'{sum(len(data["rows"]) for data in tables)} rows, {len(missed)} missed their figure')
    return 0 if tables else 1


if __name__ == '__main__':
    sys.exit(main())
