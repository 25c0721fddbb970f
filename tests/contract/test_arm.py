# SPDX-License-Identifier: Apache-2.0
"""The resource manager, request by request: what it changes is what workloads meet at once."""

import uuid

import pytest

from harness.arm import COMPUTE, IDENTITIES, S, arm_listeners, first_administrator
from harness.arm_machines import ask_imds, put_vm
from harness.openimds import SUBSCRIPTION, TENANT

LISTENERS = arm_listeners()


def events(service, name, resource, count):
    """So many events about one resource, and no more."""
    found = service.said(name, count, resource=resource)
    assert len(found) == count
    return found


# ---- who may come in -------------------------------------------------------------------------

def test_the_first_administrator_is_in_a_private_file(service):
    path = service.state_dir / "admin/admin.json"
    assert path.stat().st_mode & 0o777 == 0o600
    first = first_administrator(service)
    assert first["tenantId"] == TENANT and first["subscriptionId"] == SUBSCRIPTION
    assert first["resourceManager"] == service.url("arm")
    assert first["secret"] not in service.log_text()


def test_a_restart_makes_no_second_administrator(service, arm):
    before = first_administrator(service)
    service.restart()
    assert first_administrator(service) == before
    assert [one["name"] for one in service.cli("admin", "list")] == ["admin"]
    arm.__init__(service)


def test_without_a_token_nothing_is_told(arm):
    for path in (f"{S}/resourcegroups", "/nothing/at/all", "/"):
        answer = arm.get(path, token="")
        assert (answer.status, answer.code) == (401, "AuthenticationFailed"), path
        assert answer.headers["www-authenticate"].startswith("Bearer authorization_uri=")


def test_tokens_that_are_not_ours_are_refused(service, arm):
    answer = arm.get(f"{S}/resourcegroups", token=arm.get_token("https://vault.azure.net/.default"))
    assert (answer.status, answer.code) == (401, "InvalidAuthenticationTokenAudience")
    head, claims, signature = arm.token.split(".")
    other = arm.get_token("https://other.example/.default").split(".")[1]
    answer = arm.get(f"{S}/resourcegroups", token=f"{head}.{other}.{signature}")
    assert (answer.status, answer.code) == (401, "InvalidAuthenticationToken")


def test_azures_own_audience_is_taken(arm):
    for audience in ("https://management.azure.com", "https://management.core.windows.net/"):
        token = arm.get_token(f"{audience}/.default")
        assert arm.get("/subscriptions", token=token).status == 200


def test_a_deleted_administrators_token_is_worth_nothing(service, arm):
    made = service.cli("admin", "create", "brief")
    brief = arm.as_(made)
    assert brief.get(f"{S}/resourcegroups").status == 200
    service.cli("admin", "delete", "brief")
    answer = brief.get(f"{S}/resourcegroups")
    assert (answer.status, answer.code) == (401, "InvalidAuthenticationToken")


def test_a_rotated_secret_ends_the_old_one_and_the_file_follows(service, arm):
    old = first_administrator(service)
    made = service.cli("admin", "rotate", "admin")
    assert first_administrator(service)["secret"] == made["secretText"] != old["secret"]
    refused = arm.post_form("/adfs/oauth2/token", {
        "grant_type": "client_credentials", "client_id": old["clientId"],
        "client_secret": old["secret"], "resource": "https://management.azure.com/"})
    assert refused.status == 401 and refused.json()["error_codes"] == [7000215]
    assert arm.as_(made).get("/subscriptions").status == 200


# ---- rules of all routes ---------------------------------------------------------------------

def test_the_api_version_must_be_there_and_may_be_any(arm):
    assert arm.get("/subscriptions", api="").code == "MissingApiVersionParameter"
    assert arm.get("/subscriptions", api="soon").code == "InvalidApiVersionParameter"
    for version in ("2015-01-01", "2031-12-31", "2022-01-31-preview"):
        assert arm.get("/subscriptions", api=version).status == 200


def test_paths_are_read_without_case_and_empty_segments(arm, group):
    name = group.rsplit("/", 1)[1]
    arm.put(f"{group}{IDENTITIES}/Web", {"location": "westeurope"})
    for path in (f"/SUBSCRIPTIONS/{SUBSCRIPTION}/resourcegroups/{name.upper()}/providers/"
                 "microsoft.managedidentity//USERASSIGNEDIDENTITIES/web",
                 f"{group}{IDENTITIES}/Web/"):
        answer = arm.get(path)
        assert answer.status == 200, answer
        assert answer.json()["id"] == f"{group}{IDENTITIES}/Web"


@pytest.mark.parametrize("key", ["$expand", "%24expand", "$EXPAND"])
def test_query_names_may_be_escaped(arm, key):
    answer = arm.get(f"{S}/resourceGroups/rg1{COMPUTE}/virtualMachines/vm1",
                     query=f"&{key}=instanceView")
    codes = [s["code"] for s in answer.json()["properties"]["instanceView"]["statuses"]]
    assert codes == ["ProvisioningState/succeeded", "PowerState/running"]


