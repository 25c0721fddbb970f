# SPDX-License-Identifier: Apache-2.0
"""`az vm create` and `az vmss create`, which deploy templates of their own, and what they made."""

import pytest

from az_session import AzSession
from harness.arm import arm_listeners
from harness.arm_machines import answers, ask_extension, ask_imds, free_port
from harness.openimds import Service

IMAGE = ("--image", "Canonical:UbuntuServer:18.04-LTS:latest", "--authentication-type", "password",
         "--admin-username", "me", "--admin-password", "Only-A-Test-1")
EXTENSION = "ManagedIdentityExtensionForLinux"


@pytest.fixture(scope="module")
def service():
    """With a listener that speaks for the machine that will be made."""
    with Service(listeners=[*arm_listeners(), {"protocol": "imds", "address": "127.0.0.1:0",
                                               "machine": "created"}]) as running:
        yield running


@pytest.fixture(scope="module")
def az(service, tmp_path_factory):
    return AzSession(service, tmp_path_factory.mktemp("az"))


@pytest.fixture(scope="module")
def group(az):
    az("group", "create", "--name", "rg-create", "--location", "westeurope")
    return "rg-create"


@pytest.fixture(scope="module")
def identity(az, group):
    return az("identity", "create", "--resource-group", group, "--name", "worker")


@pytest.fixture(scope="module")
def created(az, group, identity):
    return az("vm", "create", "--resource-group", group, "--name", "created", *IMAGE,
              "--assign-identity", "[system]", identity["id"], "--size", "Standard_B1s")


def test_a_machine_is_created_with_its_network(az, service, group, identity, created):
    assert created["powerState"] == "VM running" and created["location"] == "westeurope"
    assert list(created["identity"]["userAssignedIdentities"]) == [identity["id"]]
    names = {one["type"].split("/")[1]: one["name"]
             for one in az("resource", "list", "--resource-group", group)
             if one["type"].startswith("Microsoft.Network")}
    assert names == {"networkSecurityGroups": "createdNSG", "publicIPAddresses": "createdPublicIP",
                     "virtualNetworks": "createdVNET", "networkInterfaces": "createdVMNic"}
    claims = service.verify(ask_imds(service, f"&client_id={identity['clientId']}", 1)
                            .json()["access_token"])
    assert claims["oid"] == identity["principalId"]
    assert b"Only-A-Test-1" not in (service.state_dir / "openimds.db").read_bytes()


def test_addresses_are_those_that_the_machine_says(az, service, group, created):
    service.cli("machine", "update", created["id"], "--private-ip", "10.0.0.4",
                "--mac", "00:0d:3a:00:00:01")
    shown = az("vm", "show", "--show-details", "--resource-group", group, "--name", "created")
    assert (shown["privateIps"], shown["macAddresses"]) == ("10.0.0.4", "00-0D-3A-00-00-01")
    [listed] = az("vm", "list-ip-addresses", "--resource-group", group)
    assert listed["virtualMachine"]["name"] == "created"
    assert listed["virtualMachine"]["network"]["privateIpAddresses"] == ["10.0.0.4"]
    [detailed] = az("vm", "list", "--show-details", "--resource-group", group)
    assert detailed["privateIps"] == "10.0.0.4"


def test_power(az, group, created):
    on = ("--resource-group", group, "--name", created["id"].rsplit("/", 1)[1])

    def power():
        view = az("vm", "get-instance-view", *on)["instanceView"]["statuses"]
        return view[1]["code"]
    for verb, state in (("stop", "stopped"), ("start", "running"), ("restart", "running"),
                        ("redeploy", "running"), ("deallocate", "deallocated")):
        az("vm", verb, *on)
        assert power() == f"PowerState/{state}"


def test_an_interface_goes_from_one_machine_to_the_next(az, group, created):
    nic = created["id"].replace("Microsoft.Compute/virtualMachines/created",
                                "Microsoft.Network/networkInterfaces/createdVMNic")
    second = ("vm", "create", "--resource-group", group, "--name", "second", *IMAGE,
              "--nics", "createdVMNic")

    def owner():
        """Debian's `az network nic` has no API version for this profile."""
        shown = az("resource", "show", "--ids", nic, "--api-version", "2022-07-01")
        return shown["properties"].get("virtualMachine", {}).get("id")
    refused = az.run(*second)
    assert refused.returncode == 1 and "is used by existing resource" in refused.stderr
    assert owner() == created["id"]
    az("vm", "delete", "--yes", "--resource-group", group, "--name", "created")
    assert owner() is None
    made = az(*second)
    assert owner() == made["id"]
    assert [one["name"] for one in az("vm", "list", "--resource-group", group)] == ["second"]


def test_a_scale_set_is_created_and_its_instances_have_what_it_has(az, service, group):
    on = ("--resource-group", group, "--name", "fleet")
    made = az("vmss", "create", *on, *IMAGE, "--instance-count", "2", "--assign-identity",
              "[system]", "--upgrade-policy-mode", "Manual")
    assert made["vmss"]["provisioningState"] == "Succeeded"
    principal = az("vmss", "identity", "show", *on)["principalId"]
    assert [one["instanceId"] for one in az("vmss", "list-instances", *on)] == ["0", "1"]

    port = free_port()
    of_set = ("--resource-group", group, "--vmss-name", "fleet", "--name", EXTENSION)
    az("vmss", "extension", "set", *of_set, "--publisher", "Microsoft.ManagedIdentity",
       "--version", "1.0", "--settings", f'{{"port": {port}}}')
    assert not answers(port)
    assert {one["latestModelApplied"] for one in az("vmss", "list-instances", *on)} == {False}
    az("vmss", "update-instances", *on, "--instance-ids", "*")
    assert service.verify(ask_extension(port).json()["access_token"])["oid"] == principal
    assert {one["latestModelApplied"] for one in az("vmss", "list-instances", *on)} == {True}

    az("vmss", "scale", *on, "--new-capacity", "3")
    az("vmss", "delete-instances", *on, "--instance-ids", "0")
    assert [one["instanceId"] for one in az("vmss", "list-instances", *on)] == ["1", "2"]
    assert answers(port)  # the next one has taken it over
    for verb, state in (("stop", "stopped"), ("start", "running"), ("restart", "running"),
                        ("deallocate", "deallocated")):
        az("vmss", verb, *on, "--instance-ids", "1")
        view = az("vmss", "get-instance-view", *on, "--instance-id", "1")
        assert view["statuses"][1]["code"] == f"PowerState/{state}"
    summary = az("vmss", "get-instance-view", *on)["virtualMachine"]["statusesSummary"]
    assert summary == [{"code": "ProvisioningState/succeeded", "count": 2}]

    az("vmss", "extension", "delete", *of_set)
    az("vmss", "update-instances", *on, "--instance-ids", "*")
    assert not answers(port)
    az("vmss", "delete", *on)
    assert az("vmss", "list", "--resource-group", group) == []


def test_tags_on_their_own(az, group):
    of = f"{az('group', 'show', '--name', group)['id']}"
    url = f"{of}/providers/Microsoft.Resources/tags/default?api-version=2021-04-01"
    az("rest", "--method", "patch", "--url", url, "--body",
       '{"operation": "Merge", "properties": {"tags": {"team": "a"}}}')
    assert az("group", "show", "--name", group)["tags"] == {"team": "a"}
