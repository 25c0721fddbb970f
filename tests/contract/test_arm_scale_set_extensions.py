# SPDX-License-Identifier: Apache-2.0
"""Extensions of scale sets: part of the model, and of instances as the upgrade policy says."""

import socket

import pytest

from harness.arm import COMPUTE, arm_listeners
from harness.arm_machines import (answers, ask_extension, extension, free_port, put_identities,
                                  put_scale_set, put_vm)

LISTENERS = arm_listeners()


def of_model(port, **more):
    return {"properties": extension(port, **more)["properties"]}


def names_on(arm, instance):
    return [one["name"] for one in arm.get(f"{instance}/extensions").json()["value"]]


def test_one_is_set_shown_listed_and_taken_away(service, arm, group):
    fleet = put_scale_set(arm, group, mode="Automatic")
    path, port = f"{fleet['id']}/extensions/mi", free_port()
    made = arm.put(path, of_model(port))
    assert made.status == 201, made
    shown = made.json()
    assert (shown["id"], shown["name"]) == (path, "mi")
    assert shown["type"] == "Microsoft.Compute/virtualMachineScaleSets/extensions"
    assert shown["properties"]["provisioningState"] == "Succeeded"
    assert "protectedSettings" not in shown["properties"]
    assert arm.get(path).json() == shown
    assert arm.get(f"{fleet['id']}/extensions").json() == {"value": [shown]}
    # The same thing in the scale set's own model.
    profile = arm.get(fleet["id"]).json()["properties"]["virtualMachineProfile"]
    [kept] = profile["extensionProfile"]["extensions"]
    assert kept["name"] == "mi" and kept["properties"]["settings"] == {"port": port}

    claims = service.verify(ask_extension(port).json()["access_token"])
    assert claims["oid"] == fleet["identity"]["principalId"]
    assert arm.put(path, of_model(port)).status == 200
    patched = arm.patch(path, {"properties": {"autoUpgradeMinorVersion": False}}).json()
    assert patched["properties"]["settings"] == {"port": port}

    assert arm.delete(path).status == 200 and arm.delete(path).status == 204
    assert arm.get(path).code == "ResourceNotFound" and not answers(port)
    assert arm.get(f"{fleet['id']}/extensions").json() == {"value": []}


def test_with_a_manual_policy_instances_wait_to_be_asked(arm, group):
    fleet = put_scale_set(arm, group, mode="Manual")["id"]
    first, second = (f"{fleet}/virtualMachines/{i}" for i in range(2))
    port = free_port()
    assert arm.put(f"{fleet}/extensions/mi", of_model(port)).status == 201
    assert not answers(port) and names_on(arm, first) == []
    assert arm.get(first).json()["properties"]["latestModelApplied"] is False
    assert arm.post(f"{fleet}/manualupgrade", {"instanceIds": ["1"]}).status == 200
    assert (names_on(arm, first), names_on(arm, second)) == ([], ["mi"])
    assert arm.get(second).json()["properties"]["latestModelApplied"] is True
    assert answers(port)
    # A new instance begins with the model.
    assert arm.patch(fleet, {"sku": {"capacity": 3}}).status == 200
    assert names_on(arm, f"{fleet}/virtualMachines/2") == ["mi"]
    arm.delete(f"{fleet}/extensions/mi")
    assert answers(port) and names_on(arm, second) == ["mi"]
    assert arm.post(f"{fleet}/manualupgrade", {"instanceIds": ["*"]}).status == 200
    assert not answers(port)


def test_of_instances_one_has_the_port_and_the_next_takes_it_over(service, arm, group):
    fleet = put_scale_set(arm, group, mode="Automatic", capacity=3)["id"]
    port = free_port()
    assert arm.put(f"{fleet}/extensions/mi", of_model(port)).status == 201

    def states():
        view = [arm.get(f"{fleet}/virtualMachines/{i}/instanceView") for i in range(3)]
        return [one.json()["extensions"][0]["statuses"][0]["code"].split("/")[1] if
                one.status == 200 else "gone" for one in view]
    assert states() == ["succeeded", "failed", "failed"]
    counts = arm.get(f"{fleet}/instanceView").json()["extensions"][0]["statusesSummary"]
    assert {one["code"].split("/")[1]: one["count"] for one in counts} == {
        "succeeded": 1, "failed": 2}
    assert arm.get(f"{fleet}/extensions/mi").json()["properties"]["provisioningState"] == \
        "Succeeded"
    assert arm.delete(f"{fleet}/virtualMachines/0").status == 200
    assert states() == ["gone", "succeeded", "failed"] and answers(port)
    service.restart()
    arm.__init__(service)
    assert states() == ["gone", "succeeded", "failed"] and answers(port)
    assert "extension.failed" not in service.log_text()
    assert arm.delete(fleet).status == 200 and not answers(port)


