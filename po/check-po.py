#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Every language of po/LINGUAS translates every message, and none is fuzzy.

usage: check-po.py TOP; reads the messages from the sources, so that a new
string without a translation is found before anybody runs update-po.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile


def run(*command, cwd=None):
    done = subprocess.run(command, cwd=cwd, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{command[0]} failed: {done.stderr}")
    return done.stderr


def forgotten(top):
    """Files of the pages that have messages and are not listed."""
    with open(os.path.join(top, "po", "POTFILES"), encoding="utf-8") as file:
        listed = set(file.read().split())
    for folder in ("", "lib", "parts", "views"):
        place = os.path.join(top, "data", "web", folder)
        for name in sorted(os.listdir(place)):
            path = os.path.relpath(os.path.join(place, name), top)
            if not name.endswith(".js") or name == "i18n.js" or path in listed:
                continue
            with open(os.path.join(top, path), encoding="utf-8") as file:
                if re.search(r"(?<![\w.])(_|ngettext)\(", file.read()):
                    yield f"{path} has words to translate and is not in po/POTFILES"


def main():
    top = sys.argv[1]
    if shutil.which("xgettext") is None:
        print("xgettext is missing: apt-get install gettext")
        return 77
    bad = list(forgotten(top))
    with open(os.path.join(top, "po", "LINGUAS"), encoding="utf-8") as file:
        languages = [x for x in file.read().split() if not x.startswith("#")]
    with tempfile.TemporaryDirectory() as folder:
        pot = os.path.join(folder, "dais.pot")
        run("xgettext", "--from-code=UTF-8", "--keyword=_", "--keyword=N_",
            "--keyword=C_:1c,2", "--keyword=ngettext:1,2", "--add-location=file", "--keyword=g_dngettext:2,3",
            "--files-from=po/POTFILES", "--output=" + pot, cwd=top)
        for language in languages:
            source = os.path.join(top, "po", language + ".po")
            merged = os.path.join(folder, language + ".po")
            run("msgmerge", "--quiet", "--no-fuzzy-matching", "--output-file=" + merged,
                source, pot)
            said = run("msgfmt", "--check", "--statistics", "--output-file=/dev/null", merged)
            print(f"{language}: {said.strip()}")
            if "untranslated" in said or "fuzzy" in said:
                left = subprocess.run(["msgattrib", "--untranslated", "--no-obsolete", merged],
                                      stdout=subprocess.PIPE, text=True, check=True).stdout
                bad.append(f"{language}: not complete:\n{left}")
            with open(source, encoding="utf-8") as file:
                if re.search(r"^#, .*fuzzy", file.read(), re.M):
                    bad.append(f"{language}: has fuzzy messages")
    print("\n".join(bad))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
