#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Brings the console's two libraries into the build folder.

usage: web-libraries.py npm|FOLDER WEB-SOURCE OUTPUT-FOLDER FILE...

With "npm" the versions that package-lock.json pins are fetched by `npm ci`
into the build folder; with a folder (the node_modules of a distribution) the
files are copied from there and nothing is fetched.
"""
import os
import shutil
import subprocess
import sys

HINT = """
The console needs lit-html and socket.io-client. Either let npm fetch them
(apt-get install npm; the network must be reachable), or name a folder that
holds both: meson configure -Dweb_libraries=/usr/share/nodejs
"""


def fetch(source, output):
    """npm ci beside the output; the source tree is never written to."""
    for name in ("package.json", "package-lock.json"):
        shutil.copy(os.path.join(source, name), output)
    npm = shutil.which("npm")
    if npm is None:
        sys.exit("npm was not found." + HINT)
    run = subprocess.run(
        [npm, "ci", "--omit=dev", "--ignore-scripts", "--no-audit",
         "--no-fund", "--no-progress", "--loglevel=error"],
        cwd=output, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        text=True, check=False)
    if run.returncode != 0:
        sys.exit("npm ci failed: " + run.stderr + HINT)
    return os.path.join(output, "node_modules")


def find(modules, name):
    for place in ("lit-html", "lit-html/directives",
                  "socket.io-client/dist"):
        path = os.path.join(modules, place, name)
        if os.path.isfile(path):
            return path
    sys.exit(f"{name} is not below {modules}." + HINT)


def main():
    origin, source, output, names = (*sys.argv[1:4], sys.argv[4:])
    modules = fetch(source, output) if origin == "npm" else origin
    for name in names:
        with open(find(modules, name), encoding="utf-8") as file:
            lines = file.read().splitlines(keepends=True)
        # The source maps are not served, so nothing may ask for them.
        lines = [x for x in lines if not x.startswith("//# sourceMappingURL")]
        with open(os.path.join(output, name), "w", encoding="utf-8") as file:
            file.writelines(lines)


if __name__ == "__main__":
    main()
