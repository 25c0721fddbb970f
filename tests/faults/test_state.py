# SPDX-License-Identifier: Apache-2.0
"""State that must not be used: open to others, in use already, or on a disk that is full."""

import os
import re
import socket
import stat

import pytest

from harness import namespaces, rawhttp
from harness.openimds import CliError, Service, StartFailed
from harness.timing import wait_until
from writers import Writers


def expect_no_start(service, code, *parts):
    """`service` has run before and must not come back."""
    with pytest.raises(StartFailed) as failed:
        service.start()
    return check_failure(failed.value, code, *parts)


def expect_no_service(service, code, *parts):
    """`service` is new and must not come up."""
    with pytest.raises(StartFailed) as failed:
        with service:
            pass
    return check_failure(failed.value, code, *parts)


def check_failure(error, code, *parts):
    assert error.exit_code != 0
    assert error.code == code, error.stderr
    for part in parts:
        assert re.search(part, error.message), error.message
    return error


def everything_in(folder):
    return [folder, *sorted(folder.rglob("*"))]


def test_state_is_private():
    with Service() as service:
        for path in everything_in(service.state_dir):
            mode = stat.S_IMODE(path.stat().st_mode)
            assert mode & 0o077 == 0, f"{path} is {mode:o}"


def test_state_is_private_whatever_the_umask_says():
    old = os.umask(0)
    try:
        with Service() as service:
            for path in everything_in(service.state_dir):
                assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path
    finally:
        os.umask(old)


@pytest.mark.parametrize("mode", [0o755, 0o750, 0o711, 0o770, 0o701])
def test_state_folder_that_others_may_enter_is_refused(mode):
    with Service() as service:
        service.stop()
        service.state_dir.chmod(mode)
        expect_no_start(service, "state.modes_too_open", "chmod 0?700",
                        str(service.state_dir))
        assert stat.S_IMODE(service.state_dir.stat().st_mode) == mode, "nothing is mended quietly"
        with pytest.raises(CliError) as failed:
            service.cli("identity", "list")
        assert failed.value.code == "state.modes_too_open"
        service.state_dir.chmod(0o700)
        service.start()
        service.token()


def test_file_that_others_may_read_is_refused():
    with Service() as service:
        service.stop()
        files = [path for path in everything_in(service.state_dir) if path.is_file()
                 and path.suffix not in (".lock", ".sock") and path.name != "lock"]
        assert any("PRIVATE KEY" in path.read_text(errors="replace") for path in files)
        for path in files:
            path.chmod(0o644)
            expect_no_start(service, "state.modes_too_open", "chmod 0?600", path.name)
            path.chmod(0o600)
        service.start()
        service.token()


def test_key_folder_that_others_may_enter_is_refused():
    with Service() as service:
        service.stop()
        for path in everything_in(service.state_dir)[1:]:
            if path.is_dir():
                path.chmod(0o755)
                expect_no_start(service, "state.modes_too_open", "chmod 0?700", str(path))
                path.chmod(0o700)
        service.start()


def test_second_service_on_the_same_state():
    with Service() as first:
        second = Service(folder=first.folder, listeners=first.listeners)
        error = expect_no_service(second, "state.in_use", str(first.state_dir))
        assert error.exit_code == 5
        first.token()
        assert first.cli("identity", "list")


def test_second_service_on_the_same_port():
    with Service() as first:
        host, port = first.imds
        second = Service(listeners=[{"protocol": "imds", "address": f"{host}:{port}"}])
        expect_no_service(second, "listen.address_in_use", f"{host}:{port}")
        first.token()


def test_port_of_another_program():
    with socket.create_server(("127.0.0.1", 0)) as other:
        address = f"127.0.0.1:{other.getsockname()[1]}"
        expect_no_service(Service(listeners=[{"protocol": "imds", "address": address}]),
                          "listen.address_in_use", address)


def test_unix_socket_of_a_living_service(tmp_path):
    listeners = [{"protocol": "imds", "address": f"unix:{tmp_path}/imds.sock"}]
    with Service(listeners=listeners) as first:
        expect_no_service(Service(listeners=listeners), "listen.address_in_use", "imds.sock")
        first.token()


