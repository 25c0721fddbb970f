# SPDX-License-Identifier: Apache-2.0
"""Way `source_ip`: on a routed network, the address counts, and only while it is attached."""

import pytest
from lab import HEADERS, IMDS, is_ended

from harness.openimds import CliError


@pytest.fixture
def routed(lab):
    """Two guests behind links of their own, their addresses routed and unique."""
    for number in (1, 2):
        net = lab.net(f"g{number}")
        lab.link(net, f"up{number}", f"10.0.{number}.4/24", f"10.0.{number}.1")
        setattr(lab, f"g{number}", net)
        lab.machine(f"web{number}")
        lab.attach(f"web{number}", "--ip", f"10.0.{number}.4")
    return lab


def test_each_address_is_its_machine(routed):
    assert routed.g1.token_machine() == "web1"
    assert routed.g2.token_machine() == "web2"
    assert routed.g1.get("/openimds/whois").json()["way"] == "source_ip"


def test_an_address_that_nobody_is_attached_to_is_nobody(routed):
    routed.g1.ip("addr", "add", "10.0.1.9/24", "dev", "eth0")
    with routed.g1.connect(source=("10.0.1.9", 0)) as connection:
        assert connection.ask("GET", "/openimds/whois", host=IMDS, headers=HEADERS).status >= 400


def test_two_machines_never_share_an_address(routed):
    with pytest.raises(CliError) as refused:
        routed.attach("web2", "--ip", "10.0.1.4")
    assert refused.value.code == "registry.exists"
    assert routed.g1.who() == "web1"


def test_an_address_given_to_a_new_machine_has_nothing_of_the_old_one(routed):
    """No window: neither a new connection nor one from before is the old machine, or the new."""
    with routed.g1.connect() as old:
        assert old.ask("GET", "/openimds/whois", host=IMDS,
                       headers=HEADERS).json()["machine"] == "web1"
        routed.cli("machine", "delete", "web1")
        assert is_ended(old)
    assert routed.g1.who() is None
    routed.machine("web3")
    routed.attach("web3", "--ip", "10.0.1.4")
    assert routed.g1.token_machine() == "web3"


def test_a_connection_that_waits_is_not_the_next_owners(routed):
    """Accepted by the kernel before the address changed hands, and silent until after."""
    with routed.g1.connect() as old:
        routed.detach("web1", "--ip", "10.0.1.4")
        routed.machine("web3")
        routed.attach("web3", "--ip", "10.0.1.4")
        assert is_ended(old)


def test_a_process_of_the_host_with_a_guests_address_reaches_nothing(routed):
    routed.host.ip("addr", "add", "10.0.1.4/32", "dev", "lo")
    with pytest.raises(OSError):
        routed.host.connect(source=("10.0.1.4", 0), timeout=1).close()


def test_a_device_that_is_attached_itself_counts_before_the_address(routed):
    routed.machine("web3")
    routed.attach("web3", "--interface", "up1")
    assert routed.g1.who() == "web3"
    # Nor does it matter what was attached first: the kernel would find the latest listener.
    routed.detach("web1", "--ip", "10.0.1.4")
    routed.attach("web1", "--ip", "10.0.1.4")
    assert routed.g1.who() == "web3"
    routed.detach("web3", "--interface", "up1")
    assert routed.g1.who() == "web1"


def test_a_guest_behind_a_device_of_its_own_cannot_be_another_by_its_address(routed):
    routed.machine("web3")
    routed.attach("web3", "--interface", "up1")
    routed.attach("web3", "--ip", "10.0.9.9")
    routed.g1.ip("addr", "add", "10.0.2.4/32", "dev", "eth0")  # web2's
    with routed.g1.connect(source=("10.0.2.4", 0), timeout=1) as connection:
        try:
            answer = connection.ask("GET", "/openimds/whois", host=IMDS, headers=HEADERS)
        except (OSError, AssertionError):
            return  # the answer went where that address is
        assert answer.json()["machine"] == "web3"


@pytest.mark.parametrize("address", ["127.0.0.1", "0.0.0.0", "10.0.1.0/24", "web", "224.0.0.1"])
def test_what_is_no_address_of_one_guest_is_refused(routed, address):
    with pytest.raises(CliError) as refused:
        routed.attach("web1", "--ip", address)
    assert refused.value.code == "control.argument_invalid"
