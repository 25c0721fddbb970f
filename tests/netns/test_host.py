# SPDX-License-Identifier: Apache-2.0
"""`openimds host`: what it puts on a host, what it keeps guests from, and what it leaves alone."""

import json
import socket
import subprocess

import pytest
from lab import ADDRESS, IMDS, Lab, is_ended, run, wait_until

from harness import rawhttp
from harness.openimds import CliError

MAC = "52:54:00:00:00:0a"
OTHER_MAC = "52:54:00:00:00:0b"
GATEWAY = "10.0.0.1"
PROFILE = {"network": {"interface": [
    {"macAddress": MAC, "ipv4": {"ipAddress": [{"privateIpAddress": "10.0.0.4"}]}}]}}


@pytest.fixture
def bare():
    """A host that nothing was done to, with a machine that is attached to tap1."""
    listeners = [{"protocol": "imds", "address": "127.0.0.1:50341"},
                 {"protocol": "authority", "address": "0.0.0.0:50343"}]
    settings = {"server": {"allow_wildcard_bind": True}}
    with Lab(bare=True, listeners=listeners, settings=settings) as lab:
        profile = lab.service.folder / "profile.json"
        profile.write_text(json.dumps(PROFILE), encoding="utf-8")
        lab.cli("machine", "create", "web1", "--system-assigned", "--file", str(profile))
        lab.guest1 = lab.net("guest1")
        lab.link(lab.guest1, "tap1", mac=MAC)
        lab.cli("machine", "attach", "web1", "--interface", "tap1")
        yield lab


def host(lab, *arguments):
    return lab.service.run_cli("host", *arguments)


def set_up(lab):
    done = host(lab, "setup")
    assert done.returncode == 0, done.stderr
    return done.stdout


def findings(lab):
    done = host(lab, "check")
    answer = json.loads(done.stdout)
    assert done.returncode == (0 if answer["ready"] else 1)
    return {one["subject"]: one["good"] for one in answer["findings"]}


def nft(lab, *command):
    return lab.host.exec("nft", *command, check=False)


def take_rules_away(lab):
    for family in ("inet", "bridge", "arp"):
        assert nft(lab, "delete", "table", family, "openimds_host").returncode == 0


def test_a_bare_host_is_told_what_is_missing_and_is_made_ready(bare):
    assert findings(bare) == {"cloud": True, "guests": True, IMDS: False, "packet filter": False,
                              "tap1": True}
    assert not bare.guest1.reaches()
    set_up(bare)
    assert all(findings(bare).values())
    assert bare.guest1.who() == "web1"


def test_setting_up_again_changes_nothing(bare):
    set_up(bare)
    before = nft(bare, "-a", "list", "ruleset").stdout
    assert set_up(bare) == "nothing to do\n"
    assert nft(bare, "-a", "list", "ruleset").stdout == before


def test_a_dry_run_changes_nothing_and_prints_what_a_person_could_type(bare):
    script = host(bare, "setup", "--dry-run").stdout
    assert "openimds" not in nft(bare, "list", "ruleset").stdout
    assert not findings(bare)[IMDS]
    subprocess.run(["nsenter", f"--net={bare.host.path}", "--", "sh", "-e"], input=script,
                   text=True, check=True)
    assert all(findings(bare).values())
    assert host(bare, "setup", "--dry-run").stdout == ""


def test_teardown_leaves_what_it_did_not_make(bare):
    bare.host.ip("addr", "add", "168.63.129.16/32", "dev", "lo")
    bare.host.nft("table inet mine {\nchain c {\n}\n}\n")
    set_up(bare)
    assert host(bare, "teardown").returncode == 0
    assert not findings(bare)[IMDS]
    ruleset = nft(bare, "list", "ruleset").stdout
    assert "table inet mine" in ruleset and "openimds" not in ruleset
    assert "168.63.129.16" in bare.host.ip("addr", "show", "dev", "lo").stdout
    assert host(bare, "teardown").stdout == "nothing to do\n"


def test_an_address_that_was_there_before_stays(bare):
    bare.host.ip("addr", "add", f"{IMDS}/32", "dev", "lo")
    set_up(bare)
    host(bare, "teardown")
    assert IMDS in bare.host.ip("addr", "show", "dev", "lo").stdout


