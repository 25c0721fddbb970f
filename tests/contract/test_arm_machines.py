# SPDX-License-Identifier: Apache-2.0
"""Machines and their extensions through the resource manager."""

import datetime
import socket
import uuid

import pytest

from harness.arm import COMPUTE, IDENTITIES, S, Arm, arm_listeners
from harness.arm_machines import (VM, answers, ask_extension, ask_imds, extension, free_port,
                                  put_identities, put_vm)
from harness.openimds import TENANT, Service

LISTENERS = arm_listeners()


def test_a_machine_is_kept_as_it_was_told_without_its_secrets(service, arm, group):
    shown = put_vm(arm, group)
    properties = shown["properties"]
    assert properties["provisioningState"] == "Succeeded" and uuid.UUID(properties["vmId"])
    assert properties["hardwareProfile"] == {"vmSize": "Standard_D2s_v3"}
    assert properties["storageProfile"]["osDisk"] == {"createOption": "FromImage"}
    assert properties["osProfile"] == {"computerName": "web", "adminUsername": "me"}
    assert shown["tags"] == {"env": "test"} and "identity" not in shown
    assert arm.get(shown["id"]).json() == shown
    service.stop()
    stored = (service.state_dir / "openimds.db").read_bytes()
    service.start()
    arm.__init__(service)
    assert b"hunter2" not in stored and arm.get(shown["id"]).json() == shown


def test_a_machine_may_say_no_more_than_its_location(arm, group):
    made = arm.put(f"{group}{COMPUTE}/virtualMachines/bare", {"location": "westeurope"})
    assert made.status == 201
    properties = made.json()["properties"]
    assert properties["networkProfile"] == {"networkInterfaces": []}
    assert properties["storageProfile"] == {} and properties["hardwareProfile"] == {}


def test_a_machine_shows_workloads_what_it_was_told(service, arm, group):
    name = f"vm-{uuid.uuid4().hex[:8]}"
    shown = put_vm(arm, group, name)
    profile = service.cli("machine", "show", shown["id"])["profile"]["compute"]
    assert profile["vmSize"] == "Standard_D2s_v3" and profile["publisher"] == "Canonical"
    assert profile["tagsList"] == [{"name": "env", "value": "test"}]
    service.cli("machine", "update", shown["id"], "--tag", "more=1", "--size", "Standard_B1s")
    now = arm.get(shown["id"]).json()
    assert now["tags"] == {"env": "test", "more": "1"}
    assert now["properties"]["hardwareProfile"] == {"vmSize": "Standard_B1s"}


def test_identities_give_and_take_tokens_at_the_next_request(service, arm, group):
    vm = f"{S}/resourceGroups/rg1{COMPUTE}/virtualMachines/vm1"
    identity = arm.put(f"{group}{IDENTITIES}/worker", {"location": "westeurope"}).json()
    query = f"&client_id={identity['properties']['clientId']}"
    assert ask_imds(service, query).status == 400
    assigned = arm.patch(vm, {"identity": {"type": "SystemAssigned, UserAssigned",
                                           "userAssignedIdentities": {identity["id"]: {}}}})
    assert assigned.status == 200, assigned
    block = assigned.json()["identity"]
    assert block["userAssignedIdentities"][identity["id"]] == {
        key: identity["properties"][key] for key in ("principalId", "clientId")}
    assert ask_imds(service, query).status == 200
    # The CLI sends the id in lower case to take it away.
    removed = arm.patch(vm, {"identity": {"type": "SystemAssigned, UserAssigned",
                                          "userAssignedIdentities": {identity["id"].lower(): None}}})
    assert removed.status == 200
    assert identity["id"] not in removed.json()["identity"]["userAssignedIdentities"]
    assert ask_imds(service, query).status == 400


