# SPDX-License-Identifier: Apache-2.0
"""Any group, exported and deployed into an empty one, gives the same resources and identities.

The groups are made by chance, from a seed that the test's name says.
"""

import json
import random
import re
import uuid

import pytest

from harness.arm import COMPUTE, IDENTITIES, S, arm_listeners

NETWORK = "/providers/Microsoft.Network"
DEPLOYMENTS = "/providers/Microsoft.Resources/deployments"
SECRET = "hush-hush-161803"
LISTENERS = arm_listeners()


@pytest.fixture
def make_group(arm):
    made = []

    def make():
        made.append(f"{S}/resourceGroups/rg-{uuid.uuid4().hex[:8]}")
        assert arm.put(made[-1], {"location": "westeurope"}).status == 201
        return made[-1]
    yield make
    for path in made:
        arm.delete(path)


class Chance:
    """Fills a group with resources that refer to each other."""

    def __init__(self, arm, group, shared, seed):
        self.arm, self.group, self.shared = arm, group, shared
        self.random = random.Random(seed)

    def some(self, of):
        return self.random.sample(of, self.random.randint(0, len(of)))

    def tags(self):
        odd = ["plain", "[not an expression]", "it's", "a \"quote\"", "ümlaut", "", "[[x", "{}"]
        return {f"t{i}": self.random.choice(odd) for i in range(self.random.randint(0, 3))}

    def put(self, path, document):
        document = {"location": "westeurope", "tags": self.tags(), **document}
        answer = self.arm.put(f"{self.group}{path}", document)
        assert answer.status == 201, answer
        return f"{self.group}{path}"

    def fill(self):
        identities = [self.put(f"{IDENTITIES}/id{i}", {}) for i in range(self.random.randint(0, 3))]
        for identity in self.some(identities):
            self.arm.put(f"{identity}/federatedIdentityCredentials/fed", {"properties": {
                "issuer": "https://issuer.example", "subject": f"s{self.random.random()}",
                "audiences": ["api://x"]}})
        networks = [self.put(f"{NETWORK}/virtualNetworks/net{i}", {"properties": {
            "addressSpace": {"addressPrefixes": [f"10.{i}.0.0/16"]}}})
            for i in range(self.random.randint(1, 2))]
        cards = [self.put(f"{NETWORK}/networkInterfaces/nic{i}", {"properties": {
            "ipConfigurations": [{"name": "c", "properties": {
                "subnet": {"id": f"{self.random.choice(networks)}/subnets/default"}}}]}})
            for i in range(self.random.randint(0, 3))]
        for i in range(self.random.randint(0, 3)):
            self.machine(f"vm{i}", identities, cards)
        for i in range(self.random.randint(0, 2)):
            self.scale_set(f"ss{i}", identities)
        return self

    def identity(self, identities):
        chosen = self.some(identities + self.shared)
        kinds = ["SystemAssigned"] * self.random.randint(0, 1) + ["UserAssigned"] * bool(chosen)
        if not kinds:
            return {}
        return {"identity": {"type": ", ".join(kinds), **(
            {"userAssignedIdentities": {one: {} for one in chosen}} if chosen else {})}}

    def machine(self, name, identities, cards):
        own = self.some(cards)
        cards[:] = [card for card in cards if card not in own]  # one machine has one
        path = self.put(f"{COMPUTE}/virtualMachines/{name}", {
            **self.identity(identities), "properties": {
                "hardwareProfile": {"vmSize": self.random.choice(["Standard_B1s", "Standard_D2"])},
                "osProfile": {"computerName": name, "adminUsername": "azureuser",
                              "adminPassword": SECRET, "customData": SECRET},
                "storageProfile": {"osDisk": {"osType": "Linux", "createOption": "Attach"}},
                "networkProfile": {"networkInterfaces": [
                    {"id": card, "properties": {"primary": True}} for card in own]}}})
        if self.random.random() < 0.5:
            answer = self.arm.put(f"{path}/extensions/script", {
                "location": "westeurope", "properties": {
                    "publisher": "Microsoft.Azure.Extensions", "type": "CustomScript",
                    "typeHandlerVersion": "2.0", "settings": {"commandToExecute": "[ -e /x ]"},
                    "protectedSettings": {"storageAccountKey": SECRET}}})
            assert answer.status == 201, answer

    def scale_set(self, name, identities):
        self.put(f"{COMPUTE}/virtualMachineScaleSets/{name}", {
            **self.identity(identities),
            "sku": {"name": "Standard_B1s", "capacity": self.random.randint(0, 3)},
            "properties": {"upgradePolicy": {"mode": "Automatic"}, "virtualMachineProfile": {
                "osProfile": {"computerNamePrefix": name, "adminPassword": SECRET},
                "extensionProfile": {"extensions": [{"name": "script", "properties": {
                    "publisher": "Microsoft.Azure.Extensions", "type": "CustomScript",
                    "typeHandlerVersion": "2.0", "settings": {"commandToExecute": "true"},
                    "protectedSettings": {"k": SECRET}}}]}}}})


