# SPDX-License-Identifier: Apache-2.0
"""`openimds deployment validate` on templates as people write them, with no service anywhere."""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

BINARY = os.environ["OPENIMDS_BINARY"]
DOCS = Path(__file__).resolve().parents[2] / "docs"
SCHEMA = "https://schema.management.azure.com/schemas/2015-01-01/deploymentTemplate.json#"
EXTENSION = {
    "publisher": "Microsoft.ManagedIdentity",
    "type": "ManagedIdentityExtensionForLinux",
    "typeHandlerVersion": "1.0",
    "autoUpgradeMinorVersion": True,
    "settings": {"port": 50342},
    "protectedSettings": {},
}


def template(resources, **sections):
    return {"$schema": SCHEMA, "contentVersion": "1.0.0.0", **sections, "resources": resources}


@pytest.fixture
def validate(tmp_path):
    """Writes a template (a document, or text as it is) and validates it: (exit code, out, err)."""

    def run(document, *arguments, as_json=True):
        text = document if isinstance(document, str) else json.dumps(document)
        (tmp_path / "main.json").write_text(text)
        environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path),
                       "OPENIMDS_STATE_DIR": str(tmp_path / "nowhere")}
        done = subprocess.run(
            [BINARY, "deployment", "validate", "main.json", *arguments,
             *(["--output", "json"] if as_json else [])],
            cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60, check=False)
        assert not (tmp_path / "nowhere").exists(), "it needs no state"
        return done.returncode, done.stdout, done.stderr

    return run


def plan_of(answer):
    code, out, err = answer
    assert code == 0, err
    return json.loads(out)


def message_of(answer):
    code, out, err = answer
    assert (code, out) == (1, ""), err
    return json.loads(err)["error"]["message"]


def test_the_extension_of_a_machine(validate):
    plan = plan_of(validate(template(
        [{"type": "Microsoft.Compute/virtualMachines/extensions",
          "name": "[concat(variables('vmName'),'/ManagedIdentityExtensionForLinux')]",
          "apiVersion": "2018-06-01", "location": "[resourceGroup().location]",
          "properties": EXTENSION}],
        parameters={"vmName": {"type": "string"}},
        variables={"vmName": "[parameters('vmName')]"},
        outputs={"ext": {"type": "string", "value":
                         "[resourceId('Microsoft.Compute/virtualMachines/extensions',"
                         " variables('vmName'), 'ManagedIdentityExtensionForLinux')]"}}),
        "--parameters", "vmName=web", "-g", "rg7", "--location", "westus"))
    [resource] = plan["resources"]
    assert resource["id"].endswith("/resourceGroups/rg7/providers/Microsoft.Compute/virtualMachines/"
                                   "web/extensions/ManagedIdentityExtensionForLinux")
    assert resource["body"]["location"] == "westus"
    assert resource["body"]["properties"]["settings"] == {"port": 50342}
    assert plan["parameters"] == {"vmName": {"type": "String", "value": "web"}}
    assert plan["outputs"] == [{"name": "ext", "type": "string"}]


def test_the_extension_of_a_scale_set_and_no_secret(validate, tmp_path):
    document = template(
        [{"type": "Microsoft.Compute/virtualMachineScaleSets", "name": "[variables('name')]",
          "apiVersion": "2018-06-01", "location": "[resourceGroup().location]",
          "sku": {"name": "Standard_DS1_v2", "capacity": 2}, "identity": {"type": "SystemAssigned"},
          "properties": {"virtualMachineProfile": {
              "osProfile": {"adminPassword": "[parameters('adminPassword')]"},
              "extensionProfile": {"extensions": [
                  {"name": "ManagedIdentityExtensionForLinux", "properties": EXTENSION}]}}}}],
        parameters={"ssName": {"type": "string"}, "adminPassword": {"type": "securestring"},
                    "count": {"type": "int"}},
        variables={"name": "[concat(parameters('ssName'), parameters('count'))]"})
    (tmp_path / "values.json").write_text(json.dumps({"parameters": {
        "ssName": {"value": "other"}, "adminPassword": {"value": "hunter2"}, "count": {"value": 3}}}))
    answer = validate(document, "-p", "values.json", "-p", "ssName=ss", "-p", "count=4")
    assert "hunter2" not in answer[1]
    plan = plan_of(answer)
    assert plan["resources"][0]["name"] == "ss4"
    assert plan["parameters"]["adminPassword"] == {"type": "SecureString"}


