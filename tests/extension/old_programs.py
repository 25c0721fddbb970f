# SPDX-License-Identifier: Apache-2.0
"""Programs of the old endpoint, unmodified, pointed at a daemon under test."""

import os
import subprocess

import pytest

from client import (EVERY_SELECTOR, EXTENSION_ARGUMENT, MSI_ENDPOINT, PORT_ARGUMENT,
                    Client)
from client_program import HERE as CLIENTS
from client_program import ClientFailed, ClientProgram

NODE = ["node", str(CLIENTS / "node/fetch_tokens.mjs")]
PYTHON = ["/usr/bin/python3", str(CLIENTS / "python/fetch_tokens.py")]
TABLE = (
    (Client("msrestazure-function", "vm_extension", EVERY_SELECTOR, arguments=PORT_ARGUMENT),
     "python"),
    (Client("msrestazure-credentials", "vm_extension", EVERY_SELECTOR, variables=MSI_ENDPOINT),
     "python"),
    (Client("adal", "vm_extension", ("client_id",), variables=MSI_ENDPOINT), "go"),
    (Client("ms-rest-azure-2.3", "vm_extension", arguments=PORT_ARGUMENT), "node"),
    (Client("ms-rest-azure-2.5", "vm_extension", arguments=PORT_ARGUMENT), "node"),
    (Client("ms-rest-azure-3.0", "vm_extension", arguments=EXTENSION_ARGUMENT), "node"),
    (Client("nodeauth-0.8", "vm_extension", arguments=PORT_ARGUMENT), "node"),
)
EVERY_OLD_PROGRAM = pytest.mark.parametrize("old_program", TABLE,
                                            ids=[client.name for client, _ in TABLE])


class _Pointed:
    """What a table entry is filled in from."""

    def __init__(self, daemon):
        self.extension = daemon.address

    def url(self, _):
        return ""  # of other doors: none of these programs is pointed there


def build_go(folder):
    """With Debian's packages as the whole GOPATH: no module, no proxy."""
    program = folder / "fetch_tokens"
    subprocess.run(["go", "build", "-o", program, CLIENTS / "go/fetch_tokens.go"], check=True,
                   env={"PATH": "/usr/bin:/bin", "HOME": os.environ.get("HOME", "/root"),
                        "GO111MODULE": "off", "GOPATH": "/usr/share/gocode"})
    return [str(program)]


def check(old_program, commands, daemon, folder, resource, expected):
    """`expected`: (selector, what the token must satisfy; None where the program must fail)."""
    client, language = old_program
    if language == "node" and not (CLIENTS / "node/node_modules").is_dir():
        # Where Node.js is too old, install.sh leaves the npm clients out.
        give_up = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        give_up("the npm clients are not there: see tests/clients/install.sh")
    pointed = _Pointed(daemon)
    with ClientProgram(commands[language], folder, client.environment(pointed)) as program:
        for select, is_right in expected:
            if select and not client.selectors:
                continue  # it cannot name an identity
            request = client.request(pointed, resource=resource, select=select)
            if is_right is None:
                with pytest.raises(ClientFailed):
                    program.ask(request)
            else:
                assert is_right(program.ask(request)["tokens"][0]["value"])