def everything(arm, group):
    """All that the group shows, but for what is made anew: ids, and when it was made."""
    shown = {}
    for one in arm.get(f"{group}/resources").json()["value"]:
        shown[one["id"]] = arm.get(one["id"]).json()
        if "userAssignedIdentities/" in one["id"]:
            listed = arm.get(f"{one['id']}/federatedIdentityCredentials").json()["value"]
            shown[one["id"]]["federated"] = listed
        if "virtualMachineScaleSets/" in one["id"]:
            instances = arm.get(f"{one['id']}/virtualMachines").json()["value"]
            shown[one["id"]]["instances"] = instances
    text = re.sub(re.escape(group), "{group}", json.dumps(shown, sort_keys=True),
                  flags=re.IGNORECASE)
    return json.loads(text, object_hook=lambda each: {
        key: value for key, value in each.items()
        if key not in ("principalId", "clientId", "vmId", "timeCreated", "uniqueId", "etag")})


def export(arm, group, **body):
    answer = arm.post(f"{group}/exportTemplate", {"resources": ["*"], **body})
    assert answer.status == 200, answer
    return answer.json()


@pytest.mark.parametrize("seed", range(12))
def test_an_exported_group_deployed_elsewhere_is_the_same(arm, make_group, seed):
    shared = make_group()
    arm.put(f"{shared}{IDENTITIES}/outside", {"location": "westeurope"})
    group, copy = make_group(), make_group()
    Chance(arm, group, [f"{shared}{IDENTITIES}/outside"], seed).fill()
    exported = export(arm, group)
    assert "error" not in exported
    assert SECRET not in json.dumps(exported)
    answer = arm.put(f"{copy}{DEPLOYMENTS}/again", {"properties": {
        "mode": "Complete", "template": exported["template"], "parameters": {}}})
    assert answer.status == 201, answer
    assert everything(arm, copy) == everything(arm, group)
    assert export(arm, copy)["template"]["resources"] == exported["template"]["resources"]


def test_some_of_a_group(arm, make_group):
    group = make_group()
    for name in ("a", "b"):
        arm.put(f"{group}{IDENTITIES}/{name}", {"location": "westeurope"})
    [resource] = export(arm, group, resources=[f"{group.upper()}{IDENTITIES}/A"])[
        "template"]["resources"]
    assert resource["name"] == "[parameters('userAssignedIdentities_a_name')]"
    literal = export(arm, group, options="SkipResourceNameParameterization")["template"]
    assert [one["name"] for one in literal["resources"]] == ["a", "b"]
    refused = arm.post(f"{group}/exportTemplate", {"resources": [1]})
    assert (refused.status, refused.code) == (400, "InvalidRequestContent")


def test_what_the_caller_may_not_read_is_named_and_not_exported(service, arm, make_group):
    group = make_group()
    arm.put(f"{group}{IDENTITIES}/a", {"location": "westeurope"})
    arm.put(f"{group}{COMPUTE}/virtualMachines/m", {"location": "westeurope", "properties": {}})
    name = f"mio-{uuid.uuid4().hex[:6]}"
    made = service.cli("admin", "create", name, "--role", "Contributor", "--scope",
                       f"{group}{IDENTITIES}/a")
    assert arm.as_(made).post(f"{group}/exportTemplate", {}).status == 403
    service.cli("admin", "delete", name)
