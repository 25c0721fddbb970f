# SPDX-License-Identifier: Apache-2.0
"""`openimds deployment …` on a running service: the same routes as over HTTPS, for an operator."""

import json
import subprocess

import pytest

from harness.arm import arm_listeners
from harness.openimds import SUBSCRIPTION, CliError, Service
from harness.timing import wait_until

SCHEMA = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#"
WEB = {"type": "Microsoft.ManagedIdentity/userAssignedIdentities", "apiVersion": "2018-11-30",
       "name": "[parameters('name')]", "location": "[resourceGroup().location]"}


@pytest.fixture(scope="module")
def service():
    with Service(listeners=arm_listeners()) as running:
        yield running


@pytest.fixture
def write(tmp_path):
    def write(*resources, name="web", **sections):
        path = tmp_path / f"{name}.json"
        path.write_text(json.dumps({"$schema": SCHEMA, "contentVersion": "1.0.0.0", **sections,
                                    "resources": list(resources)}, indent=2))
        return str(path)
    return write


def text_of(service, *arguments):
    """What a verb prints for people."""
    done = subprocess.run([*service.program(), *arguments], capture_output=True, text=True,
                          env=service._environment(), cwd=service.folder, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


NAME = {"name": {"type": "string"}, "key": {"type": "secureString", "defaultValue": "hush-8128"}}
OUTPUT = {"ClientId": {"type": "string",
                       "value": "[reference(parameters('name')).clientId]"}}


def test_a_template_is_deployed_and_told_of(service, write):
    file = write(WEB, parameters=NAME, outputs=OUTPUT)
    made = service.cli("deployment", "create", file, "-p", "name=cli", "-g", "cli-group",
                       "-l", "westeurope", "-p", "key=hush-6174")
    assert (made["name"], made["properties"]["provisioningState"]) == ("web", "Succeeded")
    identity = service.cli("identity", "show", "cli")
    assert made["properties"]["outputs"]["clientId"]["value"] == identity["clientId"]
    assert service.cli("deployment", "show", "web", "-g", "cli-group") == made
    assert service.cli("deployment", "list", "-g", "cli-group") == [made]
    [operation] = service.cli("deployment", "operations", "web", "-g", "cli-group")
    assert operation["properties"]["targetResource"]["resourceName"] == "cli"
    exported = service.cli("deployment", "export", "web", "-g", "cli-group")
    assert exported["resources"] == [WEB]
    assert "hush" not in json.dumps([made, exported]) + service.log_text()
    group = service.cli("deployment", "export", "-g", "cli-group")
    assert group["parameters"] == {
        "userAssignedIdentities_cli_name": {"type": "String", "defaultValue": "cli"}}
    service.cli("deployment", "delete", "web", "-g", "cli-group")
    assert service.cli("deployment", "list", "-g", "cli-group") == []
    assert service.cli("identity", "show", "cli") == identity
    with pytest.raises(CliError) as missing:
        service.cli("deployment", "delete", "web", "-g", "cli-group")
    assert "'web' could not be found" in missing.value.message


def test_an_operator_is_in_the_audit_trail(service, write):
    service.cli("deployment", "create", write(WEB, parameters=NAME), "-p", "name=seen")

    def seen():
        found = [json.loads(line) for line in service.log_text().splitlines()
                 if "resource.changed" in line and line.endswith("}")]
        return {one["resource"].rsplit("/", 1)[1]: one for one in found}
    wait_until(lambda: {"seen", "web"} <= set(seen()), what="both events")
    assert all(one["principal"] == "operator" and one["peer"]
               for one in seen().values())


def test_what_if_shows_changes_and_makes_none(service, write):
    file = write(WEB, parameters=NAME)
    answer = service.cli("deployment", "what-if", file, "-p", "name=never")
    kinds = {one["resourceId"].rsplit("/", 1)[1]: one["changeType"]
             for one in answer["properties"]["changes"]}
    assert kinds["never"] == "Create" and kinds["vm1"] == "Ignore"
    assert "never" not in [one["name"] for one in service.cli("identity", "list")]


def test_mistakes_have_their_place_in_the_file(service, write):
    bad = write({**WEB, "name": "[conct('a')]"}, parameters=NAME)
    for verb in ("create", "what-if"):
        with pytest.raises(CliError) as failed:
            service.cli("deployment", verb, bad, "-p", "name=x")
        assert failed.value.message.startswith(f"{bad}:")
        assert "did you mean 'concat'?" in failed.value.message
    with pytest.raises(CliError) as failed:
        service.cli("deployment", "create", "nofile.json")
    assert failed.value.exit_code == 2


def test_a_deployment_that_fails_says_why(service, write):
    orphan = {"type": "Microsoft.Compute/virtualMachines/extensions", "apiVersion": "2018-06-01",
              "name": "nobody/e", "location": "westeurope", "properties": {
                  "publisher": "Contoso", "type": "Agent", "typeHandlerVersion": "1.0"}}
    with pytest.raises(CliError) as failed:
        service.cli("deployment", "create", write(orphan, name="orphan"))
    assert failed.value.code == "deployment.failed" and "nobody" in failed.value.message
    shown = service.cli("deployment", "show", "orphan")
    assert shown["properties"]["provisioningState"] == "Failed"
    with pytest.raises(CliError) as late:
        service.cli("deployment", "cancel", "orphan")
    assert "has ended" in late.value.message


def test_complete_mode_and_names_of_ones_own(service, write):
    base = ("-g", "cli-complete", "-l", "westeurope", "-n", "mine")
    service.cli("deployment", "create", write(WEB, parameters=NAME), "-p", "name=old", *base)
    service.cli("deployment", "create", write(WEB, parameters=NAME), "-p", "name=new",
                "--mode", "complete", *base)
    [only] = service.cli("deployment", "list", "-g", "cli-complete",
                         "--subscription", SUBSCRIPTION)
    assert (only["name"], only["properties"]["mode"]) == ("mine", "Complete")
    names = [one["name"] for one in service.cli("identity", "list")]
    assert "new" in names and "old" not in names
    with pytest.raises(CliError) as bad:
        service.cli("deployment", "show", "a/operations")
    assert bad.value.code == "control.argument_invalid"


def test_the_tables_for_people(service, write):
    service.cli("deployment", "create", write(WEB, parameters=NAME, outputs=OUTPUT),
                "-p", "name=shown", "-g", "cli-table", "-l", "westeurope")
    text = text_of(service, "deployment", "show", "web", "-g", "cli-table")
    assert "state:" in text and "Succeeded" in text and "clientId:" in text
    listed = text_of(service, "deployment", "list", "-g", "cli-table").splitlines()
    assert listed[0].split()[:2] == ["NAME", "RESOURCE"]
    assert listed[1].split()[:3] == ["web", "cli-table", "Succeeded"]
    operations = text_of(service, "deployment", "operations", "web", "-g", "cli-table")
    assert "Create" in operations.splitlines()[1]
    changes = text_of(service, "deployment", "what-if",
                               write({**WEB, "tags": {"a": "b"}}, parameters=NAME),
                               "-p", "name=shown", "-g", "cli-table")
    assert changes.splitlines()[1].split() == [
        "Modify", "Microsoft.ManagedIdentity/userAssignedIdentities", "shown", "tags"]


def test_without_a_service_the_same_is_done(write):
    with Service(listeners=arm_listeners()) as stopped:
        stopped.stop()
        stopped.cli("deployment", "create", write(WEB, parameters=NAME), "-p", "name=x")
        stopped.start()
        assert "x" in [one["name"] for one in stopped.cli("identity", "list")]
        [made] = stopped.cli("deployment", "list")
        assert made["properties"]["provisioningState"] == "Succeeded"
