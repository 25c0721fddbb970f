# SPDX-License-Identifier: Apache-2.0
"""A host, its guests and what is behind them, each a network namespace that a test makes and removes.
None has a way out: 169.254.169.254 is an address of the test's own host, and of nothing else.

    with Lab() as lab:
        lab.machine("vm1")
        guest = lab.guest("vm1-net", "tap1", "10.0.0.4")
        lab.attach("vm1", "--interface", "tap1")
        assert guest.who() == "vm1"
"""

import ctypes
import itertools
import json
import os
import subprocess
import threading

from harness import jwt, rawhttp
from harness.openimds import TOKEN_PATH, Service
from harness.timing import scaled, wait_until

IMDS = "169.254.169.254"
ADDRESS = (IMDS, 80)
RESOURCE = "https://management.azure.com/"
CLONE_NEWNET = 0x40000000
HEADERS = {"Metadata": "true"}
UNREACHABLE_AFTER = 1.0  # the packets go nowhere: nothing comes, however long one waits

_numbers = itertools.count(1)


def run(*command, check=True):
    return subprocess.run(command, capture_output=True, text=True, check=check)


class Net:
    """A named network namespace with `lo` up, for as long as the block lasts."""

    def __init__(self, label):
        self.name = f"oi-{os.getpid()}-{next(_numbers)}-{label}"
        self.path = f"/run/netns/{self.name}"

    def make(self):
        run("ip", "netns", "add", self.name)
        self.ip("link", "set", "lo", "up")
        return self

    def remove(self):
        run("ip", "netns", "del", self.name, check=False)

    def ip(self, *command, check=True):
        return run("ip", "-n", self.name, *command, check=check)

    def exec(self, *command, check=True):
        return run("nsenter", f"--net={self.path}", "--", *command, check=check)

    def sysctl(self, **values):
        for name, value in values.items():
            path = "/proc/sys/net/ipv4/" + name.replace("__", "/")
            self.exec("sh", "-c", f"echo {value} > {path}")

    def nft(self, rules):
        subprocess.run(["nsenter", f"--net={self.path}", "--", "nft", "-f", "-"], input=rules,
                       text=True, check=True)

    def enter(self, work):
        """Runs `work` on a thread inside: a socket belongs to where it was made."""
        result = []

        def body():
            try:
                with open(self.path, "rb") as there:
                    libc = ctypes.CDLL(None, use_errno=True)
                    if libc.setns(there.fileno(), CLONE_NEWNET) != 0:
                        raise OSError(ctypes.get_errno(), "setns")
                result.append((work(), None))
            except Exception as error:  # handed to whoever asked
                result.append((None, error))

        thread = threading.Thread(target=body)
        thread.start()
        thread.join()
        value, error = result[0]
        if error is not None:
            raise error
        return value

    def connect(self, address=ADDRESS, source=None, timeout=None):
        return self.enter(lambda: rawhttp.Connection(address, timeout=timeout, source=source))

    # As a guest.

    def get(self, target, address=ADDRESS, headers=None, timeout=None):
        with self.connect(address, timeout=timeout) as connection:
            return connection.ask("GET", target, host=IMDS, headers=headers or HEADERS)

    def who(self):
        """The machine that the service takes this guest for; None if for none."""
        response = self.get("/openimds/whois")
        return response.json()["machine"] if response.status == 200 else None

    def token(self):
        """The claims of a token, as a workload gets it."""
        response = self.get(f"{TOKEN_PATH}?api-version=2018-02-01&resource={RESOURCE}")
        assert response.status == 200, response
        return jwt.read(response.json()["access_token"])[1]

    def token_machine(self):
        return self.token()["xms_mirid"].rsplit("/", 1)[1]

    def reaches(self, address=ADDRESS, timeout=UNREACHABLE_AFTER):
        """Whether a connection to there is made at all."""
        try:
            self.connect(address, timeout=timeout).close()
            return True
        except OSError:
            return False

    def is_answered(self, timeout=UNREACHABLE_AFTER):
        """Whether a whole answer comes, whatever it says."""
        try:
            self.get("/openimds/whois", timeout=timeout)
            return True
        except (OSError, rawhttp.FramingError):
            return False


