#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Writes the web pages' messages of a .po file as JSON for lib/i18n.js.

usage: po-to-json.py LANG.po LANG.json

{"": "1011…", "message": "translation", "%d viewer": ["…", "…"]}. The first
says which plural form 0, 1, 2 … 199 take (from 200 on: that of 100 + n % 100),
because the pages' security policy allows them no evaluation of expressions.
Fuzzy and empty messages are left out, so that the page falls back to English,
and so is every message that no file below data/web uses.
"""
import ast
import gettext
import json
import re
import sys

FIELD = re.compile(r'^(msgctxt|msgid|msgid_plural|msgstr(?:\[(\d)\])?)\s+(".*")$')


def entries(text):
    for block in re.split(r"\n\s*\n", text):
        entry = {"str": {}, "web": False, "fuzzy": False}
        key = None
        for line in block.splitlines():
            if line.startswith("#~"):
                continue
            if line.startswith("#:"):
                entry["web"] |= "data/web/" in line
            elif line.startswith("#,"):
                entry["fuzzy"] |= "fuzzy" in line
            elif match := FIELD.match(line):
                key = match[1].split("[")[0]
                index = int(match[2] or 0)
                value = ast.literal_eval(match[3])
                if key == "msgstr":
                    key = index
                    entry["str"][index] = value
                else:
                    entry[key] = value
            elif line.startswith('"') and key is not None:
                value = ast.literal_eval(line)
                if isinstance(key, int):
                    entry["str"][key] += value
                else:
                    entry[key] += value
        if "msgid" in entry:
            yield entry


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        text = file.read()
    result = {}
    for entry in entries(text):
        if entry["msgid"] == "":
            plural = re.search(r"plural=([^;\n]+);", entry["str"].get(0, ""))
            if not plural:
                sys.exit(f"{sys.argv[1]}: no Plural-Forms in the head")
            form = gettext.c2py(plural[1].strip())
            result[""] = "".join(str(form(n)) for n in range(200))
            continue
        if entry["fuzzy"] or not entry["web"] or not all(entry["str"].values()):
            continue
        forms = [entry["str"][i] for i in sorted(entry["str"])]
        result[entry["msgid"]] = forms if "msgid_plural" in entry else forms[0]
    with open(sys.argv[2], "w", encoding="utf-8") as file:
        json.dump(result, file, ensure_ascii=False, separators=(",", ":"))


if __name__ == "__main__":
    main()