def test_what_az_sends_and_strict_json_does_not_allow(validate):
    plan = plan_of(validate("""{
      // a comment
      "$schema": "s", "contentVersion": "1.0.0.0", /* block */
      resources: [{
        "type": "Microsoft.ManagedIdentity/userAssignedIdentities", "apiVersion": "2018-11-30",
        "name": "[concat('tpl',
                         'id')]",
      }],
    }"""))
    assert plan["resources"][0]["name"] == "tplid"


def test_the_order_and_the_table_for_people(validate):
    code, out, err = validate(template([
        {"type": "A.B/machines", "apiVersion": "1", "name": "m",
         "dependsOn": ["A.B/cards/c"], "properties": {"p": "[reference('i').principalId]"}},
        {"type": "A.B/cards", "apiVersion": "1", "name": "c"},
        {"type": "A.B/ids", "apiVersion": "1", "name": "i"},
        {"type": "A.B/ids", "apiVersion": "1", "name": "no", "condition": False}],
        outputs={"o": {"type": "int", "value": 1}}), as_json=False)
    assert (code, err) == (0, "")
    assert out == ("main.json: good\n\n"
                   "STEP  TYPE          NAME  AFTER\n"
                   "1     A.B/cards     c\n"
                   "2     A.B/ids       i\n"
                   "3     A.B/machines  m     1, 2\n"
                   "\nleft out, its condition is false: "
                   "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/group/"
                   "providers/A.B/ids/no\n"
                   "\noutputs\no:  int\n")


@pytest.mark.parametrize("document, place", [
    ('{\n  "a": }', "main.json:2:8: expected a value, got '}'"),
    ('{"$schema":"s","contentVersion":"1","resources":[\n{"type":"Microsoft.Compute/virtualMachines/'
     'extensions","name":"onlyone","apiVersion":"2018-06-01"}]}',
     "main.json:2:1: resources[0]: The template resource 'onlyone' for type "
     "'Microsoft.Compute/virtualMachines/extensions' has incorrect segment lengths."),
    ('{"$schema":"s","contentVersion":"1","resources":[],\n"variables":{"a":\n  "[conct(1)]"}}',
     "main.json:3:3: variables.a, column 2: expected a template function, got 'conct'; "
     "did you mean 'concat'?"),
    ('{"$schema":"s","contentVersion":"1","resources":[],\n"parameters":{"p":{"type":"int"}}}',
     "main.json:2:19: parameters.p: expected a value; it has no default"),
])
def test_mistakes_have_their_place_in_the_file(validate, document, place):
    assert message_of(validate(document)) == place


def test_a_cycle_is_named(validate):
    message = message_of(validate(template([
        {"type": "A.B/c", "apiVersion": "1", "name": "x", "dependsOn": ["y"]},
        {"type": "A.B/c", "apiVersion": "1", "name": "y", "dependsOn": ["x"]}])))
    assert "A.B/c/x → A.B/c/y → A.B/c/x" in message


def test_wrong_arguments_are_usage(validate):
    good = template([], parameters={"n": {"type": "int", "defaultValue": 1}})
    for arguments in (["-p", "n=x y"], ["-p", "nofile.json"], ["--mode", "partial"],
                      ["--subscription", "x"]):
        code, out, err = validate(good, *arguments)
        assert (code, out) == (2, ""), err


def test_a_billion_laughs_are_not_funny(validate):
    variables = {"v0": "x" * 64}
    for i in range(1, 60):
        variables[f"v{i}"] = f"[concat(variables('v{i - 1}'), variables('v{i - 1}'))]"
    assert "at most 33554432 bytes of values" in message_of(validate(template([], variables=variables)))


def test_the_sample_of_the_page(validate):
    page = (DOCS / "protocols/arm-templates.md").read_text()
    [sample] = re.findall(r"## Sample\n```json\n(.*?)```", page, re.DOTALL)
    assert plan_of(validate(sample))["resources"][0]["name"] == "web"