class Lab:
    """The host's namespace with the service in it. Networks made with net() go with it."""

    def __init__(self, settings=None, listeners=None, bare=False):
        """A `bare` host has not the metadata address yet."""
        self.nets = []
        self.bare = bare
        self.host = None
        self.service = None
        self.settings = settings or {}
        self.listeners = listeners or [{"protocol": "imds", "address": "127.0.0.1:50341"},
                                       {"protocol": "authority", "address": "127.0.0.1:50343"}]

    def __enter__(self):
        try:
            self.host = self.net("host")
            if not self.bare:
                self.host.ip("addr", "add", f"{IMDS}/32", "dev", "lo")
            self.service = self.make_service()
            self.service.__enter__()
        except BaseException:
            self._remove_nets()
            raise
        return self

    def make_service(self):
        return Service(listeners=self.listeners, settings=self.settings,
                       prefix=["nsenter", f"--net={self.host.path}", "--"])

    def __exit__(self, *what):
        try:
            self.service.__exit__(*what)
        finally:
            self._remove_nets()

    def _remove_nets(self):
        for net in self.nets:
            net.remove()

    def net(self, label):
        net = Net(label)
        self.nets.append(net)
        return net.make()

    # Guests.

    def link(self, net, device, address="10.0.0.4/24", gateway="10.0.0.1", mac=None):
        """A veth: `device` on the host, `eth0` in the guest."""
        run("ip", "link", "add", device, "netns", self.host.name, "type", "veth", "peer", "name",
            "eth0", "netns", net.name)
        if mac:
            net.ip("link", "set", "eth0", "address", mac)
        net.ip("link", "set", "eth0", "up")
        net.ip("addr", "add", address, "dev", "eth0")
        self.host.ip("link", "set", device, "up")
        if gateway:
            self.host.ip("addr", "add", f"{gateway}/24", "dev", device)
            net.ip("route", "add", "default", "via", gateway)

    def bridge(self, name, address):
        self.host.ip("link", "add", name, "type", "bridge")
        self.host.ip("addr", "add", address, "dev", name)
        self.host.ip("link", "set", name, "up")

    def guest(self, label, device, address="10.0.0.4/24"):
        net = self.net(label)
        self.link(net, device, address)
        return net

    def container(self, guest, masquerade=False):
        """What is behind a guest, as Docker's bridge would have it."""
        net = self.net("behind")
        run("ip", "link", "add", "eth1", "netns", guest.name, "type", "veth", "peer", "name",
            "eth0", "netns", net.name)
        guest.ip("link", "set", "eth1", "up")
        guest.ip("addr", "add", "172.17.0.1/16", "dev", "eth1")
        net.ip("link", "set", "eth0", "up")
        net.ip("addr", "add", "172.17.0.2/16", "dev", "eth0")
        net.ip("route", "add", "default", "via", "172.17.0.1")
        guest.sysctl(ip_forward=1)
        if masquerade:
            guest.nft("table ip nat {\nchain post {\ntype nat hook postrouting priority 100;\n"
                      'oifname "eth0" masquerade\n}\n}\n')
        return net

    # The operator.

    def cli(self, *arguments):
        return self.service.cli(*arguments)

    def machine(self, name):
        return self.cli("machine", "create", name, "--system-assigned")

    def attach(self, machine, *place, expect="listening"):
        answer = self.cli("machine", "attach", machine, *place)
        assert answer["state"] == expect, answer
        return answer

    def detach(self, machine, *place):
        return self.cli("machine", "detach", machine, *place)

    def refusals(self, reason):
        return [line for line in self.service.log_lines() if line.get("reason") == reason]


def is_ended(connection):
    """Whether the service has ended the connection, or the network has."""
    try:
        connection.expect_end(within=scaled(2))
        return True
    except (OSError, rawhttp.FramingError):
        return False


__all__ = ["ADDRESS", "HEADERS", "IMDS", "Lab", "Net", "is_ended", "json", "run", "wait_until"]
