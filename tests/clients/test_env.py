# SPDX-License-Identifier: Apache-2.0
"""The blocks of `openimds env`: what a shell makes of them, and an SDK with nothing else."""

import json
import subprocess

import pytest

from client_program import ClientProgram
from conftest import LIFETIME, ClientService
from harness.openimds import binary
from scenarios import check
from shells import READERS

# The SDKs that Debian and npm have for each group.
SDKS = {
    "azure-identity": {"node": ("azure-identity", "azure-identity-default", "msal-node"),
                       "python": ("azure-identity", "azure-identity-default")},
    "cloud-shell": {"node": ("azure-identity", "msal-node"), "python": ("azure-identity",)},
    "az": {"python": ("msrestazure-credentials",)},
    "legacy": {"python": ("msrestazure-credentials", "msrestazure-function"), "go": ("adal",)},
}
# A variable that names a token endpoint, for the groups whose clients are not to be had here.
TOKEN_URLS = {"msal-python": "MSAL_MANAGED_IDENTITY_ENDPOINT", "terraform": "ARM_MSI_ENDPOINT"}
EVERY_GROUP = (*SDKS, *TOKEN_URLS)
RESOURCE = "https://vault.example"


@pytest.fixture(scope="module")
def service():
    with ClientService(settings={"authority": {"token_lifetime": LIFETIME}}) as running:
        yield running


@pytest.fixture
def program_in(node, python, go):
    commands = {"node": node("fetch_tokens.mjs"), "python": python("fetch_tokens.py"), "go": go}
    return commands.get


def block_of(service, shell, group=None, **variables):
    """What `openimds env` prints for a person whose environment has these variables."""
    options = ["--shell", shell, *(["--sdk", group] if group else [])]
    return subprocess.run(
        [binary(), "--config", str(service.config_path), "env", *options], check=True,
        capture_output=True, text=True, env={"PATH": "/usr/bin:/bin", **variables}).stdout


def variables_of(service, shell, group=None, **variables):
    return READERS[shell](block_of(service, shell, group, **variables))


@pytest.mark.parametrize("group", EVERY_GROUP)
@pytest.mark.parametrize("shell", READERS)
def test_every_shell_reads_the_same_variables(service, shell, group):
    plain = service.cli("env", "--sdk", group)
    assert plain
    assert variables_of(service, shell, group) == plain


def test_without_a_group_the_block_is_for_azure_identity(service):
    assert variables_of(service, "bash") == service.cli("env", "--sdk", "azure-identity")


@pytest.mark.parametrize("group, language, sdk", [
    (group, language, sdk) for group, languages in SDKS.items()
    for language, sdks in languages.items() for sdk in sdks])
def test_an_sdk_needs_nothing_but_the_block(
        service, machine, program_in, tmp_path, group, language, sdk):
    variables = variables_of(service, "bash", group)
    with ClientProgram(program_in(language), tmp_path, variables) as program:
        [token] = program.ask({"client": sdk, "resource": RESOURCE})["tokens"]
    check(service, token, RESOURCE, machine.system_assigned)


@pytest.mark.parametrize("group", TOKEN_URLS)
def test_the_block_names_a_url_that_answers_with_a_token(service, machine, tmp_path, group):
    url = variables_of(service, "bash", group)[TOKEN_URLS[group]]
    query = f"?api-version=2018-02-01&resource={RESOURCE}"
    done = subprocess.run(["curl", "-sf", "--noproxy", "*", "-H", "Metadata: true", url + query],
                          capture_output=True, check=True)
    answer = json.loads(done.stdout)
    token = {"value": answer["access_token"], "expires_on": int(answer["expires_on"])}
    check(service, token, RESOURCE, machine.system_assigned)


@pytest.mark.parametrize("group, language, sdk", [
    ("azure-identity", "python", "azure-identity"), ("legacy", "python", "msrestazure-credentials"),
    ("legacy", "go", "adal"), ("azure-identity", "node", "azure-identity")])
def test_the_block_keeps_a_proxy_out_of_the_way(
        service, machine, program_in, tmp_path, group, language, sdk):
    proxy = {"HTTP_PROXY": "http://127.0.0.1:9", "http_proxy": "http://127.0.0.1:9"}
    variables = {**proxy, **variables_of(service, "bash", group, **proxy)}
    with ClientProgram(program_in(language), tmp_path, variables) as program:
        [token] = program.ask({"client": sdk, "resource": RESOURCE})["tokens"]
    check(service, token, RESOURCE, machine.system_assigned)
