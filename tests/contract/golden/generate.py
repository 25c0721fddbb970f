# SPDX-License-Identifier: Apache-2.0
"""Makes instance-VERSION.json, the document that machine.json stands for in each api-version.

    /usr/bin/python3 generate.py

Written from the documented list of fields, by itself: it knows nothing of the program. Run it once
when Azure documents a field or a version, read what has changed, and only then teach the program.
"""

import json
from pathlib import Path

HERE = Path(__file__).parent
VERSIONS = """
    2017-04-02 2017-08-01 2017-10-01 2017-12-01 2018-02-01 2018-04-02 2018-10-01 2019-02-01
    2019-03-11 2019-04-30 2019-06-01 2019-06-04 2019-08-01 2019-08-15 2019-11-01 2020-06-01
    2020-07-15 2020-09-01 2020-10-01 2020-12-01 2021-01-01 2021-02-01 2021-03-01 2021-05-01
    2021-08-01 2021-10-01 2021-11-01 2021-11-15 2021-12-13 2023-07-01 2023-11-15 2024-03-15
    2024-07-17 2025-04-07""".split()

# What each version brought. A name stands for all that is in it, except for what comes later.
BROUGHT = {
    "2017-04-02": "network compute/location compute/name compute/offer compute/osType "
                  "compute/platformFaultDomain compute/platformUpdateDomain compute/publisher "
                  "compute/sku compute/version compute/vmId compute/vmSize",
    "2017-08-01": "compute/placementGroupId compute/resourceGroupName compute/subscriptionId "
                  "compute/tags",
    "2017-12-01": "compute/vmScaleSetName compute/zone",
    "2018-04-02": "compute/plan compute/publicKeys",
    "2018-10-01": "compute/azEnvironment compute/provider",
    "2019-02-01": "compute/customData",
    "2019-03-11": "compute/resourceId",
    "2019-06-01": "compute/storageProfile",
    "2019-06-04": "compute/tagsList",
    "2020-06-01": "compute/isHostCompatibilityLayerVm compute/securityProfile",
    "2020-07-15": "compute/osProfile",
    "2020-09-01": "compute/licenseType",
    "2020-10-01": "compute/osProfile/disablePasswordAuthentication",
    "2020-12-01": "compute/evictionPolicy compute/priority",
    "2021-01-01": "compute/userData",
    "2021-02-01": "compute/storageProfile/resourceDisk",
    "2021-03-01": "compute/extendedLocation compute/virtualMachineScaleSet",
    "2021-05-01": "compute/storageProfile/dataDisks/bytesPerSecondThrottle "
                  "compute/storageProfile/dataDisks/diskCapacityBytes "
                  "compute/storageProfile/dataDisks/isSharedDisk "
                  "compute/storageProfile/dataDisks/isUltraDisk "
                  "compute/storageProfile/dataDisks/opsPerSecondThrottle",
    "2021-10-01": "compute/platformSubFaultDomain",
    "2021-11-01": "compute/additionalCapabilities compute/securityProfile/encryptionAtHost",
    "2021-11-15": "compute/host compute/hostGroup",
    "2021-12-13": "compute/securityProfile/securityType",
    "2023-07-01": "compute/storageProfile/imageReference/communityGalleryImageId "
                  "compute/storageProfile/imageReference/exactVersion "
                  "compute/storageProfile/imageReference/sharedGalleryImageId",
    "2023-11-15": "compute/physicalZone",
}
FIRST = {path: version for version, paths in BROUGHT.items() for path in paths.split()}

# What the machine is, whatever its profile says; `{vmId}` is for the test to fill in.
IS = {
    "azEnvironment": "AzurePublicCloud",
    "location": "westeurope",
    "name": "golden",
    "provider": "Microsoft.Compute",
    "resourceGroupName": "rg1",
    "resourceId": "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/rg1/"
                  "providers/Microsoft.Compute/virtualMachines/golden",
    "subscriptionId": "11111111-1111-1111-1111-111111111111",
    "tags": "team:web;note:a;b:c",
    "vmId": "{vmId}",
}


def first_version(path):
    """Of the nearest name at or above `path` that the list has; none for what only holds names."""
    while path:
        if path in FIRST:
            return FIRST[path]
        path = path.rpartition("/")[0]
    return "2017-04-02"


def as_of(version, value, path=""):
    if isinstance(value, list):
        return [as_of(version, element, path) for element in value]
    if not isinstance(value, dict):
        return value
    inner = {name: f"{path}/{name}".lstrip("/") for name in value}
    return {name: as_of(version, value[name], inner[name])
            for name in sorted(value) if first_version(inner[name]) <= version}


def main():
    whole = json.loads((HERE / "machine.json").read_text(encoding="utf-8"))
    whole["compute"].update(IS)
    for version in VERSIONS:
        text = json.dumps(as_of(version, whole), indent=1)
        (HERE / f"instance-{version}.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
