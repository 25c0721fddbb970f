# SPDX-License-Identifier: Apache-2.0
"""Pages of docs/ that make promises: their tables, and their samples, which are run as they stand.

A sample is a page's section `## Sample`. Its subsections are taken in order; a heading says where:

    ### Here: …     on the service whose workloads ask
    ### There: …    on the authority
    ### Or …        instead of the [[credential]] above it; each is a run of its own
    (any other)     for people only: it needs what no test has

`console` blocks are run in bash: lines that begin with `$ ` and those that a line's end (`\\`, `|`)
continues. The others are what must come out; `…` stands for anything. `toml` blocks are added to
the configuration, `ini` blocks are what systemd would do with them.
"""

import re
import subprocess
from pathlib import Path

from harness.openimds import Service, binary
from harness.timing import scaled, wait_until

ROOT = Path(__file__).resolve().parents[2]
TENANT = "10000000-0000-0000-0000-000000000001"
CLIENT_ID = "20000000-0000-0000-0000-000000000002"
OBJECT_ID = "30000000-0000-0000-0000-000000000003"
SETS_STATE = re.compile(r"(export |umask |[a-z_]+=)")


def read_page(name):
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


def read_source(name):
    return (ROOT / "src" / name).read_text(encoding="utf-8")


def section(page, title):
    """What stands under `## title`."""
    found = re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", page, re.M | re.S)
    assert found, f"no section '{title}'"
    return found[1]


def rows(text):
    """The cells of each row that begins with a name in backticks."""
    return [[cell.strip() for cell in line.strip("|").split("|")]
            for line in text.splitlines() if line.startswith("| `")]


def steps(sample):
    """(heading, [(language, text)]) for each subsection."""
    parts = re.split(r"^### (.*)\n", "### Here\n" + sample, flags=re.M)[1:]
    return [(heading, re.findall(r"^```(\w+)\n(.*?)^```$", text, re.M | re.S))
            for heading, text in zip(parts[::2], parts[1::2])]


def alternatives(page):
    """The headings `Or …`, and None for the sample without them."""
    return [None] + [heading for heading, _ in steps(section(page, "Sample"))
                     if heading.startswith("Or ")]


def plan(page, alternative):
    """The blocks of one run, as (where, language, text)."""
    for heading, blocks in steps(section(page, "Sample")):
        where = heading.split(" ")[0].rstrip(":")
        if where == "Or" and heading != alternative:
            continue
        for language, text in blocks:
            if where == "Here" and alternative and "[[credential]]" in text:
                continue
            if where in ("Here", "There", "Or"):
                yield "There" if where == "There" else "Here", language, text


def commands(block):
    """(command, lines that must come out) of a console block."""
    command, expected = None, []
    for line in block.splitlines():
        if line.startswith("$ "):
            if command:
                yield command, expected
            command, expected = line[2:], []
        elif not expected and command.endswith(("\\", "|")):
            command += "\n" + line
        else:
            expected.append(line)
    yield command, expected


class SampleService(Service):
    """A service whose configuration grows by a page's blocks."""

    def __init__(self, folder, **parts):
        super().__init__(folder=folder, **parts)
        self.added = ""

    def write_config(self):
        super().write_config()
        with open(self.config_path, "a", encoding="utf-8") as file:
            file.write(self.added)

    def add_config(self, text):
        self.added += "\n" + text
        self.write_config()
        before = len(self.events("config.reloaded"))
        self.reload()
        wait_until(lambda: len(self.events("config.reloaded")) > before
                   or self.events("config.refused"), what="the configuration is read again")
        assert not self.events("config.refused"), self.log_tail()


class Runner:
    """Runs a page's sample. `services` maps "Here" and "There", `replaced` what stands for what,
    and `stdin` is what a person would paste (a function, asked when a command reads it)."""

    def __init__(self, folder, services, replaced, stdin=lambda: ""):
        self.folder = Path(folder)
        self.services = services
        self.replaced = replaced
        self.stdin = stdin
        self.kept = {"Here": [], "There": []}  # commands that set something for later ones
        self.output = ""
        self.programs = self.folder / "bin"
        self.programs.mkdir()
        (self.programs / "openimds").symlink_to(binary())

    def run(self, page, alternative=None):
        for where, language, text in plan(page, alternative):
            for placeholder, real in self.replaced.items():
                text = text.replace(placeholder, real)
            if language == "toml":
                self.services[where].add_config(text)
            elif language == "ini":
                self.play_systemd(self.services[where], text)
            elif language == "console":
                for command, expected in commands(text):
                    self.run_command(where, command, expected)

    def run_command(self, where, command, expected):
        service = self.services[where]
        if SETS_STATE.match(command):
            self.kept[where].append(command)
        script = "\n".join(["set -e", *self.kept[where], command])
        done = subprocess.run(
            ["bash", "-c", script], input=self.stdin() if "/dev/stdin" in command else "",
            env={**service._environment(), "PATH": f"{self.programs}:/usr/bin:/bin",
                 "OPENIMDS_CONFIG": str(service.config_path), "no_proxy": "*"},
            capture_output=True, text=True, cwd=self.folder, timeout=scaled(30), check=False)
        self.output = done.stdout
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}{service.log_tail()}"
        for line in filter(None, expected):
            pattern = ".*".join(re.escape(part) for part in line.split("…"))
            assert re.search(rf"^{pattern}$", done.stdout + done.stderr, re.M), (
                f"{command}\nexpected {line!r} in:\n{done.stdout}{done.stderr}")

    def play_systemd(self, service, unit):
        folder = self.folder / "credentials"
        for name, value in re.findall(r"^(\w+)=(.*)$", unit, re.M):
            if name == "LoadCredential":
                name, path = value.split(":", 1)
                folder.mkdir(exist_ok=True)
                (folder / name).write_bytes(Path(path).read_bytes())
                (folder / name).chmod(0o400)
                service.environment["CREDENTIALS_DIRECTORY"] = str(folder)
            else:
                lines = Path(value).read_text() if name == "EnvironmentFile" else value
                service.environment.update(
                    line.split("=", 1) for line in lines.splitlines() if line)
        service.restart()
