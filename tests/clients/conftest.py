# SPDX-License-Identifier: Apache-2.0
"""The service with its machine, and one running client program for each table entry."""

import contextlib
import glob
import os
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent))

from certificates import make_certificates  # noqa: E402
from client_program import HERE, ClientProgram  # noqa: E402
from harness.openimds import Service  # noqa: E402

LIFETIME = 300  # seconds; the shortest that the authority takes
MACHINE = "vm1"


class ClientService(Service):
    """A service that says which requests it answered, and whose clocks can be put forward."""

    def __init__(self, **options):
        super().__init__(**options)
        self.clock_offset = self.folder / "clock-offset"
        [library] = glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")
        self.environment = {"LD_PRELOAD": library, "FAKETIME_NO_CACHE": "1",
                            "FAKETIME_TIMESTAMP_FILE": str(self.clock_offset)}
        self._put_clock_forward(0)

    @contextlib.contextmanager
    def later(self, seconds):
        self._put_clock_forward(seconds)
        try:
            yield
        finally:
            self._put_clock_forward(0)

    def answers_for(self, resource):
        """The audit events of `resource`."""
        return [event for event in self.log_lines() if event.get("resource") == resource]

    def _put_clock_forward(self, seconds):
        new = self.clock_offset.with_suffix(".new")
        new.write_text(f"+{seconds}\n")
        new.rename(self.clock_offset)


class Machine:
    """The identities around the machine for which the listeners speak."""

    def __init__(self, service):
        self.user_assigned = [service.cli("identity", "create", name) for name in ("ua1", "ua2")]
        self.unassigned = service.cli("identity", "create", "elsewhere")
        service.cli("machine", "identity", "assign", MACHINE, "ua1", "ua2")
        self.system_assigned = service.cli("machine", "show", MACHINE)["identity"]

    @staticmethod
    def selector_value(identity, selector):
        field = {"client_id": "clientId", "object_id": "principalId", "resource_id": "id"}
        return identity[field[selector]]


def pytest_generate_tests(metafunc):
    clients = getattr(metafunc.module, "CLIENTS", ())
    if "selector" in metafunc.fixturenames:
        pairs = [(client, selector) for client in clients for selector in client.selectors]
        metafunc.parametrize("client, selector", pairs, scope="module",
                             ids=[f"{client.name}-{selector}" for client, selector in pairs])
    elif "client" in metafunc.fixturenames:
        metafunc.parametrize("client", clients, scope="module",
                             ids=[client.name for client in clients])


@pytest.fixture(scope="module")
def service():
    with ClientService(settings={"authority": {"token_lifetime": LIFETIME}}) as running:
        yield running


@pytest.fixture(scope="module")
def machine(service):
    return Machine(service)


@pytest.fixture(scope="session")
def certificates(tmp_path_factory):
    return make_certificates(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="module")
def node():
    if not (HERE / "node/node_modules").is_dir():
        # Where Node.js is too old, install.sh leaves the npm clients out.
        give_up = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        give_up("the npm clients are not there: see tests/clients/install.sh")
    return lambda script: ["node", str(HERE / "node" / script)]


@pytest.fixture(scope="module")
def python():
    return lambda script: [sys.executable, str(HERE / "python" / script)]


@pytest.fixture(scope="session")
def go(tmp_path_factory):
    """Builds with Debian's packages as the whole GOPATH: no module, no proxy."""
    program = tmp_path_factory.mktemp("go") / "fetch_tokens"
    subprocess.run(["go", "build", "-o", program, HERE / "go/fetch_tokens.go"], check=True,
                   env={"PATH": "/usr/bin:/bin", "HOME": str(Path.home()), "GO111MODULE": "off",
                        "GOPATH": "/usr/share/gocode"})
    return [str(program)]


@pytest.fixture(scope="module")
def program(service, client, command, tmp_path_factory):
    """The client program of one table entry; the module's fixture `command` says which."""
    folder = tmp_path_factory.mktemp("client")
    with ClientProgram(command, folder, client.environment(service)) as running:
        yield running
