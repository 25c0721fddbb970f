# SPDX-License-Identifier: Apache-2.0
"""Deployments, request by request: what a template makes is what a PUT of each resource would."""

import json
import socket
import threading
import uuid

import pytest

from harness import rawhttp
from harness.arm import COMPUTE, IDENTITIES, S, arm_listeners
from harness.openimds import TOKEN_PATH
from harness.timing import wait_until

SCHEMA = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#"
DEPLOYMENTS = "/providers/Microsoft.Resources/deployments"
EXTENSION = "ManagedIdentityExtensionForLinux"
LISTENERS = arm_listeners()


@pytest.fixture
def group(arm):
    path = f"{S}/resourceGroups/rg-{uuid.uuid4().hex[:8]}"
    assert arm.put(path, {"location": "westeurope", "tags": {"of": "tests"}}).status == 201
    yield path
    assert arm.delete(path).status == 200


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def template(*resources, **sections):
    return {"$schema": SCHEMA, "contentVersion": "1.0.0.0", **sections,
            "resources": list(resources)}


def properties(document, parameters=None, mode="Incremental", **more):
    return {"properties": {
        "template": document, "mode": mode, **more,
        "parameters": {name: {"value": value} for name, value in (parameters or {}).items()}}}


def deploy(arm, group, document, parameters=None, *, name="d1", mode="Incremental"):
    return arm.put(f"{group}{DEPLOYMENTS}/{name}", properties(document, parameters, mode))


def identity(name, **more):
    return {"type": "Microsoft.ManagedIdentity/userAssignedIdentities", "apiVersion": "2018-11-30",
            "name": name, "location": "[resourceGroup().location]", **more}


def network(name, **more):
    return {"type": "Microsoft.Network/virtualNetworks", "apiVersion": "2022-01-01", "name": name,
            "location": "westeurope", "properties": {}, **more}


def machine(name, **more):
    return {"type": "Microsoft.Compute/virtualMachines", "apiVersion": "2020-06-01", "name": name,
            "location": "westeurope", "properties": {
                "hardwareProfile": {"vmSize": "Standard_B1s"}, **more.pop("properties", {})}, **more}


def states(arm, group, name="d1"):
    """The operations of a deployment: of which resource, and how each one ended."""
    listed = arm.get(f"{group}{DEPLOYMENTS}/{name}/operations").json()["value"]
    return [(one["properties"]["targetResource"]["resourceName"],
             one["properties"]["provisioningState"]) for one in listed]


# ---- what a deployment makes -----------------------------------------------------------------

def test_a_deployment_makes_what_the_template_says_and_shows_it(arm, group):
    answer = deploy(arm, group, template(
        identity("[parameters('name')]"),
        machine("web", dependsOn=["[parameters('name')]"], identity={
            "type": "UserAssigned", "userAssignedIdentities": {
                "[resourceId('Microsoft.ManagedIdentity/userAssignedIdentities',"
                "parameters('name'))]": {}}}),
        parameters={"name": {"type": "string"}},
        outputs={"ClientId": {"type": "string",
                              "value": "[reference(parameters('name')).clientId]"}}),
        {"name": "worker"})
    assert answer.status == 201, answer
    made = answer.json()
    kept = arm.get(f"{group}{IDENTITIES}/worker").json()
    shown = made["properties"]
    assert made["id"] == f"{group}{DEPLOYMENTS}/d1" and made["name"] == "d1"
    assert (shown["provisioningState"], shown["mode"]) == ("Succeeded", "Incremental")
    assert shown["outputs"] == {
        "clientId": {"type": "String", "value": kept["properties"]["clientId"]}}
    assert [one["id"] for one in shown["outputResources"]] == [
        kept["id"], f"{group}{COMPUTE}/virtualMachines/web"]
    assert shown["parameters"] == {"name": {"type": "String", "value": "worker"}}
    assert uuid.UUID(shown["correlationId"]) and shown["templateHash"] and shown["timestamp"]
    assert [one["id"] for one in shown["dependencies"]] == [f"{group}{COMPUTE}/virtualMachines/web"]
    on_machine = arm.get(f"{group}{COMPUTE}/virtualMachines/web").json()["identity"]
    assert on_machine["userAssignedIdentities"] == {kept["id"]: {
        "clientId": kept["properties"]["clientId"],
        "principalId": kept["properties"]["principalId"]}}
    assert arm.get(f"{group}{DEPLOYMENTS}/d1").json() == made
    assert states(arm, group) == [("worker", "Succeeded"), ("web", "Succeeded")]
    again = deploy(arm, group, template(network("net")))
    assert again.status == 200
    assert again.json()["properties"]["correlationId"] != shown["correlationId"]


