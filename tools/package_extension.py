#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Packs the guest's program as the zip that a guest's agent unpacks.

Usage: package_extension.py PROGRAM ZIP. The same inputs give the same bytes: no time, no owner, no
order of a folder is in it. The agent sets its own modes; the program's is there for people. There is
no unit in it: `enable` writes one that names the folder which the agent has unpacked the zip into.
"""

import os
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NO_TIME = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip can say


def entries(program):
    yield "HandlerManifest.json", ROOT / "src/extension/handler/HandlerManifest.json", 0o644
    yield "LICENSE", ROOT / "LICENSE", 0o644
    yield "managed-identity-extension", Path(program), 0o755


def pack(program, target):
    unfinished = Path(f"{target}.tmp")
    with zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as package:
        for name, path, mode in entries(program):
            entry = zipfile.ZipInfo(name, NO_TIME)
            entry.create_system = 3  # UNIX, which is what gives the mode a meaning
            entry.external_attr = (0o100000 | mode) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            package.writestr(entry, path.read_bytes(), compresslevel=9)
    os.replace(unfinished, target)


if __name__ == "__main__":
    pack(sys.argv[1], sys.argv[2])
