# SPDX-License-Identifier: Apache-2.0
"""What each way needs of the kernel: the service as a user of its own, with these capabilities and no
others, and no way to more."""

import os
import signal

import pytest
from lab import Lab

USER = 61234


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
        status = open(f"/proc/{lab.service.pid}/status", encoding="utf-8").read()
        facts = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
        assert set(facts["Uid"].split()) == {str(USER)}
        assert facts["NoNewPrivs"] == "1"
        assert facts["Seccomp"] == "2", "a filter of system calls"


def test_without_the_right_to_the_port_a_guest_waits_and_is_told_why():
    with UnprivilegedLab() as lab:
        lab.host.sysctl(ip_unprivileged_port_start=1024)
        lab.machine("web1")
        guest = lab.net("guest")
        lab.link(guest, "tap1")
        answer = lab.attach("web1", "--interface", "tap1", expect="waiting")
        assert "ermission denied" in answer["waitsFor"]
        assert not guest.reaches()
