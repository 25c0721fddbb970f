# SPDX-License-Identifier: Apache-2.0
"""Scale sets: what is said of one is what all of its instances have."""

import uuid

import pytest

from harness import rawhttp
from harness.arm import COMPUTE, IDENTITIES, S, arm_listeners
from harness.openimds import TOKEN_PATH, CliError

G = f"{S}/resourceGroups/rg1"
SETS = f"{G}{COMPUTE}/virtualMachineScaleSets"
FIRST = f"{SETS}/web/virtualMachines/0"

# One speaks for the first instance, from before there is one.
LISTENERS = [*arm_listeners(), {"protocol": "imds", "address": "127.0.0.1:0", "machine": FIRST}]


@pytest.fixture
def scale_set(arm):
    said = {"location": "westeurope", "tags": {"a": "1"},
            "sku": {"name": "Standard_B1s", "tier": "Standard", "capacity": 2},
            "identity": {"type": "SystemAssigned"},
            "properties": {"upgradePolicy": {"mode": "Manual"}, "virtualMachineProfile": {
                "osProfile": {"computerNamePrefix": "web", "adminUsername": "me",
                              "adminPassword": "hunter2-hunter2"},
                "storageProfile": {"imageReference": {"publisher": "Canonical", "offer": "Ubuntu",
                                                      "sku": "22", "version": "latest"}}}}}
    made = arm.put(f"{SETS}/web", said)
    assert made.status == 201, made
    yield made.json()
    assert arm.delete(f"{SETS}/web").status == 200
    assert arm.get(f"{SETS}/web").status == 404 and arm.get(FIRST).status == 404


def ask(service, query=""):
    return rawhttp.ask(service.endpoint("imds", 1).address, headers={"Metadata": "true"},
                       target=f"{TOKEN_PATH}?api-version=2018-02-01"
                              f"&resource=https://{uuid.uuid4()}.example{query}")


def names(arm):
    return [one["name"] for one in arm.get(f"{SETS}/web/virtualMachines").json()["value"]]


def test_instances_get_tokens_for_the_identity_of_their_scale_set(service, arm, scale_set):
    claims = service.verify(ask(service).json()["access_token"])
    assert claims["oid"] == scale_set["identity"]["principalId"]
    assert claims["xms_mirid"].lower() == scale_set["id"].lower()
    [first, second] = arm.get(f"{SETS}/web/virtualMachines").json()["value"]
    assert first["identity"] == second["identity"] == scale_set["identity"]
    assert first["properties"]["vmId"] != second["properties"]["vmId"]


def test_identities_reach_every_instance_at_once(service, arm, scale_set):
    made = arm.put(f"{G}{IDENTITIES}/fleet", {"location": "westeurope"}).json()
    query = f"&client_id={made['properties']['clientId']}"
    assert ask(service, query).status == 400
    changed = arm.patch(f"{SETS}/web", {"identity": {
        "type": "SystemAssigned, UserAssigned", "userAssignedIdentities": {made["id"]: {}}}})
    assert changed.status == 200, changed
    assert changed.json()["identity"]["principalId"] == scale_set["identity"]["principalId"]
    assert ask(service, query).status == 200
    with pytest.raises(CliError) as refused:
        service.cli("identity", "delete", made["id"])
    assert refused.value.code == "registry.in_use"
    assert arm.delete(made["id"]).status == 200  # taken from the scale set, as Azure does
    assert ask(service, query).status == 400
    assert arm.get(f"{SETS}/web").json()["identity"]["type"] == "SystemAssigned"
    arm.patch(f"{SETS}/web", {"identity": {"type": "None"}})
    assert ask(service).status == 400


def test_an_instance_has_no_identities_of_its_own(service, scale_set):
    with pytest.raises(CliError) as refused:
        service.cli("machine", "identity", "assign", FIRST, "openimds-identity")
    assert "its identities are those of its scale set" in refused.value.message


