# SPDX-License-Identifier: Apache-2.0
"""Clients without any set-up, on the addresses that they have built in.

Runs in the network namespace of in_namespace.sh: the service listens on 169.254.169.254:80 and on
the default ports, as on a machine where the link-local address is routed to it.
"""

import pytest

from client import EVERY_SELECTOR, Client
from client_program import NAMESPACE_VARIABLE, ClientFailed, ClientProgram, in_namespace
from conftest import LIFETIME, ClientService
from harness.openimds import has_ipv6
from scenarios import *  # noqa: F403

pytestmark = pytest.mark.skipif(not in_namespace(), reason="run it through in_namespace.sh")

NOT_ASSIGNED = "The requested identity has not been assigned"
NOT_FOUND = "Identity not found"

NODE = (
    Client("azure-identity", "imds", EVERY_SELECTOR, NOT_FOUND, keeps_tokens=True),
    Client("azure-identity-default", "imds", ("client_id", "resource_id"), NOT_FOUND,
           keeps_tokens=True),
    Client("msal-node", "imds", EVERY_SELECTOR, NOT_FOUND, keeps_tokens=True),
    Client("ms-rest-azure-2.3", "vm_extension"),
    Client("ms-rest-azure-2.5", "vm_extension"),
    Client("nodeauth-0.8", "vm_extension"),
    Client("ms-rest-azure-3.0", "imds"),
    Client("nodeauth-3.1", "imds", EVERY_SELECTOR, NOT_FOUND),
)
PYTHON = (
    Client("azure-identity", "imds", EVERY_SELECTOR, NOT_ASSIGNED, note="python"),
    Client("azure-identity-async", "imds", EVERY_SELECTOR, NOT_ASSIGNED, note="python"),
    Client("azure-identity-default", "imds", ("client_id",), NOT_ASSIGNED, note="python"),
    Client("msrestazure-function", "vm_extension", EVERY_SELECTOR, "HTTPError: 400"),
    Client("msrestazure-credentials", "imds", EVERY_SELECTOR, "HTTPError"),
)
GO = (Client("adal", "imds", ("client_id", "resource_id"), "Status Code = '400'.*" + NOT_FOUND),)
CLIENTS = NODE + PYTHON + GO

LISTENERS = [
    {"protocol": "imds", "address": "169.254.169.254:80"},
    {"protocol": "imds", "address": "127.0.0.1:50341"},
    {"protocol": "vm_extension", "address": "127.0.0.1:50342"},
    {"protocol": "authority", "address": "127.0.0.1:50343"},
]
if has_ipv6():
    LISTENERS.append({"protocol": "vm_extension", "address": "[::1]:50342"})


@pytest.fixture(scope="module")
def service():
    settings = {"authority": {"token_lifetime": LIFETIME}}
    with ClientService(listeners=LISTENERS, settings=settings) as running:
        yield running


@pytest.fixture(scope="module")
def command(client, node, python, go):
    if client in NODE:
        return node("fetch_tokens.mjs")
    return python("fetch_tokens.py") if client in PYTHON else go


@pytest.mark.parametrize("sdk, language", [("msal-node", "node"), ("azure-identity", "python"),
                                           ("adal", "go")], ids=["node", "python", "go"])
def test_a_client_program_refuses_to_run_without_setup_elsewhere(
        sdk, language, node, python, go, tmp_path):
    """Elsewhere the link-local address may belong to a real cloud."""
    command = {"node": node("fetch_tokens.mjs"), "python": python("fetch_tokens.py"), "go": go}
    with ClientProgram(command[language], tmp_path, {NAMESPACE_VARIABLE: ""}) as program:
        with pytest.raises(ClientFailed, match="refused: an SDK without set-up"):
            program.ask({"client": sdk, "resource": "https://vault.example"})
