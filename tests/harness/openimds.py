# SPDX-License-Identifier: Apache-2.0
"""The service under test: the real program with a state folder and ports of its own.

    with Service() as service:
        service.cli("identity", "create", "ua1")
        rawhttp.ask(service.imds, target="/metadata/identity/oauth2/token?...")

The program is `$OPENIMDS_BINARY`. It is stopped by SIGTERM at the end of the block, and an exit
code other than 0 (a sanitizer's report, for one) fails the test.
"""

import json
import os
import selectors
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from harness import jwt, rawhttp
from harness.timing import scaled, wait_until

SUBSCRIPTION = "11111111-1111-1111-1111-111111111111"
TENANT = "22222222-2222-2222-2222-222222222222"
SEED = {
    "subscription_id": SUBSCRIPTION,
    "tenant_id": TENANT,
    "resource_group": "rg1",
    "machine": "vm1",
    "identity": "openimds-identity",
    "location": "westeurope",
}
TOKEN_PATH = "/metadata/identity/oauth2/token"


def binary():
    path = os.environ.get("OPENIMDS_BINARY")
    assert path, "OPENIMDS_BINARY must name the program under test"
    return path


def has_ipv6():
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
        return True
    except OSError:
        return False


def default_listeners():
    listeners = [
        {"protocol": "imds", "address": "127.0.0.1:0"},
        {"protocol": "vm_extension", "address": "127.0.0.1:0"},
        {"protocol": "authority", "address": "127.0.0.1:0"},
    ]
    if has_ipv6():
        listeners.append({"protocol": "vm_extension", "address": "[::1]:0"})
    return listeners


class CliError(Exception):
    """A verb that failed: its exit code, and the reason code and message of its JSON error."""

    def __init__(self, arguments, exit_code, stdout, stderr):
        self.exit_code = exit_code
        self.stdout = stdout
        self.stderr = stderr
        self.code, self.message = _read_error(stderr)
        super().__init__(f"openimds {' '.join(arguments)}: exit {exit_code}: {stderr.strip()}")


def _read_error(stderr):
    for line in reversed(stderr.splitlines()):
        try:
            error = json.loads(line)["error"]
            return error["code"], error["message"]
        except (ValueError, KeyError, TypeError):
            continue
    return None, None


class StartFailed(CliError):
    """`serve` ended before it was ready."""


@dataclass(frozen=True)
class Endpoint:
    protocol: str
    address: object  # (host, port), or the path of a UNIX socket
    url: str
    machine: str


