# SPDX-License-Identifier: Apache-2.0
"""The command line as a script sees it: JSON on stdout, reason codes, exit codes."""

import json
import uuid

import pytest

from harness import jwt
from harness.arm_machines import answers, free_port
from harness.openimds import SEED, SUBSCRIPTION, TENANT, CliError, Service, StartFailed

ARM = "https://management.azure.com/"
UNKNOWN = "cccccccc-0000-0000-0000-000000000000"


def expect_failure(service, exit_code, reason, *arguments):
    with pytest.raises(CliError) as failed:
        service.cli(*arguments)
    error = failed.value
    assert (error.exit_code, error.code) == (exit_code, reason), error.stderr
    assert error.stdout == "" and error.message
    return error


def test_identity_from_creation_to_deletion(service):
    made = service.cli("identity", "create", "ua1", "-g", "rg2", "--location", "northeurope")
    assert set(made) == {"id", "name", "type", "location", "tenantId", "clientId", "principalId"}
    assert made["id"] == (f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg2/providers/"
                          "Microsoft.ManagedIdentity/userAssignedIdentities/ua1")
    assert made["type"] == "Microsoft.ManagedIdentity/userAssignedIdentities"
    assert (made["location"], made["tenantId"]) == ("northeurope", TENANT)
    assert uuid.UUID(made["clientId"]) != uuid.UUID(made["principalId"])
    for name in ("ua1", "UA1", made["id"], made["id"].upper()):
        assert service.cli("identity", "show", name) == made
    assert made in service.cli("identity", "list")
    service.cli("identity", "delete", "ua1")
    assert made not in service.cli("identity", "list")
    expect_failure(service, 3, "registry.not_found", "identity", "show", "ua1")


def test_machine_from_creation_to_deletion(service):
    made = service.cli("machine", "create", "m1", "--system-assigned")
    assert made["identity"]["type"] == "SystemAssigned"
    user = service.cli("identity", "create", "ua2")
    service.cli("machine", "identity", "assign", "m1", "ua2")
    shown = service.cli("machine", "show", "m1")["identity"]
    assert shown["type"] == "SystemAssigned, UserAssigned"
    assert shown["userAssignedIdentities"] == {user["id"]: {
        "clientId": user["clientId"], "principalId": user["principalId"]}}
    expect_failure(service, 4, "registry.in_use", "identity", "delete", "ua2")
    service.cli("machine", "identity", "remove", "m1", "ua2", "--system-assigned")
    assert service.cli("machine", "show", "m1")["identity"]["type"] == "None"
    service.cli("machine", "delete", "m1")
    expect_failure(service, 3, "registry.not_found", "machine", "show", "m1")


@pytest.mark.parametrize("exit_code, reason, arguments", [
    (4, "registry.exists", "identity create openimds-identity"),
    (4, "registry.exists", "machine create VM1"),
    (3, "registry.not_found", "identity delete nobody"),
    (3, "registry.not_found", "machine identity assign vm1 nobody"),
    (3, "registry.not_found", "machine identity show nobody"),
    (3, "identity.not_found", f"token --resource {ARM} --client-id {UNKNOWN}"),
    (2, "registry.resource_id_invalid", "identity create a?b"),
])
def test_refusals(service, exit_code, reason, arguments):
    expect_failure(service, exit_code, reason, *arguments.split())


@pytest.mark.parametrize("arguments", ["", "frobnicate", "identity", "identity create", "token",
                                       "identity create x --nope", "token --resource",
                                       "identity create x --client-id not-a-guid"])
def test_wrong_usage(service, arguments):
    done = service.run_cli(*arguments.split())
    assert done.returncode == 2 and done.stderr
    assert done.stdout == ""


def test_token_in_its_formats(service):
    body = service.cli("token", "--resource", ARM)
    assert body["resource"] == ARM
    raw = service.run_cli("token", "--resource", ARM, "--format", "raw").stdout.strip()
    assert service.verify(raw)["aud"] == ARM
    claims = service.cli("token", "--resource", ARM, "--format", "claims")
    assert claims.get("claims", claims)["appid"] == jwt.read(raw)[1]["appid"]


def test_rotation_keeps_old_tokens_good(service):
    old = service.token()["access_token"]
    service.cli("authority", "rotate")
    new = service.token("https://after.example/")["access_token"]
    assert jwt.read(old)[0]["kid"] != jwt.read(new)[0]["kid"]
    for token in (old, new):
        service.verify(token)


def test_limit_of_user_assigned_identities():
    with Service(settings={"limits": {"user_assigned_per_machine": 2}}) as service:
        service.cli("machine", "create", "m1")
        for name in ("a1", "a2", "a3"):
            service.cli("identity", "create", name)
        service.cli("machine", "identity", "assign", "m1", "a1", "a2")
        expect_failure(service, 1, "registry.limit_reached", "machine", "identity", "assign", "m1",
                       "a3")
        assert len(service.cli("machine", "show", "m1")["identity"]["userAssignedIdentities"]) == 2


def test_seed_has_the_same_guids_again_after_its_state_was_lost():
    seeds = []
    for _ in range(2):
        with Service() as service:
            seeds.append((service.cli("machine", "show", "vm1"), service.cli("identity", "list")))
    assert seeds[0] == seeds[1]
    assert SEED["location"] == seeds[0][0]["location"]