def test_what_is_not_there_has_its_code(arm, group):
    for path, code in ((f"/subscriptions/{uuid.uuid4()}/resourcegroups", "SubscriptionNotFound"),
                       (f"{S}/resourceGroups/none", "ResourceGroupNotFound"),
                       (f"{group}{COMPUTE}/virtualMachines/none", "ResourceNotFound"),
                       (f"{group}/providers/Contoso.Web/sites/a", "InvalidResourceNamespace"),
                       (f"{group}/providers/Microsoft.Network/frogs/a", "InvalidResourceType")):
        answer = arm.get(path)
        assert (answer.status, answer.code) == (404, code), path
    assert arm.delete(f"{group}{COMPUTE}/virtualMachines/none").status == 204
    assert arm.call("HEAD", f"{S}/resourceGroups/none").status == 404
    assert arm.call("HEAD", group).status == 204


def test_what_is_no_json_object_is_refused(arm, group):
    for body in ("[1]", "text"):
        answer = arm.put(f"{group}{IDENTITIES}/a", body)
        assert (answer.status, answer.code) == (400, "InvalidRequestContent")
    deep = {}
    for _ in range(60):
        deep = {"a": deep}
    answer = arm.put(f"{group}/providers/Microsoft.Network/virtualNetworks/a", deep)
    assert (answer.status, answer.code) == (400, "InvalidRequestContent")


def test_lists_come_in_pages(arm, group):
    for i in range(5):
        arm.put(f"{group}{IDENTITIES}/id{i}", {"location": "westeurope"})
    names, page = [], arm.get(f"{group}{IDENTITIES}", query="&$top=2")
    while True:
        body = page.json()
        names += [one["name"] for one in body["value"]]
        if "nextLink" not in body:
            break
        assert len(body["value"]) == 2 and body["nextLink"].startswith(arm.url)
        page = arm.call("GET", body["nextLink"][len(arm.url):], api="")
    assert names == [f"id{i}" for i in range(5)]


def test_two_writers_one_wins(arm, group):
    path = f"{group}{IDENTITIES}/shared"
    first = arm.put(path, {"location": "westeurope"}, headers={"If-None-Match": "*"})
    assert first.status == 201
    again = arm.put(path, {"location": "westeurope"}, headers={"If-None-Match": "*"})
    assert (again.status, again.code) == (412, "PreconditionFailed")
    seen = {"If-Match": first.headers["etag"]}
    won = arm.patch(path, {"tags": {"by": "one"}}, headers=seen)
    assert won.status == 200 and won.headers["etag"] != first.headers["etag"]
    lost = arm.patch(path, {"tags": {"by": "two"}}, headers=seen)
    assert lost.status == 412
    assert arm.get(path).json()["tags"] == {"by": "one"}


def test_every_change_is_audited(service, arm, group):
    path = f"{group}{IDENTITIES}/seen"
    arm.put(path, {"location": "westeurope"})
    arm.patch(path, {"tags": {"a": "1"}})
    made, changed = events(service, "resource.changed", path, 2)
    assert made["before"] == "" and made["after"] == changed["before"] != changed["after"]
    assert changed["action"] == "Microsoft.ManagedIdentity/userAssignedIdentities/write"
    assert changed["principal"].endswith("/administrators/admin") and changed["oid"]


# ---- groups and identities -------------------------------------------------------------------

def test_a_group_is_made_shown_and_tagged(arm, group):
    shown = arm.get(group).json()
    assert shown["location"] == "westeurope"
    assert shown["properties"] == {"provisioningState": "Succeeded"}
    assert arm.put(group, {"location": "westeurope", "tags": {"a": "1"}}).status == 200
    assert arm.get(group).json()["tags"] == {"a": "1"}
    moved = arm.put(group, {"location": "northeurope"})
    assert (moved.status, moved.code) == (409, "InvalidResourceLocation")
    assert arm.put(f"{S}/resourceGroups/x", {}).code == "LocationRequired"


def test_an_identity_keeps_its_ids_and_is_the_one_of_the_command_line(service, arm, group):
    path = f"{group}{IDENTITIES}/web"
    made = arm.put(path, {"location": "westeurope", "tags": {"a": "1"}}).json()
    assert set(made["properties"]) == {"tenantId", "principalId", "clientId"}
    assert arm.put(path, {"location": "westeurope"}).json()["properties"] == made["properties"]
    assert service.cli("identity", "show", path)["clientId"] == made["properties"]["clientId"]
    assert arm.delete(path).status == 200
    again = arm.put(path, {"location": "westeurope"}).json()
    assert again["properties"]["principalId"] != made["properties"]["principalId"]


