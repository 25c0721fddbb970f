# SPDX-License-Identifier: Apache-2.0
"""A machine with the real agent, the platform that the agent asks, and OpenIMDS as its authority.

Only in the namespaces of in_guest.sh. The program of the package is `$OPENIMDS_EXTENSION_BINARY`.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import uuid
from pathlib import Path

HERE = Path(__file__).resolve().parent
TESTS = HERE.parent
sys.path[:0] = [str(TESTS), str(TESTS / "clients")]

from client_program import ClientProgram  # noqa: E402
from harness import openssl, rawhttp  # noqa: E402
from harness.openimds import TENANT, Service  # noqa: E402
from harness.timing import wait_until  # noqa: E402
from envelopes import thumbprint  # noqa: E402
from linux_agent import LinuxAgent  # noqa: E402
from wire_server import Extension, WireServer  # noqa: E402

NAME = "Microsoft.ManagedIdentity.ManagedIdentityExtensionForLinux"
PROGRAM = "managed-identity-extension"
PORT = 50342
METADATA = {"Metadata": "true"}


def make_package(folder, program):
    """The package as it is built for the platform to hand out; every version is the same here."""
    path = folder / "package.zip"
    subprocess.run([sys.executable, TESTS.parent / "tools/package_extension.py", program, path],
                   check=True)
    return path


def stripped(folder):
    """The program without what debuggers want, so that a package is quickly made and unpacked."""
    program = folder / "stripped"
    subprocess.run(["strip", "-o", program, os.environ["OPENIMDS_EXTENSION_BINARY"]], check=True)
    return program


class Identity:
    """A user-assigned identity that proves itself by certificates of one common name."""

    def __init__(self, service, name, folder):
        self.service, self.name, self.folder = service, name, folder
        self.facts = service.cli("identity", "create", name)
        self.client_id = self.facts["clientId"]
        self.keys = 0

    def new_certificate(self):
        """(certificate, key) as paths; the authority knows it."""
        self.keys += 1
        where = self.folder / f"{self.name}-{self.keys}"
        where.mkdir()
        pair = openssl.make_signer(where, self.name, days=30)
        self.service.cli("identity", "certificate", "create", self.name, "--file", str(pair[0]))
        return pair

    def forget_certificates(self, but=None):
        """The authority then knows none of them but that pair's."""
        kept = thumbprint(but[0]).lower() if but else None
        for entry in self.service.cli("identity", "certificate", "list", self.name):
            if entry["thumbprint"].lower() != kept:
                self.service.cli("identity", "certificate", "delete", self.name, entry["keyId"])


class Guest:
    def __init__(self, folder, service, wire, agent):
        self.folder, self.service, self.wire, self.agent = folder, service, wire, agent
        self.version = "1.0.0.1"
        self.seq = 0

    # What the platform wants.

    def want(self, settings=None, *, seq=None, version=None, certificates=None, **more):
        """A new goal state with the extension in it."""
        self.seq = self.seq if seq is None else seq
        self.version = version or self.version
        self.wire.set_goal(Extension(NAME, self.version, self.seq, settings, **more),
                           certificates=certificates)

    def enable(self, settings=None, **more):
        """want(), and what the agent then says of these settings: not before `enable` has ended."""
        ended = self.count("enable")
        self.want(settings, **more)
        wait_until(lambda: self.count("enable") > ended, 60, "an enable that has ended")
        return self.report()

    def report(self, status=None):
        """The next report of these settings with that status or, without, any that is terminal."""
        wanted = (status,) if status else ("success", "error")

        def holds(report):
            found = report.settings_status(NAME)
            return (found is not None and found[0] == self.seq and found[1] in wanted
                    and report.handler(NAME)[0] == self.version)
        self.wire.reports.clear()
        return self.wire.wait_for(holds)

    def remove(self):
        if self.agent.package_folder(NAME, self.version).exists():
            self.want({}, state="uninstall")
            self.wire.wait_for(lambda report: report.handler(NAME) is None)
        self.version, self.seq = "1.0.0.1", 0

    # What is there.

    @property
    def package(self):
        return self.agent.package_folder(NAME, self.version)

    def status_file(self, seq=None):
        path = self.package / "status" / f"{self.seq if seq is None else seq}.status"
        return json.loads(path.read_text())[0]["status"]

    def verbs(self):
        """The verbs that have ended, in order."""
        log = self.agent.log / NAME / "handler.log"
        lines = log.read_text().splitlines() if log.exists() else []
        return [line.split(" ")[1].rstrip(":") for line in lines]

    def count(self, verb):
        return self.verbs().count(verb)

    def processes(self):
        """{pid: arguments} of all that run the extension's program."""
        found = {}
        for entry in Path("/proc").iterdir():
            try:
                if entry.name.isdigit() and os.readlink(entry / "exe").split(" ")[0].endswith(
                        f"/{PROGRAM}"):
                    found[int(entry.name)] = (entry / "cmdline").read_text().split("\0")[1:-1]
            except OSError:
                continue  # it has ended meanwhile
        return found

    def kill(self, verb):
        """SIGKILL to those of the extension's processes that run a verb; how many."""
        pids = [pid for pid, arguments in self.processes().items() if arguments[0] == verb]
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        return len(pids)

    # Tokens.

    def ask(self, port=PORT, selector="", resource=None):
        """One request of the old protocol, for a resource that no cache knows yet."""
        resource = resource or f"https://{uuid.uuid4()}.example"
        return rawhttp.ask(("127.0.0.1", port), headers=METADATA,
                           target=f"/oauth2/token?resource={resource}{selector}")

    def check_token(self, identity=None, port=PORT):
        selector = f"&client_id={identity.client_id}" if identity else ""
        response = self.ask(port, selector)
        assert response.status == 200, response
        claims = self.service.verify(response.json()["access_token"])
        if identity:
            assert claims["appid"] == identity.client_id
        return claims


def is_open(port):
    try:
        with socket.create_connection(("127.0.0.1", port), 1):
            return True
    except OSError:
        return False


def run_program(command, folder, request, environment=None):
    """One request of a client program; its tokens."""
    with ClientProgram(command, folder, environment) as program:
        return program.ask(request)["tokens"]


def authority_settings(service, identities, system_assigned=False, **more):
    """`identities` with certificates of the goal state, found by their common name."""
    return {"port": PORT, "authority": {"url": service.url("authority"), "tenant": TENANT},
            "identities": [{"clientId": it.client_id, "certificate": {"commonName": it.name},
                            "systemAssigned": system_assigned} for it in identities], **more}
