# SPDX-License-Identifier: Apache-2.0
"""`arm.operation_time`: what a cloud takes its time for is answered at once and polled for."""

import time
import uuid

import pytest

from harness.arm import COMPUTE, IDENTITIES, S, arm_listeners
from harness.openimds import Service

SCHEMA = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#"
DEPLOYMENTS = "/providers/Microsoft.Resources/deployments"
MACHINE = {"location": "westeurope", "identity": {"type": "SystemAssigned"},
           "properties": {"hardwareProfile": {"vmSize": "Standard_B1s"}}}
SCALE_SET = {"location": "westeurope", "sku": {"name": "Standard_B1s", "capacity": 1},
             "properties": {}}


@pytest.fixture(scope="module")
def service():
    with Service(listeners=arm_listeners(), settings={"arm": {"operation_time": 1}}) as running:
        yield running


@pytest.fixture
def group(arm):
    path = f"{S}/resourceGroups/rg-{uuid.uuid4().hex[:8]}"
    arm.put(path, {"location": "westeurope"})
    yield path
    arm.delete(path)


def body(*resources):
    return {"properties": {"mode": "Incremental", "parameters": {}, "template": {
        "$schema": SCHEMA, "contentVersion": "1.0.0.0", "resources": list(resources)}}}


NETWORK = {"type": "Microsoft.Network/virtualNetworks", "apiVersion": "2022-01-01", "name": "net",
           "location": "westeurope", "properties": {}}


def look(arm, url):
    assert url.startswith(arm.url), "it is reached as the caller reached us"
    return arm.call("GET", url[len(arm.url):], api="")


def follow_status(arm, answer):
    """Polls `Azure-AsyncOperation` as clients do; all that it said."""
    said = []
    while not said or said[-1]["status"] in ("InProgress", "Running"):
        assert answer.headers["retry-after"] == "1"
        if said:
            time.sleep(0.2)  # a client's pause
        polled = look(arm, answer.headers["azure-asyncoperation"])
        assert polled.status == 200
        said.append(polled.json())
        assert ("retry-after" in polled.headers) == (said[-1]["status"] in ("InProgress",
                                                                            "Running"))
    return said


def follow_location(arm, answer):
    assert (answer.status, answer.body, answer.headers["retry-after"]) == (202, b"", "1")
    polled = look(arm, answer.headers["location"])
    assert (polled.status, polled.headers["retry-after"]) == (202, "1")
    while polled.status == 202:
        time.sleep(0.2)
        polled = look(arm, polled.headers["location"])
    return polled


@pytest.mark.parametrize("kind, document", [("virtualMachines", MACHINE),
                                            ("virtualMachineScaleSets", SCALE_SET)])
def test_machines_and_scale_sets_come_and_go_by_operations(arm, group, kind, document):
    path = f"{group}{COMPUTE}/{kind}/x"
    made = arm.put(path, document)
    assert made.status == 201 and "location" not in made.headers
    assert made.json()["properties"]["provisioningState"] == "Creating"
    said = follow_status(arm, made)
    assert said[0]["status"] == "InProgress" and said[0]["startTime"]
    assert said[-1]["status"] == "Succeeded" and said[-1]["endTime"]
    assert arm.get(path).json()["properties"]["provisioningState"] == "Succeeded"
    changed = arm.patch(path, {"tags": {"a": "1"}})
    assert changed.status == 200
    assert changed.json()["properties"]["provisioningState"] == "Updating"
    assert follow_status(arm, changed)[-1]["status"] == "Succeeded"
    gone = arm.delete(path)
    assert (gone.status, gone.body) == (202, b"")
    assert follow_status(arm, gone)[-1]["status"] == "Succeeded"
    assert arm.delete(path).status == 204


