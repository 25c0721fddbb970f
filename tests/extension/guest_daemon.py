# SPDX-License-Identifier: Apache-2.0
"""The guest's daemon under test, as `enable` would start it.

    with GuestDaemon(bridge_settings(service)) as daemon:
        daemon.token("https://vault.azure.net")

The program is `$OPENIMDS_EXTENSION_BINARY`. Its settings file, state and log are in a folder of
the test's own.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from harness import rawhttp
from harness.openimds import TENANT
from harness.timing import scaled, wait_until

PATH = "/oauth2/token"
RESOURCE = "https://management.azure.com/"
METADATA = {"Metadata": "true"}


def extension_binary():
    path = os.environ.get("OPENIMDS_EXTENSION_BINARY")
    assert path, "OPENIMDS_EXTENSION_BINARY must name the guest's program"
    return path


def free_port():
    """One that nobody has on either loopback address now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def bridge_settings(service, **more):
    return {"mode": "imds", "imds": {"url": service.url("imds")}, **more}


def authority_settings(service, identities, certificate, **more):
    """`identities`: as `openimds identity show` prints them, or members of the settings' own."""
    return {"mode": "authority",
            "authority": {"url": service.url("authority"), "tenant": TENANT},
            "certificate": certificate, "identities": identities, **more}


def files(certificate):
    return {"certificateFile": str(certificate.certificate), "keyFile": str(certificate.key)}


class GuestDaemon:
    """`settings` without the port and the folders, which are made here."""

    def __init__(self, settings, *, prefix=(), program=None, port=None, start_timeout=10):
        self.folder = Path(tempfile.mkdtemp(prefix="openimds-guest-"))
        self.state_dir = self.folder / "state"
        self.log_dir = self.folder / "log"
        self.package_dir = self.folder / "Publisher.Type-1.0"
        self.package_dir.mkdir()
        self.settings_file = self.package_dir / "settings.json"
        self.port = port or free_port()
        self.generation = 0
        self.prefix = list(prefix)
        self.program = program or extension_binary()
        self.start_timeout = start_timeout
        self.process = None
        self.write(settings)

    def __enter__(self):
        try:
            return self.start()
        except BaseException:
            self.clean_up()
            raise

    def __exit__(self, kind, *_):
        try:
            if self.is_running():
                self.stop(check=kind is None)
        finally:
            self.clean_up()

    def clean_up(self):
        if self.is_running():
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    # Settings.

    def write(self, settings, port=None):
        """Replaces the file, as WriteDaemonSettings() does; who runs takes it."""
        self.generation += 1
        self.port = port or self.port
        whole = {"port": self.port, "generation": self.generation,
                 "stateDir": str(self.state_dir), "packageDir": str(self.package_dir),
                 "logDir": str(self.log_dir), **settings}
        new = self.settings_file.with_suffix(".new")
        new.write_text(json.dumps(whole))
        new.chmod(0o600)
        new.rename(self.settings_file)
        return self.generation

    def take(self, settings, port=None):
        """The same, and waits until they are in force."""
        generation = self.write(settings, port)
        wait_until(lambda: self.status()["generation"] == generation
                   and not self.status()["message"], 5, "the new settings in force")

    # Life.

    def start(self):
        self.process = self.spawn()
        wait_until(lambda: self.has_ended() or self.serves(), self.start_timeout, "a daemon")
        assert self.is_running(), f"it ended: {self.errors()}"
        return self

    def spawn(self):
        self.log_dir.mkdir(exist_ok=True)
        with open(self.folder / "stderr", "ab") as stderr:
            return subprocess.Popen(
                [*self.prefix, self.program, "run", "--settings", str(self.settings_file)],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=stderr)

    def serves(self):
        status = self.status()
        return bool(status) and status["serving"] and self.runs(status["pid"])

    @property
    def pid(self):
        """Of the daemon itself, also if a `prefix` stands between."""
        return self.status()["pid"] if self.prefix else self.process.pid

    def runs(self, pid):
        return self.process and (pid == self.process.pid or bool(self.prefix))

    def is_running(self):
        return self.process is not None and self.process.poll() is None

    def has_ended(self):
        return self.process.poll() is not None

    def stop(self, check=True):
        os.kill(self.pid, signal.SIGTERM)
        code = self.process.wait(scaled(15))
        if check:
            assert code == 0, f"exit code {code}: {self.errors()}"
        return code

    def kill(self):
        os.kill(self.pid, signal.SIGKILL)
        self.process.wait(scaled(5))

    def reload(self):
        os.kill(self.pid, signal.SIGHUP)

    # What it says.

    def status(self):
        try:
            return json.loads((self.state_dir / "status.json").read_text())
        except FileNotFoundError:
            return None

    def callers(self):
        """Once they are written down."""
        file = self.state_dir / "callers.json"
        return json.loads(file.read_text())["callers"] if file.exists() else []

    def log_text(self):
        file = self.log_dir / "daemon.log"
        return file.read_text() if file.exists() else ""

    def errors(self):
        return (self.folder / "stderr").read_text() + self.log_text()[-2000:]

    def events(self, name):
        lines = [json.loads(line) for line in self.log_text().splitlines()]
        return [line for line in lines if line["event"] == name]

    # What it is asked.

    @property
    def address(self):
        return ("127.0.0.1", self.port)

    @property
    def url(self):
        return f"http://localhost:{self.port}"

    def ask(self, method="GET", query=f"resource={RESOURCE}", body=b"", headers=None,
            address=None, timeout=None):
        target = PATH + (f"?{query}" if query else "")
        return rawhttp.ask(address or self.address, method, target,
                           headers=METADATA if headers is None else headers, body=body,
                           timeout=timeout)

    def token(self, resource=RESOURCE, query=""):
        response = self.ask(query=f"resource={resource}{query}")
        assert response.status == 200, response
        return response.json()


def wait_for_port(port, seconds=5):
    def listens():
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0
    wait_until(listens, seconds, f"somebody on port {port}")


def now():
    return time.monotonic()
