# SPDX-License-Identifier: Apache-2.0
"""Machines and extensions as clients of the resource manager say them, and how workloads ask."""

import socket
import uuid

from harness import rawhttp
from harness.arm import COMPUTE, IDENTITIES
from harness.openimds import TOKEN_PATH

VM = {"location": "westeurope", "tags": {"env": "test"}, "properties": {
    "hardwareProfile": {"vmSize": "Standard_D2s_v3"},
    "storageProfile": {"imageReference": {"publisher": "Canonical", "offer": "UbuntuServer",
                                          "sku": "18.04-LTS", "version": "latest"},
                       "osDisk": {"createOption": "FromImage", "managedDisk": None}},
    "osProfile": {"computerName": "web", "adminUsername": "me", "adminPassword": "hunter2-hunter2"},
    "networkProfile": {"networkInterfaces": []}}}


def put_vm(arm, group, name="web", **more):
    answer = arm.put(f"{group}{COMPUTE}/virtualMachines/{name}", {**VM, **more})
    assert answer.status in (200, 201), answer
    return answer.json()


def put_scale_set(arm, group, name="fleet", *, mode="Manual", capacity=2, **more):
    answer = arm.put(f"{group}{COMPUTE}/virtualMachineScaleSets/{name}", {
        "location": "westeurope", "sku": {"name": "Standard_B1s", "capacity": capacity},
        "identity": {"type": "SystemAssigned"},
        "properties": {"upgradePolicy": {"mode": mode}, "virtualMachineProfile": {}}, **more})
    assert answer.status in (200, 201), answer
    return answer.json()


def put_identities(arm, group, count):
    """The block of a body that assigns so many new ones."""
    made = [arm.put(f"{group}{IDENTITIES}/i{i}", {"location": "westeurope"}).json()["id"]
            for i in range(count)]
    return {"type": "UserAssigned", "userAssignedIdentities": {one: {} for one in made}}


def extension(port, **more):
    return {"location": "westeurope", "properties": {
        "publisher": "Microsoft.ManagedIdentity", "type": "ManagedIdentityExtensionForLinux",
        "typeHandlerVersion": "1.0", "autoUpgradeMinorVersion": True, "settings": {"port": port},
        "protectedSettings": {"secret": "never-shown"}, **more}}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def ask_extension(port):
    return rawhttp.ask(("127.0.0.1", port), "POST", "/oauth2/token",
                       headers={"Metadata": "true",
                                "Content-Type": "application/x-www-form-urlencoded"},
                       body="resource=https%3A%2F%2Fmanagement.azure.com%2F")


def answers(port):
    """Whether an extension answers there at all."""
    try:
        return ask_extension(port).status in (200, 400)
    except ConnectionRefusedError:
        return False


def ask_imds(service, query="", index=0):
    """A token for the listener's machine; another resource each time, so that no cache answers."""
    return rawhttp.ask(service.endpoint("imds", index).address, headers={"Metadata": "true"},
                       target=f"{TOKEN_PATH}?api-version=2018-02-01"
                              f"&resource=https://{uuid.uuid4()}.example{query}")