def test_a_system_assigned_identity_has_stable_ids_until_it_goes(service, arm, group):
    vm = f"{group}{COMPUTE}/virtualMachines/web"
    first = put_vm(arm, group, identity={"type": "SystemAssigned"})["identity"]
    assert first["type"] == "SystemAssigned" and first["tenantId"] == TENANT
    assert put_vm(arm, group)["identity"] == first  # a PUT that says nothing of it
    assert arm.patch(vm, {"tags": {}}).json()["identity"] == first
    assert "identity" not in arm.patch(vm, {"identity": {"type": "None"}}).json()
    again = arm.patch(vm, {"identity": {"type": "SystemAssigned"}}).json()["identity"]
    assert again["principalId"] != first["principalId"]


@pytest.mark.parametrize("identity, code", [
    ({"type": "Sometimes"}, "InvalidParameter"),
    ({"type": "UserAssigned"}, "InvalidParameter"),
    ({"type": "SystemAssigned", "userAssignedIdentities": {f"{S}/resourceGroups/a{IDENTITIES}/b":
                                                           {}}}, "InvalidIdentityType"),
    ({"type": "UserAssigned", "userAssignedIdentities": {"nonsense": {}}},
     "LinkedInvalidPropertyId"),
    ({"type": "UserAssigned", "userAssignedIdentities": {f"{S}/resourceGroups/a{IDENTITIES}/b":
                                                         {}}}, "FailedIdentityOperation"),
])
def test_identity_blocks_that_make_no_sense_change_nothing(arm, group, identity, code):
    put_vm(arm, group, identity={"type": "SystemAssigned"})
    before = arm.get(f"{group}{COMPUTE}/virtualMachines/web").json()
    answer = arm.patch(f"{group}{COMPUTE}/virtualMachines/web", {"identity": identity})
    assert (answer.status, answer.code) == (400, code), answer
    assert arm.get(f"{group}{COMPUTE}/virtualMachines/web").json() == before


def test_too_many_identities_are_refused():
    settings = {"limits": {"user_assigned_per_machine": 2}}
    with Service(listeners=arm_listeners(), settings=settings) as limited:
        arm = Arm(limited)
        ids = [arm.put(f"{S}/resourceGroups/rg1{IDENTITIES}/i{i}",
                       {"location": "westeurope"}).json()["id"] for i in range(3)]
        answer = arm.put(f"{S}/resourceGroups/rg1{COMPUTE}/virtualMachines/new", {
            **VM, "identity": {"type": "UserAssigned",
                               "userAssignedIdentities": {one: {} for one in ids}}})
        assert (answer.status, answer.code) == (400, "OperationNotAllowed")
        assert arm.get(f"{S}/resourceGroups/rg1{COMPUTE}/virtualMachines/new").status == 404


def test_power_is_what_was_asked_for_last(arm, group):
    vm = put_vm(arm, group)["id"]
    assert arm.post(f"{vm}/deallocate").status == 200
    view = arm.get(f"{vm}/instanceView").json()
    assert view["statuses"][1]["code"] == "PowerState/deallocated"
    assert arm.post(f"{vm}/start").status == 200
    assert arm.get(f"{vm}/instanceView").json()["statuses"][1]["code"] == "PowerState/running"


# ---- extensions ------------------------------------------------------------------------------

def test_the_extension_answers_while_it_is_set(service, arm, group):
    vm = put_vm(arm, group, identity={"type": "SystemAssigned"})
    port = free_port()
    path = f"{vm['id']}/extensions/ManagedIdentityExtensionForLinux"
    set_ = arm.put(path, extension(port))
    assert set_.status == 201, set_
    shown = set_.json()["properties"]
    assert shown["provisioningState"] == "Succeeded" and "protectedSettings" not in shown
    assert shown["instanceView"]["type"] == ("Microsoft.ManagedIdentity."
                                             "ManagedIdentityExtensionForLinux")
    token = service.verify(ask_extension(port).json()["access_token"])
    assert token["oid"] == vm["identity"]["principalId"]
    assert [one["name"] for one in arm.get(vm["id"]).json()["resources"]] == [
        "ManagedIdentityExtensionForLinux"]

    service.restart()
    arm.__init__(service)
    assert ask_extension(port).status == 200

    other = free_port()
    assert arm.put(path, extension(other)).status == 200  # elsewhere now
    assert ask_extension(other).status == 200
    with pytest.raises(ConnectionRefusedError):
        ask_extension(port)

    assert arm.delete(path).status == 200
    with pytest.raises(ConnectionRefusedError):
        ask_extension(other)
    assert arm.get(path).status == 404 and arm.delete(path).status == 204


