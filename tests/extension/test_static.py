# SPDX-License-Identifier: Apache-2.0
"""One file for every distribution: in an empty root, on an old kernel, with names of its own."""

import contextlib
import json
import os
import platform
import shutil
import signal
import socket
import struct
import subprocess
import threading
from pathlib import Path

import pytest

from certificates import make_client_certificate
from guest_daemon import METADATA, PATH, RESOURCE, GuestDaemon, bridge_settings, free_port
from harness import openssl, rawhttp
from harness.namespaces import NetworkNamespace, missing
from harness.openimds import TENANT, Service
from harness.timing import scaled, wait_until
from harness.upstream import Upstream
from static_program import ROOT, build

HERE = Path(__file__).parent
LIMIT = 8_000_000
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="chroot needs root")
needs_namespace = pytest.mark.skipif(bool(missing()), reason=str(missing()))
on_x86_64 = pytest.mark.skipif(platform.machine() != "x86_64",
                               reason="the numbers of system calls are those of x86-64")


@pytest.fixture(scope="session")
def program():
    return build()


@pytest.fixture(scope="session")
def old_kernel(tmp_path_factory):
    """A prefix: what follows runs as on Linux 3.10."""
    made = tmp_path_factory.mktemp("kernel") / "old_kernel"
    subprocess.run(["cc", "-O1", "-Wall", "-Werror", "-o", made, HERE / "old_kernel.c"], check=True)
    return [str(made)]


@pytest.fixture(scope="module")
def service():
    with Service() as running:
        yield running


# The file.

def test_is_one_file_under_8_megabytes(program):
    assert program.stat().st_size < LIMIT


def test_needs_no_other_file(program):
    seen = subprocess.run(["readelf", "--wide", "--program-headers", "--dynamic", program],
                          capture_output=True, text=True, check=True).stdout
    assert "INTERP" not in seen and "NEEDED" not in seen
    assert "There is no dynamic section in this file." in seen


def test_names_no_file_of_the_machine_that_built_it(program):
    assert str(ROOT).encode() not in program.read_bytes()


# An empty root.

class EmptyRoot:
    """A folder with the program, its settings, and what a test puts there. No /dev, no /proc."""

    def __init__(self, program, folder):
        self.folder = folder
        shutil.copy(program, folder / "program")
        self.port = free_port()
        self.process = None

    def put(self, name, text, mode=0o600):
        file = self.folder / name
        file.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        file.write_text(text)
        file.chmod(mode)
        return f"/{name}"

    def serve(self, settings, prefix=()):
        self.put("settings.json", json.dumps({"port": self.port, "stateDir": "/state", **settings}))
        with open(self.folder.parent / "stderr", "ab") as stderr:
            self.process = subprocess.Popen(
                [*prefix, shutil.which("chroot"), self.folder, "/program", "run", "--settings",
                 "/settings.json"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                stderr=stderr, env={})
        wait_until(lambda: self.status() or self.process.poll() is not None, 10, "a daemon")
        assert self.process.poll() is None and self.status()["serving"], self.errors()

    def status(self):
        file = self.folder / "state/status.json"
        return json.loads(file.read_text()) if file.exists() else None

    def errors(self):
        return (self.folder.parent / "stderr").read_text()[-3000:]

    def stop(self):
        if self.process and self.process.poll() is None:
            os.kill(self.status()["pid"], signal.SIGTERM)
            assert self.process.wait(scaled(10)) == 0, self.errors()


@pytest.fixture
def empty_root(program, tmp_path):
    folder = tmp_path / "root"
    folder.mkdir()
    root = EmptyRoot(program, folder)
    yield root
    root.stop()


def make_server_certificate(folder, name):
    """(CA as PEM, a pair that Upstream takes) for a server of that name."""
    ca = openssl.make_signer(folder, "ca")
    certificate, key = folder / "server.pem", folder / "server.key"
    openssl.run("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={name}", "-days", 1,
                "-keyout", key, "-out", certificate, "-CA", ca[0], "-CAkey", ca[1],
                "-addext", f"subjectAltName=DNS:{name}", "-addext",
                "basicConstraints=critical,CA:FALSE")

    class Pair:
        pass
    pair = Pair()
    pair.certificate, pair.key = certificate, key
    return ca[0].read_text(), pair


@needs_root
def test_bridges_in_an_empty_root(service, empty_root):
    empty_root.serve(bridge_settings(service))
    response = rawhttp.ask(("127.0.0.1", empty_root.port), headers=METADATA,
                           target=f"{PATH}?resource={RESOURCE}")
    assert response.status == 200, empty_root.errors()
    assert service.verify(response.json()["access_token"])["aud"] == RESOURCE


def credential_in(root, folder, name, **authority):
    certificate = make_client_certificate(folder, name)
    return certificate, {
        "mode": "authority", "authority": {"tenant": TENANT, **authority},
        "certificate": {"certificateFile": root.put("c.crt", certificate.certificate.read_text()),
                        "keyFile": root.put("c.key", certificate.key.read_text())}}


@needs_root
def test_asks_an_authority_over_tls_from_an_empty_root(empty_root, tmp_path):
    listeners = [{"protocol": "authority", "address": "127.0.0.1:0", "tls": True}]
    with Service(listeners=listeners) as service:
        identity = service.cli("identity", "create", "edge")
        certificate, settings = credential_in(
            empty_root, tmp_path, "edge", url=service.url("authority"),
            caFile=empty_root.put("ca.pem", service.cli("authority", "ca")["certificate"]))
        service.cli("identity", "certificate", "create", "edge", "--file",
                    str(certificate.certificate))
        empty_root.serve({**settings, "identities": [{"clientId": identity["clientId"]}]})
        response = rawhttp.ask(("127.0.0.1", empty_root.port), headers=METADATA,
                               target=f"{PATH}?resource={RESOURCE}")
        assert response.status == 200, empty_root.errors()
        assert response.json()["token_type"] == "Bearer"


# Names.

class NameServer:
    """Knows one name, or (while `silent`) nothing; on port 53 of the namespace it is made in."""

    def __init__(self, name):
        self.name = b"".join(bytes([len(part)]) + part.encode() for part in name.split(".")) + b"\0"
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 53))
        self.broken = True
        self.asked = 0
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        with contextlib.suppress(OSError):
            while True:
                question, client = self.socket.recvfrom(512)
                self.asked += 1
                self.socket.sendto(self._answer(question), client)

    def _answer(self, question):
        end = question.index(b"\0", 12) + 5
        name, kind = question[12:end - 4], question[end - 4:end - 2]
        known = name.lower() == self.name
        code = 2 if self.broken else 0 if known else 3  # SERVFAIL, fine, no such name
        record = b""
        if known and not self.broken and kind == b"\0\x01":
            record = b"\xc0\x0c\0\x01\0\x01" + struct.pack(">IH", 0, 4) + bytes([127, 0, 0, 1])
        flags = 0x8180 | code
        head = question[:2] + struct.pack(">HHHHH", flags, 1, 1 if record else 0, 0, 0)
        return head + question[12:end] + record

    def close(self):
        self.socket.close()


