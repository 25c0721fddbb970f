# SPDX-License-Identifier: Apache-2.0
"""What each way needs of the kernel: the service as a user of its own, with these capabilities and no
others, and no way to more."""

import os
import signal
from pathlib import Path

import pytest
from lab import Lab

USER = 61234
NETWORK = 1 << 10 | 1 << 12 | 1 << 21  # NET_BIND_SERVICE, NET_ADMIN, SYS_ADMIN


class UnprivilegedLab(Lab):
    def __init__(self, *capabilities):
        super().__init__(listeners=[{"protocol": "imds", "address": "127.0.0.1:50341"}])
        self.capabilities = capabilities

    def make_service(self):
        service = super().make_service()
        listed = ",".join(f"+{name}" for name in self.capabilities)
        granted = [f"--inh-caps={listed}", f"--ambient-caps={listed}"] if listed else []
        service.prefix += ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups",
                           "--no-new-privs", *granted, "--"]
        os.chown(service.folder, USER, USER)
        return service


def bits(mask):
    return int(mask, 16).bit_count()


def facts_of_threads(pid):
    for task in Path(f"/proc/{pid}/task").iterdir():
        lines = (task / "status").read_text(encoding="utf-8").splitlines()
        yield dict(line.split(":\t", 1) for line in lines if ":\t" in line)


def test_root_too_puts_aside_what_only_doors_need():
    with Lab() as lab:
        for facts in facts_of_threads(lab.service.pid):
            assert int(facts["CapEff"], 16) & NETWORK == 0
            assert int(facts["CapPrm"], 16) & NETWORK == NETWORK


@pytest.mark.parametrize("capabilities, place, makes", [
    (("net_bind_service",), ("--interface", "tap1"), "link"),
    (("net_bind_service",), ("--ip", "10.0.0.4"), "link"),
    (("net_bind_service", "net_admin"), ("--bridge-port", "tap1"), "port"),
    (("net_bind_service", "net_admin", "sys_admin"), ("--netns", "guest"), "namespace"),
], ids=["interface", "source_ip", "bridge_port", "netns"])
def test_a_way_works_with_what_its_page_says_that_it_needs(capabilities, place, makes):
    with UnprivilegedLab(*capabilities) as lab:
        lab.machine("web1")
        guest = lab.net("guest")
        if makes == "link":
            lab.link(guest, "tap1")
        elif makes == "port":
            lab.bridge("br0", "10.0.0.1/24")
            lab.link(guest, "tap1", gateway=None)
            guest.ip("route", "add", "default", "via", "10.0.0.1")
            lab.host.ip("link", "set", "tap1", "master", "br0")
        else:
            place = ("--netns", guest.path)
        lab.attach("web1", *place)
        assert guest.token_machine() == "web1"
        count = len(lab.service.events("service.ready"))
        lab.service.signal(signal.SIGUSR2)
        lab.service.said("service.ready", count + 1)
        assert guest.token_machine() == "web1", "another program has taken its place"
        for facts in facts_of_threads(lab.service.pid):
            assert set(facts["Uid"].split()) == {str(USER)}
            assert facts["NoNewPrivs"] == "1"
            assert facts["Seccomp"] == "2", "a filter of system calls"
            assert bits(facts["CapPrm"]) == len(capabilities)
            assert bits(facts["CapEff"]) == bits(facts["CapAmb"]) == 0, "put aside until needed"


def test_without_the_right_to_the_port_a_guest_waits_and_is_told_why():
    with UnprivilegedLab() as lab:
        lab.host.sysctl(ip_unprivileged_port_start=1024)
        lab.machine("web1")
        guest = lab.net("guest")
        lab.link(guest, "tap1")
        answer = lab.attach("web1", "--interface", "tap1", expect="waiting")
        assert "ermission denied" in answer["waitsFor"]
        assert not guest.reaches()
