# SPDX-License-Identifier: Apache-2.0
"""cloud-init's Azure data source, whole, as it runs at a machine's first boot: what it made of IMDS
goes to stdout as JSON.

Replaced are only the parts that are not about IMDS: the firmware's tags, DHCP, the provisioning
disk, and the reports to the fabric.
"""

import json
import sys
import tempfile
from pathlib import Path

CLIENTS = Path(__file__).parent.parent
sys.path[:0] = [str(CLIENTS), str(CLIENTS.parent)]
from client_program import in_namespace  # noqa: E402

assert in_namespace(), "refused: cloud-init calls the link-local address"

from cloudinit import distros, helpers  # noqa: E402
from cloudinit.sources import DataSourceAzure as azure  # noqa: E402

VM_ID = sys.argv[1]


def data_source():
    folder = tempfile.mkdtemp()
    paths = helpers.Paths({"cloud_dir": folder, "run_dir": folder, "templates_dir": folder})
    settings = {"datasource": {"Azure": {"data_dir": f"{folder}/waagent"}}}
    return azure.DataSourceAzure(settings, distros.fetch("debian")("debian", {}, paths), paths)


def without_a_fabric():
    source = azure.DataSourceAzure
    azure.ChassisAssetTag.query_system = classmethod(lambda cls: cls.AZURE_CLOUD)
    azure.dmi.read_dmi_data = lambda key: VM_ID
    azure.list_possible_azure_ds = lambda *_: iter(["/dev/none"])
    source._setup_ephemeral_networking = lambda self, **_: None
    source._is_ephemeral_networking_up = lambda self: True
    source._determine_wireserver_pubkey_info = lambda self, **_: []
    source._report_ready = lambda self, **_: None


def main():
    without_a_fabric()
    source = data_source()
    json.dump({
        "found": source.get_data(),
        "platform": source.subplatform,
        "hostname": source.metadata.get("local-hostname"),
        "region": source.region,
        "zone": source.availability_zone,
        "instance_id": source.get_instance_id(),
        "user": source.cfg["system_info"]["default_user"]["name"],
        "keys": source.get_public_ssh_keys(),
        "network": source.network_config,
        "user_data": (source.get_userdata_raw() or b"").decode(),
    }, sys.stdout)


main()
