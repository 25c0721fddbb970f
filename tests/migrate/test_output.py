# SPDX-License-Identifier: Apache-2.0
"""The forms of `migrate`'s answers, and files that a tool should be careful with."""

import json
import os
import re
import stat
import subprocess

import pytest

import corpus
from harness.openimds import binary

OLD = 'curl "http://localhost:50342/oauth2/token?resource=x" -H Metadata:true\n'
NEW = ('curl "http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01&resource=x"'
       ' -H Metadata:true\n')


@pytest.fixture
def project(tmp_path):
    folder = tmp_path / "project"
    folder.mkdir()
    return folder


def migrate(folder, *arguments):
    return corpus.run(binary(), *arguments, cwd=folder)


def findings(folder, *arguments):
    return json.loads(migrate(folder, "scan", *arguments, "-o", "json").stdout)["findings"]


def test_sarif_has_what_its_specification_requires():
    folder = corpus.PROJECTS / "shell" / "before"
    log = json.loads(migrate(folder, "scan", ".", "--sarif").stdout)
    assert log["version"] == "2.1.0"  # 3.13.2
    assert log["$schema"].endswith("sarif-schema-2.1.0.json")
    (run,) = log["runs"]  # 3.13.4
    driver = run["tool"]["driver"]  # 3.18.2, 3.19.8
    assert driver["name"] and driver["version"]
    assert run["columnKind"] == "unicodeCodePoints"  # 3.14.17
    ids = [rule["id"] for rule in driver["rules"]]  # 3.49.3
    assert len(set(ids)) == len(ids)
    for rule in driver["rules"]:
        assert rule["shortDescription"]["text"] and rule["fullDescription"]["text"].endswith(".")
        assert rule["defaultConfiguration"]["level"] in ("note", "warning", "error")
    for invocation in run["invocations"]:
        assert invocation["executionSuccessful"] is True  # 3.20.14
    assert len(run["results"]) == len(findings(folder, "."))
    for result in run["results"]:
        assert result["message"]["text"]  # 3.27.11
        assert ids[result["ruleIndex"]] == result["ruleId"]  # 3.27.6
        assert result["level"] in ("note", "warning", "error")
        (location,) = result["locations"]
        check_location(location["physicalLocation"], folder)
        for fix in result.get("fixes", []):
            check_fix(fix)


def check_location(physical, folder):
    uri, region = physical["artifactLocation"]["uri"], physical["region"]
    lines = (folder / uri).read_text().split("\n")
    assert 1 <= region["startLine"] <= region["endLine"] <= len(lines)
    assert 1 <= region["startColumn"] <= len(lines[region["startLine"] - 1]) + 1
    assert (region["startLine"], region["startColumn"]) < (region["endLine"], region["endColumn"])


def check_fix(fix):
    for change in fix["artifactChanges"]:  # 3.55.3
        assert change["artifactLocation"]["uri"]  # 3.56.2
        for replacement in change["replacements"]:  # 3.56.3, at least one
            assert {"startLine", "startColumn", "endLine", "endColumn"} == set(
                replacement["deletedRegion"])  # 3.57.3
        assert change["replacements"]


def test_sarif_fixes_are_the_rewriting(project):
    (project / "a.sh").write_text("é=1\n" + OLD)
    (result,) = json.loads(migrate(project, "scan", ".", "--sarif").stdout)["runs"][0]["results"]
    lines = (project / "a.sh").read_text().splitlines(keepends=True)
    (change,) = result["fixes"][0]["artifactChanges"]
    for it in sorted(change["replacements"], key=lambda r: -r["deletedRegion"]["startColumn"]):
        region = it["deletedRegion"]
        line = lines[region["startLine"] - 1]
        lines[region["startLine"] - 1] = (line[:region["startColumn"] - 1]
                                          + it.get("insertedContent", {"text": ""})["text"]
                                          + line[region["endColumn"] - 1:])
    assert "".join(lines) == "é=1\n" + NEW


def test_paths_in_sarif_are_uris(project):
    (project / "a b%ü.sh").write_text(OLD)
    (result,) = json.loads(migrate(project, "scan", ".", "--sarif").stdout)["runs"][0]["results"]
    uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert uri == "a%20b%25%C3%BC.sh"