class Service:
    def __init__(self, *, listeners=None, settings=None, seed=None, folder=None, prefix=(),
                 environment=None, start_timeout=20):
        """`settings` holds the other tables of the configuration: {"server": {"io_threads": 1}}.
        `prefix` is put before the program's name (`["ip", "netns", "exec", name]`).
        With a `folder` of the caller's, that is used and left behind; it must exist."""
        self.own_folder = folder is None
        self.folder = Path(folder or tempfile.mkdtemp(prefix="openimds-test-"))
        self.config_path = self.folder / "openimds.toml"
        self.log_path = self.folder / "log"
        self.listeners = default_listeners() if listeners is None else listeners
        self.settings = settings or {}
        self.state_dir = Path(self.settings.get("state", {}).get("dir", self.folder / "state"))
        self.seed = SEED if seed is None else seed
        self.prefix = list(prefix)
        self.environment = environment or {}
        self.start_timeout = start_timeout
        self.pass_fds = ()  # descriptors that the program gets
        self.process = None
        self.ready = None
        self.endpoints = []

    # Life.

    def __enter__(self):
        try:
            return self.start()
        except BaseException:
            self._clean_up()
            raise

    def __exit__(self, kind, *_):
        try:
            if self.is_running():
                self.stop(check=kind is None)
        finally:
            self._clean_up()

    def start(self):
        assert not self.is_running()
        self.write_config()
        self.process = self.spawn()
        self.ready = self._read_ready_line()
        self.endpoints = [_endpoint(entry) for entry in self.ready["listeners"]]
        return self

    def spawn(self):
        """Starts the program, and does not wait for it to be ready."""
        with open(self.log_path, "ab") as log:
            return subprocess.Popen(
                [*self.prefix, binary(), "serve", "--config", str(self.config_path),
                 "--output", "json"],
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log,
                env=self._environment(), cwd=self.folder, pass_fds=self.pass_fds)

    def is_running(self):
        return self.process is not None and self.process.poll() is None

    @property
    def pid(self):
        return self.ready["pid"]

    def signal(self, number):
        """To the program itself, also if a `prefix` stands between."""
        os.kill(self.pid, number)

    def stop(self, check=True):
        """SIGTERM, and the end within the time limit. Returns the exit code."""
        self.signal(signal.SIGTERM)
        return self.wait_for_end(check)

    def wait_for_end(self, check=True):
        try:
            code = self.process.wait(scaled(15))
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"no end 15 s after SIGTERM; log:\n{self.log_tail()}") from None
        self.process.stdout.close()
        if check:
            assert code == 0, f"exit code {code}; log:\n{self.log_tail()}"
        return code

    def kill(self):
        """SIGKILL: what is on disk is all that is left."""
        if self.ready:
            try:
                self.signal(signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def restart(self):
        if self.is_running():
            self.stop()
        return self.start()

    def reload(self):
        self.signal(signal.SIGHUP)

    # Where it listens.

    def endpoint(self, protocol, number=0):
        return [entry for entry in self.endpoints if entry.protocol == protocol][number]

    @property
    def imds(self):
        return self.endpoint("imds").address

    @property
    def extension(self):
        return self.endpoint("vm_extension").address

    @property
    def authority(self):
        return self.endpoint("authority").address

    def url(self, protocol):
        return self.endpoint(protocol).url

    @property
    def control_socket(self):
        return self.ready["control"]

    # What it is asked.

    def run_cli(self, *arguments, timeout=20):
        """One verb, as a finished process with text in stdout and stderr."""
        return subprocess.run(
            [*self.prefix, binary(), "--config", str(self.config_path), "--output", "json",
             *arguments],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, env=self._environment(),
            cwd=self.folder, timeout=scaled(timeout), check=False)

    def program(self):
        """The program and where its state is, to be run by other means than run_cli()."""
        return [binary(), "--config", str(self.config_path)]

    def cli(self, *arguments, timeout=20):
        """The JSON that a verb prints (None if nothing); CliError if it fails."""
        done = self.run_cli(*arguments, timeout=timeout)
        if done.returncode != 0:
            raise CliError(arguments, done.returncode, done.stdout, done.stderr)
        return json.loads(done.stdout) if done.stdout.strip() else None

    def control(self, operation, arguments=None, timeout=None):
        """One operation over the control socket, without the command line's start-up time."""
        return rawhttp.ask(self.control_socket, "POST", f"/v1/operations/{operation}",
                           headers={"Content-Type": "application/json"},
                           body=json.dumps(arguments or {}), timeout=timeout)

    def token(self, resource="https://management.azure.com/", query="", address=None):
        """The body of an IMDS token answer, which must be 200."""
        response = rawhttp.ask(
            address or self.imds, headers={"Metadata": "true"},
            target=f"{TOKEN_PATH}?api-version=2018-02-01&resource={resource}{query}")
        assert response.status == 200, response
        return response.json()

    def jwks(self, tenant=TENANT, version=""):
        response = rawhttp.ask(self.authority, target=f"/{tenant}/discovery/{version}keys")
        assert response.status == 200, response
        return response.json()

    def verify(self, access_token):
        """The claims of a token that this service's authority has signed."""
        return jwt.verify(access_token, self.jwks())

    # What it wrote.

    def log_text(self):
        return self.log_path.read_text(encoding="utf-8", errors="replace")

    def log_tail(self):
        return "\n".join(self.log_text().splitlines()[-40:]) if self.log_path.exists() else ""

    def log_lines(self):
        """Every whole log line so far; one that is not a JSON object is a failure."""
        lines = self.log_text().splitlines(keepends=True)
        return [json.loads(line) for line in lines if line.endswith("\n")]

    def events(self, name, **fields):
        """Those in the log by now. The log is written a moment after the answer: see `said`."""
        wanted = {"event": name, **fields}
        return [line for line in self.log_lines() if wanted.items() <= line.items()]

    def said(self, name, count=1, **fields):
        """The events of that name and those fields, once there are so many of them."""
        def enough():
            found = self.events(name, **fields)
            return found if len(found) >= count else None
        return wait_until(enough, what=f"{count} events {name} with {fields}")

    # The parts.

    def write_config(self):
        tables = {"state": {"dir": str(self.state_dir)}, "seed": self.seed}
        for name, values in self.settings.items():
            tables[name] = {**tables.get(name, {}), **values}
        text = "".join(_render_table(f"[{name}]", values) for name, values in tables.items())
        text += "".join(_render_table("[[listener]]", values) for values in self.listeners)
        self.config_path.write_text(text, encoding="utf-8")

    def _environment(self):
        kept = {name: value for name, value in os.environ.items()
                if not name.startswith("OPENIMDS_") or name.startswith("OPENIMDS_TEST_")}
        return {**kept, "LC_ALL": "C.UTF-8", **self.environment}

    def _read_ready_line(self):
        deadline = time.monotonic() + scaled(self.start_timeout)
        line = b""
        with selectors.DefaultSelector() as selector:
            selector.register(self.process.stdout, selectors.EVENT_READ)
            while not line.endswith(b"\n"):
                if not selector.select(max(0.0, deadline - time.monotonic())):
                    self.process.kill()
                    self.process.wait()
                    raise AssertionError(f"not ready in time; log:\n{self.log_tail()}")
                data = os.read(self.process.stdout.fileno(), 65536)
                if not data:
                    raise StartFailed(["serve"], self.process.wait(scaled(15)), line.decode(),
                                      self.log_tail())
                line += data
        return self._check_ready(line)

    def _check_ready(self, line):
        assert line.count(b"\n") == 1, f"more than one line on stdout: {line!r}"
        ready = json.loads(line)
        assert ready["event"] == "ready", ready
        return ready

    def _clean_up(self):
        if self.is_running():
            self.kill()
        if self.own_folder:
            shutil.rmtree(self.folder, ignore_errors=True)


def _endpoint(entry):
    address = entry["address"]
    if address.startswith("unix:"):
        return Endpoint(entry["protocol"], address[5:], entry.get("url", ""),
                        entry.get("machine", ""))
    host, port = address.rsplit(":", 1)
    return Endpoint(entry["protocol"], (host.strip("[]"), int(port)), entry["url"],
                    entry.get("machine", ""))


def _render_table(heading, values):
    lines = [heading, *(f"{key} = {_render_value(value)}" for key, value in values.items()), ""]
    return "\n".join(lines) + "\n"


def _render_value(value):
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_render_value(entry) for entry in value) + "]"
    return json.dumps(value)  # strings of ASCII and numbers are written alike in JSON and TOML