def test_a_model_that_cannot_be_served_is_refused_and_nothing_changes(arm, group):
    other = free_port()
    fleet = put_scale_set(arm, group, mode="Automatic")["id"]
    assert arm.put(f"{fleet}/extensions/mi", of_model(other)).status == 201
    before = arm.get(fleet).json()
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        taken = of_model(holder.getsockname()[1])
        refused = arm.put(f"{fleet}/extensions/mi", taken)
        whole = arm.put(fleet, {**before, "properties": {
            **before["properties"], "virtualMachineProfile": {"extensionProfile": {"extensions": [
                {"name": "mi", **taken}]}}}})
    assert (refused.status, refused.code) == (409, "VMExtensionProvisioningError"), refused
    assert (whole.status, whole.code) == (409, "VMExtensionProvisioningError"), whole
    assert arm.get(fleet).json() == before and answers(other)


def test_a_port_of_another_machine_is_no_mistake_in_a_model(service, arm, group):
    port = free_port()
    machine = put_vm(arm, group, identity={"type": "SystemAssigned"})
    assert arm.put(f"{machine['id']}/extensions/mi", extension(port)).status == 201
    fleet = put_scale_set(arm, group, mode="Automatic")
    path = f"{fleet['id']}/extensions/mi"
    assert arm.put(path, of_model(port)).status == 201

    def owner():
        return service.verify(ask_extension(port).json()["access_token"])["oid"]
    assert arm.get(path).json()["properties"]["provisioningState"] == "Failed"
    assert owner() == machine["identity"]["principalId"]
    assert arm.delete(f"{machine['id']}/extensions/mi").status == 200
    assert arm.get(path).json()["properties"]["provisioningState"] == "Succeeded"
    assert owner() == fleet["identity"]["principalId"]


@pytest.mark.parametrize("said", [{"settings": {"port": 0}}, {"type": None}, {"publisher": ""}])
def test_what_makes_no_sense_is_refused(arm, group, said):
    fleet = put_scale_set(arm, group)["id"]
    answer = arm.put(f"{fleet}/extensions/mi", of_model(1, **said))
    assert (answer.status, answer.code) == (400, "InvalidParameter"), answer
    whole = arm.patch(fleet, {"properties": {"virtualMachineProfile": {"extensionProfile": {
        "extensions": [{"name": "mi", **of_model(1, **said)}]}}}})
    assert (whole.status, whole.code) == (400, "InvalidParameter"), whole
    assert arm.get(f"{fleet}/extensions").json() == {"value": []}


def test_two_of_one_name_are_refused(arm, group):
    fleet = put_scale_set(arm, group)["id"]
    twice = [{"name": name, **of_model(50342)} for name in ("mi", "MI")]
    answer = arm.patch(fleet, {"properties": {"virtualMachineProfile": {"extensionProfile": {
        "extensions": twice}}}})
    assert (answer.status, answer.code) == (400, "InvalidParameter")


def test_another_force_update_tag_begins_the_endpoint_anew(service, arm, group):
    fleet = put_scale_set(arm, group, mode="Automatic", capacity=1)["id"]
    port = free_port()
    for tag, times in (("a", 1), ("a", 1), ("b", 2)):
        assert arm.put(f"{fleet}/extensions/mi",
                       of_model(port, forceUpdateTag=tag)).status in (200, 201)
        assert len(service.said("extension.served", times, port=port)) == times
    assert answers(port)


def test_the_extension_serves_fewer_identities_than_imds(arm, group):
    fleet = put_scale_set(arm, group)["id"]
    assert arm.patch(fleet, {"identity": put_identities(arm, group, 33)}).status == 200
    refused = arm.put(f"{fleet}/extensions/mi", of_model(50342))
    assert (refused.status, refused.code) == (400, "OperationNotAllowed"), refused
    assert arm.get(f"{fleet}/extensions").json() == {"value": []}


def test_instances_are_asked_together(arm, group):
    fleet = put_scale_set(arm, group, capacity=3)["id"]

    def powers():
        return [arm.get(f"{fleet}/virtualMachines/{i}/instanceView").json()["statuses"][1]["code"]
                .split("/")[1] for i in range(3)]
    assert arm.post(f"{fleet}/poweroff").status == 200 and powers() == ["stopped"] * 3
    assert arm.post(f"{fleet}/start", {"instanceIds": ["1"]}).status == 200
    assert powers() == ["stopped", "running", "stopped"]
    assert arm.post(f"{fleet}/virtualMachines/2/deallocate").status == 200
    assert powers() == ["stopped", "running", "deallocated"]
    wrong = arm.post(f"{fleet}/start", {"instanceIds": ["7"]})
    assert (wrong.status, wrong.code) == (400, "InvalidParameter")
    assert arm.post(f"{fleet}/delete", {"instanceIds": ["0", "2"]}).status == 200
    assert arm.get(fleet).json()["sku"]["capacity"] == 1
    [sku] = arm.get(f"{fleet}/skus").json()["value"]
    assert sku["sku"]["name"] == "Standard_B1s" and sku["capacity"]["defaultCapacity"] == 1


def test_instances_and_their_extensions_are_no_resources_of_the_group(arm, group):
    fleet = put_scale_set(arm, group, mode="Automatic", capacity=1)
    arm.put(f"{fleet['id']}/extensions/mi", of_model(free_port()))
    arm.post(f"{fleet['id']}/restart")
    assert [one["name"] for one in arm.get(f"{group}/resources").json()["value"]] == ["fleet"]
    assert COMPUTE in fleet["id"]
