# SPDX-License-Identifier: Apache-2.0
"""Debian's azure.identity (python3-azure) and python3-msrestazure."""

import pytest

from client import EVERY_SELECTOR, MSI_ENDPOINT, POD_IDENTITY, PORT_ARGUMENT, Client
from scenarios import *  # noqa: F403

NOT_ASSIGNED = "The requested identity has not been assigned"

CLIENTS = (
    Client("azure-identity", "imds", EVERY_SELECTOR, NOT_ASSIGNED, POD_IDENTITY),
    Client("azure-identity-async", "imds", EVERY_SELECTOR, NOT_ASSIGNED, POD_IDENTITY),
    Client("azure-identity-default", "imds", ("client_id",), NOT_ASSIGNED, POD_IDENTITY),
    Client("azure-identity", "vm_extension", EVERY_SELECTOR, "Identity not found", MSI_ENDPOINT),
    Client("msrestazure-function", "vm_extension", EVERY_SELECTOR, "HTTPError: 400",
           arguments=PORT_ARGUMENT),
    Client("msrestazure-credentials", "vm_extension", EVERY_SELECTOR, "HTTPError: 400",
           MSI_ENDPOINT),
)


@pytest.fixture(scope="module")
def command(python):
    return python("fetch_tokens.py")
