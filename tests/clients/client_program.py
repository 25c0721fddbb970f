# SPDX-License-Identifier: Apache-2.0
"""The client programs: small scripts around the real SDKs, each in the SDK's own language.

A program reads one JSON request a line from stdin and writes one JSON answer a line to stdout:

    {"client": "azure-identity", "resource": "https://vault.example", "select": {"client_id": "…"},
     "endpoint": "http://…", "port": 50342, "parallel": 20}
    {"tokens": [{"value": "eyJ…", "expires_on": 1700000000}]}
    {"error": {"type": "CredentialUnavailableError", "message": "…"}}

`endpoint` and `port` go to the SDK where it takes such an argument; else variables point it at us.
Every fetch makes a new credential object, so that nothing but the SDK's process-wide caches stands
between two fetches.
"""

import json
import os
import selectors
import socket
import subprocess
from pathlib import Path

from harness.timing import scaled

HERE = Path(__file__).parent
NAMESPACE_VARIABLE = "OPENIMDS_TEST_NAMESPACE"
# Any of these keeps an SDK away from the link-local address.
POINTERS = ("AZURE_POD_IDENTITY_AUTHORITY_HOST", "MSI_ENDPOINT", "IDENTITY_ENDPOINT")


class ClientFailed(Exception):
    """What the SDK raised: its type and its message."""

    def __init__(self, error):
        self.type, self.message = error["type"], error["message"]
        super().__init__(f"{self.type}: {self.message}")


def in_namespace():
    """True in the network namespace that in_namespace.sh made, which has no way out."""
    return (os.environ.get(NAMESPACE_VARIABLE) == os.readlink("/proc/self/ns/net")
            and [name for _, name in socket.if_nameindex()] == ["lo"])


def clean_environment(home, extra):
    """What a program started by a person has, and nothing of this machine's own settings."""
    kept = {name: os.environ[name] for name in ("PATH", NAMESPACE_VARIABLE) if name in os.environ}
    return {**kept, "HOME": str(home), "LC_ALL": "C.UTF-8", "NODE_NO_WARNINGS": "1",
            "PYTHONWARNINGS": "ignore", "PYTHONDONTWRITEBYTECODE": "1", **extra}


class ClientProgram:
    """A running client program. Requests are answered in order."""

    def __init__(self, command, folder, environment=None):
        self.environment = environment or {}
        self.stderr_path = Path(folder) / "stderr"
        with open(self.stderr_path, "wb") as stderr:
            self.process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=stderr,
                env=clean_environment(folder, self.environment), cwd=folder)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.communicate()

    def ask(self, request, timeout=30):
        """The whole answer; ClientFailed if the SDK raised."""
        pointed = "endpoint" in request or "port" in request or any(
            name in self.environment for name in POINTERS)
        assert pointed or in_namespace(), "an SDK without set-up runs in a namespace only"
        self.process.stdin.write(json.dumps(request).encode() + b"\n")
        self.process.stdin.flush()
        answer = json.loads(self._read_line(scaled(timeout)))
        if "error" in answer:
            raise ClientFailed(answer["error"])
        return answer

    def _read_line(self, timeout):
        line = b""
        with selectors.DefaultSelector() as selector:
            selector.register(self.process.stdout, selectors.EVENT_READ)
            while not line.endswith(b"\n"):
                assert selector.select(timeout), f"no answer; {self._stderr()}"
                data = os.read(self.process.stdout.fileno(), 1 << 16)
                assert data, f"the program ended; {self._stderr()}"
                line += data
        return line

    def _stderr(self):
        return self.stderr_path.read_text(errors="replace")[-4000:]
