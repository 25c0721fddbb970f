# SPDX-License-Identifier: Apache-2.0
"""Small made-up projects that use the VM extension, each in a folder of `projects/`:

    before/         as its owner has it, with traps that must not be touched
    after/          the same when `migrate rewrite` is done with it; only files that change
    findings.txt    what `migrate scan` finds in before/

`python3 corpus.py BINARY` writes after/ and findings.txt anew; read the difference line by line.
"""

import json
import shutil
import subprocess
import sys
from pathlib import Path

PROJECTS = Path(__file__).resolve().parent / "projects"


def names():
    return sorted(path.name for path in PROJECTS.iterdir() if path.is_dir())


def run(binary, *arguments, cwd):
    return subprocess.run([binary, "migrate", *arguments], cwd=cwd, capture_output=True,
                          check=False, timeout=60)


def scan(binary, folder):
    done = run(binary, "scan", ".", "--output", "json", cwd=folder)
    assert done.returncode in (0, 1), done.stderr.decode()
    return json.loads(done.stdout)


def finding_lines(report):
    """One line for each finding, as findings.txt has them."""
    for it in report["findings"]:
        how = "rewritten" if it["rewritable"] else it["byHand"] or "by hand"
        yield f"{it['path']}:{it['line']}:{it['column']} {it['level']} {it['rule']}: {how}"


def files(folder):
    """{relative path: content} of all files."""
    return {path.relative_to(folder).as_posix(): path.read_bytes()
            for path in sorted(folder.rglob("*")) if path.is_file()}


def expected_after(name):
    """All of a project as it is to be when rewriting is done."""
    return {**files(PROJECTS / name / "before"), **files(PROJECTS / name / "after")}


def copy(name, folder):
    shutil.copytree(PROJECTS / name / "before", folder)
    return folder


def write_anew(binary, name):
    project = PROJECTS / name
    lines = finding_lines(scan(binary, project / "before"))
    (project / "findings.txt").write_text("".join(line + "\n" for line in lines))
    shutil.rmtree(project / "after", ignore_errors=True)
    copy(name, project / "after")
    run(binary, "rewrite", ".", "--write", cwd=project / "after")
    before = files(project / "before")
    for path, content in files(project / "after").items():
        if before[path] == content:
            (project / "after" / path).unlink()


if __name__ == "__main__":
    for each in names():
        write_anew(Path(sys.argv[1]).resolve(), each)