def test_what_a_deployment_assigns_gets_tokens_at_once(service, arm, group):
    """The machine that the IMDS listener speaks for, deployed over in a template."""
    path = f"{S}/resourceGroups/rg1"
    made = arm.get(f"{path}{COMPUTE}/virtualMachines/vm1").json()
    has = list(made["identity"]["userAssignedIdentities"])
    client = f"[reference('{group}{IDENTITIES}/late', '2018-11-30').clientId]"
    assert deploy(arm, group, template(identity("late"))).status == 201
    late = f"{group}{IDENTITIES}/late"
    answer = deploy(arm, path, template(
        machine("vm1", location=made["location"], identity={
            "type": "SystemAssigned, UserAssigned",
            "userAssignedIdentities": {one: {} for one in [*has, late]}}),
        outputs={"client": {"type": "string", "value": client}}))
    assert answer.status == 201, answer
    client_id = answer.json()["properties"]["outputs"]["client"]["value"]
    token = rawhttp.ask(service.imds, headers={"Metadata": "true"},
                        target=f"{TOKEN_PATH}?api-version=2018-02-01&client_id={client_id}"
                               "&resource=https://deployed.example").json()
    assert service.verify(token["access_token"])["xms_mirid"].lower() == late.lower()


def test_an_extension_in_a_template_answers(service, arm, group):
    port = free_port()
    extension = {"type": "Microsoft.Compute/virtualMachines/extensions", "apiVersion": "2018-06-01",
                 "name": f"vm/{EXTENSION}", "location": "westeurope", "dependsOn": ["vm"],
                 "properties": {"publisher": "Microsoft.ManagedIdentity", "type": EXTENSION,
                                "typeHandlerVersion": "1.0", "autoUpgradeMinorVersion": True,
                                "settings": {"port": port},
                                "protectedSettings": {"key": "[parameters('key')]"}}}
    answer = deploy(arm, group, template(
        machine("vm", identity={"type": "SystemAssigned"}), extension,
        parameters={"key": {"type": "securestring"}}), {"key": "hush-hush-31415"})
    assert answer.status == 201, answer
    token = rawhttp.ask(("127.0.0.1", port), headers={"Metadata": "true"},
                        target="/oauth2/token?resource=https://management.azure.com/").json()
    assert service.verify(token["access_token"])["xms_mirid"].endswith("/virtualMachines/vm")
    kept = json.dumps([arm.get(f"{group}{DEPLOYMENTS}/d1{rest}").json()
                       for rest in ("", "/operations")])
    exported = arm.post(f"{group}{DEPLOYMENTS}/d1/exportTemplate").body.decode()
    assert "hush-hush" not in kept + exported + service.log_text()
    assert arm.get(f"{group}{DEPLOYMENTS}/d1").json()["properties"]["parameters"] == {
        "key": {"type": "SecureString"}}
    for file in service.state_dir.rglob("*"):
        if file.is_file():
            assert b"hush-hush" not in file.read_bytes(), file


def test_a_secret_that_a_template_falls_back_to_is_not_kept(arm, group):
    document = template(parameters={"a": {"type": "secureString", "defaultValue": "hush-literal"},
                                    "b": {"type": "secureString", "defaultValue": "[newGuid()]"}})
    assert deploy(arm, group, document).status == 201
    kept = arm.post(f"{group}{DEPLOYMENTS}/d1/exportTemplate").json()["template"]["parameters"]
    assert kept == {"a": {"type": "secureString"},
                    "b": {"type": "secureString", "defaultValue": "[newGuid()]"}}