def test_control_socket_is_for_its_owner_only():
    with Service() as service:
        assert stat.S_IMODE(os.stat(service.control_socket).st_mode) == 0o600
        if os.geteuid() != 0:
            pytest.skip("only root can ask as somebody else")
        # Even if the file were open to all, the peer's uid is checked.
        for path in (service.folder, service.state_dir):
            path.chmod(0o755)
        os.chmod(service.control_socket, 0o666)
        refused = _ask_as(65534, service.control_socket)
        assert refused in (b"", b"HTTP/1.1 403"), refused
        assert service.control("identity.list").status == 200


def _ask_as(uid, path):
    """The first bytes of the answer to somebody else, from a child that gave up its rights."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.setgroups([])
            os.setgid(uid)
            os.setuid(uid)
            stream = rawhttp.open_socket(path)
            stream.sendall(rawhttp.request("POST", "/v1/operations/identity.list", body="{}"))
            os.write(writer, stream.recv(12))
        except (BrokenPipeError, ConnectionResetError):
            pass
        except OSError as error:
            os.write(writer, str(error).encode())
        finally:
            os._exit(0)
    os.close(writer)
    os.waitpid(child, 0)
    with os.fdopen(reader, "rb") as pipe:
        return pipe.read()


@pytest.fixture
def small_disk(tmp_path):
    reason = namespaces.missing()
    if reason:
        pytest.skip(reason)
    folder = tmp_path / "disk"
    folder.mkdir()
    with namespaces.SmallDisk(folder, "2M") as disk, \
            Service(settings={"state": {"dir": f"{folder}/state"}}, prefix=disk.prefix) as service:
        yield disk, service, folder


def _fill(disk, folder, leave):
    free = int(disk.run(f"df --output=avail -B1 '{folder}' | tail -1"))
    disk.run(f"head -c {max(0, free - leave)} /dev/zero > '{folder}/filler'")


def test_full_disk_refuses_changes_and_serves_tokens(small_disk):
    disk, service, folder = small_disk
    before = {it["name"] for it in service.cli("identity", "list")}
    _fill(disk, folder, leave=64 * 1024)
    with Writers(disk.outside(service.control_socket), "identity.create",
                 lambda writer, number: {"name": f"w{writer}-{number}"}) as writers:
        wait_until(lambda: len(writers.refused) >= 5, 20, "the disk is full")
    for _, answer in writers.refused:
        assert answer["error"]["code"] == "store.failed"
        assert "full" in answer["error"]["message"] or "space" in answer["error"]["message"]

    def expect_exactly_what_was_promised():
        found = {it["name"] for it in service.cli("identity", "list")}
        assert found == before | {it["name"] for it, _ in writers.promised}

    expect_exactly_what_was_promised()
    service.verify(service.token("https://while-full.example/")["access_token"])
    with pytest.raises(CliError) as failed:
        service.cli("identity", "create", "one-more")
    assert failed.value.exit_code == 1
    expect_exactly_what_was_promised()

    disk.run(f"rm '{folder}/filler'")
    service.cli("identity", "create", "room-again")
    before.add("room-again")
    expect_exactly_what_was_promised()
    service.kill()
    service.start()
    expect_exactly_what_was_promised()


def test_full_disk_refuses_a_rotation_and_keeps_the_key(small_disk):
    disk, service, folder = small_disk
    keys = service.jwks()
    _fill(disk, folder, leave=0)
    with pytest.raises(CliError) as failed:
        service.cli("authority", "rotate")
    assert failed.value.exit_code == 1 and failed.value.message
    assert service.jwks() == keys
    service.verify(service.token("https://while-full.example/")["access_token"])
    disk.run(f"rm '{folder}/filler'")
    service.restart()
    assert service.jwks() == keys
    service.cli("authority", "rotate")
    assert len(service.jwks()["keys"]) == len(keys["keys"]) + 1