def test_extensions_and_power_by_operations(arm, group):
    path = f"{group}{COMPUTE}/virtualMachines/x"
    arm.put(path, MACHINE)
    made = arm.put(f"{path}/extensions/e", {"location": "westeurope", "properties": {
        "publisher": "Contoso", "type": "Agent", "typeHandlerVersion": "1.0"}})
    assert made.status == 201
    assert follow_status(arm, made)[-1]["status"] == "Succeeded"
    off = arm.post(f"{path}/deallocate")
    assert off.status == 202
    assert follow_status(arm, off)[-1]["status"] == "Succeeded"
    assert arm.delete(f"{path}/extensions/e").status == 202


def test_what_cannot_be_is_refused_at_once(arm, group):
    refused = arm.put(f"{group}{COMPUTE}/virtualMachines/x", {"properties": {}})
    assert (refused.status, refused.code) == (400, "LocationRequired")
    assert "azure-asyncoperation" not in refused.headers


def test_identities_are_never_long_running(arm, group):
    made = arm.put(f"{group}{IDENTITIES}/a", {"location": "westeurope"})
    assert made.status == 201 and "azure-asyncoperation" not in made.headers


def test_a_deployment_runs_on_after_its_answer(arm, group):
    path = f"{group}{DEPLOYMENTS}/d1"
    answer = arm.put(path, body(NETWORK))
    assert answer.status == 201
    assert answer.json()["properties"]["provisioningState"] == "Running"
    said = follow_status(arm, answer)
    assert (said[0]["status"], said[-1]["status"]) == ("Running", "Succeeded")
    assert arm.get(path).json()["properties"]["provisioningState"] == "Succeeded"
    assert arm.get(f"{group}/providers/Microsoft.Network/virtualNetworks/net").status == 200
    assert arm.get(f"{path}/operationStatuses/{uuid.uuid4()}").status == 404


def test_a_deployment_that_fails_is_a_failed_operation(arm, group):
    orphan = {"type": "Microsoft.Compute/virtualMachines/extensions", "apiVersion": "2018-06-01",
              "name": "nope/e", "location": "westeurope", "properties": {
                  "publisher": "Contoso", "type": "Agent", "typeHandlerVersion": "1.0"}}
    answer = arm.put(f"{group}{DEPLOYMENTS}/d1", body(orphan))
    assert answer.status == 201
    last = follow_status(arm, answer)[-1]
    assert (last["status"], last["error"]["code"]) == ("Failed", "DeploymentFailed")
    assert last["error"]["details"][0]["code"] == "ParentResourceNotFound"


def test_validate_what_if_and_export_by_location(arm, group):
    path = f"{group}{DEPLOYMENTS}/d1"
    validated = follow_location(arm, arm.post(f"{path}/validate", body(NETWORK)))
    assert validated.json()["properties"]["provisioningState"] == "Succeeded"
    what_if = follow_location(arm, arm.post(f"{path}/whatIf", body(NETWORK))).json()
    assert [one["changeType"] for one in what_if["properties"]["changes"]] == ["Create"]
    exported = follow_location(arm, arm.post(f"{group}/exportTemplate", {"resources": ["*"]}))
    assert exported.json()["template"]["resources"] == []
    assert arm.post(f"{path}/validate", body({})).code == "InvalidTemplate"


def test_a_group_goes_by_location(arm):
    path = f"{S}/resourceGroups/rg-{uuid.uuid4().hex[:8]}"
    arm.put(path, {"location": "westeurope"})
    assert follow_location(arm, arm.delete(path)).status == 200
    assert arm.get(path).status == 404


def test_an_operation_is_its_own_clients(service, arm, group):
    answer = arm.delete(f"{group}")
    path = answer.headers["location"][len(arm.url):]
    other = arm.as_(service.cli("admin", "create", f"other-{uuid.uuid4().hex[:6]}"))
    assert other.call("GET", path, api="").code == "OperationNotFound"
    assert arm.call("GET", path, api="").status in (200, 202)
    assert arm.get(f"{S}/operationresults/{uuid.uuid4()}").code == "OperationNotFound"
    assert arm.get(f"{S}/operationresults/nonsense").code == "OperationNotFound"