def test_neither_an_error_nor_an_output_gives_a_secret_away(service, arm, group):
    assert deploy(arm, group, template(identity("id"))).status == 201
    key = {"key": {"type": "secureString"}}
    answer = deploy(arm, group, template(identity("id", location="[parameters('key')]"),
                                         parameters=key), {"key": "hush-place-1729"})
    assert (answer.status, answer.code) == (409, "DeploymentFailed")
    assert answer.json()["error"]["details"][0]["code"] == "InvalidResourceLocation"
    operations = arm.get(f"{group}{DEPLOYMENTS}/d1/operations")
    assert operations.json()["value"][0]["properties"]["statusMessage"]["error"]["message"] == \
        "*****"
    told = deploy(arm, group, template(parameters=key, outputs={
        "o": {"type": "string", "value": "[concat('key=', parameters('key'))]"}}),
        {"key": "hush-place-1729"}, name="d2")
    assert told.json()["properties"]["outputs"]["o"]["value"] == "*****"
    assert b"hush" not in answer.body + operations.body + told.body
    for file in service.state_dir.rglob("*"):
        if file.is_file():
            assert b"hush-place" not in file.read_bytes(), file


def test_complete_mode_takes_away_what_the_template_does_not_name(arm, group):
    assert deploy(arm, group, template(identity("a"), network("n1"), network("n2"))).status == 201
    answer = deploy(arm, group, template(network("n2")), mode="Complete")
    assert answer.status == 200, answer
    left = [one["name"] for one in arm.get(f"{group}/resources").json()["value"]]
    assert left == ["n2"]
    operations = arm.get(f"{group}{DEPLOYMENTS}/d1/operations").json()["value"]
    assert sorted((one["properties"]["provisioningOperation"],
                   one["properties"]["targetResource"]["resourceName"]) for one in operations) == [
        ("Create", "n2"), ("Delete", "a"), ("Delete", "n1")]


def test_nested_templates_have_records_of_their_own(arm, group):
    other = f"{S}/resourceGroups/rg-{uuid.uuid4().hex[:8]}"
    assert arm.put(other, {"location": "westeurope"}).status == 201
    inner = template(identity("deep"), outputs={
        "oid": {"type": "string", "value": "[reference('deep').principalId]"}})
    nested = {"type": "Microsoft.Resources/deployments", "apiVersion": "2021-04-01",
              "name": "inner", "resourceGroup": other.rsplit("/", 1)[1],
              "properties": {"mode": "Incremental", "template": inner,
                             "expressionEvaluationOptions": {"scope": "inner"}}}
    answer = deploy(arm, group, template(nested, outputs={
        "oid": {"type": "string", "value": "[reference('inner').outputs.oid.value]"}}))
    assert answer.status == 201, answer
    oid = arm.get(f"{other}{IDENTITIES}/deep").json()["properties"]["principalId"]
    assert answer.json()["properties"]["outputs"]["oid"]["value"] == oid
    assert states(arm, group) == [("inner", "Succeeded")]
    assert states(arm, other, "inner") == [("deep", "Succeeded")]
    assert arm.get(f"{other}{DEPLOYMENTS}/inner").json()["properties"]["outputs"]["oid"][
        "value"] == oid
    assert arm.delete(other).status == 200


def test_the_body_that_az_sends_is_read(arm, group):
    text = ('{"properties": {"parameters": {}, "mode": "Incremental", template:{\n'
            '  // comment\n  "$schema": "' + SCHEMA + '", "contentVersion": "1.0.0.0", /* x */\n'
            '  "resources": [{"type": "Microsoft.ManagedIdentity/userAssignedIdentities",\n'
            '    "name": "[concat(\'tpl\',\n       \'id\')]", "apiVersion": "2018-11-30",\n'
            '    "location": "[resourceGroup().location]"}]\n}\n}}')
    path = f"{group}{DEPLOYMENTS}/d6?api-version=2019-10-01"
    answer = arm._send("PUT", path, text, {"Authorization": f"Bearer {arm.token}",
                                           "Content-Type": "application/json"})
    assert answer.status == 201, answer
    assert arm.get(f"{group}{IDENTITIES}/tplid").status == 200


# ---- what goes wrong -------------------------------------------------------------------------

@pytest.mark.parametrize("resource, code, words", [
    ({"type": "Microsoft.Compute/virtualMachines/extensions", "name": "onlyone", "apiVersion": "1"},
     "InvalidTemplate", "incorrect segment lengths"),
    (identity("[conct('a')]"), "InvalidTemplate", "did you mean 'concat'?"),
    ({"type": "Contoso.Web/sites", "name": "s", "apiVersion": "1"},
     "InvalidTemplateDeployment", "Contoso.Web/sites"),
])
def test_a_template_that_cannot_be_is_refused_before_anything_is_made(
        arm, group, resource, code, words):
    for method, rest in (("PUT", ""), ("POST", "/validate"), ("POST", "/whatIf")):
        answer = arm.call(method, f"{group}{DEPLOYMENTS}/d1{rest}",
                          properties(template(network("first"), resource)))
        assert (answer.status, answer.code) == (400, code), answer
        assert words in answer.json()["error"]["message"]
    assert arm.get(f"{group}/resources").json()["value"] == []
    assert arm.get(f"{group}{DEPLOYMENTS}/d1").code == "DeploymentNotFound"


