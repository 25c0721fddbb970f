# SPDX-License-Identifier: Apache-2.0
"""A relying party: the storage emulator Azurite, which reads our tokens in its OAuth mode."""

import re
import selectors
import subprocess
import time

import pytest

from client_program import ClientFailed, ClientProgram, clean_environment
from conftest import HERE, ClientService
from harness.timing import scaled

ACCOUNT = "devstoreaccount1"
LISTENING = re.compile(r"successfully listens on (https://\S+)")
# Azurite takes tokens of Azure's own issuers only (and does not ask them for their keys).
ISSUER = "https://sts.windows.net/{tenant}/"


@pytest.fixture(scope="module")
def service():
    with ClientService(settings={"authority": {"issuer": ISSUER}}) as running:
        yield running


@pytest.fixture(scope="module")
def store(certificates, tmp_path_factory):
    """The URL of a running Azurite."""
    folder = tmp_path_factory.mktemp("azurite")
    command = ["node", HERE / "node/node_modules/.bin/azurite-blob", "--blobHost", "127.0.0.1",
               "--blobPort", "0", "--oauth", "basic", "--cert", certificates.certificate,
               "--key", certificates.key, "--inMemoryPersistence", "--disableTelemetry",
               "--skipApiVersionCheck"]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, cwd=folder,
                               env=clean_environment(folder, {}))
    try:
        yield f"{_wait_until_it_listens(process)}/{ACCOUNT}"
    finally:
        process.terminate()
        process.communicate()


def _wait_until_it_listens(process):
    deadline = time.monotonic() + scaled(60)
    said = ""
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while not LISTENING.search(said):
            assert selector.select(max(0.0, deadline - time.monotonic())), f"not ready: {said}"
            line = process.stdout.readline().decode()
            assert line, f"azurite ended: {said}"
            said += line
    return LISTENING.search(said).group(1)


@pytest.fixture(scope="module")
def program(node, service, certificates, tmp_path_factory):
    variables = {"AZURE_POD_IDENTITY_AUTHORITY_HOST": service.url("imds"),
                 "NODE_EXTRA_CA_CERTS": str(certificates.authority)}
    folder = tmp_path_factory.mktemp("client")
    with ClientProgram(node("store_blob.mjs"), folder, variables) as running:
        yield running


def test_takes_our_token_to_create_a_container_and_to_put_and_get_a_blob(store, program):
    answer = program.ask({"url": store, "container": "greetings", "text": "good day"})
    assert answer["text"] == "good day"


def test_refuses_our_token_for_another_audience(store, service, program):
    with pytest.raises(ClientFailed, match="failed to authenticate the request") as failure:
        program.ask({"url": store, "container": "refused", "text": "good day",
                     "audience": "https://vault.azure.net/.default"})
    assert failure.value.type == "RestError"
    assert service.answers_for("https://vault.azure.net"), "the store saw a token, not nothing"
