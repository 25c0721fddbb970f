# SPDX-License-Identifier: Apache-2.0
"""The npm packages @azure/identity, @azure/msal-node, ms-rest-azure and @azure/ms-rest-nodeauth."""

import pytest

from client import (EVERY_SELECTOR, EXTENSION_ARGUMENT, IMDS_ARGUMENT, MSI_ENDPOINT, POD_IDENTITY,
                    PORT_ARGUMENT, Client)
from scenarios import *  # noqa: F403

CLIENTS = (
    Client("azure-identity", "imds", EVERY_SELECTOR, "Identity not found", POD_IDENTITY,
           keeps_tokens=True),
    Client("azure-identity-default", "imds", ("client_id", "resource_id"), "Identity not found",
           POD_IDENTITY, keeps_tokens=True),
    Client("msal-node", "imds", EVERY_SELECTOR, "Identity not found", POD_IDENTITY,
           keeps_tokens=True),
    Client("ms-rest-azure-3.0", "imds", arguments=IMDS_ARGUMENT),
    Client("nodeauth-3.1", "imds", EVERY_SELECTOR, "Identity not found", arguments=IMDS_ARGUMENT),
    Client("azure-identity", "vm_extension", variables=MSI_ENDPOINT, keeps_tokens=True),
    Client("azure-identity-default", "vm_extension", variables=MSI_ENDPOINT, keeps_tokens=True),
    Client("msal-node", "vm_extension", variables=MSI_ENDPOINT, keeps_tokens=True),
    Client("ms-rest-azure-2.3", "vm_extension", arguments=PORT_ARGUMENT),
    Client("ms-rest-azure-2.5", "vm_extension", arguments=PORT_ARGUMENT),
    # This release sends its form as a JSON string: in quotes.
    Client("nodeauth-0.8", "vm_extension", arguments=PORT_ARGUMENT),
    Client("ms-rest-azure-3.0", "vm_extension", arguments=EXTENSION_ARGUMENT),
    Client("nodeauth-3.1", "vm_extension", EVERY_SELECTOR, "Identity not found",
           arguments=EXTENSION_ARGUMENT),
    Client("nodeauth-3.1", "vm_extension", EVERY_SELECTOR, "Identity not found",
           arguments=(*EXTENSION_ARGUMENT, ("method", "POST")), note="post"),
)


@pytest.fixture(scope="module")
def command(node):
    return node("fetch_tokens.mjs")