def test_what_is_no_template_is_refused(arm, group):
    for body, code in (({}, "InvalidTemplate"), ({"properties": {"template": 1}}, "InvalidTemplate")):
        answer = arm.put(f"{group}{DEPLOYMENTS}/d1", body)
        assert (answer.status, answer.code) == (400, code)
    answer = arm._send("PUT", f"{group}{DEPLOYMENTS}/d1?api-version=2019-10-01", "{",
                       {"Authorization": f"Bearer {arm.token}"})
    assert (answer.status, answer.code) == (400, "InvalidRequestContent")
    assert deploy(arm, f"{S}/resourceGroups/none", template()).code == "ResourceGroupNotFound"


def test_a_resource_that_fails_fails_the_deployment_and_says_why(arm, group):
    extension = {"type": "Microsoft.Compute/virtualMachines/extensions", "apiVersion": "2018-06-01",
                 "name": f"nope/{EXTENSION}", "location": "westeurope", "properties": {
                     "publisher": "Microsoft.ManagedIdentity", "type": EXTENSION,
                     "typeHandlerVersion": "1.0", "settings": {"port": 50342}}}
    answer = deploy(arm, group, template(
        extension, network("after", dependsOn=[f"nope/{EXTENSION}"]), network("beside")))
    assert (answer.status, answer.code) == (409, "DeploymentFailed"), answer
    first, skipped = answer.json()["error"]["details"]
    assert first["code"] == "ParentResourceNotFound" and "nope" in first["message"]
    assert EXTENSION in skipped["message"]
    shown = arm.get(f"{group}{DEPLOYMENTS}/d1").json()["properties"]
    assert (shown["provisioningState"], shown["error"]) == ("Failed", answer.json()["error"])
    assert dict(states(arm, group)) == {f"nope/{EXTENSION}": "Failed", "after": "Failed",
                                        "beside": "Succeeded"}
    failed = arm.get(f"{group}{DEPLOYMENTS}/d1/operations").json()["value"][0]["properties"]
    assert failed["statusMessage"]["error"]["code"] == "ParentResourceNotFound"
    assert [one["name"] for one in arm.get(f"{group}/resources").json()["value"]] == ["beside"]


def test_what_a_route_does_not_read_a_deployment_does_not_keep(arm, group):
    """A document nested deeper than a body may be would be one that no start can read."""
    deep = {}
    for _ in range(50):
        deep = {"a": deep}
    answer = deploy(arm, group, template(network("deep", properties=deep)))
    assert (answer.status, answer.code) == (409, "DeploymentFailed")
    assert arm.get(f"{group}/resources").json()["value"] == []


# ---- who may ---------------------------------------------------------------------------------

def role(arm, service, name, role, scope):
    return arm.as_(service.cli("admin", "create", name, "--role", role, "--scope", scope))


def test_the_callers_rights_are_judged_for_each_resource(service, arm, group):
    """Who may deploy, and manage machines, may not make identities by way of a template."""
    name = f"vmc-{uuid.uuid4().hex[:6]}"
    limited = role(arm, service, name, "Virtual Machine Contributor", group)
    allowed = deploy(limited, group, template(machine("mine")))
    assert allowed.status == 201, allowed
    for method, rest in (("PUT", ""), ("POST", "/validate")):
        answer = limited.call(method, f"{group}{DEPLOYMENTS}/d2{rest}",
                              properties(template(machine("second"), identity("no"))))
        assert (answer.status, answer.code) == (403, "InvalidTemplateDeployment"), answer
        message = answer.json()["error"]["message"]
        assert "Microsoft.ManagedIdentity/userAssignedIdentities/write" in message
        assert "'no'" in message
    assert arm.get(f"{group}{COMPUTE}/virtualMachines/second").status == 404
    assert arm.get(f"{group}{DEPLOYMENTS}/d2").status == 404
    arm.put(f"{group}{IDENTITIES}/kept", {"location": "westeurope"})
    answer = deploy(limited, group, template(), mode="Complete", name="d3")
    assert (answer.status, answer.code) == (403, "InvalidTemplateDeployment"), answer
    assert "userAssignedIdentities/delete" in answer.json()["error"]["message"]
    assert arm.get(f"{group}{COMPUTE}/virtualMachines/mine").status == 200
    service.cli("admin", "delete", name)


