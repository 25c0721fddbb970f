# SPDX-License-Identifier: Apache-2.0
"""A program takes another's place while clients call: every request is answered, none is lost."""

import os
import shutil
import signal
import socket

import pytest

from harness.callers import Callers, patient
from harness.openimds import TOKEN_PATH, Service, binary
from harness.timing import wait_until

TARGET = f"{TOKEN_PATH}?api-version=2018-02-01&resource=https://management.azure.com/"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Installed(Service):
    """Runs a copy of the program, which can be replaced as a package's new version replaces it."""

    def __init__(self, **options):
        listeners = [{"protocol": protocol, "address": f"127.0.0.1:{free_port()}"}
                     for protocol in ("imds", "vm_extension", "authority")]
        super().__init__(listeners=listeners, **options)
        self.program_path = self.folder / "openimds"
        shutil.copy2(binary(), self.program_path)

    def spawn(self):
        before = os.environ["OPENIMDS_BINARY"]
        os.environ["OPENIMDS_BINARY"] = str(self.program_path)
        try:
            return super().spawn()
        finally:
            os.environ["OPENIMDS_BINARY"] = before

    def install(self, content=None):
        new = self.folder / "openimds.new"
        if content is None:
            shutil.copy2(binary(), new)
        else:
            new.write_text(content)
            new.chmod(0o755)
        new.rename(self.program_path)

    def runs_installed(self):
        return os.stat(f"/proc/{self.pid}/exe").st_ino == self.program_path.stat().st_ino

    def hand_over(self):
        count = len(self.events("service.ready"))
        self.signal(signal.SIGUSR2)
        return self.said("service.ready", count + 1)[-1]


@pytest.fixture
def service():
    with Installed() as running:
        yield running


def callers(service):
    def expect(response):
        if response.status != 200:
            return f"{response.status} {response.text}"
        return None if response.json()["token_type"] == "Bearer" else response.text
    return Callers(lambda: patient(service.imds),
                   lambda connection: connection.ask(target=TARGET, headers={"Metadata": "true"}),
                   expect)


def test_upgrades_and_reloads_under_load_lose_no_request(service):
    pid = service.pid
    with callers(service) as load:
        load.wait_for_more(100)
        for _ in range(3):
            service.install()
            assert not service.runs_installed()
            ready = service.hand_over()
            assert ready["pid"] == pid and service.runs_installed()
            load.wait_for_more(100)
            for _ in range(5):
                service.reload()
            load.wait_for_more(100)
    assert load.lost == []
    assert load.answered > 600


def test_a_configuration_that_needs_a_restart_is_taken_without_one(service):
    with callers(service) as load:
        load.wait_for_more(20)
        service.settings["server"] = {"io_threads": 5}
        service.write_config()
        service.hand_over()
        load.wait_for_more(100)
        service.settings["server"] = {"io_threads": 1}
        service.write_config()
        service.hand_over()
        load.wait_for_more(100)
    assert load.lost == []
    assert service.events("service.sockets_unclaimed") == []


def test_what_was_stored_is_there_and_a_command_meanwhile_waits(service):
    made = service.cli("identity", "create", "before")
    service.signal(signal.SIGUSR2)
    during = service.cli("identity", "create", "during")
    service.said("service.ready", 2)
    assert service.cli("identity", "show", "before")["clientId"] == made["clientId"]
    assert service.cli("identity", "show", "during")["clientId"] == during["clientId"]


@pytest.mark.parametrize("program, said", [("#!/bin/sh\necho broken >&2\nexit 3\n", "broken"),
                                           ("no program\n", "was not started")],
                         ids=["says_no", "is_none"])
def test_a_program_that_could_not_start_is_refused(service, program, said):
    service.install(program)
    service.signal(signal.SIGUSR2)
    refused = service.said("service.hand_over_refused")[0]
    assert said in refused["message"] and str(service.program_path) in refused["message"]
    assert service.token()["token_type"] == "Bearer"
    service.install()
    service.hand_over()
    assert service.token()["token_type"] == "Bearer"


def test_a_configuration_with_an_error_is_refused(service):
    with open(service.config_path, "a", encoding="utf-8") as file:
        file.write("\n[nonsense]\nx = 1\n")
    service.signal(signal.SIGUSR2)
    assert "nonsense" in service.said("service.hand_over_refused")[0]["message"]
    assert service.token()["token_type"] == "Bearer"


def test_a_listener_that_is_gone_from_the_configuration_is_closed(service):
    gone = service.extension
    service.listeners = [it for it in service.listeners if it["protocol"] != "vm_extension"]
    service.write_config()
    service.hand_over()
    assert service.said("service.sockets_unclaimed")[0]["count"] >= 1
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(gone)


def test_it_ends_as_ever_afterwards(service):
    service.hand_over()
    service.hand_over()
    assert service.stop() == 0
    assert not os.path.exists(service.control_socket)


def test_descriptors_do_not_grow_from_one_program_to_the_next(service):
    service.hand_over()
    before = os.listdir(f"/proc/{service.pid}/fd")
    for _ in range(3):
        service.hand_over()
    wait_until(lambda: len(os.listdir(f"/proc/{service.pid}/fd")) <= len(before),
               what="as many descriptors as before")


def test_a_supervisors_sockets_are_taken():
    """Socket activation: whoever connects before the service runs waits for it."""
    with socket.create_server(("127.0.0.1", 0), backlog=16) as given:
        address = given.getsockname()
        waiting = patient(address)
        service = Service(listeners=[{"protocol": "imds", "address": f"127.0.0.1:{address[1]}"}],
                          prefix=["bash", "-c", f'exec 3<&{given.fileno()}; LISTEN_FDS=1 '
                                              'LISTEN_PID=$$ exec "$@"', "bash"])
        service.pass_fds = (given.fileno(),)
        with service, waiting:
            response = waiting.ask(target=TARGET, headers={"Metadata": "true"})
            assert response.status == 200
            assert service.imds == address
