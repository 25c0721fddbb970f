# SPDX-License-Identifier: Apache-2.0
"""Another program takes the service's place while guests of every way call: each goes on being who
it was, no request is lost, and nobody is taken for another."""

import contextlib
import os
import shutil
import signal
import socket

import pytest
from lab import HEADERS, IMDS, Lab

from harness.callers import Callers, patient

LISTENERS = [{"protocol": "imds", "address": "127.0.0.1:50341"},
             {"protocol": "authority", "address": "127.0.0.1:50343"}]


def callers(connect, machine):
    def expect(response):
        if response.status != 200:
            return f"{machine}: {response.status} {response.text}"
        who = response.json()["machine"]
        return None if who == machine else f"{machine} was taken for {who}"
    return Callers(
        connect, lambda connection: connection.ask(target="/openimds/whois", host=IMDS,
                                                   headers=HEADERS), expect, count=2)


def hand_over(lab):
    count = len(lab.service.events("service.ready"))
    lab.service.signal(signal.SIGUSR2)
    lab.service.said("service.ready", count + 1)


def bridge(lab):
    lab.bridge("br0", "10.1.0.1/24")
    for number in (1, 2):
        net = lab.net(f"port{number}")
        lab.link(net, f"vnet{number}", f"10.1.0.{number + 3}/24", gateway=None)
        net.ip("route", "add", "default", "via", "10.1.0.1")
        lab.host.ip("link", "set", f"vnet{number}", "master", "br0")
        yield f"port{number}", ("--bridge-port", f"vnet{number}"), in_namespace(net)


def in_namespace(net):
    return lambda: net.enter(lambda: patient((IMDS, 80)))


def guests(lab):
    """Their machines' names, places and connections; two have the same address on purpose."""
    for number in (1, 2):
        net = lab.guest(f"tap{number}", f"tap{number}")
        yield f"tap{number}", ("--interface", f"tap{number}"), in_namespace(net)
    routed = lab.net("routed")
    lab.link(routed, "veth5", "10.5.0.4/24", gateway="10.5.0.1")
    yield "routed", ("--ip", "10.5.0.4"), in_namespace(routed)
    inside = lab.net("inside")
    yield "inside", ("--netns", inside.path), in_namespace(inside)
    socket_path = str(lab.service.folder / "process.sock")
    yield "process", ("--unix", socket_path), lambda: patient(socket_path)
    if shutil.which("nft"):
        yield from bridge(lab)


def test_guests_of_every_way_lose_no_request_and_stay_who_they_are():
    with Lab(listeners=LISTENERS) as lab, contextlib.ExitStack() as calling:
        loads = []
        for machine, place, connect in guests(lab):
            lab.machine(machine)
            lab.attach(machine, *place)
            loads.append(calling.enter_context(callers(connect, machine)))
        for _ in range(3):
            for load in loads:
                load.wait_for_more(20)
            hand_over(lab)
        for load in loads:
            load.wait_for_more(20)
        calling.close()
        assert [wrong for load in loads for wrong in load.lost] == []
        assert lab.service.events("service.sockets_unclaimed") == []


@pytest.mark.skipif(not shutil.which("nft"), reason="nft is not installed")
def test_marks_keep_their_meaning_for_those_who_wait():
    """The older of two ports is released: with marks given anew, the other would have its mark."""
    with Lab(listeners=LISTENERS) as lab:
        ports = {}
        for machine, place, connect in bridge(lab):
            lab.machine(machine)
            lab.attach(machine, *place)
            ports[machine] = connect
        lab.detach("port1", "--bridge-port", "vnet1")
        with callers(ports["port2"], "port2") as load:
            load.wait_for_more(10)
            hand_over(lab)
            load.wait_for_more(10)
        assert load.lost == []
        assert not os.path.exists(lab.service.state_dir / "bridge-marks.json")


def test_a_device_made_anew_meanwhile_is_nobodys_until_it_is_looked_at():
    """A socket that was passed on is for the device of its time, not for the next of that name."""
    with Lab(listeners=LISTENERS) as lab:
        lab.machine("web1")
        guest = lab.guest("first", "tap1")
        lab.attach("web1", "--interface", "tap1")
        assert guest.who() == "web1"
        lab.service.signal(signal.SIGSTOP)
        lab.service.signal(signal.SIGUSR2)
        lab.host.ip("link", "del", "tap1")
        second = lab.net("second")
        lab.link(second, "tap1", gateway=None)
        lab.host.ip("addr", "add", "10.0.0.1/24", "dev", "tap1")
        second.ip("route", "add", "default", "via", "10.0.0.1")
        lab.service.signal(signal.SIGCONT)
        lab.service.said("service.ready", 2)
        assert second.who() == "web1", "the name is what is attached"


def supervised(lab, sockets):
    """The service's next start gets these sockets, as systemd would give them."""
    moves = "".join(f"exec {3 + number}<&{one.fileno()}; " for number, one in enumerate(sockets))
    lab.service.pass_fds = tuple(one.fileno() for one in sockets)
    lab.service.prefix += ["bash", "-c", f'{moves} LISTEN_FDS={len(sockets)} LISTEN_PID=$$ '
                                         'exec "$@"', "bash"]


def test_a_supervisors_socket_for_one_guests_interface_is_taken():
    """It has SO_BINDTODEVICE, and a guest that asked before the service ran is answered."""
    with Lab(listeners=LISTENERS) as lab:
        lab.machine("web1")
        guest = lab.guest("guest", "tap1")
        lab.attach("web1", "--interface", "tap1")
        lab.service.stop()

        def listen():
            made = socket.socket()
            made.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"tap1")
            made.bind((IMDS, 80))
            made.listen(16)
            return made
        with lab.host.enter(listen) as given, in_namespace(guest)() as waiting:
            supervised(lab, [given])
            lab.service.start()
            answer = waiting.ask(target="/openimds/whois", host=IMDS, headers=HEADERS)
            assert (answer.status, answer.json()["machine"]) == (200, "web1")
            assert lab.service.events("service.sockets_unclaimed") == []
