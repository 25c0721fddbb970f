# SPDX-License-Identifier: Apache-2.0
"""The Linux agent's own client of IMDS: its compute information and its health check, as JSON."""

import json
import sys
from pathlib import Path

CLIENTS = Path(__file__).parent.parent
sys.path[:0] = [str(CLIENTS), str(CLIENTS.parent)]
from client_program import in_namespace  # noqa: E402

assert in_namespace(), "refused: the agent calls the link-local address"

from azurelinuxagent.common.protocol.imds import ImdsClient  # noqa: E402
from azurelinuxagent.common.utils import restutil  # noqa: E402

WIRE_SERVER = "168.63.129.16"


restutil._compute_delay = lambda **_: 0  # it asks as often as ever, without the pauses between


def main():
    client = ImdsClient(WIRE_SERVER)
    compute = client.get_compute()
    healthy, problem = client.validate()
    json.dump({"location": compute.location, "name": compute.name, "vmId": compute.vmId,
               "vmSize": compute.vmSize, "image": compute.image_info, "origin": compute.image_origin,
               "healthy": healthy, "problem": problem}, sys.stdout)


main()
