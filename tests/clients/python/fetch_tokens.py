# SPDX-License-Identifier: Apache-2.0
"""Debian's Python clients, unmodified. The protocol is described in client_program.py."""

import asyncio
import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor

POINTERS = ("AZURE_POD_IDENTITY_AUTHORITY_HOST", "MSI_ENDPOINT", "IDENTITY_ENDPOINT")


def refuse_outside_namespace(request):
    """An SDK that nothing points at a test service calls the link-local address, which on another
    machine may belong to a real cloud. That is allowed only where in_namespace.sh has been."""
    pointed = "endpoint" in request or "port" in request
    if pointed or any(name in os.environ for name in POINTERS):
        return
    if os.environ.get("OPENIMDS_TEST_NAMESPACE") != os.readlink("/proc/self/ns/net"):
        raise RuntimeError("refused: an SDK without set-up runs in a network namespace only")


def identity_options(select):
    """azure.identity takes a client id by name, and the others as they go on the wire."""
    options = {}
    if "client_id" in select:
        options["client_id"] = select["client_id"]
    if "object_id" in select:
        options["identity_config"] = {"object_id": select["object_id"]}
    if "resource_id" in select:
        options["identity_config"] = {"msi_res_id": select["resource_id"]}
    return options


def wire_options(select):
    """msrestazure names the selectors as they go on the wire."""
    return {"msi_res_id" if name == "resource_id" else name: value
            for name, value in select.items()}


def azure_identity(resource, select, **_):
    from azure.identity import ManagedIdentityCredential
    with ManagedIdentityCredential(**identity_options(select)) as credential:
        return credential.get_token(f"{resource}/.default")


def azure_identity_default(resource, select, **_):
    from azure.identity import DefaultAzureCredential
    options = {f"managed_identity_{name}": value for name, value in select.items()}
    with DefaultAzureCredential(**options) as credential:
        return credential.get_token(f"{resource}/.default")


def azure_identity_async(resource, select, parallel, **_):
    from azure.identity.aio import ManagedIdentityCredential

    async def fetch_one():
        async with ManagedIdentityCredential(**identity_options(select)) as credential:
            return await credential.get_token(f"{resource}/.default")

    async def fetch_all():
        return await asyncio.gather(*(fetch_one() for _ in range(parallel)))

    return asyncio.run(fetch_all())


def msrestazure_function(resource, select, port=None, **_):
    from msrestazure.azure_active_directory import get_msi_token
    pointed = {} if port is None else {"port": port}
    scheme, value, entry = get_msi_token(resource, msi_conf=wire_options(select), **pointed)
    assert (scheme, value) == ("Bearer", entry["access_token"])
    return value, int(entry["expires_on"])


def msrestazure_credentials(resource, select, **_):
    from msrestazure.azure_active_directory import MSIAuthentication
    credentials = MSIAuthentication(resource=resource, **wire_options(select))
    session = credentials.signed_session()
    assert session.headers["Authorization"] == f"Bearer {credentials.token['access_token']}"
    return credentials.token["access_token"], int(credentials.token["expires_on"])


CLIENTS = {
    "azure-identity": azure_identity,
    "azure-identity-default": azure_identity_default,
    "msrestazure-function": msrestazure_function,
    "msrestazure-credentials": msrestazure_credentials,
}


def fetch_tokens(request):
    client = request.pop("client")
    if client == "azure-identity-async":
        return azure_identity_async(**request)
    fetch_one = CLIENTS[client]
    with ThreadPoolExecutor(request["parallel"]) as pool:
        return list(pool.map(lambda _: fetch_one(**request), range(request["parallel"])))


def answer(request):
    try:
        refuse_outside_namespace(request)
        tokens = fetch_tokens({"select": {}, "parallel": 1, **request})
        return {"tokens": [{"value": value, "expires_on": expires_on}
                           for value, expires_on in tokens]}
    except Exception as error:  # pylint: disable=broad-except
        return {"error": {"type": type(error).__name__, "message": str(error)}}


for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))), flush=True)
