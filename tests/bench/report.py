#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""All tables of this run once more, one below the other and as one JSON file,
and at the end every figure that has a bound."""
import glob
import json
import os
import sys

import bench


def read_tables():
    tables = []
    for path in sorted(glob.glob(os.path.join(bench.OUT, '*.json'))):
        if os.path.basename(path) != 'all.json':
            with open(path, encoding='utf-8') as file:
                tables.append(json.load(file))
    return tables


def print_tables(tables):
    for data in tables:
        table = bench.Table(data['name'], data['title'])
        table.rows, table.failures, table.waited = data['rows'], data['failures'], data['waited']
        print(table.text(), end='\n\n')


def print_bounds(tables):
    rows = [(data['name'], row) for data in tables for row in data['rows'] if row['held'] is not None]
    lines = [(f'{name}: {what}', *more) for (name, row) in rows for what, *more in [bench.cells(row)]]
    print('== Every figure that has a bound')
    print('\n'.join(bench.aligned([bench.HEAD] + lines)))
    short = sum(row['held'] is False for _, row in rows)
    print(f'\n{sum(len(data["rows"]) for data in tables)} rows, {len(rows)} with a bound: '
          f'{len(rows) - short} hold, {short} fall short')


def main():
    tables = read_tables()
    print_tables(tables)
    print_bounds(tables)
    with open(os.path.join(bench.OUT, 'all.json'), 'w', encoding='utf-8') as file:
        json.dump(tables, file, indent=1)
    return 0 if tables else 1


if __name__ == '__main__':
    sys.exit(main())
