# SPDX-License-Identifier: Apache-2.0
"""The guide names every rule; the examples are what the program makes of them."""

import json
import re
import shutil

import corpus
from harness.openimds import binary

ROOT = corpus.PROJECTS.parents[2]


def test_the_guide_has_every_rule_and_no_other(tmp_path):
    log = json.loads(corpus.run(binary(), "scan", ".", "--sarif", cwd=tmp_path).stdout)
    rules = [rule["id"] for rule in log["runs"][0]["tool"]["driver"]["rules"]]
    guide = (ROOT / "docs" / "guides" / "from-extension-to-imds.md").read_text()
    table = guide.split("| rule | what it finds |")[1].split("\n\n")[0]
    assert re.findall(r"^\| `([\w-]+)`", table, re.M) == rules


def test_the_examples_are_before_and_after(tmp_path):
    for name in ("vm", "scale-set"):
        shutil.copy(ROOT / "examples" / "migrate" / f"{name}-before.json", tmp_path / "a.json")
        done = corpus.run(binary(), "rewrite", "a.json", "--write", cwd=tmp_path)
        assert done.returncode == 0, done.stderr.decode()
        after = (ROOT / "examples" / "migrate" / f"{name}-after.json").read_text()
        assert (tmp_path / "a.json").read_text() == after
        machine = json.loads(after)["resources"][0]
        assert machine["identity"] == {"type": "SystemAssigned"}
