# SPDX-License-Identifier: Apache-2.0
"""Way `bridge_port`: the port counts, whatever address or MAC is used on it."""

import shutil
import socket

import pytest
from lab import HEADERS, IMDS, is_ended, wait_until

from harness.openimds import CliError

pytestmark = pytest.mark.skipif(not shutil.which("nft"), reason="nft is not installed")

MAC = "00:0d:3a:00:00:0{}"


@pytest.fixture
def bridge(lab):
    """br0 with three ports: vnet1 and vnet2 are web1's and web2's, vnet3 is nobody's."""
    lab.bridge("br0", "10.0.0.1/24")
    for number in (1, 2, 3):
        net = lab.net(f"g{number}")
        lab.link(net, f"vnet{number}", f"10.0.0.{number + 3}/24", gateway=None,
                 mac=MAC.format(number))
        net.ip("route", "add", "default", "via", "10.0.0.1")
        lab.host.ip("link", "set", f"vnet{number}", "master", "br0")
        setattr(lab, f"g{number}", net)
    for number in (1, 2):
        lab.machine(f"web{number}")
        lab.attach(f"web{number}", "--bridge-port", f"vnet{number}")
    return lab


def test_ports_of_one_bridge_are_their_own_machines(bridge):
    assert bridge.g1.token_machine() == "web1"
    assert bridge.g2.token_machine() == "web2"
    assert bridge.g1.get("/openimds/whois").json()["way"] == "bridge_port"


def test_a_port_that_nobody_is_attached_to_is_refused_and_audited(bridge):
    assert bridge.g3.who() is None
    with bridge.g3.connect() as connection:
        target = ("/metadata/identity/oauth2/token?api-version=2018-02-01"
                  "&resource=https://management.azure.com/")
        assert connection.ask("GET", target, host=IMDS, headers=HEADERS).status >= 400
    wait_until(lambda: bridge.refusals("caller.not_attached"), 3, "the audit trail")


def steal(bridge, mac):
    """g3 takes g1's address, and its MAC if that is wanted; then everybody's tables say so."""
    bridge.g3.ip("addr", "flush", "dev", "eth0")
    if mac:
        bridge.g3.ip("link", "set", "eth0", "down")
        bridge.g3.ip("link", "set", "eth0", "address", MAC.format(1))
        bridge.g3.ip("link", "set", "eth0", "up")
    bridge.g3.ip("addr", "add", "10.0.0.4/24", "dev", "eth0")
    bridge.g3.ip("route", "replace", "default", "via", "10.0.0.1")
    bridge.host.ip("neigh", "replace", "10.0.0.4", "dev", "br0", "lladdr",
                   MAC.format(1 if mac else 3), "nud", "permanent")
    bridge.g3.is_answered(timeout=0.3)  # the bridge learns where that MAC is now


@pytest.mark.parametrize("mac", [False, True], ids=["address", "address and MAC"])
def test_a_thief_gets_nothing_of_its_victims(bridge, mac):
    steal(bridge, mac)
    target = "/openimds/whois"
    try:
        assert bridge.g3.get(target, timeout=1).status != 200
    except (OSError, AssertionError):
        pass  # not even an answer


def sniff_answers(bridge, seconds=1.0):
    """What g3 sees of packets from the service while g1 knocks, as its own MAC's or not."""
    def listen():
        raw = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0800))
        raw.bind(("eth0", 0))
        raw.settimeout(seconds)
        return raw
    with bridge.g3.enter(listen) as raw:
        bridge.g1.reaches(timeout=0.3)
        seen = 0
        try:
            while True:
                packet = raw.recv(2048)
                source, port = packet[26:30], packet[34:36]
                if source == socket.inet_aton(IMDS) and port == (80).to_bytes(2, "big"):
                    seen += 1
        except socket.timeout:
            return seen


def test_a_thief_does_not_even_see_the_answers_to_its_victim(bridge):
    steal(bridge, mac=False)
    bridge.g3.ip("addr", "flush", "dev", "eth0")  # it only listens now
    assert sniff_answers(bridge) == 0
    # Red without the defence: the neighbour table sends the victim's answers to the thief.
    bridge.host.exec("nft", "flush", "chain", "bridge", "openimds", "to_guests")
    assert sniff_answers(bridge) > 0


def test_without_marks_nobody_is_anybody(bridge):
    """Red: the mark is what tells; without it callers are refused, not guessed."""
    bridge.host.exec("nft", "flush", "chain", "bridge", "openimds", "from_guests")
    assert bridge.g1.who() is None