def test_an_identity_that_is_assigned_is_taken_from_its_machines(service, arm, group):
    made = arm.put(f"{group}{IDENTITIES}/gone", {"location": "westeurope"}).json()
    service.cli("machine", "identity", "assign", "vm1", made["id"])
    query = f"&client_id={made['properties']['clientId']}"
    assert ask_imds(service, query).status == 200
    assert arm.delete(made["id"]).status == 200
    assert ask_imds(service, query).status == 400


def test_federated_credentials_are_those_of_the_command_line(service, arm, group):
    identity = arm.put(f"{group}{IDENTITIES}/fed", {"location": "westeurope"}).json()["id"]
    path = f"{identity}/federatedIdentityCredentials/gh"
    said = {"issuer": "https://issuer.example", "subject": "s", "audiences": ["api://x"]}
    assert arm.put(path, {"properties": said}).status == 201
    assert arm.get(path).json()["properties"] == said
    [listed] = service.cli("identity", "federated-credential", "list", identity)
    assert (listed["name"], listed["subject"]) == ("gh", "s")
    assert arm.put(path, {"properties": {**said, "subject": "t"}}).status == 200
    assert [one["properties"]["subject"] for one in
            arm.get(f"{identity}/federatedIdentityCredentials").json()["value"]] == ["t"]
    assert arm.delete(path).status == 200 and arm.get(path).status == 404
    bad = arm.put(path, {"properties": {**said, "issuer": "http://clear.example"}})
    assert bad.status == 400


# ---- the rest --------------------------------------------------------------------------------

def test_catalogues_are_bare_arrays(arm):
    publishers = f"{S}{COMPUTE}/locations/westeurope/publishers"
    types = f"{publishers}/Microsoft.ManagedIdentity/artifacttypes/vmextension/types"
    versions = f"{types}/ManagedIdentityExtensionForLinux/versions"
    names = [[one["name"] for one in arm.get(path).json()] for path in
             (publishers, types, versions)]
    assert names == [["Microsoft.ManagedIdentity"],
                     ["ManagedIdentityExtensionForLinux", "ManagedIdentityExtensionForWindows"],
                     ["1.0.0.0"]]


def test_network_resources_are_kept_as_given(arm, group):
    path = f"{group}/providers/Microsoft.Network/networkInterfaces/nic1"
    said = {"location": "westeurope", "properties": {"ipConfigurations": [{"name": "a"}]}}
    assert arm.put(path, said).status == 201
    shown = arm.get(path.replace("networkInterfaces", "NETWORKinterfaces")).json()
    assert shown["id"] == path and shown["type"] == "Microsoft.Network/networkInterfaces"
    assert shown["properties"]["ipConfigurations"] == [{"name": "a"}]
    [listed] = arm.get(f"{group}/providers/Microsoft.Network/networkInterfaces").json()["value"]
    assert listed == shown
    assert arm.delete(path).status == 200 and arm.get(path).status == 404


def test_resources_are_listed_with_filters(arm, group):
    put_vm(arm, group)
    arm.put(f"{group}{IDENTITIES}/web", {"location": "westeurope"})
    listed = arm.get(f"{group}/resources").json()["value"]
    assert sorted(one["type"] for one in listed) == [
        "Microsoft.Compute/virtualMachines", "Microsoft.ManagedIdentity/userAssignedIdentities"]
    name = group.rsplit("/", 1)[1]
    same = arm.get(f"{S}/resources", query=f"&$filter=resourceGroup%20eq%20'{name}'")
    assert same.json()["value"] == listed
    [vm] = arm.get(f"{group}/resources", query="&$filter=resourceType%20eq%20"
                   "'Microsoft.Compute/virtualMachines'").json()["value"]
    assert vm["name"] == "web"


def test_providers_are_registered(arm):
    shown = arm.get(f"{S}/providers/microsoft.compute").json()
    assert (shown["namespace"], shown["registrationState"]) == ("Microsoft.Compute", "Registered")
    assert arm.post(f"{S}/providers/Microsoft.Compute/register").status == 200
    assert "Microsoft.Network" in [one["namespace"] for one in
                                   arm.get(f"{S}/providers").json()["value"]]


def test_discovery_is_for_everyone(arm):
    old = arm.call("GET", "/metadata/endpoints", token="", api="2015-01-01").json()
    assert old["authentication"] == {"loginEndpoint": f"{arm.url}/adfs",
                                     "audiences": [f"{arm.url}/"]}
    [cloud] = arm.call("GET", "/metadata/endpoints", token="", api="2019-05-01").json()
    assert cloud["resourceManager"] == f"{arm.url}/"
    document = arm.call("GET", "/adfs/.well-known/openid-configuration", token="", api="").json()
    assert document["issuer"] == f"{arm.url}/adfs"
    assert document["token_endpoint"] == f"{arm.url}/adfs/oauth2/token"

