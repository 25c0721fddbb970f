# SPDX-License-Identifier: Apache-2.0
"""What the field cases share: the machines, the bodies that were seen in public, and how to ask."""

import contextlib
import json

from harness import jwt, rawhttp
from harness.openimds import SUBSCRIPTION, TOKEN_PATH, Service

ARM = "https://management.azure.com/"
V1 = "api-version=2018-02-01"
ASK = f"{TOKEN_PATH}?{V1}&resource=https%3A%2F%2Fmanagement.azure.com%2F"
HEADER = {"Metadata": "true"}
FORM = {"Metadata": "true", "Content-Type": "application/x-www-form-urlencoded"}
UNKNOWN = "cccccccc-0000-0000-0000-000000000000"
GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg1/providers"


def guid(letter, number):
    return f"{letter * 8}-0000-0000-0000-{number:012d}"


def client_id(number):
    return guid("a", number)


def object_id(number):
    return guid("b", number)


def resource_id(number):
    return f"{GROUP}/Microsoft.ManagedIdentity/userAssignedIdentities/ua{number}"


# The machines of BB-02, each with a listener of its own for both protocols.
MACHINES = {"system": (True, (1, 2)), "one": (False, (1,)), "several": (False, (1, 2)),
            "none": (False, ())}
FAULTS = ("updating_404", "updating_410", "upstream_down", "throttled")


def error(code, description):
    return json.dumps({"error": code, "error_description": description},
                      separators=(",", ":")).encode()


NO_HEADER = error("invalid_request", "Required metadata header not specified")
NO_RESOURCE = error("invalid_request", "Required query variable 'resource' is missing")
NOT_FOUND = error("invalid_request", "Identity not found")
SEVERAL = error("invalid_request", "Multiple user assigned identities exist, please specify the "
                                   "clientId / resourceId of the identity in the token request")
THROTTLED = error("invalid_request", "Temporarily throttled, too many requests")
UNKNOWN_VERSION = (b'{"error":"Bad request. api-version is invalid or was not specified in the '
                   b'request. For more information refer to aka.ms/azureimds","newest-versions":'
                   b'["2025-04-07","2024-07-17","2024-03-15"]}')
DOUBLED_SLASH = (b'<?xml version="1.0" encoding="utf-8"?>'
                 b"<Error><Code>ResourceNotFound</Code><Message>The specified resource does not "
                 b"exist.</Message><Details>'' isn't a valid resource name.</Details></Error>")


@contextlib.contextmanager
def running_service():
    listeners = [{"protocol": protocol, "address": "127.0.0.1:0", "machine": machine}
                 for protocol in ("imds", "vm_extension") for machine in MACHINES]
    listeners += [{"protocol": "imds", "address": "127.0.0.1:0", "machine": "system",
                   "fault": fault} for fault in FAULTS]
    listeners.append({"protocol": "authority", "address": "127.0.0.1:0"})
    with Service(listeners=listeners) as running:
        for number in (1, 2):
            running.cli("identity", "create", f"ua{number}", "--client-id", client_id(number),
                        "--object-id", object_id(number))
        for machine, (system, users) in MACHINES.items():
            system_id = ["--system-assigned", "--client-id", client_id(99), "--object-id",
                         object_id(99)] if system else []
            running.cli("machine", "create", machine, *system_id)
            if users:
                running.cli("machine", "identity", "assign", machine,
                            *(f"ua{number}" for number in users))
        yield running


def imds(service, machine):
    return service.endpoint("imds", list(MACHINES).index(machine)).address


def extension(service, machine):
    return service.endpoint("vm_extension", list(MACHINES).index(machine)).address


def faulty(service, fault):
    return service.endpoint("imds", len(MACHINES) + FAULTS.index(fault)).address


def get(address, target=ASK, headers=None):
    return rawhttp.ask(address, target=target, headers=HEADER if headers is None else headers)


def post(address, form, target="/oauth2/token"):
    return rawhttp.ask(address, "POST", target, headers=FORM, body=form)


def expect_refusal(response, body, status=400, length=None):
    """Byte for byte, with the length that was seen on the real service."""
    assert (response.status, response.body) == (status, body)
    assert response.header("Content-Type") == "application/json; charset=utf-8"
    assert response.header("Server").startswith("IMDS/")
    if length is not None:
        assert response.header("Content-Length") == str(length)


def expect_token(response, client, resource=ARM):
    assert response.status == 200, response
    body = response.json()
    assert body["resource"] == resource
    claims = read_claims(body)
    assert (claims["appid"], claims["aud"]) == (client, resource)
    return body


def read_claims(body):
    return jwt.read(body["access_token"])[1]