def test_a_mark_that_another_rule_gave_is_taken_away(bridge):
    """A port without a machine whose packets somebody else has marked as web1's."""
    rules = bridge.host.exec("nft", "list", "table", "bridge", "openimds").stdout
    mark = rules.split('iifname "vnet1"')[-1].split("mark set ")[1].split()[0]
    bridge.host.nft('table netdev other {\nchain in {\ntype filter hook ingress device "vnet3" '
                    f"priority 0; policy accept;\nmeta mark set {mark}\n}}\n}}\n")
    assert bridge.g3.who() is None
    assert bridge.g1.who() == "web1"


def test_witnesses_that_disagree_are_refused_and_audited(bridge):
    """Another program's rule gives a second bridge's callers the mark of the first one's port."""
    bridge.host.ip("link", "add", "br1", "type", "bridge")
    bridge.host.ip("addr", "add", "10.0.1.1/24", "dev", "br1")
    bridge.host.ip("link", "set", "br1", "up")
    net = bridge.net("g4")
    bridge.link(net, "vnet4", "10.0.1.4/24", gateway=None)
    net.ip("route", "add", "default", "via", "10.0.1.1")
    bridge.host.ip("link", "set", "vnet4", "master", "br1")
    bridge.machine("web4")
    bridge.attach("web4", "--bridge-port", "vnet4")
    assert net.who() == "web4"
    rules = bridge.host.exec("nft", "list", "table", "bridge", "openimds").stdout
    mark = rules.split('iifname "vnet1"')[-1].split("mark set ")[1].split()[0]
    bridge.host.nft("table ip other {\nchain in {\ntype filter hook prerouting priority 0;\n"
                    f'iifname "br1" meta mark set {mark}\n}}\n}}\n')
    assert not net.reaches()  # answers with that mark leave by the first port only
    bridge.host.exec("nft", "flush", "chain", "bridge", "openimds", "to_guests")
    assert net.who() is None
    wait_until(lambda: bridge.refusals("caller.witnesses_disagree"), 3, "the audit trail")


def test_what_is_behind_a_port_gets_nothing(bridge):
    behind = bridge.container(bridge.g1, masquerade=True)
    assert not behind.is_answered()
    # Red without the defence.
    bridge.attach("web1", "--bridge-port", "vnet1", "--allow-forwarded")
    assert behind.who() == "web1"
    assert bridge.g2.who() == "web2"


def test_a_port_made_again_is_heard_within_a_second(bridge):
    bridge.host.ip("link", "del", "vnet1")
    bridge.link(bridge.g1, "vnet1", "10.0.0.4/24", gateway=None, mac=MAC.format(1))
    bridge.g1.ip("route", "add", "default", "via", "10.0.0.1")
    bridge.host.ip("link", "set", "vnet1", "master", "br0")
    # Until its mark is there it is nobody's port, and refused.
    wait_until(lambda: bridge.g1.who() == "web1", 1.0, "the new port")


def test_detaching_a_port_ends_its_connections_and_leaves_the_others(bridge):
    with bridge.g1.connect() as one, bridge.g2.connect() as other:
        for connection in (one, other):
            connection.ask("GET", "/openimds/whois", host=IMDS, headers=HEADERS)
        bridge.detach("web1", "--bridge-port", "vnet1")
        assert is_ended(one)
        answer = other.ask("GET", "/openimds/whois", host=IMDS, headers=HEADERS)
        assert answer.json()["machine"] == "web2"
    assert bridge.g1.who() is None


def test_a_port_attached_as_an_interface_says_what_to_do(bridge):
    bridge.machine("web3")
    answer = bridge.attach("web3", "--interface", "vnet3", expect="waiting")
    assert "bridge port" in answer["waitsFor"]
    with pytest.raises(CliError):
        bridge.attach("web1", "--bridge-port", "vnet3")


def test_rules_that_a_reload_of_the_firewall_took_away_come_back(bridge):
    """`nftables.service` and others begin with `flush ruleset`. Until then callers are refused."""
    bridge.host.exec("nft", "flush", "ruleset")
    wait_until(lambda: bridge.g1.who() == "web1", 2.0, "the rules again")
    assert bridge.service.said("guest.rules_gone")
    assert bridge.g2.who() == "web2"


def test_the_rules_go_with_the_service(bridge):
    assert "openimds" in bridge.host.exec("nft", "list", "tables").stdout
    bridge.service.stop()
    assert "openimds" not in bridge.host.exec("nft", "list", "tables").stdout
    bridge.service.start()
    assert bridge.g1.who() == "web1"