MISTAKES = {
    "unknown key": ("[server]\nio_thread = 2\n", "io_threads"),
    "unknown table": ("[sever]\n", "server"),
    "wrong type": ("[server]\nio_threads = \"2\"\n", "io_threads"),
    "duplicate key": ("[tokens]\ncache_size = 1\ncache_size = 2\n", "cache_size"),
    "duplicate table": ("[tokens]\n[tokens]\n", "tokens"),
    "broken toml": ("[server\n", "expected ']'"),
    "byte order mark in the middle": ("\ufeff[tokens]\n", ""),
    "out of range": ("[authority]\ntoken_lifetime = 299\n", "token_lifetime"),
    "unknown choice": ("[[listener]]\nprotocol = \"imsd\"\n", "imds"),
}


@pytest.mark.parametrize("text, named", MISTAKES.values(), ids=MISTAKES)
def test_mistake_in_the_configuration(text, named):
    service = Service()
    service.write_config()
    good = service.config_path.read_text(encoding="utf-8")
    line = good.count("\n") + 1
    service.config_path.write_text(good + text, encoding="utf-8")
    error = expect_failure(service, 2, "config.invalid", "config", "check")
    assert named in error.message
    assert any(f"openimds.toml:{line + offset}" in error.message for offset in range(4)), error
    service.write_config = lambda: None
    with pytest.raises(StartFailed) as failed:
        with service:
            pass
    assert (failed.value.exit_code, failed.value.code) == (2, "config.invalid")


def test_version_is_a_json_object(service):
    assert json.dumps(service.cli("version"))
    assert service.cli("version")["version"]


# ---- what the resource manager's clients can do as well --------------------------------------

def test_extensions_answer_while_they_are_set(service):
    service.cli("machine", "create", "with-extension", "--system-assigned")
    port = free_port()
    of = ("--machine", "with-extension")
    made = service.cli("extension", "set", "mi", *of, "--port", str(port))
    assert made["properties"]["provisioningState"] == "Succeeded" and answers(port)
    assert [one["name"] for one in service.cli("extension", "list", *of)] == ["mi"]
    again = service.cli("extension", "set", "mi", *of, "--port", str(port), "--force-update")
    assert again["properties"]["forceUpdateTag"]
    assert len(service.said("extension.served", 2, port=port)) == 2
    assert service.cli("extension", "show", "mi", *of) == again
    assert service.cli("extension", "delete", "mi", *of) == {"deleted": made["id"]}
    assert not answers(port) and service.cli("extension", "list", *of) == []
    expect_failure(service, 3, "registry.not_found", "extension", "show", "mi", *of)


@pytest.mark.parametrize("arguments", [
    ("extension", "list"),
    ("extension", "set", "mi", "--machine", "vm1", "--scale-set", "s"),
    ("extension", "set", "mi", "--machine", "vm1", "--port", "70000"),
    ("scaleset", "create", "s", "--capacity", "1001"),
    ("scaleset", "create", "s", "--tag", "nothing"),
    ("role", "assignment", "create", "vm1", "--role", "King"),
])
def test_what_makes_no_sense_names_what_was_expected(service, arguments):
    expect_failure(service, 2, "control.argument_invalid", *arguments)


def test_scale_sets(service):
    service.cli("identity", "create", "of-fleet")
    made = service.cli("scaleset", "create", "fleet", "--capacity", "2", "--system-assigned",
                       "--identity", "of-fleet", "--size", "Standard_B1s", "--tag", "a=1")
    assert (made["sku"]["capacity"], made["tags"]) == (2, {"a": "1"})
    assert made["identity"]["type"] == "SystemAssigned, UserAssigned"
    assert [one["name"] for one in service.cli("scaleset", "list")] == ["fleet"]
    port = free_port()
    service.cli("extension", "set", "mi", "--scale-set", "fleet", "--port", str(port))

    def latest():
        return [one["properties"]["latestModelApplied"]
                for one in service.cli("scaleset", "instances", "fleet")]
    assert latest() == [False, False] and not answers(port)
    service.cli("scaleset", "upgrade", "fleet", "1")
    assert latest() == [False, True] and answers(port)
    service.cli("identity", "create", "of-fleet-too")
    changed = service.cli("scaleset", "update", "fleet", "--capacity", "1", "--identity",
                          "of-fleet-too")
    assert changed["sku"] == {"name": "Standard_B1s", "capacity": 1}
    assert changed["identity"]["principalId"] == made["identity"]["principalId"]
    assert len(changed["identity"]["userAssignedIdentities"]) == 2
    assert latest() == [False] and not answers(port)
    assert service.cli("scaleset", "show", "fleet") == changed
    assert service.cli("scaleset", "delete", "fleet") == {"deleted": made["id"]}
    assert service.cli("scaleset", "list") == []


def test_roles(service):
    service.cli("identity", "create", "with-role")
    roles = [one["properties"]["roleName"] for one in service.cli("role", "definitions")]
    assert "Managed Identity Operator" in roles
    made = service.cli("role", "assignment", "create", "with-role", "--role", "reader")
    assert (made["principalName"], made["role"], made["scope"]) == ("with-role", "Reader", "/")
    assert service.cli("role", "assignment", "list", "--principal", "with-role") == [made]
    expect_failure(service, 4, "registry.exists", "role", "assignment", "create", "with-role",
                   "--role", "Reader")
    service.cli("role", "assignment", "delete", made["name"])
    assert service.cli("role", "assignment", "list", "--principal", "with-role") == []


def test_an_extension_that_was_set_without_a_service_answers_when_one_starts(tmp_path):
    port = free_port()
    with Service(folder=tmp_path) as service:
        service.stop()
        made = service.cli("extension", "set", "mi", "--machine", "vm1", "--port", str(port))
        assert made["properties"]["settings"] == {"port": port} and not answers(port)
        service.start()
        assert answers(port)
