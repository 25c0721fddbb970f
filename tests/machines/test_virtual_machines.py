# SPDX-License-Identifier: Apache-2.0
"""Two real virtual machines with the same address, the same MAC and the same questions: each is
itself, by the tap that it hangs on."""

import pytest
from lab import Lab
from virtual_machine import VirtualMachine, body_of, make_initramfs

from harness import jwt

WHOIS = "/openimds/whois"
NAME = "/metadata/instance/compute/name?api-version=2021-02-01&format=text"
TOKEN = ("/metadata/identity/oauth2/token?api-version=2018-02-01"
         "&resource=https://management.azure.com/")


@pytest.fixture
def host():
    with Lab() as lab:
        for number in (1, 2):
            tap = f"vnet{number}"
            lab.machine(f"web{number}")
            lab.host.exec("ip", "tuntap", "add", "dev", tap, "mode", "tap")
            lab.host.ip("addr", "add", "10.0.9.1/24", "dev", tap)
            lab.host.ip("link", "set", tap, "up")
            lab.attach(f"web{number}", "--interface", tap)
        yield lab


def test_two_machines_with_one_address_are_told_apart(host, tmp_path):
    initramfs = make_initramfs(tmp_path, [WHOIS, NAME, TOKEN])
    machines = [VirtualMachine(host.host, f"vnet{number}", initramfs, "10.0.9.4/24", "10.0.9.1",
                               "00:0d:3a:00:00:09") for number in (1, 2)]
    try:
        for number, machine in enumerate(machines, 1):
            answers = machine.wait()
            assert answers, machine.console
            who = body_of(answers, WHOIS)
            assert (who["machine"], who["way"]) == (f"web{number}", "interface")
            assert answers[NAME] == (200, f"web{number}")
            claims = jwt.read(body_of(answers, TOKEN)["access_token"])[1]
            assert claims["xms_mirid"].endswith(f"/web{number}")
    finally:
        for machine in machines:
            machine.kill()
