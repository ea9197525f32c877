#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the pages are made of: every file is in the GResource, no file is long,
and nothing needs what the security policy forbids.

usage: check-resources.py WEB
"""
import os
import re
import sys

LONGEST = 300
WIDEST = 120
FORBIDDEN = {
    r"\bstyle=": "a style attribute (the security policy forbids it)",
    r"\bon(click|load|error|change|input)=[\"']": "an inline handler",
    r"\beval\(|new Function\(": "evaluation of text",
    r"https?://(?!(www\.w3\.org|localhost))[a-z]": "another server",
    r"localStorage\.setItem\([^)]*(token|jwt)": "a secret in localStorage",
    r"unsafeHTML|innerHTML": "markup made of text",
}
IMPORT = re.compile(r"""(?:from|import)\s*\(?\s*['"](\.[^'"]+)['"]""")


def main():
    web = sys.argv[1]
    with open(os.path.join(web, "web.gresource.xml"), encoding="utf-8") as file:
        listed = set(re.findall(r"<file>([^<]+)</file>", file.read()))
    bad = []
    for folder, folders, names in os.walk(web):
        folders[:] = [x for x in folders if x != "node_modules"]
        for name in names:
            path = os.path.relpath(os.path.join(folder, name), web)
            if not path.endswith((".js", ".css", ".html", ".svg")):
                continue
            if path not in listed:
                bad.append(f"{path}: not in web.gresource.xml")
            with open(os.path.join(folder, name), encoding="utf-8") as file:
                text = file.read()
            lines = text.split("\n")
            if len(lines) > LONGEST and path.endswith(".js"):
                bad.append(f"{path}: {len(lines)} lines, more than {LONGEST}")
            for number, line in enumerate(lines, 1):
                if len(line) > WIDEST and path.endswith(".js") and "<" not in line:
                    bad.append(f"{path}:{number}: longer than {WIDEST} characters")
                for pattern, what in FORBIDDEN.items():
                    if re.search(pattern, line) and "lint: allowed" not in line:
                        bad.append(f"{path}:{number}: {what}")
            for wanted in IMPORT.findall(text) if path.endswith(".js") else []:
                target = os.path.normpath(os.path.join(os.path.dirname(path), wanted))
                if target not in listed:
                    bad.append(f"{path}: imports {target}, which is not in web.gresource.xml")
    print("\n".join(bad))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
