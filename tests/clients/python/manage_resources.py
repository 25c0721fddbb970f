# SPDX-License-Identifier: Apache-2.0
"""A story with the management SDKs, in two parts: `manage_resources.py up|down`.

What it works on is in MANAGE, as JSON; what each operation gave is printed as one JSON object.
"""

import json
import os
import sys

from azure.core.exceptions import ResourceNotFoundError
from azure.identity import ClientSecretCredential
from azure.mgmt.compute import ComputeManagementClient
from azure.mgmt.msi import ManagedServiceIdentityClient
from azure.mgmt.resource import ResourceManagementClient

GIVEN = json.loads(os.environ["MANAGE"])
GROUP, TYPE, LOCATION = GIVEN["group"], "ManagedIdentityExtensionForLinux", "westeurope"
# The authority in the shape of an ADFS: what it says of itself has the address that it was asked at.
CREDENTIAL = ClientSecretCredential("adfs", GIVEN["client"], GIVEN["secret"],
                                    authority=GIVEN["url"])


def client(kind):
    return kind(CREDENTIAL, GIVEN["subscription"], base_url=GIVEN["url"],
                credential_scopes=[f"{GIVEN['url']}/.default"])


resources, compute, identities = (client(kind) for kind in (
    ResourceManagementClient, ComputeManagementClient, ManagedServiceIdentityClient))


def up():
    done = {"group": resources.resource_groups.create_or_update(
        GROUP, {"location": LOCATION}).as_dict()}
    done["groupExists"] = resources.resource_groups.check_existence(GROUP)
    made = identities.user_assigned_identities.create_or_update(
        GROUP, "worker", {"location": LOCATION})
    done["identity"] = {"id": made.id, "clientId": made.client_id,
                        "principalId": made.principal_id}
    compute.virtual_machines.begin_create_or_update(GROUP, "vm", {
        "location": LOCATION, "hardware_profile": {"vm_size": "Standard_B1s"}}).result()
    compute.virtual_machines.begin_update(GROUP, "vm", {"identity": {
        "type": "UserAssigned", "user_assigned_identities": {made.id: {}}}}).result()
    compute.virtual_machine_extensions.begin_create_or_update(GROUP, "vm", TYPE, {
        "location": LOCATION, "publisher": "Microsoft.ManagedIdentity",
        "type_properties_type": TYPE, "type_handler_version": "1.0",
        "settings": {"port": GIVEN["port"]}}).result()
    listed = compute.virtual_machine_extensions.list(GROUP, "vm")
    done["extensions"] = [one.name for one in listed.value]
    done["machines"] = [one.name for one in compute.virtual_machines.list(GROUP)]
    view = compute.virtual_machines.get(GROUP, "vm", expand="instanceView").instance_view
    done["power"] = view.statuses[1].code
    compute.virtual_machine_scale_sets.begin_create_or_update(GROUP, "fleet", {
        "location": LOCATION, "sku": {"name": "Standard_B1s", "capacity": 2},
        "upgrade_policy": {"mode": "Manual"}, "virtual_machine_profile": {}}).result()
    compute.virtual_machine_scale_set_extensions.begin_create_or_update(GROUP, "fleet", TYPE, {
        "publisher": "Microsoft.ManagedIdentity", "type_properties_type": TYPE,
        "type_handler_version": "1.0", "settings": {"port": GIVEN["port"]}}).result()
    done["scaleSetExtensions"] = [
        one.name for one in compute.virtual_machine_scale_set_extensions.list(GROUP, "fleet")]
    return done


def down():
    done = {"extensionGone": compute.virtual_machine_extensions.begin_delete(
        GROUP, "vm", TYPE).result()}
    try:
        compute.virtual_machines.get(GROUP, "none")
    except ResourceNotFoundError as error:
        done["missing"] = {"code": error.error.code, "statusCode": error.status_code}
    compute.virtual_machines.begin_delete(GROUP, "vm").result()
    identities.user_assigned_identities.delete(GROUP, "worker")
    resources.resource_groups.begin_delete(GROUP).result()
    done["groupExists"] = resources.resource_groups.check_existence(GROUP)
    return done


print(json.dumps({"up": up, "down": down}[sys.argv[1]]()))
