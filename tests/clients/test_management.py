# SPDX-License-Identifier: Apache-2.0
"""The management SDKs of npm, Python and Go against our resource manager: one story each.

A group, an identity, a machine that has it, the extension; then a token by way of the extension's
port, as the programs on that machine ask; then all of it is taken away again.
"""

import json
import os
import subprocess
from pathlib import Path

import pytest

from client_program import HERE, clean_environment
from harness.arm import arm_listeners, first_administrator
from harness.arm_machines import answers, ask_extension, free_port
from harness.openimds import SUBSCRIPTION, TENANT, Service

EXTENSION = "ManagedIdentityExtensionForLinux"
TEMPLATE = {
    "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
    "contentVersion": "1.0.0.0",
    "resources": [{"type": "Microsoft.ManagedIdentity/userAssignedIdentities", "name": "deployed",
                   "apiVersion": "2018-11-30", "location": "[resourceGroup().location]"}]}


@pytest.fixture(scope="module")
def service():
    with Service(listeners=arm_listeners()) as running:
        yield running


@pytest.fixture(scope="module")
def go_program(tmp_path_factory):
    """With Debian's packages as the whole GOPATH: no module, no proxy."""
    program = tmp_path_factory.mktemp("go") / "manage_resources"
    subprocess.run(["go", "build", "-o", program, HERE / "go/manage_resources.go"], check=True,
                   env={"PATH": "/usr/bin:/bin", "HOME": str(Path.home()), "GO111MODULE": "off",
                        "GOPATH": "/usr/share/gocode"})
    return [str(program)]


@pytest.fixture(scope="module", params=["node", "python", "go"])
def language(request):
    return request.param


@pytest.fixture(scope="module")
def command(request, language):
    if language == "go":
        return request.getfixturevalue("go_program")
    make = request.getfixturevalue(language)
    return make({"node": "manage_resources.mjs", "python": "manage_resources.py"}[language])


@pytest.fixture(scope="module")
def story(service, language, command, tmp_path_factory):
    """Runs one part of the story; gives what its operations gave."""
    folder = tmp_path_factory.mktemp("story")
    ca = folder / "ca.pem"
    ca.write_text(service.cli("authority", "ca")["certificate"])
    first = first_administrator(service)
    given = {"url": f"https://localhost:{service.endpoint('arm').address[1]}",
             "subscription": SUBSCRIPTION, "tenant": TENANT, "client": first["clientId"],
             "secret": first["secret"], "group": f"rg-{language}", "port": free_port(),
             "template": TEMPLATE}
    environment = clean_environment(folder, {
        "MANAGE": json.dumps(given), "NODE_EXTRA_CA_CERTS": str(ca), "SSL_CERT_FILE": str(ca),
        "REQUESTS_CA_BUNDLE": str(ca), "NO_PROXY": "localhost,127.0.0.1"})

    def run(part):
        done = subprocess.run([*command, part], capture_output=True, text=True, timeout=240,
                              env=environment, cwd=folder, check=False)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)
    run.port = given["port"]
    return run


@pytest.fixture(scope="module")
def up(story):
    return story("up")


def test_what_is_made_is_there(up, language):
    assert up["groupExists"] is True and up["machines"] == ["vm"]
    assert up["extensions"] == up["scaleSetExtensions"] == [EXTENSION]
    if language != "node":
        assert up["power"] == "PowerState/running"


def test_the_machine_gets_the_identitys_token_by_way_of_the_extension(service, story, up):
    claims = service.verify(ask_extension(story.port).json()["access_token"])
    assert claims["oid"] == up["identity"]["principalId"]
    assert claims["appid"] == up["identity"]["clientId"]


def test_npms_many_operations(service, language, up):
    if language != "node":
        pytest.skip("npm's story has more in it")
    assert service.verify(up["token"])["aud"] == "https://management.azure.com"
    assert up["subscriptions"] == [SUBSCRIPTION]
    assert "rg-node" in up["groups"] and up["identities"] == ["worker"]
    assert up["group"]["properties"]["provisioningState"] == "Succeeded"
    assert up["federated"]["issuer"] == "https://issuer.example"
    assert up["machine"]["vmId"] == up["view"]["vmId"] and "vm" in up["allMachines"]
    assigned = up["assigned"]["identity"]["userAssignedIdentities"]
    assert assigned[up["identity"]["id"]]["clientId"] == up["identity"]["clientId"]
    assert up["extension"]["provisioningState"] == "Succeeded"
    statuses = up["view"]["instanceView"]["statuses"]
    assert [one["code"] for one in statuses] == ["ProvisioningState/succeeded",
                                                 "PowerState/running"]
    assert up["view"]["instanceView"]["extensions"][0]["name"] == EXTENSION
    assert up["scaleSet"]["sku"]["capacity"] == 2 and up["instances"] == ["fleet_0", "fleet_1"]
    assert up["scaleSetExtension"]["provisioningState"] == "Succeeded"


def test_npm_deploys_and_exports(language, up):
    if language != "node":
        pytest.skip("npm's story has more in it")
    assert up["validated"]["properties"]["provisioningState"] == "Succeeded"
    assert up["deployed"]["properties"]["provisioningState"] == "Succeeded"
    assert "NoChange" in up["changes"]
    assert "Microsoft.ManagedIdentity/userAssignedIdentities" in up["exported"]


def test_what_is_taken_away_is_gone(service, story, up):
    assert up["groupExists"] is True
    down = story("down")
    assert down["groupExists"] is False and not answers(story.port)
    assert down["missing"]["statusCode"] == 404
    assert down["missing"].get("code", "ResourceNotFound") == "ResourceNotFound"
    assert os.path.basename(up["identity"]["id"]) not in [
        one["name"] for one in service.cli("identity", "list")]