def made_inside(namespace, make):
    """What `make()` gives in that network namespace: sockets stay where they were made."""
    result = []

    def run():
        namespace._enter()
        result.append(make())
    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    return result[0]


@needs_root
@needs_namespace
def test_a_name_that_is_not_known_yet_is_known_later(empty_root, tmp_path):
    """The trouble at provisioning that the old extension needed a reboot for."""
    ca, pair = make_server_certificate(tmp_path, "login.example")
    with NetworkNamespace() as namespace:
        names = made_inside(namespace, lambda: NameServer("login.example"))
        upstream = made_inside(namespace, lambda: Upstream(pair))
        with upstream, contextlib.closing(names):
            _, settings = credential_in(empty_root, tmp_path, "edge",
                                        url=f"https://login.example:{upstream.port}",
                                        caFile=empty_root.put("ca.pem", ca))
            empty_root.put("etc/resolv.conf", "nameserver 127.0.0.1\n", 0o644)
            empty_root.serve({**settings, "identities": [{"clientId": TENANT}]}, namespace.prefix)

            def ask():
                with namespace.connect(("127.0.0.1", empty_root.port)) as connection:
                    connection.send(rawhttp.request("GET", f"{PATH}?resource={RESOURCE}",
                                                    headers=METADATA))
                    return connection.receive("GET")
            refused = ask()
            assert (refused.status, refused.json()["error"]) == (503, "service_unavailable")
            assert int(refused.header("Retry-After")) >= 1 and names.asked
            names.broken = False
            wait_until(lambda: ask().status == 200, 15, f"a token; {empty_root.errors()}")
            assert [call.headers["host"] for call in upstream.calls][-1].startswith("login.example")


# An old kernel.

@on_x86_64
def test_serves_both_modes_on_linux_3_10(service, program, old_kernel, tmp_path):
    with GuestDaemon(bridge_settings(service), prefix=old_kernel, program=program) as daemon:
        assert service.verify(daemon.token()["access_token"])["aud"] == RESOURCE
        wait_until(daemon.callers, what="a caller written down")
        identity = service.cli("identity", "create", "old")
        certificate = make_client_certificate(tmp_path, "old")
        service.cli("identity", "certificate", "create", "old", "--file",
                    str(certificate.certificate))
        daemon.take({"mode": "authority",
                     "authority": {"url": service.url("authority"), "tenant": TENANT},
                     "certificate": {"certificateFile": str(certificate.certificate),
                                     "keyFile": str(certificate.key)},
                     "identities": [{"clientId": identity["clientId"]}]})
        claims = service.verify(daemon.token()["access_token"])
        assert claims["appid"] == identity["clientId"]


@on_x86_64
def test_the_old_kernel_of_these_tests_is_one(old_kernel):
    """Without this the test above would say nothing."""
    script = ("import ctypes, os; libc = ctypes.CDLL(None, use_errno=True);"
              "libc.syscall(318, 0, 0, 0); print(os.uname().release, ctypes.get_errno())")
    seen = subprocess.run([*old_kernel, "/usr/bin/python3", "-c", script], capture_output=True,
                          text=True, check=True).stdout
    assert seen == "3.10.0-229.el7.x86_64 38\n"  # getrandom: no such system call
