# SPDX-License-Identifier: Apache-2.0
"""Debian's real `az deployment` and `az group export` against our resource manager.

The extension's documented port is taken as it stands in the templates, so this runs in a network
namespace of its own.
"""

import json
import os
import re
from pathlib import Path

import pytest

from az_session import AzSession
from harness import rawhttp
from harness.arm import arm_listeners
from harness.openimds import Service

EXAMPLES = Path(__file__).resolve().parents[2] / "examples/templates"
WINDOWS = "ManagedIdentityExtensionForWindows"
SCHEMA = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#"

# What the documentation of the extension says to add to a template, word for word.
DOCUMENTED_RESOURCE = """
{
    "type": "Microsoft.Compute/virtualMachines/extensions",
    "name": "[concat(variables('vmName'),'/ManagedIdentityExtensionForWindows')]",
    "apiVersion": "2018-06-01",
    "location": "[resourceGroup().location]",
    "dependsOn": [
        "[concat('Microsoft.Compute/virtualMachines/', variables('vmName'))]"
    ],
    "properties": {
        "publisher": "Microsoft.ManagedIdentity",
        "type": "ManagedIdentityExtensionForWindows",
        "typeHandlerVersion": "1.0",
        "autoUpgradeMinorVersion": true,
        "settings": {
            "port": 50342
        }
    }
}
"""
DOCUMENTED_PROFILE = """
    {"extensions": [
        {
            "name": "ManagedIdentityWindowsExtension",
            "properties": {
                "publisher": "Microsoft.ManagedIdentity",
                "type": "ManagedIdentityExtensionForWindows",
                "typeHandlerVersion": "1.0",
                "autoUpgradeMinorVersion": true,
                "settings": {
                    "port": 50342
                },
                "protectedSettings": {}
            }
        }
    ]}
"""


@pytest.fixture(scope="module", autouse=True)
def namespace():
    assert "OPENIMDS_TEST_NAMESPACE" in os.environ, "run it with in_namespace.sh"


@pytest.fixture(scope="module")
def service():
    with Service(listeners=arm_listeners()) as running:
        yield running


@pytest.fixture(scope="module")
def az(service, tmp_path_factory):
    return AzSession(service, tmp_path_factory.mktemp("az"))


@pytest.fixture(scope="module")
def group(az):
    az("group", "create", "--name", "rg-az", "--location", "westeurope")
    return "rg-az"


def template(*resources, **sections):
    return {"$schema": SCHEMA, "contentVersion": "1.0.0.0", **sections,
            "resources": list(resources)}


def write(folder, name, document):
    path = folder / f"{name}.json"
    path.write_text(document if isinstance(document, str) else json.dumps(document))
    return str(path)


def ask_extension():
    return rawhttp.ask(("127.0.0.1", 50342), headers={"Metadata": "true"},
                       target="/oauth2/token?resource=https%3A%2F%2Fmanagement.azure.com%2F")


def test_the_examples_hold_what_is_documented():
    machine = json.loads((EXAMPLES / "virtual-machine.json").read_text())
    assert json.loads(DOCUMENTED_RESOURCE) in machine["resources"]
    [scale_set] = json.loads((EXAMPLES / "scale-set.json").read_text())["resources"]
    profile = scale_set["properties"]["virtualMachineProfile"]
    assert profile["extensionProfile"] == json.loads(DOCUMENTED_PROFILE)


def test_the_documented_template_of_a_machine(az, service, group):
    """Deployed, answered for, exported and deployed elsewhere, and gone."""
    file = str(EXAMPLES / "virtual-machine.json")
    made = az("deployment", "group", "create", "-g", group, "--template-file", file)
    shown = made["properties"]
    assert (made["name"], shown["provisioningState"]) == ("virtual-machine", "Succeeded")
    vm = az("vm", "show", "-g", group, "-n", "myVM")
    assert shown["outputs"]["principalId"]["value"] == vm["identity"]["principalId"]
    token = service.verify(ask_extension().json()["access_token"])
    assert token["xms_mirid"].endswith("/virtualMachines/myVM")
    extension = ("-g", group, "--vm-name", "myVM", "-n", WINDOWS)
    assert az("vm", "extension", "show", *extension)["provisioningState"] == "Succeeded"

    exported = az("group", "export", "-n", group)
    az("vm", "extension", "delete", *extension)
    with pytest.raises(ConnectionRefusedError):
        ask_extension()
    az("group", "create", "-n", "rg-copy", "-l", "westeurope")
    copy = write(az.folder, "copy", exported)
    az("deployment", "group", "create", "-g", "rg-copy", "--template-file", copy)
    token = service.verify(ask_extension().json()["access_token"])
    assert "/rg-copy/" in token["xms_mirid"]
    other = az("vm", "show", "-g", "rg-copy", "-n", "myVM")
    assert other["identity"]["type"] == vm["identity"]["type"]
    assert other["identity"]["principalId"] != vm["identity"]["principalId"]
    assert other["hardwareProfile"] == vm["hardwareProfile"]
    az("group", "delete", "-n", "rg-copy", "--yes")
    with pytest.raises(ConnectionRefusedError):
        ask_extension()


