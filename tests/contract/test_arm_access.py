# SPDX-License-Identifier: Apache-2.0
"""Who may do what: roles by scope, as people give and lose them. Every route against every kind of
caller is a unit test (frontends/arm/access_matrix_test.cc); this is the story over HTTPS."""

import json
import uuid

import pytest

from harness.arm import COMPUTE, IDENTITIES, ROLES, S, Arm, arm_listeners
from harness.openimds import Service
from harness.timing import wait_until

ASSIGNMENTS = "/providers/Microsoft.Authorization/roleAssignments"
DEFINITIONS = "/providers/Microsoft.Authorization/roleDefinitions"
G = f"{S}/resourceGroups/rg1"
OTHER = f"{S}/resourceGroups/rg-other"


@pytest.fixture(scope="module")
def service():
    with Service(listeners=arm_listeners()) as running:
        yield running


@pytest.fixture(scope="module")
def owner(service):
    arm = Arm(service)
    assert arm.put(OTHER, {"location": "westeurope"}).status == 201
    return arm


@pytest.fixture
def principal(service, owner):
    """Makes an administrator with one role in one scope."""
    def make(role, scope):
        made = service.cli("admin", "create", f"a{uuid.uuid4().hex[:8]}", "--role", role,
                           "--scope", scope)
        arm = owner.as_(made)
        arm.principal_id = made["principalId"]
        return arm
    return make


def body(role, principal_id):
    return {"properties": {"roleDefinitionId": f"{S}{DEFINITIONS}/{ROLES[role]}",
                           "principalId": principal_id}}


def test_a_right_in_one_group_is_none_in_another(principal):
    reader = principal("Reader", G)
    assert reader.get(f"{G}{IDENTITIES}").status == 200
    refused = reader.get(f"{OTHER}{IDENTITIES}")
    assert (refused.status, refused.code) == (403, "AuthorizationFailed")
    message = refused.json()["error"]["message"]
    assert reader.principal_id in message and f"over scope '{OTHER}'" in message
    assert "action 'Microsoft.ManagedIdentity/userAssignedIdentities/read'" in message


def test_lists_show_what_the_caller_may_see(principal, owner):
    reader = principal("Reader", G)
    assert [one["name"] for one in reader.get(f"{S}/resourceGroups").json()["value"]] == ["rg1"]
    assert {one["name"] for one in owner.get(f"{S}/resourceGroups").json()["value"]} == {
        "rg1", "rg-other"}
    assert len(reader.get("/subscriptions").json()["value"]) == 1
    owner.put(f"{OTHER}{IDENTITIES}/hidden", {"location": "westeurope"})
    seen = {one["name"] for one in reader.get(f"{S}/resources").json()["value"]}
    assert "hidden" not in seen and "openimds-identity" in seen


def test_a_stranger_with_a_good_token_sees_nothing(service, owner):
    made = service.cli("identity", "create", f"nobody-{uuid.uuid4().hex[:6]}")
    secret = service.cli("identity", "secret", "create", made["id"])["secretText"]
    nobody = owner.as_({"clientId": made["clientId"], "secretText": secret})
    assert nobody.get("/subscriptions").json() == {"value": []}
    assert nobody.get(S).status == 403


def test_a_managed_identity_can_be_given_a_role_and_lose_it(service, owner):
    made = service.cli("identity", "create", f"robot-{uuid.uuid4().hex[:6]}")
    secret = service.cli("identity", "secret", "create", made["id"])["secretText"]
    robot = owner.as_({"clientId": made["clientId"], "secretText": secret})
    assert robot.get(G).status == 403
    path = f"{G}{ASSIGNMENTS}/{uuid.uuid4()}"
    given = owner.put(path, body("Reader", made["principalId"]))
    assert given.status == 201 and given.json()["id"] == path
    assert robot.get(G).status == 200
    again = owner.put(f"{G}{ASSIGNMENTS}/{uuid.uuid4()}", body("Reader", made["principalId"]))
    assert (again.status, again.code) == (409, "RoleAssignmentExists")
    assert owner.delete(path).status == 200 and owner.delete(path).status == 204
    assert robot.get(G).status == 403


