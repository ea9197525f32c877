#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""tsc --noEmit --checkJs --strict over the console's modules.

usage: check-types.py WEB BUILD; typescript comes from the lock file by npm ci,
once, into BUILD. The libraries' declarations are copied to BUILD/types/vendor,
and rootDirs lays that over data/web as the build does with the libraries.
"""
import filecmp
import json
import os
import shutil
import subprocess
import sys

DECLARATIONS = {
    "lit-html.d.ts": "lit-html", "directive.d.ts": "lit-html",
    "directive-helpers.d.ts": "lit-html",
    "directives/repeat.d.ts": "lit-html", "directives/live.d.ts": "lit-html",
}


def install(web, build):
    same = all(
        os.path.exists(os.path.join(build, name))
        and filecmp.cmp(os.path.join(web, name), os.path.join(build, name), shallow=False)
        for name in ("package.json", "package-lock.json"))
    if same and os.path.exists(os.path.join(build, "node_modules", "typescript")):
        return
    for name in ("package.json", "package-lock.json"):
        shutil.copy(os.path.join(web, name), build)
    subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund",
                    "--loglevel=error"], cwd=build, check=True)


def main():
    web, build = (os.path.abspath(x) for x in sys.argv[1:3])
    install(web, build)
    types = os.path.join(build, "types")
    for name, package in DECLARATIONS.items():
        target = os.path.join(types, "vendor", name)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        shutil.copy(os.path.join(build, "node_modules", package, name), target)
    with open(os.path.join(types, "vendor", "socket.io.esm.min.d.ts"), "w",
              encoding="utf-8") as file:
        file.write("export { io, Socket } from 'socket.io-client';\n")
    config = os.path.join(build, "tsconfig.json")
    with open(config, "w", encoding="utf-8") as file:
        json.dump({
            "compilerOptions": {
                "noEmit": True, "checkJs": True, "allowJs": True, "strict": True,
                "target": "es2022", "module": "es2022", "moduleResolution": "bundler",
                "lib": ["es2023", "dom", "dom.iterable"], "types": [],
                "rootDirs": [web, types], "skipLibCheck": True,
                "noUnusedLocals": True, "noImplicitReturns": True,
            },
            "files": [os.path.join(web, x) for x in ("app.js", "boot.js")],
            "include": [os.path.join(web, x, "*.js") for x in ("lib", "parts", "views")],
        }, file)
    done = subprocess.run(
        ["node", os.path.join(build, "node_modules", "typescript", "bin", "tsc"),
         "--project", config], check=False)
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
