# SPDX-License-Identifier: Apache-2.0
"""Guests reach their IMDS and nothing else of the service."""

import pytest
from lab import ADDRESS, HEADERS, IMDS

from harness import rawhttp
from harness.openimds import CliError


@pytest.fixture
def two(lab):
    for number in (1, 2):
        lab.machine(f"web{number}")
        setattr(lab, f"g{number}", lab.guest(f"g{number}", f"tap{number}"))
        lab.attach(f"web{number}", "--interface", f"tap{number}")
    return lab


def test_the_authority_and_other_listeners_are_out_of_reach(two):
    for host in (IMDS, "10.0.0.1"):
        for port in (50341, 50342, 50343):
            assert not two.g1.reaches((host, port))
    two.g1.ip("route", "add", "127.0.0.0/8", "via", "10.0.0.1", check=False)
    two.g1.sysctl(conf__all__route_localnet=1, conf__eth0__route_localnet=1)
    for port in (50341, 50343):
        assert not two.g1.reaches(("127.0.0.1", port))


def test_what_only_administrators_do_is_no_path_of_a_guest(two):
    for target in ("/v1/operations/machine.list", "/v1/operations/token.get", "/",
                   "/openimds", "/openimds/", "/openimds/whois/x", "/common/discovery/keys"):
        assert two.g1.get(target).status in (400, 404), target


def test_a_guests_process_that_is_root_there_is_no_administrator_here(two):
    """The control socket is a file of the host; a guest that shares the file system (a container
    with the folder mounted by mistake) is still judged by the kernel's word about its user."""
    with pytest.raises(PermissionError):
        two.g1.enter(lambda: _as_user(1234, lambda: rawhttp.ask(
            two.service.control_socket, "POST", "/v1/operations/machine.list")))


def _as_user(uid, work):
    import ctypes
    libc = ctypes.CDLL(None, use_errno=True)
    # Of this thread only, not of the process: the system call, not the library's function.
    assert libc.syscall(117, uid, uid, uid) == 0
    return work()


def test_headers_name_nobody(two):
    for name in ("X-Machine", "X-VM-Id", "x-ms-vmid", "X-Container-Id", "Forwarded"):
        headers = {**HEADERS, name: "web2"}
        answer = two.g1.get("/openimds/whois", headers=headers)
        assert answer.status != 200 or answer.json()["machine"] == "web1"
    assert two.g1.get("/openimds/whois", headers={**HEADERS, "X-Forwarded-For": "x"}).status == 400


def test_whois_needs_what_every_workload_sends(two):
    assert two.g1.get("/openimds/whois", headers={"Accept": "*/*"}).status == 400


def test_a_guest_that_uses_its_neighbours_address_is_itself(two):
    two.g1.ip("addr", "add", "10.0.0.9/24", "dev", "eth0")
    with two.g1.connect(source=("10.0.0.9", 0)) as connection:
        answer = connection.ask("GET", "/openimds/whois", host=IMDS, headers=HEADERS)
    assert answer.json()["machine"] == "web1"


def test_one_guest_does_not_reach_the_other_ones_door(two):
    """Packets for the service's address never leave by another port."""
    two.host.sysctl(ip_forward=1)
    two.detach("web1", "--interface", "tap1")
    assert not two.g1.reaches(ADDRESS)
    assert two.g2.who() == "web2"


def test_whois_says_why_to_the_operator(two):
    answer = two.cli("whois", "--peer", "tap1")
    assert answer["machine"].endswith("/web1")
    assert (answer["way"], answer["state"]) == ("interface", "listening")
    assert "tap1" in answer["why"]
    with pytest.raises(CliError) as refused:
        two.cli("whois", "--peer", "tap7")
    assert refused.value.exit_code == 3
    assert refused.value.code == "caller.not_attached"


def test_whois_asks_from_inside_a_guest(two):
    done = two.g1.exec(*two.service.program(), "whois", "--output", "json")
    assert '"machine": "web1"' in done.stdout
    done = two.host.exec(*two.service.program(), "whois", check=False)
    assert done.returncode != 0