def test_an_owner_of_little_gives_no_rights_over_more(principal):
    small = principal("Owner", G)
    someone = small.principal_id
    assert small.put(f"{G}{ASSIGNMENTS}/{uuid.uuid4()}", body("Reader", someone)).status == 201
    for scope in (S, OTHER, ""):
        answer = small.put(f"{scope}{ASSIGNMENTS}/{uuid.uuid4()}", body("Owner", someone))
        assert (answer.status, answer.code) == (403, "AuthorizationFailed"), scope


def test_a_contributor_gives_no_rights_at_all(principal):
    contributor = principal("Contributor", S)
    assert contributor.put(f"{OTHER}{IDENTITIES}/made", {"location": "westeurope"}).status == 201
    answer = contributor.put(f"{G}{ASSIGNMENTS}/{uuid.uuid4()}",
                             body("Owner", contributor.principal_id))
    assert answer.status == 403


def test_assigning_an_identity_takes_a_right_on_it(owner, principal):
    identity = owner.put(f"{OTHER}{IDENTITIES}/precious", {"location": "westeurope"}).json()["id"]
    vm = f"{G}{COMPUTE}/virtualMachines/vm1"
    operator = principal("Virtual Machine Contributor", S)
    wanted = {"identity": {"type": "SystemAssigned, UserAssigned",
                           "userAssignedIdentities": {identity: {}}}}
    refused = operator.patch(vm, wanted)
    assert (refused.status, refused.code) == (403, "LinkedAuthorizationFailed")
    assert identity not in owner.get(vm).json()["identity"]["userAssignedIdentities"]
    owner.put(f"{identity}{ASSIGNMENTS}/{uuid.uuid4()}",
              body("Managed Identity Operator", operator.principal_id))
    assert operator.patch(vm, wanted).status == 200
    # One that the machine has already needs no right to stay.
    assert operator.patch(vm, {"tags": {"a": "1"}}).status == 200


def test_role_definitions_are_found_by_name(owner):
    [found] = owner.get(f"{G}{DEFINITIONS}",
                        query="&$filter=roleName%20eq%20'Managed%20Identity%20Operator'"
                        ).json()["value"]
    assert found["name"] == ROLES["Managed Identity Operator"]
    assert found["properties"]["type"] == "BuiltInRole"
    assert owner.get(found["id"]).json()["properties"]["roleName"] == "Managed Identity Operator"


@pytest.mark.parametrize("said, code", [
    ({"roleDefinitionId": str(uuid.uuid4())}, "RoleDefinitionDoesNotExist"),
    ({"principalId": str(uuid.uuid4())}, "PrincipalNotFound"),
    ({"principalId": "x"}, "BadRequestFormat"),
])
def test_assignments_that_make_no_sense_are_refused(owner, said, code):
    good = {"roleDefinitionId": ROLES["Reader"], "principalId": str(uuid.uuid4())}
    answer = owner.put(f"{G}{ASSIGNMENTS}/{uuid.uuid4()}", {"properties": {**good, **said}})
    assert (answer.status, answer.code) == (400, code)


def test_refusals_are_audited(service, principal):
    reader = principal("Reader", G)
    path = f"{G}{IDENTITIES}/no-{uuid.uuid4().hex[:6]}"
    reader.put(path, {"location": "westeurope"})
    [event] = wait_until(lambda: [
        json.loads(line) for line in service.log_text().splitlines(keepends=True)
        if line.endswith("\n") and path in line], what="the event")
    assert event["event"] == "resource.refused"
    assert (event["outcome"], event["oid"]) == ("access.not_authorized", reader.principal_id)
