# SPDX-License-Identifier: Apache-2.0
"""What runs in a guest and asks IMDS about the machine: cloud-init, the Linux agent, curl, MSAL.

Runs in the network namespace of in_namespace.sh: the service listens on 169.254.169.254:80, or
where the agent goes when nobody does.
"""

import base64
import contextlib
import json
import subprocess
import sys

import pytest

from client_program import HERE, clean_environment, in_namespace
from harness.openimds import Service

pytestmark = pytest.mark.skipif(not in_namespace(), reason="run it through in_namespace.sh")

UNPACKED = HERE / "guest/unpacked/usr/lib/python3/dist-packages"
VM_ID = "5a1e6d4c-0000-4000-8000-000000000001"
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGd1ZXN0LWtleS1mb3ItYS10ZXN0LW9ubHktMDAwMDAw guest"
USER_DATA = "#cloud-config\nhostname: from-user-data\n"
PROFILE = {
    "compute": {
        "vmSize": "Standard_B2s", "zone": "2", "platformFaultDomain": "1",
        "publisher": "Debian", "offer": "debian-12", "sku": "12-gen2", "version": "0.20240102.1",
        "osProfile": {"adminUsername": "gordon", "computerName": "guest-7",
                      "disablePasswordAuthentication": "true"},
        "publicKeys": [{"keyData": KEY, "path": "/home/gordon/.ssh/authorized_keys"}],
        "userData": base64.b64encode(USER_DATA.encode()).decode(),
    },
    "network": {"interface": [
        {"macAddress": "000D3ABEEF01",
         "ipv4": {"ipAddress": [{"privateIpAddress": "10.0.0.7"}, {"privateIpAddress": "10.0.0.8"}],
                  "subnet": [{"address": "10.0.0.0", "prefix": "26"}]},
         "ipv6": {"ipAddress": [{"privateIpAddress": "fd00::7"}]}},
        {"macAddress": "000D3ABEEF02",
         "ipv4": {"ipAddress": [{"privateIpAddress": "10.0.1.7"}],
                  "subnet": [{"address": "10.0.1.0", "prefix": "24"}]}}]},
}
LINK_LOCAL = "169.254.169.254:80"
WIRE_SERVER = "168.63.129.16:80"


@pytest.fixture(scope="module")
def profile(tmp_path_factory):
    file = tmp_path_factory.mktemp("profile") / "machine.json"
    file.write_text(json.dumps(PROFILE), encoding="utf-8")
    return file


@contextlib.contextmanager
def serve(address, profile):
    listener = {"protocol": "imds", "address": address, "machine": "guest"}
    with Service(listeners=[listener]) as service:
        service.cli("machine", "create", "guest", "--vm-id", VM_ID, "--file", str(profile))
        yield service


@pytest.fixture
def service(profile):
    with serve(LINK_LOCAL, profile) as running:
        yield running


def run(folder, *command):
    environment = clean_environment(folder, {"PYTHONPATH": str(UNPACKED)})
    done = subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True,
                          timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def run_guest(folder, program, *arguments):
    assert UNPACKED.is_dir(), "run tests/clients/install.sh first"
    return json.loads(run(folder, sys.executable, HERE / "guest" / program, *arguments))


def test_cloud_init_sets_a_machine_up_by_what_imds_says(service, tmp_path):
    seen = run_guest(tmp_path, "cloud_init.py", VM_ID.upper())
    assert (seen["found"], seen["platform"]) == (True, "imds (IMDS)")
    assert (seen["hostname"], seen["region"], seen["zone"]) == ("guest-7", "westeurope", "1")
    assert seen["user"] == "gordon"
    assert seen["keys"] == [KEY]
    assert seen["user_data"] == USER_DATA
    assert seen["instance_id"].lower() == VM_ID


def test_cloud_init_makes_its_network_configuration_of_our_interfaces(service, tmp_path):
    [first, second] = run_guest(tmp_path, "cloud_init.py", VM_ID)["network"]["ethernets"].values()
    assert first["match"]["macaddress"] == "00:0d:3a:be:ef:01"
    assert sorted(first["addresses"]) == ["10.0.0.8/26"]  # the first address comes by DHCP
    assert (first["dhcp4"], first["dhcp6"]) == (True, True)
    assert second["match"]["macaddress"] == "00:0d:3a:be:ef:02"
    assert (second["dhcp4"], second["dhcp6"]) == (True, False)


def check_agent(seen):
    assert (seen["healthy"], seen["problem"]) == (True, "")
    assert (seen["location"], seen["name"]) == ("westeurope", "guest")
    assert (seen["vmId"], seen["vmSize"]) == (VM_ID, "Standard_B2s")
    assert seen["image"] == "Debian:debian-12:12-gen2:0.20240102.1"


def test_the_linux_agent_finds_its_machine_healthy(service, tmp_path):
    check_agent(run_guest(tmp_path, "waagent.py"))


def test_the_linux_agent_finds_no_fault_with_a_machine_that_says_nothing(tmp_path):
    with Service(listeners=[{"protocol": "imds", "address": LINK_LOCAL}]):
        seen = run_guest(tmp_path, "waagent.py")
    assert (seen["healthy"], seen["problem"], seen["name"]) == (True, "", "vm1")


def test_the_linux_agent_falls_back_to_the_wire_server(profile, tmp_path):
    with serve(WIRE_SERVER, profile):
        check_agent(run_guest(tmp_path, "waagent.py"))


def test_curl_reads_the_document_and_a_value_of_it(service, tmp_path):
    url = "http://169.254.169.254/metadata/instance"
    curl = ("curl", "-sS", "-H", "Metadata:true", "--noproxy", "*")
    document = json.loads(run(tmp_path, *curl, f"{url}?api-version=2021-02-01"))
    assert document["compute"]["vmId"] == VM_ID
    assert [[address["privateIpAddress"] for address in interface["ipv4"]["ipAddress"]]
            for interface in document["network"]["interface"]] == [["10.0.0.7", "10.0.0.8"],
                                                                   ["10.0.1.7"]]
    mac = f"{url}/network/interface/1/macAddress?api-version=2017-04-02&format=text"
    assert run(tmp_path, *curl, mac) == "000D3ABEEF02"


def test_msal_finds_its_region(service, node, tmp_path):
    hosts = json.loads(run(tmp_path, *node("detect_region.mjs")))
    assert hosts[-1] == "westeurope.login.microsoft.com"
    assert hosts.count("169.254.169.254") == 1
