# SPDX-License-Identifier: Apache-2.0
"""Way `interface`: whoever calls by a device is the machine that the device is attached to."""

import pytest
from lab import ADDRESS, HEADERS, IMDS, Lab, is_ended, wait_until

from harness.openimds import CliError


@pytest.fixture
def two(lab):
    """Two machines whose guests have the same address."""
    for number in (1, 2):
        lab.machine(f"web{number}")
        setattr(lab, f"g{number}", lab.guest(f"g{number}", f"tap{number}"))
    return lab


def attach_both(lab):
    lab.attach("web1", "--interface", "tap1")
    lab.attach("web2", "--interface", "tap2")


def test_guests_with_one_address_get_their_own_tokens(two):
    attach_both(two)
    assert two.g1.token_machine() == "web1"
    assert two.g2.token_machine() == "web2"
    assert two.g1.get("/metadata/instance/compute/name?api-version=2021-02-01&format=text").text \
        == "web1"


def test_the_same_four_numbers_from_two_guests_are_two_connections(two):
    attach_both(two)
    source = ("10.0.0.4", 40000)
    with two.g1.connect(source=source) as one, two.g2.connect(source=source) as other:
        for _ in range(3):
            for connection, name in ((one, "web1"), (other, "web2")):
                answer = connection.ask("GET", "/openimds/whois", host=IMDS, headers=HEADERS)
                assert answer.json()["machine"] == name
                assert answer.json()["way"] == "interface"


def test_it_listens_when_the_command_returns_and_not_before(two):
    assert not two.g1.reaches()
    for _ in range(5):
        two.attach("web1", "--interface", "tap1")
        assert two.g1.who() == "web1"
        two.detach("web1", "--interface", "tap1")
        assert not two.g1.reaches()


def test_a_device_that_nobody_is_attached_to_reaches_nothing(two):
    two.attach("web1", "--interface", "tap1")
    assert not two.g2.reaches()


def test_detaching_ends_connections_that_are_open(two):
    two.attach("web1", "--interface", "tap1")
    with two.g1.connect() as connection:
        assert connection.ask("GET", "/openimds/whois", host=IMDS, headers=HEADERS).status == 200
        two.detach("web1", "--interface", "tap1")
        assert is_ended(connection)


def test_a_deleted_machine_is_nobody_and_neither_is_its_namesake(two):
    two.attach("web1", "--interface", "tap1")
    with two.g1.connect() as connection:
        assert connection.ask("GET", "/openimds/whois", host=IMDS, headers=HEADERS).status == 200
        two.cli("machine", "delete", "web1")
        assert is_ended(connection)
    two.machine("web1")
    assert not two.g1.reaches()
    assert two.cli("machine", "attachments") == []


def test_a_place_that_changes_hands_serves_its_new_machine_only(two):
    two.attach("web1", "--interface", "tap1")
    with two.g1.connect() as connection:
        assert connection.ask("GET", "/openimds/whois", host=IMDS, headers=HEADERS).status == 200
        two.detach("web1", "--interface", "tap1")
        two.attach("web2", "--interface", "tap1")
        assert is_ended(connection)
    assert two.g1.token_machine() == "web2"


def test_it_survives_a_restart_and_a_kill(two):
    attach_both(two)
    two.service.restart()
    assert (two.g1.who(), two.g2.who()) == ("web1", "web2")
    two.service.kill()
    two.service.start()
    assert (two.g1.who(), two.g2.who()) == ("web1", "web2")


def test_no_device_is_two_machines(two):
    two.attach("web1", "--interface", "tap1")
    for place in ("--interface", "--bridge-port"):
        with pytest.raises(CliError) as refused:
            two.attach("web2", place, "tap1")
        assert refused.value.exit_code == 4
        assert refused.value.code == "registry.exists"
        assert "web1" in refused.value.message
    assert two.g1.who() == "web1"


def test_loopback_is_no_guest(two):
    with pytest.raises(CliError) as refused:
        two.attach("web1", "--interface", "lo")
    assert refused.value.code == "control.argument_invalid"


def recreate(lab, device):
    """What a restarted guest does: its device goes and comes again under its name."""
    lab.host.ip("link", "del", device)
    lab.link(lab.g1, device)


def test_a_device_made_again_is_heard_within_a_second(two):
    attach_both(two)
    for _ in range(3):
        recreate(two, "tap1")
        wait_until(lambda: two.g1.is_answered(timeout=0.1), 1.0, "an answer by the new device")
        assert two.g1.token_machine() == "web1"
        assert two.g2.token_machine() == "web2"