def test_the_documented_template_of_a_scale_set(az, group):
    file = str(EXAMPLES / "scale-set.json")
    made = az("deployment", "group", "create", "-g", group, "--template-file", file,
              "--parameters", "instances=3")
    shown = az("vmss", "show", "-g", group, "-n", "myVMSS")
    assert made["properties"]["outputs"]["principalId"]["value"] == \
        shown["identity"]["principalId"]
    assert len(az("vmss", "list-instances", "-g", group, "-n", "myVMSS")) == 3
    [extension] = az("vmss", "extension", "list", "-g", group, "--vmss-name", "myVMSS")
    assert (extension["name"], extension["settings"]) == (
        "ManagedIdentityWindowsExtension", {"port": 50342})


def test_what_strict_json_does_not_allow(az, group):
    file = write(az.folder, "jsonc", """{
      // a comment
      "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
      "contentVersion": "1.0.0.0", /* another */
      "resources": [{"type": "Microsoft.ManagedIdentity/userAssignedIdentities",
        "name": "[concat('tpl',
                         'id')]",
        "apiVersion": "2018-11-30", "location": "[resourceGroup().location]"}]
    }""")
    az("deployment", "group", "create", "-g", group, "--template-file", file)
    assert az("identity", "show", "-g", group, "-n", "tplid")["clientId"]


def test_parameters_and_outputs_and_no_secret(az, group):
    document = template(
        {"type": "Microsoft.ManagedIdentity/userAssignedIdentities", "apiVersion": "2018-11-30",
         "name": "[parameters('names')[copyIndex()]]", "location": "[resourceGroup().location]",
         "copy": {"name": "each", "count": "[length(parameters('names'))]"}},
        parameters={"names": {"type": "array"}, "password": {"type": "secureString"}},
        outputs={"First": {"type": "string",
                           "value": "[reference(parameters('names')[0]).principalId]"}})
    made = az("deployment", "group", "create", "-g", group, "-n", "many", "--template-file",
              write(az.folder, "many", document), "--parameters", 'names=["a","b"]',
              "password=hush-hush-271828")
    shown = made["properties"]
    assert shown["outputs"]["first"]["value"] == \
        az("identity", "show", "-g", group, "-n", "a")["principalId"]
    assert shown["parameters"]["names"]["value"] == ["a", "b"]
    assert shown["parameters"]["password"].get("value") is None
    assert "hush-hush" not in json.dumps(az("deployment", "group", "show", "-g", group,
                                            "-n", "many"))


@pytest.mark.parametrize("verb", ["validate", "create"])
def test_a_bad_template_is_an_error_that_says_where(az, group, verb):
    file = write(az.folder, "bad", template(
        {"type": "Microsoft.Compute/virtualMachines/extensions", "name": "onlyone",
         "apiVersion": "2018-06-01", "location": "westus", "properties": {}}))
    done = az.run("deployment", "group", verb, "-g", group, "--template-file", file)
    assert done.returncode == 1
    assert "InvalidTemplate" in done.stderr and "incorrect segment lengths" in done.stderr
    assert "resources[0]" in done.stderr


def test_a_resource_that_fails(az, group):
    document = json.loads((EXAMPLES / "virtual-machine.json").read_text())
    [extension] = [one for one in document["resources"] if one["type"].endswith("/extensions")]
    extension.pop("dependsOn")
    file = write(az.folder, "orphan", template(extension, variables={"vmName": "nobody"}))
    done = az.run("deployment", "group", "create", "-g", group, "--template-file", file)
    assert done.returncode == 1
    assert "DeploymentFailed" in done.stderr and "ParentResourceNotFound" in done.stderr
    [operation] = az("deployment", "operation", "group", "list", "-g", group, "-n", "orphan")
    assert operation["properties"]["provisioningState"] == "Failed"
    assert "nobody" in json.dumps(operation["properties"]["statusMessage"])


