#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What data/web-plain.py makes of the pages is still the same program.

usage: check-plain.py WEB NODE
"""
import importlib.util
import os
import subprocess
import sys
import tempfile

SAMPLE = """// SPDX-License-Identifier: LGPL-2.1-or-later
// gone

/** gone
 * too */
export const a = 'http://x'; // stays
  /* gone */ const b = 1;
const c = html`
    // text
    /* text */
  ${b ? html`<i>${a}</i>` : ''}`;
  // gone
const d = /\\/\\*/;
"""
PLAIN = """// SPDX-License-Identifier: LGPL-2.1-or-later
export const a = 'http://x'; // stays
const b = 1;
const c = html`
    // text
    /* text */
  ${b ? html`<i>${a}</i>` : ''}`;
const d = /\\/\\*/;
"""
# Parses each file as a module, all in one process.
PARSE = """
import { readFileSync, readdirSync } from 'node:fs';
import { SourceTextModule } from 'node:vm';
for (const name of readdirSync('.')) {
  try { new SourceTextModule(readFileSync(name, 'utf8')); } catch (error) { console.log(`${name}: ${error.message}`); }
}
"""


def main():
    web, node = sys.argv[1:3]
    spec = importlib.util.spec_from_file_location("web_plain", os.path.join(web, "..", "web-plain.py"))
    plain = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(plain)
    made = plain.strip(SAMPLE, True)
    bad = [] if made == PLAIN else [f"the sample became:\n{made}"]
    with tempfile.TemporaryDirectory() as folder:
        for place, _, names in os.walk(web):
            for name in names:
                if not name.endswith(".js") or "node_modules" in place:
                    continue
                with open(os.path.join(place, name), encoding="utf-8") as file:
                    text = plain.strip(file.read(), True)
                path = os.path.join(folder, os.path.relpath(os.path.join(place, name), web).replace(os.sep, "+"))
                with open(path, "w", encoding="utf-8") as file:
                    file.write(text)
        done = subprocess.run([node, "--no-warnings", "--experimental-vm-modules", "--input-type=module", "-e", PARSE],
                              cwd=folder, stdout=subprocess.PIPE, text=True, check=True)
        bad += done.stdout.splitlines()
    print("\n".join(bad))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
