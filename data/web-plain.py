#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Copies the console's files for the GResource, without what only people read:
comments that fill whole lines, empty lines, and the space that indents. A line
keeps its words and its order; nothing is joined, renamed or bundled.

usage: web-plain.py WEB OUT STAMP; writes STAMP.d for ninja
"""
import os
import re
import shutil
import sys

LICENCE = "SPDX-License-Identifier"
OPENS = re.compile(r"\s*/\*")


def strip(text, is_script):
    """Lines of a template keep their indentation: it may be text."""
    kept, in_comment, in_template = [], False, False
    for line in text.split("\n"):
        words = line.strip()
        if in_comment:
            in_comment = "*/" not in words
            words = words.partition("*/")[2].strip()
            if in_comment or not words:
                continue
            line = words
        elif not in_template and LICENCE not in words:
            if not words or is_script and words.startswith("//"):
                continue
            if OPENS.match(line):
                in_comment = "*/" not in words
                line = words = words.partition("*/")[2].strip()
                if in_comment or not words:
                    continue
        kept.append(line if in_template else words)
        # An odd number of backticks goes into a template or out of one.
        if is_script and (words.count("`") - words.count("\\`")) % 2:
            in_template = not in_template
    return "\n".join(kept) + "\n"


def main():
    web, out, stamp = sys.argv[1:4]
    with open(os.path.join(web, "web.gresource.xml"), encoding="utf-8") as file:
        names = re.findall(r"<file>([^<]+)</file>", file.read())
    sources = []
    for name in names:
        source, target = os.path.join(web, name), os.path.join(out, name)
        if not os.path.exists(source):
            continue  # a library or a language: it is made beside us
        sources.append(source)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        if not name.endswith((".js", ".css")):
            shutil.copyfile(source, target)
            continue
        with open(source, encoding="utf-8") as file:
            text = strip(file.read(), name.endswith(".js"))
        with open(target, "w", encoding="utf-8") as file:
            file.write(text)
    with open(stamp + ".d", "w", encoding="utf-8") as file:
        file.write(f"{stamp}: {' '.join(x.replace(' ', chr(92) + ' ') for x in sources)}\n")
    with open(stamp, "w", encoding="utf-8") as file:
        file.write("\n".join(names) + "\n")


if __name__ == "__main__":
    main()