def test_an_identity_of_others_is_not_got_by_a_template(service, arm, group):
    other = f"{S}/resourceGroups/rg-{uuid.uuid4().hex[:8]}"
    arm.put(other, {"location": "westeurope"})
    arm.put(f"{other}{IDENTITIES}/theirs", {"location": "westeurope"})
    name = f"con-{uuid.uuid4().hex[:6]}"
    limited = role(arm, service, name, "Contributor", group)
    answer = deploy(limited, group, template(machine("thief", identity={
        "type": "UserAssigned", "userAssignedIdentities": {f"{other}{IDENTITIES}/theirs": {}}})))
    assert (answer.status, answer.code) == (409, "DeploymentFailed")
    assert answer.json()["error"]["details"][0]["code"] == "LinkedAuthorizationFailed"
    read = deploy(limited, group, template(outputs={"id": {
        "type": "string",
        "value": f"[reference('{other}{IDENTITIES}/theirs', '2018-11-30').clientId]"}}))
    assert (read.status, read.code) == (409, "DeploymentFailed")
    assert "does not have authorization" in read.json()["error"]["details"][0]["message"]
    assert "outputs" not in limited.get(f"{group}{DEPLOYMENTS}/d1").json()["properties"]
    nested = {"type": "Microsoft.Resources/deployments", "apiVersion": "2021-04-01", "name": "in",
              "resourceGroup": other.rsplit("/", 1)[1],
              "properties": {"mode": "Incremental", "template": template(network("n"))}}
    assert deploy(limited, group, template(nested), name="d3").status == 403
    service.cli("admin", "delete", name)
    arm.delete(other)


# ---- validate, what-if -----------------------------------------------------------------------

def test_validate_says_what_would_be_and_makes_nothing(arm, group):
    answer = arm.post(f"{group}{DEPLOYMENTS}/d1/validate", properties(template(identity("a"))))
    assert answer.status == 200
    shown = answer.json()["properties"]
    assert shown["provisioningState"] == "Succeeded"
    assert shown["validatedResources"] == [{"id": f"{group}{IDENTITIES}/a"}]
    assert arm.get(f"{group}{DEPLOYMENTS}").json()["value"] == []
    assert arm.get(f"{group}/resources").json()["value"] == []


def changes(answer):
    assert answer.status == 200, answer
    assert answer.json()["status"] == "Succeeded"
    return {one["resourceId"].rsplit("/", 1)[1]: one
            for one in answer.json()["properties"]["changes"]}


def test_what_if_tells_what_a_deployment_then_does(arm, group):
    arm.put(f"{group}{IDENTITIES}/other", {"location": "westeurope"})
    assert deploy(arm, group, template(network("same"), network("next", tags={"a": "1"}))).status \
        == 201
    wanted = template(network("same"), network("next", tags={"a": "2"}), identity("new"))
    found = changes(arm.post(f"{group}{DEPLOYMENTS}/w/whatIf", properties(wanted)))
    assert {name: one["changeType"] for name, one in found.items()} == {
        "same": "NoChange", "next": "Modify", "new": "Create", "other": "Ignore"}
    assert found["next"]["delta"] == [{"path": "tags.a", "propertyChangeType": "Modify",
                                       "before": "1", "after": "2"}]
    complete = changes(arm.post(f"{group}{DEPLOYMENTS}/w/whatIf",
                                properties(wanted, mode="Complete")))
    assert complete["other"]["changeType"] == "Delete"
    brief = changes(arm.post(f"{group}{DEPLOYMENTS}/w/whatIf", properties(
        wanted, whatIfSettings={"resultFormat": "ResourceIdOnly"})))
    assert {name: one["changeType"] for name, one in brief.items()} == {
        "same": "Deploy", "next": "Deploy", "new": "Create", "other": "Ignore"}
    assert arm.get(f"{group}{IDENTITIES}/new").status == 404
    assert deploy(arm, group, wanted, name="w").status == 201
    after = changes(arm.post(f"{group}{DEPLOYMENTS}/w/whatIf", properties(wanted)))
    assert {one["changeType"] for one in after.values()} == {"NoChange", "Ignore"}