def test_the_table_says_what_why_and_what_instead(project):
    (project / "a.sh").write_text(OLD)
    text = migrate(project, "scan", ".").stdout.decode()
    assert re.search(r"^a\.sh:1:7 +error +endpoint-url +yes +curl", text, re.MULTILINE), text
    assert "connection is refused" in text and "api-version=2018-02-01" in text
    assert "1 in 1 file: 1 can be rewritten, 0 by hand, 0 notes" in text


def test_a_clean_project_is_said_to_be_clean(project):
    (project / "a.sh").write_text(NEW)
    done = migrate(project, "scan", ".")
    assert done.returncode == 0
    assert done.stdout.startswith(b"No use of the VM extension was found.")
    assert re.search(rb"files read: +1\n", done.stdout)


def test_a_missing_path_is_an_error_of_its_own(project):
    done = migrate(project, "scan", "nowhere", "-o", "json")
    assert done.returncode == 3
    assert json.loads(done.stderr)["error"]["code"] == "migrate.file_unreadable"


def test_notes_alone_do_not_fail_a_build(project):
    (project / "README.md").write_text("It was at http://localhost:50342/oauth2/token.\n")
    assert [it["level"] for it in findings(project, ".")] == ["note"]
    assert migrate(project, "scan", ".").returncode == 0


def test_ignore_comments_stand_in_the_line_or_alone_above_it(project):
    (project / "a.py").write_text(
        'A = "http://localhost:50342/a"  # openimds-migrate: ignore\n'
        "# openimds-migrate: ignore\n"
        'B = "http://localhost:50342/b"\n'
        'C = "http://localhost:50342/c"\n')
    assert [it["line"] for it in findings(project, ".")] == [4]


def test_an_ignored_extension_stays_in_its_template(project):
    template = ('{"resources": [\n// openimds-migrate: ignore\n{"type": "x/extensions", "name": "a/b",'
                ' "properties": {"publisher": "Microsoft.ManagedIdentity", "settings":'
                ' {"port": 50342}}}]}\n')
    (project / "a.json").write_text(template)
    assert findings(project, ".") == []
    migrate(project, "rewrite", ".", "--write")
    assert (project / "a.json").read_text() == template


def test_binary_huge_utf16_and_foreign_files_are_skipped_and_named(project):
    (project / "a.bin").write_bytes(b"\0" + OLD.encode())
    (project / "b.txt").write_text(OLD + " " * 5000)
    (project / "c.ps1").write_bytes(("﻿" + OLD).encode("utf-16-le"))
    for folder in (".git", "node_modules", "sub"):
        (project / folder).mkdir()
        (project / folder / "a.sh").write_text(OLD)
    done = migrate(project, "scan", ".", "--largest", "4096", "-o", "json")
    report = json.loads(done.stdout)
    assert [it["path"] for it in report["findings"]] == ["sub/a.sh"]
    reasons = {it["path"]: it["reason"] for it in report["skipped"]}
    assert reasons["a.bin"] == "binary"
    assert reasons["b.txt"] == "larger than 4096 bytes"
    assert reasons["c.ps1"].startswith("UTF-16")
    assert "others' code" in reasons["node_modules"]
    assert ".git" not in reasons and report["filesRead"] == 1


def test_what_is_named_is_searched_even_if_it_is_others_code(project):
    (project / "node_modules").mkdir()
    (project / "node_modules" / "a.sh").write_text(OLD)
    assert len(findings(project, "node_modules")) == 1


def test_patterns_exclude(project):
    (project / "sub").mkdir()
    (project / "a.sh").write_text(OLD)
    (project / "sub" / "b.sh").write_text(OLD)
    assert [it["path"] for it in findings(project, ".", "--exclude", "a.*")] == ["sub/b.sh"]
    assert [it["path"] for it in findings(project, ".", "--exclude", "sub/*")] == ["a.sh"]
    assert findings(project, ".", "--exclude", "a.*", "--exclude", "sub") == []


def test_loops_of_links_and_special_files_do_no_harm(project):
    (project / "a.sh").write_text(OLD)
    (project / "loop").symlink_to(".")
    (project / "self").symlink_to("self")
    (project / "outside").symlink_to("/etc")
    os.mkfifo(project / "fifo")
    report = json.loads(migrate(project, "scan", ".", "-o", "json").stdout)
    assert [it["path"] for it in report["findings"]] == ["a.sh"]
    assert {it["path"] for it in report["skipped"]} == {"loop", "self", "outside"}


def test_overlapping_paths_are_read_once(project):
    (project / "a.sh").write_text(OLD)
    assert len(findings(project, ".", "a.sh", "./a.sh")) == 1