def test_rules_follow_the_machines_when_it_is_set_up_again(bare):
    set_up(bare)
    bare.machine("web2")
    bare.cli("machine", "attach", "web2", "--interface", "tap2")
    assert not findings(bare)["packet filter"]
    set_up(bare)
    assert findings(bare) == {"cloud": True, "guests": True, IMDS: True, "packet filter": True,
                              "tap1": True, "tap2": False}  # web2 says no addresses


def ask_from(guest, address):
    """Whether an answer comes to a guest that calls from `address`."""
    guest.ip("addr", "replace", f"{address}/24", "dev", "eth0")
    try:
        with guest.connect(source=(address, 0), timeout=1) as connection:
            return connection.ask("GET", "/openimds/whois", host=IMDS,
                                  headers={"Metadata": "true"}).status == 200
    except (OSError, rawhttp.FramingError):
        return False


def test_a_guest_sends_from_its_own_address_only(bare):
    set_up(bare)
    assert ask_from(bare.guest1, "10.0.0.4")
    assert not ask_from(bare.guest1, "10.0.0.5")
    take_rules_away(bare)
    wait_until(lambda: ask_from(bare.guest1, "10.0.0.5"), what="an answer without the rule")


def test_a_guest_sends_from_its_own_mac_only(bare):
    set_up(bare)
    assert bare.guest1.is_answered()
    bare.guest1.ip("link", "set", "eth0", "address", OTHER_MAC)
    bare.host.ip("neigh", "flush", "all")
    assert not bare.guest1.is_answered()
    take_rules_away(bare)
    wait_until(bare.guest1.is_answered, what="an answer without the rule")  # ARP takes its time


def test_a_guest_that_comes_back_is_held_from_its_first_packet(bare):
    set_up(bare)
    bare.host.ip("link", "del", "tap1")
    bare.link(bare.guest1, "tap1", address="10.0.0.5/24", mac=MAC)
    assert not bare.guest1.is_answered()


def test_a_guest_does_not_reach_the_services_private_ports(bare):
    set_up(bare)
    assert not bare.guest1.reaches((GATEWAY, 50343))
    take_rules_away(bare)
    wait_until(lambda: bare.guest1.reaches((GATEWAY, 50343)), what="the port without the rule")


def test_a_guest_does_not_reach_the_cloud_that_the_host_is_in(bare):
    """The address is somebody else's, behind the host, and the host forwards."""
    cloud = bare.net("cloud")
    run("ip", "link", "add", "up0", "netns", bare.host.name, "type", "veth", "peer", "name", "eth0",
        "netns", cloud.name)
    for net, device, address in ((bare.host, "up0", "192.0.2.1"), (cloud, "eth0", "192.0.2.2")):
        net.ip("link", "set", device, "up")
        net.ip("addr", "add", f"{address}/24", "dev", device)
    cloud.ip("addr", "add", f"{IMDS}/32", "dev", "lo")
    cloud.ip("route", "add", "default", "via", "192.0.2.1")
    bare.host.ip("route", "add", f"{IMDS}/32", "via", "192.0.2.2")
    bare.host.sysctl(ip_forward=1)
    listening = cloud.enter(lambda: socket.create_server(ADDRESS))
    with listening:
        assert bare.guest1.reaches()
        set_up(bare)
        bare.host.ip("addr", "del", f"{IMDS}/32", "dev", "lo")
        assert not bare.guest1.reaches()
        take_rules_away(bare)
        wait_until(bare.guest1.reaches, what="the cloud without the rule")


def test_what_is_no_name_of_an_interface_is_refused_by_the_configuration(bare):
    bare.service.settings["host"] = {"guest_interfaces": ["vnet*", "a b"]}
    bare.service.write_config()
    with pytest.raises(CliError) as failed:
        bare.cli("host", "check")
    assert failed.value.code == "config.invalid"
    assert "host.guest_interfaces" in failed.value.message


def test_connections_that_are_open_live_through_another_setup(bare):
    set_up(bare)
    with bare.guest1.connect() as connection:
        headers = {"Metadata": "true"}
        assert connection.ask("GET", "/openimds/whois", host=IMDS, headers=headers).status == 200
        bare.machine("web3")
        bare.cli("machine", "attach", "web3", "--interface", "tap3")
        set_up(bare)
        assert connection.ask("GET", "/openimds/whois", host=IMDS, headers=headers).status == 200
        bare.detach("web1", "--interface", "tap1")
        assert is_ended(connection)
