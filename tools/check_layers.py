#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Holds every #include of src/ against layers.txt, and a few rules that no compiler knows.

Usage: check_layers.py REPOSITORY. Prints each breach and exits with 1 if there is one.
"""
import pathlib
import re
import sys

INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.MULTILINE)


def read_layers(root):
    layers = {}
    lines = (root / "layers.txt").read_text().splitlines()
    for height, line in enumerate(line for line in lines if line and line[0] != "#"):
        for folder in line.split():
            layers[folder] = height
    return layers


def folder_of(path):
    """base, …; of frontends/ the protocol's folder, since two of them are strangers."""
    parts = path.split("/")
    return "/".join(parts[:2]) if parts[0] == "frontends" and len(parts) > 2 else parts[0]


def may_include(layers, source, target, is_test):
    if source == target:
        return True
    if is_test and target == "testing":
        return True
    source_top, target_top = source.split("/")[0], target.split("/")[0]
    if source_top == target_top:
        return source_top == "testing"
    return layers[target_top] < layers[source_top]


def breaches(root):
    layers = read_layers(root)
    for file in sorted((root / "src").rglob("*.[ch]*")):
        name = file.relative_to(root / "src").as_posix()
        if "/" not in name:
            continue  # main.cc stands above all
        text = file.read_text()
        source = folder_of(name)
        if source.split("/")[0] not in layers:
            yield f"src/{name}: the folder {source} is not in layers.txt"
            continue
        is_test = name.endswith(("_test.cc", "_test_fixture.h"))
        for included in INCLUDE.findall(text):
            target = folder_of(included)
            if target.split("/")[0] not in layers:
                yield f"src/{name}: includes \"{included}\", whose folder is not in layers.txt"
            elif not may_include(layers, source, target, is_test):
                yield f"src/{name}: {source} may not include {target} (\"{included}\")"
        if source != "http" and re.search(r"\bco_await\b|<boost/(asio|beast)", text):
            yield f"src/{name}: Asio, Beast and co_await stay in src/http (docs/traps.md)"
        if not text.startswith("// SPDX-License-Identifier: Apache-2.0\n"):
            yield f"src/{name}: expected the SPDX line first"


def main():
    found = list(breaches(pathlib.Path(sys.argv[1])))
    for breach in found:
        print(breach)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