def test_a_guest_may_be_attached_before_it_is_there(lab):
    lab.machine("web1")
    answer = lab.attach("web1", "--interface", "tap9", expect="waiting")
    assert "tap9" in answer["waitsFor"]
    guest = lab.guest("late", "tap9")
    wait_until(lambda: guest.is_answered(timeout=0.1), 1.0, "an answer by the new device")
    assert guest.who() == "web1"
    assert lab.cli("machine", "attachments", "web1")[0]["state"] == "listening"


def test_a_device_that_takes_the_name_of_another_is_followed(two):
    """The name is what was attached: renamed devices change hands with their names."""
    attach_both(two)
    two.host.ip("link", "set", "tap1", "down")
    two.host.ip("link", "set", "tap2", "down")
    two.host.ip("link", "set", "tap1", "name", "spare")
    two.host.ip("link", "set", "tap2", "name", "tap1")
    two.host.ip("link", "set", "tap1", "up")
    two.host.ip("addr", "add", "10.0.0.1/24", "dev", "tap1", check=False)
    wait_until(lambda: two.g2.is_answered(timeout=0.1), 1.5, "an answer by the renamed device")
    assert two.g2.who() == "web1"


@pytest.mark.parametrize("masquerade", [False, True], ids=["routed", "natted"])
def test_what_is_behind_a_guest_gets_nothing(two, masquerade):
    two.attach("web1", "--interface", "tap1")
    behind = two.container(two.g1, masquerade)
    two.host.ip("route", "add", "172.17.0.0/16", "via", "10.0.0.4", "dev", "tap1")
    assert two.g1.who() == "web1"
    assert not behind.is_answered()
    # Red without the defence.
    two.attach("web1", "--interface", "tap1", "--allow-forwarded")
    assert behind.who() == "web1"
    two.attach("web1", "--interface", "tap1")
    assert not behind.is_answered()


def test_a_longer_time_to_live_passes_the_extra_and_not_the_wall(two):
    """MINTTL asks for 64; who begins with more arrives with more. The replies' TTL is the wall."""
    two.attach("web1", "--interface", "tap1")
    behind = two.container(two.g1, masquerade=True)
    behind.sysctl(ip_default_ttl=128)
    assert not behind.is_answered()
    two.attach("web1", "--interface", "tap1", "--allow-forwarded")
    assert behind.who() == "web1"


SIX = "fd00::a9fe:a9fe"


def test_guests_with_one_ipv6_address_get_their_own_tokens():
    with Lab(settings={"guests": {"addresses": ["169.254.169.254:80", f"[{SIX}]:80"]}}) as lab:
        lab.host.ip("-6", "addr", "add", f"{SIX}/128", "dev", "lo")
        guests = []
        for number in (1, 2):
            lab.machine(f"web{number}")
            guest = lab.guest(f"g{number}", f"tap{number}")
            lab.host.ip("-6", "addr", "add", "fe80::1/64", "dev", f"tap{number}", "nodad")
            guest.ip("-6", "addr", "add", "fd00:1::4/64", "dev", "eth0", "nodad")
            guest.ip("-6", "route", "add", f"{SIX}/128", "via", "fe80::1", "dev", "eth0")
            lab.host.ip("-6", "route", "add", "fd00:1::/64", "dev", f"tap{number}", "metric",
                        str(number))
            lab.attach(f"web{number}", "--interface", f"tap{number}")
            guests.append(guest)
        for number, guest in enumerate(guests, 1):
            for address in (ADDRESS, (SIX, 80)):
                assert guest.get("/openimds/whois", address=address).json()["machine"] \
                    == f"web{number}"


def test_a_local_user_of_the_host_is_no_guest(two):
    attach_both(two)
    assert not two.host.reaches()
    assert not two.host.enter(lambda: _reaches_from("10.0.0.1"))


def _reaches_from(source):
    import socket
    try:
        socket.create_connection(ADDRESS, timeout=1, source_address=(source, 0)).close()
        return True
    except OSError:
        return False


def test_an_ordinary_listener_on_the_same_address_is_not_shared_in_silence(lab):
    """Whoever listens on all devices there would take unattached guests for a machine."""
    blocker = lab.host.enter(_listen)
    with blocker:
        lab.machine("web1")
        lab.guest("g", "tap1")
        answer = lab.attach("web1", "--interface", "tap1", expect="waiting")
        assert "in use" in answer["waitsFor"].lower()
    wait_until(lambda: lab.cli("machine", "attachments")[0]["state"] == "listening", 2)


def _listen():
    import socket
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(ADDRESS)
    listener.listen()
    return listener