def test_the_extension_ends_with_its_machine(arm, group):
    vm = put_vm(arm, group, identity={"type": "SystemAssigned"})["id"]
    port = free_port()
    assert arm.put(f"{vm}/extensions/mi", extension(port)).status == 201
    assert arm.delete(vm).status == 200
    with pytest.raises(ConnectionRefusedError):
        ask_extension(port)


def test_a_port_that_is_taken_fails_the_extension_and_leaves_none(arm, group):
    vm = put_vm(arm, group)["id"]
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        answer = arm.put(f"{vm}/extensions/mi", extension(holder.getsockname()[1]))
    assert (answer.status, answer.code) == (409, "VMExtensionProvisioningError"), answer
    assert arm.get(f"{vm}/extensions/mi").status == 404
    assert arm.get(f"{vm}/extensions").json() == {"value": []}


@pytest.mark.parametrize("said", [{"settings": {"port": 0}}, {"settings": {"port": 70000}},
                                  {"settings": {"port": "x"}}, {"type": None}])
def test_extensions_that_make_no_sense_are_refused(arm, group, said):
    vm = put_vm(arm, group)["id"]
    answer = arm.put(f"{vm}/extensions/mi", extension(1, **said))
    assert (answer.status, answer.code) == (400, "InvalidParameter"), answer


def since(shown):
    """When the endpoint began to answer, as the extension's instance view says."""
    [status] = shown["properties"]["instanceView"]["statuses"]
    assert status["code"] == "ProvisioningState/succeeded"
    return datetime.datetime.fromisoformat(status["time"].replace("Z", "+00:00"))


def test_another_force_update_tag_begins_the_endpoint_anew(service, arm, group):
    vm = put_vm(arm, group, identity={"type": "SystemAssigned"})["id"]
    port = free_port()
    path = f"{vm}/extensions/mi"

    first = arm.put(path, extension(port, forceUpdateTag="a")).json()
    same = arm.put(path, extension(port, forceUpdateTag="a"))
    assert since(same.json()) == since(first)
    again = arm.put(path, extension(port, forceUpdateTag="b"), headers={
        "If-Match": same.headers["etag"]})
    assert again.status == 200 and again.json()["properties"]["forceUpdateTag"] == "b"
    assert since(again.json()) >= since(first)
    assert len(service.said("extension.served", 2, port=port)) == 2
    assert ask_extension(port).status == 200
    view = arm.get(f"{vm}/instanceView").json()["extensions"]
    assert view == [again.json()["properties"]["instanceView"]]


def test_two_machines_do_not_share_a_port(arm, group):
    first, second = (put_vm(arm, group, name, identity={"type": "SystemAssigned"})["id"]
                     for name in ("one", "two"))
    port = free_port()
    assert arm.put(f"{first}/extensions/mi", extension(port)).status == 201
    refused = arm.put(f"{second}/extensions/mi", extension(port))
    assert (refused.status, refused.code) == (409, "VMExtensionProvisioningError")
    assert "'" + first + "'" in refused.json()["error"]["message"]
    assert arm.delete(f"{first}/extensions/mi").status == 200
    assert arm.put(f"{second}/extensions/mi", extension(port)).status == 201


