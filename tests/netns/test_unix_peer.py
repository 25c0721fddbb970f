# SPDX-License-Identifier: Apache-2.0
"""Way `unix_peer`: the socket's file and the kernel's word about the process, both."""

import os
import socket
import stat

import pytest
from lab import HEADERS, IMDS, wait_until

from harness import rawhttp
from harness.openimds import CliError

USER = 1234
SO_PEERPIDFD = 77


def has_peer_pidfd():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        try:
            os.close(ours.getsockopt(socket.SOL_SOCKET, SO_PEERPIDFD))
            return True
        except OSError:
            return False


@pytest.fixture
def socket_path(lab):
    os.chmod(lab.service.folder, 0o711)
    lab.machine("web1")
    return str(lab.service.folder / "web1.sock")


def ask(path, uid=None):
    """The status and machine as a process of that user gets them, or why it did not get that far."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            if uid is not None:
                os.setgroups([])
                os.setgid(uid)
                os.setuid(uid)
            response = rawhttp.ask(path, target="/openimds/whois", host=IMDS, headers=HEADERS)
            machine = response.json()["machine"] if response.status == 200 else ""
            os.write(writing, f"{response.status} {machine}".encode())
        except BaseException as error:
            os.write(writing, type(error).__name__.encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as answer:
        text = answer.read().decode()
    os.waitpid(child, 0)
    return text


def test_the_services_own_user_may_call_where_no_rule_is_given(lab, socket_path):
    lab.attach("web1", "--unix", socket_path)
    assert stat.S_IMODE(os.stat(socket_path).st_mode) == 0o600
    assert ask(socket_path) == "200 web1"
    assert ask(socket_path, USER) == "PermissionError"


def test_a_user_that_is_named_may_and_root_may_not(lab, socket_path):
    lab.attach("web1", "--unix", socket_path, "--uid", str(USER))
    assert os.stat(socket_path).st_uid == USER
    assert ask(socket_path, USER) == "200 web1"
    assert ask(socket_path, USER + 1) == "PermissionError"
    assert ask(socket_path).startswith("4")


def test_the_second_witness_holds_where_the_first_is_gone(lab, socket_path):
    """Somebody has opened the file's mode: the kernel still says who calls."""
    lab.attach("web1", "--unix", socket_path, "--uid", str(USER))
    os.chmod(socket_path, 0o666)
    assert ask(socket_path, USER + 1).startswith("4")
    assert ask(socket_path, USER) == "200 web1"


def test_a_group_that_is_named_may(lab, socket_path):
    lab.attach("web1", "--unix", socket_path, "--gid", str(USER))
    assert ask(socket_path, USER) == "200 web1"
    assert ask(socket_path, USER + 1) == "PermissionError"


def test_the_file_goes_with_the_attachment_and_comes_back_with_the_service(lab, socket_path):
    lab.attach("web1", "--unix", socket_path)
    lab.service.restart()
    assert ask(socket_path) == "200 web1"
    lab.detach("web1", "--unix", socket_path)
    assert not os.path.exists(socket_path)


def test_a_file_that_is_no_socket_is_left_alone(lab, socket_path):
    with open(socket_path, "w", encoding="utf-8") as file:
        file.write("mine")
    lab.attach("web1", "--unix", socket_path, expect="waiting")
    with open(socket_path, encoding="utf-8") as file:
        assert file.read() == "mine"


def test_users_are_for_sockets_only(lab, socket_path):
    with pytest.raises(CliError) as refused:
        lab.attach("web1", "--ip", "10.0.0.4", "--uid", "5")
    assert "only with 'unix'" in refused.value.message


@pytest.mark.skipif(not has_peer_pidfd(), reason="the kernel gives no handle of a peer's process")
def test_a_connection_that_outlives_its_process_is_nobodys(lab, socket_path):
    """A process connects, leaves its connection to a child, and ends."""
    lab.attach("web1", "--unix", socket_path)
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            connection = rawhttp.Connection(socket_path)
            statuses = [connection.ask(target="/openimds/whois", host=IMDS, headers=HEADERS).status]
            connected = os.getpid()
            if os.fork() == 0:
                wait_until(lambda: os.getppid() != connected, what="the end of who connected")
                statuses.append(connection.ask(target="/openimds/whois", host=IMDS,
                                               headers=HEADERS).status)
                os.write(writing, repr(statuses).encode())
        except BaseException as error:
            os.write(writing, repr(error).encode())
        os._exit(0)
    os.close(writing)
    os.waitpid(child, 0)
    with os.fdopen(reading, "rb") as answer:
        assert answer.read().decode() == "[200, 400]"