def test_capacity_makes_and_ends_instances(arm, scale_set):
    assert names(arm) == ["web_0", "web_1"]
    kept = arm.get(FIRST).json()["properties"]["vmId"]
    assert arm.patch(f"{SETS}/web", {"sku": {"capacity": 4}}).json()["sku"] == {
        "name": "Standard_B1s", "tier": "Standard", "capacity": 4}
    assert names(arm) == ["web_0", "web_1", "web_2", "web_3"]
    assert arm.delete(f"{SETS}/web/virtualMachines/1").status == 200
    assert arm.get(f"{SETS}/web").json()["sku"]["capacity"] == 3
    arm.patch(f"{SETS}/web", {"sku": {"capacity": 2}})
    assert names(arm) == ["web_0", "web_2"]
    assert arm.get(FIRST).json()["properties"]["vmId"] == kept
    wrong = arm.patch(f"{SETS}/web", {"sku": {"capacity": -1}})
    assert (wrong.status, wrong.code) == (400, "InvalidParameter")


def test_a_restart_keeps_all_of_it(service, arm, scale_set):
    before = arm.get(f"{SETS}/web/virtualMachines").json()
    service.restart()
    arm.__init__(service)
    assert arm.get(f"{SETS}/web").json() == scale_set
    assert arm.get(f"{SETS}/web/virtualMachines").json() == before
    assert ask(service).status == 200
    assert b"hunter2" not in (service.state_dir / "openimds.db").read_bytes()


def test_a_put_of_what_was_read_keeps_what_was_not_shown(arm, scale_set):
    """As `az vmss extension set` sends it: the whole model without image and passwords."""
    body = {**scale_set}
    profile = body["properties"]["virtualMachineProfile"]
    image = profile["storageProfile"].pop("imageReference")
    profile["extensionProfile"] = {"extensions": [{"name": "mi", "properties": {
        "publisher": "Microsoft.ManagedIdentity", "type": "ManagedIdentityExtensionForLinux",
        "typeHandlerVersion": "1.0", "settings": {"port": 50342},
        "protectedSettings": {"a": "never-shown"}}}]}
    put = arm.put(f"{SETS}/web", body)
    assert put.status == 200, put
    kept = put.json()["properties"]["virtualMachineProfile"]
    assert kept["storageProfile"]["imageReference"] == image
    assert kept["osProfile"] == {"computerNamePrefix": "web", "adminUsername": "me"}
    [extension] = kept["extensionProfile"]["extensions"]
    assert "protectedSettings" not in extension["properties"]


def test_a_put_of_the_size_alone_leaves_the_model(arm, scale_set):
    """As `az vmss scale` sends it."""
    arm.patch(f"{SETS}/web", {"properties": {"upgradePolicy": {"mode": "Automatic"}}})
    before = arm.get(f"{SETS}/web").json()["properties"]
    put = arm.put(f"{SETS}/web", {"location": "westeurope",
                                  "sku": {"name": "Standard_B1s", "capacity": 3}})
    assert put.status == 200, put
    assert put.json()["sku"]["capacity"] == 3 and put.json()["properties"] == before


def test_instances_show_what_the_scale_set_was_told(service, arm, scale_set):
    document = rawhttp.ask(service.endpoint("imds", 1).address, headers={"Metadata": "true"},
                           target="/metadata/instance/compute?api-version=2021-12-13").json()
    assert document["vmScaleSetName"] == "web" and document["vmSize"] == "Standard_B1s"
    assert document["virtualMachineScaleSet"]["id"] == scale_set["id"]
    assert document["tagsList"] == [{"name": "a", "value": "1"}]


def test_a_group_goes_with_its_scale_sets(arm):
    group = f"{S}/resourceGroups/rg-brief"
    arm.put(group, {"location": "westeurope"})
    path = f"{group}{COMPUTE}/virtualMachineScaleSets/s"
    arm.put(path, {"location": "westeurope", "sku": {"name": "x", "capacity": 1}})
    assert [one["name"] for one in arm.get(f"{group}/resources").json()["value"]] == ["s"]
    assert arm.delete(group).status == 200
    assert arm.get(path).code == "ResourceGroupNotFound"
