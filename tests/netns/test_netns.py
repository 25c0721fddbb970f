# SPDX-License-Identifier: Apache-2.0
"""Way `netns`: whoever calls inside a namespace is the machine that the namespace is attached to."""

import pytest
from lab import HEADERS, IMDS, is_ended, run, wait_until

from harness.openimds import CliError


@pytest.fixture
def two(lab):
    for number in (1, 2):
        lab.machine(f"web{number}")
        net = lab.net(f"box{number}")
        setattr(lab, f"box{number}", net)
        lab.attach(f"web{number}", "--netns", net.name)
    return lab


def test_each_namespace_is_its_own_machine_without_any_network(two):
    assert two.box1.token_machine() == "web1"
    assert two.box2.token_machine() == "web2"
    assert two.box1.get("/openimds/whois").json()["way"] == "netns"


def test_the_service_itself_stays_where_it_was(two):
    assert not two.host.reaches()


def test_detaching_ends_it_at_once(two):
    with two.box1.connect() as connection:
        assert connection.ask("GET", "/openimds/whois", host=IMDS, headers=HEADERS).status == 200
        two.detach("web1", "--netns", two.box1.name)
        assert is_ended(connection)
    assert not two.box1.reaches()
    assert two.box2.who() == "web2"


def test_a_namespace_made_again_under_its_name_is_served_within_a_second(two):
    two.box1.remove()
    two.box1.make()
    wait_until(lambda: two.box1.is_answered(timeout=0.1), 1.0, "an answer in the new namespace")
    assert two.box1.token_machine() == "web1"


def test_it_survives_a_restart(two):
    two.service.restart()
    assert (two.box1.who(), two.box2.who()) == ("web1", "web2")


def neighbour_of(lab, net):
    """Somebody on the same link who makes the namespace its router to the service's address."""
    other = lab.net("neighbour")
    run("ip", "link", "add", "eth1", "netns", net.name, "type", "veth", "peer", "name", "eth0",
        "netns", other.name)
    for one, device, address in ((net, "eth1", "172.17.0.1/16"), (other, "eth0", "172.17.0.2/16")):
        one.ip("addr", "add", address, "dev", device)
        one.ip("link", "set", device, "up")
    other.ip("route", "add", f"{IMDS}/32", "via", "172.17.0.1")
    return other


def test_a_neighbour_that_makes_a_namespace_its_router_gets_nothing(two):
    """The service's address is local there: no packet is forwarded, so no hop is counted."""
    neighbour = neighbour_of(two, two.box1)
    assert not neighbour.is_answered()
    assert two.box1.who() == "web1"
    # Red without the defence.
    two.attach("web1", "--netns", two.box1.name, "--allow-forwarded")
    assert neighbour.who() == "web1"
    two.attach("web1", "--netns", two.box1.name)
    assert not neighbour.is_answered()


@pytest.mark.parametrize("place", ["/proc/1/ns/net", "../x", "/run/netns/"])
def test_what_is_no_name_of_a_namespace_is_refused(lab, place):
    lab.machine("web1")
    with pytest.raises(CliError) as refused:
        lab.attach("web1", "--netns", place)
    assert refused.value.code == "control.argument_invalid"


def test_a_path_and_a_name_are_one_claim(two):
    with pytest.raises(CliError) as refused:
        two.attach("web2", "--netns", f"/var/run/netns/{two.box1.name}")
    assert refused.value.code == "registry.exists"