def test_another_port_is_the_extensions_when_it_is_named(project):
    text = OLD.replace("50342", "50999")
    (project / "a.sh").write_text(text)
    assert [it["rule"] for it in findings(project, ".")] == ["endpoint-other-port"]
    assert [it["rule"] for it in findings(project, ".", "--port", "50999")] == ["endpoint-url"]
    migrate(project, "rewrite", ".", "--port", "50999", "--write")
    assert (project / "a.sh").read_text() == NEW


def test_terminals_take_no_orders_from_files(project):
    (project / "a.sh").write_text(OLD.replace("resource=x", "resource=\x1b[2Jx"))
    assert b"\x1b" not in migrate(project, "scan", ".").stdout


def test_bytes_that_are_no_utf8_do_not_break_json(project):
    (project / "a.sh").write_bytes(b"# \xe4\xff\n" + OLD.encode().replace(b"resource=x",
                                                                       b"resource=\xe4\xc2\x9b"))
    (project / os.fsdecode(b"\xe4.sh")).write_text(OLD)
    for form in (["-o", "json"], ["--sarif"]):
        json.loads(migrate(project, "scan", ".", *form).stdout.decode("utf-8"))
    json.loads(migrate(project, "rewrite", ".", "-o", "json").stdout.decode("utf-8"))
    assert "\x9b" not in migrate(project, "scan", ".").stdout.decode("utf-8", "replace")
    migrate(project, "rewrite", ".", "--write")
    assert b"# \xe4\xff\n" in (project / "a.sh").read_bytes()
    assert b"&resource=\xe4\xc2\x9b" in (project / "a.sh").read_bytes()


def test_write_keeps_mode_and_leaves_nothing_behind(project):
    path = project / "a.sh"
    path.write_text(OLD)
    path.chmod(0o751)
    done = migrate(project, "rewrite", ".", "--write")
    assert done.returncode == 0, done.stderr.decode()
    assert done.stdout == b"rewrote a.sh: 1 use\n"
    assert path.read_text() == NEW
    assert stat.S_IMODE(path.stat().st_mode) == 0o751
    assert os.listdir(project) == ["a.sh"]


def test_write_through_a_link_that_was_named_keeps_the_link(project):
    (project / "a.sh").write_text(OLD)
    (project / "link.sh").symlink_to("a.sh")
    migrate(project, "rewrite", "link.sh", "--write")
    assert (project / "link.sh").is_symlink()
    assert (project / "a.sh").read_text() == NEW


def test_the_patch_stands_alone_on_standard_output(project):
    (project / "a.sh").write_text(OLD + "systemctl restart azuremsixtn\n")
    done = migrate(project, "rewrite", ".")
    assert done.returncode == 1
    assert done.stdout.startswith(b"--- a/a.sh\n+++ b/a.sh\n@@ -1,2 +1,2 @@\n-curl")
    assert b"extension-service" in done.stderr


@pytest.mark.parametrize("name", ["a b.sh", "ü.sh", 'q"uote.sh'])
@pytest.mark.parametrize("text", [OLD, OLD.rstrip("\n"), "\n" * 9 + OLD + "\n" * 9 + OLD,
                                  OLD.replace("\n", "\r\n")])
def test_patches_apply_whatever_name_and_end_a_file_has(project, name, text):
    (project / name).write_bytes(text.encode())
    patch = migrate(project, "rewrite", ".").stdout
    done = subprocess.run(["git", "apply", "--whitespace=nowarn"], input=patch, cwd=project,
                          capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    assert (project / name).read_bytes() == text.encode().replace(OLD.encode()[:-1],
                                                                  NEW.encode()[:-1])


def test_a_deep_or_endless_template_ends_in_time(project):
    (project / "deep.json").write_text('{"publisher": "Microsoft.ManagedIdentity", "a":'
                                       + "[" * 1_000_000)
    (project / "long.js").write_text('x = "http://localhost:50342/oauth2/token' + "a" * 3_000_000)
    (project / "many.sh").write_text("curl http://localhost:50342/oauth2/token; " * 50_000)
    (project / "quotes.sh").write_text('"\\"' * 1_000_000 + " 50342")
    done = migrate(project, "scan", ".", "-o", "json")  # its time limit is a minute
    report = json.loads(done.stdout)
    assert sum(it["path"] == "many.sh" for it in report["findings"]) == 1000
    assert {"path": "many.sh", "reason": "more than 1000 findings in it"} in report["skipped"]
