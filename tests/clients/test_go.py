# SPDX-License-Identifier: Apache-2.0
"""Go's adal (golang-github-azure-go-autorest-dev)."""

import pytest

from client import EXTENSION_ARGUMENT, IMDS_ARGUMENT, MSI_ENDPOINT, Client
from scenarios import *  # noqa: F403

SELECTORS = ("client_id", "resource_id")
REFUSAL = "Status Code = '400'.*Identity not found"

CLIENTS = (
    Client("adal", "imds", SELECTORS, REFUSAL, arguments=IMDS_ARGUMENT),
    Client("adal", "vm_extension", SELECTORS, REFUSAL, arguments=EXTENSION_ARGUMENT),
    Client("adal", "vm_extension", SELECTORS, REFUSAL, MSI_ENDPOINT, note="chunked-form"),
)


@pytest.fixture(scope="module")
def command(go):
    return go