def test_the_extension_serves_fewer_identities_than_imds(arm, group):
    vm = put_vm(arm, group)["id"]
    block = put_identities(arm, group, 33)
    assert arm.patch(vm, {"identity": block}).status == 200
    port = free_port()
    refused = arm.put(f"{vm}/extensions/mi", extension(port))
    assert (refused.status, refused.code) == (400, "OperationNotAllowed"), refused
    assert "at most 32" in refused.json()["error"]["message"]
    assert arm.get(f"{vm}/extensions/mi").status == 404 and not answers(port)
    last = list(block["userAssignedIdentities"])[-1]
    assert arm.patch(vm, {"identity": {"type": "UserAssigned",
                                       "userAssignedIdentities": {last: None}}}).status == 200
    assert arm.put(f"{vm}/extensions/mi", extension(port)).status == 201
    more = arm.patch(vm, {"identity": {"type": "UserAssigned",
                                       "userAssignedIdentities": {last: {}}}})
    assert (more.status, more.code) == (400, "OperationNotAllowed")
    assert arm.delete(f"{vm}/extensions/mi").status == 200
    assert arm.patch(vm, {"identity": block}).status == 200


@pytest.mark.parametrize("action, power", [("powerOff", "stopped"), ("restart", "running"),
                                           ("deallocate", "deallocated"), ("redeploy", "running")])
def test_what_is_done_to_machines_shows(arm, group, action, power):
    vm = put_vm(arm, group)["id"]
    assert arm.post(f"{vm}/{action}").status == 200
    assert arm.post(f"{vm}/reapply").status == 200  # changes nothing
    assert arm.get(f"{vm}/instanceView").json()["statuses"][1]["code"] == f"PowerState/{power}"


# ---- their network interfaces ----------------------------------------------------------------

def put_nic(arm, group, name="nic"):
    made = arm.put(f"{group}/providers/Microsoft.Network/networkInterfaces/{name}", {
        "location": "westeurope", "properties": {"ipConfigurations": [
            {"name": "a", "properties": {"privateIPAllocationMethod": "Dynamic"}}]}})
    assert made.status == 201, made
    return made.json()["id"]


def with_nics(*nics):
    return {"properties": {**VM["properties"], "networkProfile": {
        "networkInterfaces": [{"id": nic} for nic in nics]}}}


def test_an_interface_knows_its_machine_and_its_addresses(service, arm, group):
    nic, other = put_nic(arm, group), put_nic(arm, group, "other")
    vm = put_vm(arm, group, **with_nics(other, nic))["id"]
    service.cli("machine", "update", vm, "--private-ip", "10.0.0.4", "--mac", "00:0d:3a:00:00:01")
    shown = arm.get(other).json()["properties"]
    assert shown["virtualMachine"] == {"id": vm} and shown["macAddress"] == "00-0D-3A-00-00-01"
    assert shown["ipConfigurations"][0]["properties"]["privateIPAddress"] == "10.0.0.4"
    second = arm.get(nic).json()["properties"]
    assert second["virtualMachine"] == {"id": vm} and "macAddress" not in second
    # What it is told later, it is told without that.
    arm.put(other, {"location": "westeurope", "properties": {}})
    assert arm.get(other).json()["properties"]["virtualMachine"] == {"id": vm}

    refused = arm.put(f"{group}{COMPUTE}/virtualMachines/b", {**VM, **with_nics(nic)})
    assert (refused.status, refused.code) == (409, "NicInUse")
    put_vm(arm, group, **with_nics(other))
    assert "virtualMachine" not in arm.get(nic).json()["properties"]
    assert arm.delete(vm).status == 200
    assert "virtualMachine" not in arm.get(other).json()["properties"]
    assert put_vm(arm, group, "b", **with_nics(nic, other))


def test_to_join_an_interface_takes_a_right_on_it(service, arm, group):
    elsewhere = f"{S}/resourceGroups/rg-{uuid.uuid4().hex[:8]}"
    arm.put(elsewhere, {"location": "westeurope"})
    nic = put_nic(arm, elsewhere)
    made = service.cli("admin", "create", f"a-{uuid.uuid4().hex[:8]}", "--role", "Contributor",
                       "--scope", group)
    refused = arm.as_(made).put(f"{group}{COMPUTE}/virtualMachines/web", {**VM, **with_nics(nic)})
    assert (refused.status, refused.code) == (403, "LinkedAuthorizationFailed"), refused
    assert arm.delete(elsewhere).status == 200
