# SPDX-License-Identifier: Apache-2.0
"""Tags on their own, of whatever has some."""

import pytest

from harness.arm import COMPUTE, IDENTITIES, S, arm_listeners
from harness.arm_machines import extension, free_port, put_scale_set, put_vm

TAGS = "/providers/Microsoft.Resources/tags/default"
LISTENERS = arm_listeners()


def make(arm, group, kind):
    if kind == "group":
        return group
    if kind == "machine":
        return put_vm(arm, group)["id"]
    if kind == "scale set":
        return put_scale_set(arm, group)["id"]
    if kind == "identity":
        return arm.put(f"{group}{IDENTITIES}/i", {"location": "westeurope"}).json()["id"]
    if kind == "extension":
        machine = put_vm(arm, group)["id"]
        return arm.put(f"{machine}/extensions/mi", extension(free_port())).json()["id"]
    return arm.put(f"{group}/providers/Microsoft.Network/virtualNetworks/v",
                   {"location": "westeurope", "properties": {"a": 1}}).json()["id"]


@pytest.mark.parametrize("kind", ["group", "machine", "scale set", "identity", "extension",
                                  "network"])
def test_tags_are_set_merged_taken_and_deleted(arm, group, kind):
    of = make(arm, group, kind)
    rest = {name: value for name, value in arm.get(of).json().items() if name != "tags"}
    put = arm.put(of + TAGS, {"properties": {"tags": {"Env": "test", "team": "a"}}})
    assert put.status == 200, put
    assert put.json() == {"id": of + TAGS, "name": "default", "type": "Microsoft.Resources/tags",
                          "properties": {"tags": {"Env": "test", "team": "a"}}}
    assert arm.get(of + TAGS).json() == put.json()
    assert arm.get(of).json() == {**rest, "tags": {"Env": "test", "team": "a"}}

    def patched(operation, tags):
        answer = arm.patch(of + TAGS, {"operation": operation, "properties": {"tags": tags}})
        assert answer.status == 200, answer
        assert arm.get(of).json()["tags"] == answer.json()["properties"]["tags"]
        return answer.json()["properties"]["tags"]
    assert patched("Merge", {"env": "live", "x": "1"}) == {"Env": "live", "team": "a", "x": "1"}
    assert patched("delete", {"TEAM": "a", "x": "other"}) == {"Env": "live", "x": "1"}
    assert patched("Replace", {"only": "this"}) == {"only": "this"}
    assert arm.delete(of + TAGS).status == 200
    assert arm.get(of + TAGS).json()["properties"] == {"tags": {}}
    assert arm.get(of).json() == {**rest, "tags": {}}


def test_tags_reach_what_workloads_see(service, arm, group):
    machine = put_vm(arm, group)["id"]
    arm.put(machine + TAGS, {"properties": {"tags": {"a": "1"}}})
    profile = service.cli("machine", "show", machine)["profile"]["compute"]
    assert profile["tagsList"] == [{"name": "a", "value": "1"}]
    fleet = put_scale_set(arm, group)["id"]
    arm.put(fleet + TAGS, {"properties": {"tags": {"b": "2"}}})
    profile = service.cli("machine", "show", f"{fleet}/virtualMachines/0")["profile"]["compute"]
    assert profile["tagsList"] == [{"name": "b", "value": "2"}]


@pytest.mark.parametrize("body, code", [
    ({"operation": "Add", "properties": {"tags": {"a": "1"}}}, "InvalidTagPatchOperation"),
    ({"properties": {"tags": {"a": "1"}}}, "InvalidTagPatchOperation"),
    ({"operation": "Merge", "properties": {"tags": {"a": 1}}}, "InvalidRequestContent"),
    ({"operation": "Merge", "properties": {"tags": [1]}}, "InvalidRequestContent"),
    ({"operation": "Merge", "properties": {"tags": {f"t{i}": "" for i in range(50)}}},
     "InvalidTagCount"),
])
def test_what_makes_no_sense_changes_nothing(arm, group, body, code):
    arm.put(group + TAGS, {"properties": {"tags": {"kept": "1"}}})
    answer = arm.patch(group + TAGS, body)
    assert (answer.status, answer.code) == (400, code), answer
    assert arm.get(group).json()["tags"] == {"kept": "1"}


def test_only_what_is_there_has_tags(arm, group):
    for of in (f"{group}{COMPUTE}/virtualMachines/none", S, f"{group}-none"):
        assert arm.get(of + TAGS).code == "ResourceNotFound"
        assert arm.put(of + TAGS, {"properties": {"tags": {}}}).code == "ResourceNotFound"


def test_tags_are_changed_under_conditions(arm, group):
    etag = arm.get(group).headers["etag"]
    put = {"properties": {"tags": {"a": "1"}}}
    assert arm.put(group + TAGS, put, headers={"If-Match": etag}).status == 200
    assert arm.put(group + TAGS, put, headers={"If-Match": etag}).status == 412


def test_names_that_are_in_use_are_listed(arm, group):
    put_vm(arm, group)  # env=test
    put_vm(arm, group, "other", tags={"env": "live", "names-in-use": "1"})
    names = {one["tagName"]: one for one in arm.get(f"{S}/tagNames").json()["value"]}
    assert names["names-in-use"]["count"] == {"type": "Total", "value": 1}
    assert {one["tagValue"] for one in names["env"]["values"]} >= {"test", "live"}