# ---- records ---------------------------------------------------------------------------------

def test_deployments_are_listed_and_deleted(arm, group):
    for name in ("one", "two"):
        assert deploy(arm, group, template(), name=name).status == 201
    listed = arm.get(f"{group}{DEPLOYMENTS}/").json()["value"]
    assert sorted(one["name"] for one in listed) == ["one", "two"]
    none = arm.get(f"{group}{DEPLOYMENTS}", query="&$filter=provisioningState%20eq%20'Failed'")
    assert none.json()["value"] == []
    assert arm.call("HEAD", f"{group}{DEPLOYMENTS}/one").status == 204
    assert arm.delete(f"{group}{DEPLOYMENTS}/one").status == 204
    assert arm.delete(f"{group}{DEPLOYMENTS}/one").status == 204
    assert arm.call("HEAD", f"{group}{DEPLOYMENTS}/one").status == 404
    assert arm.get(f"{group}/resources").json()["value"] == []


def test_operations_have_the_old_path_as_well(arm, group):
    deploy(arm, group, template(network("n")))
    [operation] = arm.get(f"{group}{DEPLOYMENTS}/d1/operations").json()["value"]
    assert arm.get(f"{group}/deployments/d1/operations").json()["value"] == [operation]
    shown = arm.get(f"{group}{DEPLOYMENTS}/d1/operations/{operation['operationId']}")
    assert shown.json() == operation
    assert operation["properties"]["statusCode"] == "OK"
    assert arm.get(f"{group}{DEPLOYMENTS}/d1/operations/none").status == 404


def test_a_deployments_template_comes_back(arm, group):
    document = template(network("n"), variables={"a": "[concat('b')]"})
    deploy(arm, group, document)
    assert arm.post(f"{group}{DEPLOYMENTS}/d1/exportTemplate").json() == {"template": document}


def test_records_outlive_a_restart(service, arm, group):
    made = deploy(arm, group, template(network("n"))).json()
    operations = arm.get(f"{group}{DEPLOYMENTS}/d1/operations").json()
    service.restart()
    arm.__init__(service)
    assert arm.get(f"{group}{DEPLOYMENTS}/d1").json() == made
    assert arm.get(f"{group}{DEPLOYMENTS}/d1/operations").json() == operations


def test_one_that_runs_is_seen_is_not_replaced_and_can_be_canceled(arm, group):
    many = template(network("[concat('n', copyIndex())]", copy={"name": "l", "count": 300}))
    answers = []
    thread = threading.Thread(target=lambda: answers.append(deploy(arm, group, many)))
    thread.start()
    path = f"{group}{DEPLOYMENTS}/d1"

    def runs():
        shown = arm.get(path)
        return shown.status == 200 and len(
            arm.get(f"{path}/operations").json()["value"]) > 2
    wait_until(runs, what="a few operations")
    assert arm.get(path).json()["properties"]["provisioningState"] == "Running"
    assert deploy(arm, group, template()).code == "DeploymentActive"
    assert arm.delete(path).code == "DeploymentActive"
    assert arm.post(f"{path}/cancel").status == 204
    thread.join()
    [answer] = answers
    assert (answer.status, answer.code) == (409, "DeploymentCanceled")
    shown = arm.get(path).json()["properties"]
    assert shown["provisioningState"] == "Canceled"
    done = states(arm, group)
    assert 0 < len(done) < 300
    assert "Running" not in dict(done).values()
    assert arm.post(f"{path}/cancel").code == "DeploymentCannotBeCancelled"


def test_a_deployment_whose_group_goes_away_ends(arm):
    path = f"{S}/resourceGroups/rg-{uuid.uuid4().hex[:8]}"
    arm.put(path, {"location": "westeurope"})
    many = template(network("[concat('n', copyIndex())]", copy={"name": "l", "count": 300}))
    answers = []
    thread = threading.Thread(target=lambda: answers.append(deploy(arm, path, many)))
    thread.start()
    wait_until(lambda: arm.get(f"{path}{DEPLOYMENTS}/d1").status == 200, what="its record")
    assert arm.delete(path).status == 200
    thread.join()
    assert (answers[0].status, answers[0].code) == (409, "DeploymentCanceled")
    assert arm.get(path).status == 404
