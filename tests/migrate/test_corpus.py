# SPDX-License-Identifier: Apache-2.0
"""What is found and rewritten in the projects of `corpus`, and that nothing else is touched."""

import json
import shutil
import subprocess

import pytest

import corpus
from harness.openimds import binary

PROJECTS = corpus.names()


@pytest.fixture(params=PROJECTS)
def project(request, tmp_path):
    """(name, a copy of its files to work on)"""
    return request.param, corpus.copy(request.param, tmp_path / "p")


def apply(program, folder, patch):
    arguments = {"patch": ["patch", "-p1", "--no-backup-if-mismatch"],
                 "git": ["git", "apply", "--whitespace=nowarn"]}[program]
    if not shutil.which(arguments[0]):
        pytest.skip(f"{arguments[0]} is not installed")
    done = subprocess.run(arguments, input=patch, cwd=folder, capture_output=True, check=False)
    assert done.returncode == 0, (done.stdout + done.stderr).decode()
    assert b"fuzz" not in done.stdout, done.stdout.decode()


def test_there_are_ten_languages_and_six_kinds_of_templates():
    suffixes = {path.suffix for name in PROJECTS
                for path in (corpus.PROJECTS / name / "before").rglob("*") if path.is_file()}
    assert len(suffixes & {".py", ".js", ".ts", ".go", ".cs", ".java", ".rb", ".php", ".rs", ".cpp",
                           ".sh", ".ps1"}) >= 10
    assert len(suffixes & {".json", ".jsonc", ".bicep", ".tf", ".yaml", ".yml", ".service"}) >= 6


def test_finds_what_is_written_down(project):
    name, folder = project
    found = list(corpus.finding_lines(corpus.scan(binary(), folder)))
    assert found == (corpus.PROJECTS / name / "findings.txt").read_text().splitlines()


def test_exit_code_says_whether_something_breaks(project):
    name, folder = project
    breaks = any(it["level"] != "note" for it in corpus.scan(binary(), folder)["findings"])
    assert corpus.run(binary(), "scan", ".", cwd=folder).returncode == (1 if breaks else 0)


def test_write_changes_just_what_is_written_down(project):
    name, folder = project
    corpus.run(binary(), "rewrite", ".", "--write", cwd=folder)
    assert corpus.files(folder) == corpus.expected_after(name)


@pytest.mark.parametrize("program", ["patch", "git"])
def test_the_patch_does_the_same(project, program):
    name, folder = project
    before = corpus.files(folder)
    patch = corpus.run(binary(), "rewrite", ".", cwd=folder).stdout
    assert corpus.files(folder) == before, "without --write nothing changes"
    if patch:
        apply(program, folder, patch)
    assert corpus.files(folder) == corpus.expected_after(name)


def test_nothing_rewritable_is_found_afterwards(project):
    name, folder = project
    by_hand = [it["text"] for it in corpus.scan(binary(), folder)["findings"]
               if not it["rewritable"]]
    done = corpus.run(binary(), "rewrite", ".", "--write", "-o", "json", cwd=folder)
    left = corpus.scan(binary(), folder)["findings"]
    assert [it for it in left if it["rewritable"]] == []
    assert [it["text"] for it in left] == by_hand, "what was left to people is still there"
    assert [it["text"] for it in json.loads(done.stdout)["byHand"]] == by_hand
    again = corpus.run(binary(), "rewrite", ".", cwd=folder)
    assert again.stdout == b""


@pytest.mark.parametrize("name", ["python", "arm"])
def test_traps_are_not_found(name):
    report = corpus.scan(binary(), corpus.PROJECTS / name / "before")
    assert [it for it in report["findings"] if it["path"].startswith("traps")] == []


def strip_comments(text):
    """JSON of JSON with comments, as these templates have them."""
    lines = [line.split(" //")[0].split("/*")[0] + line.partition("*/")[2]
             for line in text.splitlines() if not line.strip().startswith("//")]
    return json.loads(" ".join(lines).replace("},   ]", "} ]"), strict=False)


@pytest.mark.parametrize("file", ["arm/chain.json", "arm/crlf.json", "arm/scale_set.json",
                                  "arm/nested.jsonc"])
def test_rewritten_templates_are_still_json_with_an_identity(file):
    name, path = file.split("/")
    template = strip_comments((corpus.PROJECTS / name / "after" / path).read_text())
    machines = [it for it in template["resources"]
                if it["type"].lower() in ("microsoft.compute/virtualmachines",
                                          "microsoft.compute/virtualmachinescalesets")]
    assert machines
    for machine in machines:
        assert machine["identity"]["type"] in ("SystemAssigned", "UserAssigned")
    assert "Microsoft.ManagedIdentity\"" not in json.dumps(machines)