def test_validate_and_what_if(az, group):
    identity = {"type": "Microsoft.ManagedIdentity/userAssignedIdentities",
                "apiVersion": "2018-11-30", "name": "seen", "location": "westeurope"}
    file = write(az.folder, "seen", template(identity))
    on = ("-g", group, "-n", "seen", "--template-file", file)
    assert az("deployment", "group", "validate", *on)["properties"]["provisioningState"] == \
        "Succeeded"
    changes = {one["resourceId"].rsplit("/", 1)[1]: one["changeType"]
               for one in az("deployment", "group", "what-if", *on, "--no-pretty-print")["changes"]}
    assert changes["seen"] == "Create"
    az("deployment", "group", "create", *on)
    changed = write(az.folder, "seen", template({**identity, "tags": {"tier": "gold"}}))
    printed = az.run("deployment", "group", "what-if", "-g", group, "-n", "seen",
                     "--template-file", changed, "--exclude-change-types", "Ignore")
    assert printed.returncode == 0, printed.stderr
    printed = re.sub(r"\x1b\[[0-9;]*m", "", printed.stdout)
    assert "~ Microsoft.ManagedIdentity/userAssignedIdentities/seen" in printed
    assert '+ tags:' in printed and 'tier: "gold"' in printed
    assert "Resource changes: 1 to modify" in printed


def test_deployments_are_listed_exported_and_deleted(az, run_one, group):
    assert run_one in [one["name"] for one in az("deployment", "group", "list", "-g", group)]
    exported = az("deployment", "group", "export", "-g", group, "-n", run_one)
    assert exported["resources"][0]["name"] == "kept"
    operations = az("deployment", "operation", "group", "list", "-g", group, "-n", run_one)
    assert [one["properties"]["targetResource"]["resourceName"] for one in operations] == ["kept"]
    shown = az("deployment", "operation", "group", "show", "-g", group, "-n", run_one,
               "--operation-ids", operations[0]["operationId"])
    assert shown[0]["operationId"] == operations[0]["operationId"]
    az("deployment", "group", "wait", "-g", group, "-n", run_one, "--created")
    done = az.run("deployment", "group", "cancel", "-g", group, "-n", run_one)
    assert done.returncode == 1 and "DeploymentCannotBeCancelled" in done.stderr
    az("deployment", "group", "delete", "-g", group, "-n", run_one)
    gone = az.run("deployment", "group", "show", "-g", group, "-n", run_one)
    assert gone.returncode == 3 and "DeploymentNotFound" in gone.stderr


@pytest.fixture
def run_one(az, group):
    file = write(az.folder, "one", template(
        {"type": "Microsoft.ManagedIdentity/userAssignedIdentities", "apiVersion": "2018-11-30",
         "name": "kept", "location": "westeurope"}))
    az("deployment", "group", "create", "-g", group, "-n", "one", "--template-file", file)
    return "one"


def test_complete_mode(az):
    az("group", "create", "-n", "rg-complete", "-l", "westeurope")
    az("identity", "create", "-g", "rg-complete", "-n", "old")
    file = write(az.folder, "complete", template(
        {"type": "Microsoft.ManagedIdentity/userAssignedIdentities", "apiVersion": "2018-11-30",
         "name": "new", "location": "westeurope"}))
    az("deployment", "group", "create", "-g", "rg-complete", "--template-file", file,
       "--mode", "Complete")
    assert [one["name"] for one in az("identity", "list", "-g", "rg-complete")] == ["new"]


def test_az_waits_where_operations_take_their_time(service, tmp_path):
    """Both styles of polling, by the commands that a cloud lets wait."""
    service.stop()  # its machines have the extension's port
    with Service(listeners=arm_listeners(), settings={"arm": {"operation_time": 1}}) as slow:
        az = AzSession(slow, tmp_path)
        az("group", "create", "-n", "slow", "-l", "westeurope")
        file = str(EXAMPLES / "virtual-machine.json")
        on = ("-g", "slow", "--template-file", file)
        az("deployment", "group", "what-if", *on, "--no-pretty-print")
        made = az("deployment", "group", "create", *on)
        assert made["properties"]["provisioningState"] == "Succeeded"
        assert slow.verify(ask_extension().json()["access_token"])
        az("vm", "extension", "delete", "-g", "slow", "--vm-name", "myVM", "-n", WINDOWS)
        shown = az("vm", "identity", "assign", "-g", "slow", "-n", "myVM")
        assert shown["systemAssignedIdentity"]
        assert len(az("group", "export", "-n", "slow")["resources"]) == 1
        az("vm", "delete", "-g", "slow", "-n", "myVM", "--yes")
        orphan = write(tmp_path, "orphan", template(
            {"type": "Microsoft.Compute/virtualMachines/extensions", "apiVersion": "2018-06-01",
             "name": "nobody/e", "location": "westeurope", "properties": {
                 "publisher": "Contoso", "type": "Agent", "typeHandlerVersion": "1.0"}}))
        failed = az.run("deployment", "group", "create", "-g", "slow", "--template-file", orphan)
        assert failed.returncode == 1 and "ParentResourceNotFound" in failed.stderr
        az("deployment", "group", "create", "-g", "slow", "--template-file", file, "--no-wait",
           "-n", "later")
        az("deployment", "group", "wait", "-g", "slow", "-n", "later", "--created",
           "--interval", "1")
        az("group", "delete", "-n", "slow", "--yes")
        assert az("group", "exists", "-n", "slow") is False
    service.start()
