# SPDX-License-Identifier: Apache-2.0
"""The zip that a guest's agent unpacks: what is in it, and that it is the same bytes every time."""

import hashlib
import json
import os
import shlex
import shutil
import subprocess
import time
import zipfile

import pytest

from static_program import FOLDER, ROOT, build

PROGRAM = "managed-identity-extension"
# Those that name their own place in the tree, or whose libraries do, if any does.
SOURCES = ("src/extension/main.cc", "src/telemetry/log.cc")


@pytest.fixture(scope="session")
def program():
    return build()


def pack(program, target):
    subprocess.run([ROOT / "tools/package_extension.py", program, target], check=True)
    return target


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture(scope="session")
def package(program, tmp_path_factory):
    return pack(program, tmp_path_factory.mktemp("package") / "package.zip")


def test_holds_the_manifest_and_the_program(package, program):
    with zipfile.ZipFile(package) as opened:
        assert opened.testzip() is None
        assert opened.namelist() == ["HandlerManifest.json", "LICENSE", PROGRAM]
        assert opened.read(PROGRAM) == program.read_bytes()
        modes = {entry.filename: entry.external_attr >> 16 & 0o777 for entry in opened.infolist()}
    assert modes == {"HandlerManifest.json": 0o644, "LICENSE": 0o644, PROGRAM: 0o755}


def test_every_command_of_the_manifest_is_one_of_the_program(package, tmp_path):
    with zipfile.ZipFile(package) as opened:
        opened.extractall(tmp_path)
    (tmp_path / PROGRAM).chmod(0o744)  # as the agent does
    [entry] = json.loads((tmp_path / "HandlerManifest.json").read_text())
    manifest = entry["handlerManifest"]
    usage = subprocess.run([tmp_path / PROGRAM, "help"], capture_output=True, text=True, check=True,
                           env={}).stdout
    for verb in ("install", "enable", "update", "disable", "uninstall"):
        command = shlex.split(manifest[f"{verb}Command"])
        assert command == [PROGRAM, verb] and verb in usage
    assert manifest["rebootAfterInstall"] is False


def test_packing_later_and_elsewhere_makes_the_same_bytes(program, package, tmp_path):
    copy = tmp_path / "elsewhere" / PROGRAM
    copy.parent.mkdir()
    shutil.copyfile(program, copy)
    copy.chmod(0o600)
    os.utime(copy, (time.time() - 10**8,) * 2)
    assert digest(pack(copy, tmp_path / "again.zip")) == digest(package)


def commands():
    listed = subprocess.run(["ninja", "-C", FOLDER, "-t", "commands", PROGRAM],
                            capture_output=True, text=True, check=True).stdout
    return listed.splitlines()


@pytest.mark.parametrize("source", SOURCES)
def test_compiling_again_from_another_folder_makes_the_same_object(program, source, tmp_path):
    """Without the compiler's cache, from a copy of the sources under another path."""
    elsewhere = tmp_path / "other place"
    elsewhere.mkdir()
    shutil.copytree(ROOT / "src", elsewhere / "src")
    [command] = [line for line in commands() if f" -c {ROOT}/{source}" in line]
    [built] = FOLDER.rglob(f"{source}.o")
    again = tmp_path / "again.o"
    arguments = [it.replace(str(ROOT), str(elsewhere)) for it in shlex.split(command)]
    arguments[arguments.index("-o") + 1] = str(again)
    arguments[arguments.index("-MF") + 1] = str(tmp_path / "again.d")
    done = subprocess.run(arguments, cwd=tmp_path, capture_output=True, text=True, check=False,
                          env={**os.environ, "CCACHE_DISABLE": "1"})
    assert done.returncode == 0, done.stderr
    assert digest(again) == digest(built)


def test_linking_again_makes_the_same_program(program, tmp_path):
    again = tmp_path / PROGRAM
    link = commands()[-1].removeprefix(": && ").removesuffix(" && :")
    arguments = shlex.split(link)
    arguments[arguments.index("-o") + 1] = str(again)
    subprocess.run(arguments, cwd=FOLDER, check=True, capture_output=True)
    assert digest(again) == digest(program)
