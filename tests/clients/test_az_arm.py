# SPDX-License-Identifier: Apache-2.0
"""Debian's real `az` against our resource manager, command by command: logged in as the first
administrator, in the profile whose API versions Debian's packages have."""

import json
import socket
import uuid

import pytest

from az_session import AzSession
from harness import rawhttp
from harness.arm import arm_listeners, first_administrator
from harness.openimds import SUBSCRIPTION, TENANT, Service

@pytest.fixture(scope="module")
def service():
    with Service(listeners=arm_listeners()) as running:
        yield running


@pytest.fixture(scope="module")
def az(service, tmp_path_factory):
    return AzSession(service, tmp_path_factory.mktemp("az"))


@pytest.fixture(scope="module")
def group(az):
    name = "rg-az"
    az("group", "create", "--name", name, "--location", "westeurope", "--tags", "a=1")
    return name


@pytest.fixture(scope="module")
def machine(az, group):
    """Made by a plain PUT, as templates and SDKs make it."""
    body = {"location": "westeurope", "properties": {
        "hardwareProfile": {"vmSize": "Standard_B1s"},
        "storageProfile": {"osDisk": {"osType": "Linux", "createOption": "Attach"}}}}
    url = (f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{group}/providers/Microsoft.Compute/"
           "virtualMachines/vm-az?api-version=2020-06-01")
    return az("rest", "--method", "put", "--url", url, "--body", json.dumps(body))


def test_the_login_sees_the_subscription(az):
    [account] = az("account", "list")
    assert (account["id"], account["state"]) == (SUBSCRIPTION, "Enabled")
    assert az("account", "get-access-token")["tenant"] == TENANT


def test_groups(az, group):
    assert az("group", "show", "--name", group)["tags"] == {"a": "1"}
    assert az("group", "exists", "--name", group) is True
    assert az("group", "exists", "--name", "none") is False
    assert sorted(one["name"] for one in az("group", "list")) == ["rg-az", "rg1"]
    missing = az.run("group", "show", "--name", "none")
    assert missing.returncode == 3 and "ResourceGroupNotFound" in missing.stderr


def test_groups_are_deleted_with_what_is_in_them(az, service):
    az("group", "create", "--name", "rg-brief", "--location", "westeurope")
    made = az("identity", "create", "--resource-group", "rg-brief", "--name", "inside")
    az("group", "delete", "--name", "rg-brief", "--yes")
    assert made["id"] not in [one["id"] for one in service.cli("identity", "list")]


def test_identities(az, group):
    made = az("identity", "create", "--resource-group", group, "--name", "id-az")
    assert uuid.UUID(made["clientId"]) and made["tenantId"] == TENANT
    assert az("identity", "show", "--resource-group", group, "--name", "id-az") == made
    assert [one["id"] for one in az("identity", "list", "--resource-group", group)] == [made["id"]]
    assert made["id"] in [one["id"] for one in az("identity", "list")]
    az("identity", "delete", "--resource-group", group, "--name", "id-az")
    assert az("identity", "list", "--resource-group", group) == []


def test_machines(az, group, machine):
    on = ("--resource-group", group, "--name", machine["name"])
    assert az("vm", "show", *on)["vmId"] == machine["properties"]["vmId"]
    assert az("vm", "show", "--show-details", *on)["powerState"] == "VM running"
    assert [one["name"] for one in az("vm", "list", "--resource-group", group)] == ["vm-az"]
    az("vm", "deallocate", *on)
    assert az("vm", "show", "--show-details", *on)["powerState"] == "VM deallocated"
    az("vm", "start", *on)


def test_identities_of_machines(az, group, machine):
    on = ("--resource-group", group, "--name", machine["name"])
    made = az("identity", "create", "--resource-group", group, "--name", "worker")
    az("vm", "identity", "assign", *on, "--identities", "[system]", "worker")
    shown = az("vm", "identity", "show", *on)
    assert shown["type"] == "SystemAssigned, UserAssigned" and shown["principalId"]
    assert list(shown["userAssignedIdentities"]) == [made["id"]]
    az("vm", "identity", "remove", *on, "--identities", "worker")
    assert az("vm", "identity", "show", *on)["type"] == "SystemAssigned"
    az("vm", "identity", "remove", *on)
    assert az("vm", "identity", "show", *on) is None


