# SPDX-License-Identifier: Apache-2.0
"""Programs of the old endpoint, unmodified, pointed at a daemon under test."""

import os
import subprocess

import pytest

from client import EVERY_SELECTOR, MSI_ENDPOINT, PORT_ARGUMENT, Client
from client_program import HERE as CLIENTS
from client_program import ClientFailed, ClientProgram

PYTHON = ["/usr/bin/python3", str(CLIENTS / "python/fetch_tokens.py")]
TABLE = (
    (Client("msrestazure-function", "vm_extension", EVERY_SELECTOR, arguments=PORT_ARGUMENT),
     "python"),
    (Client("msrestazure-credentials", "vm_extension", EVERY_SELECTOR, variables=MSI_ENDPOINT),
     "python"),
    (Client("adal", "vm_extension", ("client_id",), variables=MSI_ENDPOINT), "go"),
)
EVERY_OLD_PROGRAM = pytest.mark.parametrize("old_program", TABLE,
                                            ids=[client.name for client, _ in TABLE])


class _Pointed:
    """What a table entry is filled in from."""

    def __init__(self, daemon):
        self.extension = daemon.address

    def url(self, _):
        return ""


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
    pointed = _Pointed(daemon)
    with ClientProgram(commands[language], folder, client.environment(pointed)) as program:
        for select, is_right in expected:
            request = client.request(pointed, resource=resource, select=select)
            if is_right is None:
                with pytest.raises(ClientFailed):
                    program.ask(request)
            else:
                assert is_right(program.ask(request)["tokens"][0]["value"])