def test_the_extension_comes_and_goes(az, service, group, machine):
    on = ("--resource-group", group, "--vm-name", machine["name"])
    name = "ManagedIdentityExtensionForLinux"
    az("vm", "identity", "assign", "--resource-group", group, "--name", machine["name"])
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    az("vm", "extension", "set", *on, "--name", name, "--publisher", "Microsoft.ManagedIdentity",
       "--version", "1.0", "--settings", json.dumps({"port": port}))
    assert [one["name"] for one in az("vm", "extension", "list", *on)] == [name]
    assert az("vm", "extension", "show", *on, "--name", name)["provisioningState"] == "Succeeded"

    def ask():
        return rawhttp.ask(("127.0.0.1", port), headers={"Metadata": "true"},
                           target="/oauth2/token?resource=https://management.azure.com/")
    az("vm", "extension", "wait", *on, "--name", name, "--created")
    claims = service.verify(ask().json()["access_token"])
    assert claims["xms_mirid"].endswith("/virtualMachines/vm-az")
    # Without a version the CLI looks it up, and finds the instance that is there.
    az("vm", "extension", "set", *on, "--name", name, "--publisher", "Microsoft.ManagedIdentity",
       "--settings", json.dumps({"port": port}), "--force-update")
    az("vm", "extension", "delete", *on, "--name", name)
    assert az("vm", "extension", "list", *on) == []
    with pytest.raises(ConnectionRefusedError):
        ask()


def test_scale_sets(az, group):
    url = (f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{group}/providers/Microsoft.Compute/"
           "virtualMachineScaleSets/ss-az?api-version=2020-06-01")
    az("rest", "--method", "put", "--url", url, "--body", json.dumps({
        "location": "westeurope", "sku": {"name": "Standard_B1s", "capacity": 2},
        "properties": {"virtualMachineProfile": {"storageProfile": {"imageReference": {
            "publisher": "Canonical", "offer": "Ubuntu", "sku": "22", "version": "latest"}}}}}))
    on = ("--resource-group", group, "--name", "ss-az")
    assert [one["name"] for one in az("vmss", "list", "--resource-group", group)] == ["ss-az"]
    assert [one["instanceId"] for one in az("vmss", "list-instances", *on)] == ["0", "1"]
    made = az("identity", "create", "--resource-group", group, "--name", "fleet")
    az("vmss", "identity", "assign", *on, "--identities", "[system]", "fleet")
    shown = az("vmss", "identity", "show", *on)
    assert shown["principalId"] and list(shown["userAssignedIdentities"]) == [made["id"]]
    az("vmss", "identity", "remove", *on, "--identities", "fleet")
    assert az("vmss", "identity", "show", *on)["type"] == "SystemAssigned"

    name = "ManagedIdentityExtensionForLinux"
    extension = ("--resource-group", group, "--vmss-name", "ss-az", "--name", name)
    az("vmss", "extension", "set", *extension, "--publisher", "Microsoft.ManagedIdentity",
       "--version", "1.0", "--settings", json.dumps({"port": 50342}))
    assert az("vmss", "extension", "show", *extension)["settings"] == {"port": 50342}
    kept = az("vmss", "show", *on)["virtualMachineProfile"]["storageProfile"]
    assert kept["imageReference"]["publisher"] == "Canonical"
    az("vmss", "extension", "delete", *extension)
    assert az("vmss", "extension", "list", "--resource-group", group,
              "--vmss-name", "ss-az") in ([], None)


def test_resources_and_providers(az, group, machine):
    assert machine["id"] in [one["id"] for one in az("resource", "list", "-g", group)]
    shown = az("resource", "show", "--ids", machine["id"])
    assert shown["properties"]["vmId"] == machine["properties"]["vmId"]
    assert az("provider", "show", "--namespace", "Microsoft.Compute")["registrationState"] == \
        "Registered"


def test_locations_and_registration(az):
    assert "westeurope" in [one["name"] for one in az("account", "list-locations")]
    az("provider", "register", "--namespace", "Microsoft.ManagedIdentity")


def test_a_machine_is_stopped_and_deleted(az, group):
    url = (f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{group}/providers/Microsoft.Compute/"
           "virtualMachines/brief?api-version=2020-06-01")
    az("rest", "--method", "put", "--url", url, "--body", json.dumps({
        "location": "westeurope", "properties": {"hardwareProfile": {"vmSize": "Standard_B1s"}}}))
    on = ("--resource-group", group, "--name", "brief")
    az("vm", "stop", *on)
    states = az("vm", "get-instance-view", *on)["instanceView"]["statuses"]
    assert "PowerState/stopped" in [one["code"] for one in states]
    az("vm", "delete", *on, "--yes")
    gone = az.run("vm", "show", *on)
    assert gone.returncode == 3 and "ResourceNotFound" in gone.stderr


def test_a_reader_sees_and_changes_nothing(az, service, group):
    made = service.cli("admin", "create", "watcher", "--role", "Reader")
    az.login({"clientId": made["clientId"], "secret": made["secretText"]})
    try:
        assert az("group", "show", "--name", group)["name"] == group
        refused = az.run("identity", "create", "--resource-group", group, "--name", "no")
        assert refused.returncode == 1 and "AuthorizationFailed" in refused.stderr
        assert "Microsoft.ManagedIdentity/userAssignedIdentities/write" in refused.stderr
    finally:
        az.login(first_administrator(service))
