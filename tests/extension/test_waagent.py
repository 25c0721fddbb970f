# SPDX-License-Identifier: Apache-2.0
"""The life of the extension under the real Linux agent, against our own wire server.

Asserted on what the agent uploads, and on tokens that old programs get. Each test begins without
the extension, in the namespaces of in_guest.sh.
"""

import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from guest import (NAME, PORT, TENANT, TESTS, Guest, Identity, LinuxAgent, Service,
                   WireServer, authority_settings, is_open, make_package, run_program, stripped,
                   wait_until)
from client_program import in_namespace

pytestmark = pytest.mark.skipif(not in_namespace(), reason="run it through in_guest.sh")

CLIENTS = TESTS / "clients"
LISTENERS = [
    {"protocol": "imds", "address": "169.254.169.254:80"},
    {"protocol": "authority", "address": "127.0.0.1:0"},
    {"protocol": "authority", "address": "127.0.0.1:50400", "tls": True},
]


@pytest.fixture(scope="module")
def service():
    settings = {"server": {"allowed_hosts": ["login.test"]}}
    with Service(listeners=LISTENERS, settings=settings) as running:
        yield running


@pytest.fixture(scope="module")
def machine(service, tmp_path_factory):
    """The agent at work, with nothing to do."""
    folder = tmp_path_factory.mktemp("guest")
    with WireServer(folder) as wire:
        package = make_package(folder, stripped(folder))
        for version in ("1.0.0.1", "1.0.0.2"):
            wire.publish(NAME, version, package)
        wire.set_goal()
        with LinuxAgent(folder) as agent:
            wire.wait_for(lambda report: True, timeout=120)  # it has much to load
            yield Guest(folder, service, wire, agent)


@pytest.fixture
def guest(machine):
    yield machine
    if not machine.agent.is_running():
        machine.agent.start()
    machine.remove()
    wait_until(lambda: not machine.processes(), 20, "no process of the extension")


@pytest.fixture(scope="module")
def go_program(tmp_path_factory):
    program = tmp_path_factory.mktemp("go") / "fetch_tokens"
    subprocess.run(["go", "build", "-o", program, CLIENTS / "go/fetch_tokens.go"], check=True,
                   env={"PATH": "/usr/bin:/bin", "HOME": os.environ.get("HOME", "/"),
                        "GO111MODULE": "off", "GOPATH": "/usr/share/gocode"})
    return [str(program)]


@pytest.fixture
def hosts(tmp_path):
    """Adds a line to this namespace's own /etc/hosts."""
    mine = tmp_path / "hosts"
    mine.write_text(Path("/etc/hosts").read_text())
    subprocess.run(["mount", "--bind", mine, "/etc/hosts"], check=True)

    def add(line):
        with open(mine, "a", encoding="utf-8") as file:
            file.write(line + "\n")
    yield add
    subprocess.run(["umount", "/etc/hosts"], check=True)


@pytest.fixture
def web(service, tmp_path, request):
    name = f"web-{abs(hash(request.node.name)) % 10**8}"
    return Identity(service, name, tmp_path)


def enable_web(guest, web, **more):
    report = guest.enable(authority_settings(guest.service, [web]),
                          certificates=[web.new_certificate()], **more)
    assert report.settings_status(NAME)[1] == "success", report.settings_status(NAME)
    return report


def ask_python(folder, web, port=PORT):
    """msrestazure, unmodified."""
    [token] = run_program([sys.executable, str(CLIENTS / "python/fetch_tokens.py")], folder,
                          {"client": "msrestazure-function", "resource": "https://vault.example",
                           "port": port, "select": {"client_id": web.client_id}})
    return token["value"]


# ---- install and enable -------------------------------------------------------------------------

def test_installed_and_enabled_it_serves(guest, web, tmp_path):
    report = enable_web(guest, web)
    version, status, code, _ = report.handler(NAME)
    assert (version, status.lower(), code) == ("1.0.0.1", "ready", 0)
    assert report.settings_status(NAME)[3] == "tokens are served on localhost:50342"
    assert guest.verbs()[-2:] == ["install", "enable"]
    guest.check_token(web)
    discovery = json.loads((guest.agent.lib / "ManagedIdentity-Settings").read_text())
    assert discovery == {"url": "http://localhost:50342"}
    assert guest.service.verify(ask_python(tmp_path, web))["appid"] == web.client_id


def test_old_programs_of_other_languages_get_tokens(guest, web, tmp_path, go_program):
    enable_web(guest, web)
    [token] = run_program(go_program, tmp_path,
                          {"client": "adal", "resource": "https://vault.example",
                           "endpoint": f"http://127.0.0.1:{PORT}/oauth2/token",
                           "select": {"client_id": web.client_id}, "parallel": 1})
    assert guest.service.verify(token["value"])["appid"] == web.client_id


@pytest.mark.skipif(not (CLIENTS / "node/node_modules").is_dir(), reason="no npm clients here")
def test_old_programs_that_name_no_identity_get_the_machines_own(guest, web, tmp_path):
    settings = authority_settings(guest.service, [web], system_assigned=True)
    report = guest.enable(settings, certificates=[web.new_certificate()])
    assert report.settings_status(NAME)[1] == "success", report.settings_status(NAME)
    command = ["node", str(CLIENTS / "node/fetch_tokens.mjs")]
    [token] = run_program(command, tmp_path, {"client": "ms-rest-azure-2.5",
                                              "resource": "https://vault.example", "port": PORT})
    assert guest.service.verify(token["value"])["appid"] == web.client_id


def test_without_settings_it_is_the_bridge(guest, tmp_path):
    guest.seq = 0
    ended = guest.count("enable")
    guest.want(None)
    wait_until(lambda: guest.count("enable") > ended, 60, "an enable that has ended")
    assert (guest.package / "config/0.settings").read_bytes() == b""
    assert guest.status_file()["status"] == "success", guest.status_file()
    machine = guest.service.cli("machine", "show", "vm1")["identity"]
    assert guest.check_token()["oid"] == machine["principalId"]
    book = guest.folder / "managed-identity-extension/callers.json"
    wait_until(book.exists, what="a list of callers")
    [caller] = json.loads(book.read_text())["callers"]
    assert "python" in caller["executable"], "the handler's own request is nobody's"


def test_protected_settings_may_hold_the_certificate(guest, web):
    certificate, key = web.new_certificate()
    settings = {"port": PORT, "authority": {"url": guest.service.url("authority"), "tenant": TENANT},
                "identities": [{"clientId": web.client_id}]}
    report = guest.enable(settings, protected={"certificate": certificate.read_text(),
                                               "key": key.read_text()})
    assert report.settings_status(NAME)[1] == "success", report.settings_status(NAME)
    guest.check_token(web)
    guest.remove()
    assert not list(guest.agent.lib.rglob("credential.pem"))


# ---- other settings -----------------------------------------------------------------------------

def test_new_settings_are_taken_without_a_restart(guest, web, service, tmp_path):
    other = Identity(service, f"{web.name}-other", tmp_path)
    enable_web(guest, web)
    before = guest.processes()
    report = guest.enable(authority_settings(service, [web, other]), seq=1,
                          certificates=[web.new_certificate(), other.new_certificate()])
    assert report.settings_status(NAME)[:2] == (1, "success")
    assert guest.processes() == before, "the same guard and daemon"
    guest.check_token(web)
    guest.check_token(other)


def test_a_new_port_takes_the_place_of_the_old_one(guest, web, tmp_path):
    enable_web(guest, web)
    report = guest.enable(authority_settings(guest.service, [web], port=50399), seq=1)
    assert report.settings_status(NAME)[3] == "tokens are served on localhost:50399"
    guest.check_token(web, port=50399)
    wait_until(lambda: not is_open(PORT), what="the old port closed")
    assert "50399" in (guest.agent.lib / "ManagedIdentity-Settings").read_text()
    assert guest.service.verify(ask_python(tmp_path, web, 50399))["appid"] == web.client_id


def test_a_sequence_that_goes_backwards_is_the_one_that_counts(guest, web):
    enable_web(guest, web, seq=7)
    report = guest.enable(authority_settings(guest.service, [web], port=50399), seq=2)
    assert report.settings_status(NAME)[:2] == (2, "success")
    guest.check_token(web, port=50399)
    assert (guest.package / "mrseq").read_text() == "2"


def test_a_setting_that_nobody_knows_is_named_and_harmless(guest, web):
    report = guest.enable(authority_settings(guest.service, [web], prot=1),
                          certificates=[web.new_certificate()])
    assert report.settings_status(NAME)[1] == "success"
    [part] = guest.status_file()["substatus"]
    assert part["status"] == "warning"
    assert "is it 'port'?" in part["formattedMessage"]["message"]


# ---- certificates -------------------------------------------------------------------------------

def test_a_renewed_certificate_is_taken_with_the_next_goal_state(guest, web):
    enable_web(guest, web)
    renewed = web.new_certificate()
    report = guest.enable(authority_settings(guest.service, [web]), certificates=[renewed])
    assert report.settings_status(NAME)[:2] == (0, "success"), "the settings are the same"
    web.forget_certificates(but=renewed)
    guest.check_token(web)  # the old certificate no longer proves anything


def test_a_certificate_that_did_not_come_is_named(guest, web):
    report = guest.enable(authority_settings(guest.service, [web]), certificates=[])
    _, status, code, message, _ = report.settings_status(NAME)
    assert (status, code) == ("error", 52)
    assert f"common name '{web.name}'" in message
    assert not is_open(PORT)


# ---- failures -----------------------------------------------------------------------------------

def test_a_failing_enable_says_why_and_leaves_what_runs_alone(guest, web):
    enable_web(guest, web)
    report = guest.enable(authority_settings(guest.service, [web], port="http"), seq=1)
    _, status, code, message, operation = report.settings_status(NAME)
    assert (status, code, operation) == ("error", 53, "Enable")
    assert "port" in message
    guest.check_token(web)
    report = guest.enable(authority_settings(guest.service, [web]), seq=2)
    assert report.settings_status(NAME)[:2] == (2, "success")


def test_a_failing_first_enable_is_a_handler_that_is_not_ready(guest):
    report = guest.enable({"port": 0})
    assert report.settings_status(NAME)[1:3] == ("error", 53)
    _, status, _, message = report.handler(NAME)
    assert status.lower() == "notready"
    assert "Non-zero exit code: 53" in message and "port" in message


def test_a_refusal_by_the_authority_is_an_error_until_it_is_mended(guest, web):
    certificate = web.new_certificate()
    web.forget_certificates()
    report = guest.enable(authority_settings(guest.service, [web]), certificates=[certificate])
    assert report.settings_status(NAME)[1] == "error", report.settings_status(NAME)
    assert "gets no token" in report.settings_status(NAME)[3]
    guest.service.cli("identity", "certificate", "create", web.name, "--file", str(certificate[0]))
    report = guest.enable(authority_settings(guest.service, [web]))
    assert report.settings_status(NAME)[1] == "success"


def test_a_name_that_does_not_resolve_yet_is_no_error(guest, web, tmp_path, hosts):
    """The spec's DNS failure at provisioning: it comes right by itself."""
    ca_file = tmp_path / "ca.pem"
    ca_file.write_text(guest.service.cli("authority", "ca")["certificate"])
    settings = authority_settings(guest.service, [web])
    settings["authority"].update(url="https://login.test:50400", caFile=str(ca_file))
    ended = guest.count("enable")
    guest.want(settings, certificates=[web.new_certificate()])
    wait_until(lambda: guest.count("enable") > ended, 60, "an enable that has ended")
    report = guest.report("transitioning")
    assert "goes on trying" in report.settings_status(NAME)[3], report.settings_status(NAME)
    assert report.handler(NAME)[1].lower() == "ready"
    hosts("127.0.0.1 login.test")
    guest.report("success")
    guest.check_token(web)


def test_a_port_that_another_program_has_is_named_and_taken_when_it_is_free(guest, web):
    with socket.create_server(("127.0.0.1", PORT)):
        report = guest.enable(authority_settings(guest.service, [web]),
                              certificates=[web.new_certificate()])
        _, status, code, message, _ = report.settings_status(NAME)
        assert (status, code) == ("error", 1)
        assert f"does not serve port {PORT}" in message and "in use" in message
        assert not (guest.agent.lib / "ManagedIdentity-Settings").exists()
    guest.report("success")
    guest.check_token(web)
    assert (guest.agent.lib / "ManagedIdentity-Settings").exists()


# ---- versions, and the end ----------------------------------------------------------------------

def test_an_upgrade_goes_the_agents_way_and_serves_again(guest, web, tmp_path):
    enable_web(guest, web)
    old = guest.package
    before = len(guest.verbs())
    report = guest.enable(authority_settings(guest.service, [web]), version="1.0.0.2")
    assert report.handler(NAME)[0] == "1.0.0.2"
    assert guest.verbs()[before:] == ["disable", "update", "uninstall", "install", "enable"]
    assert not old.exists()
    guest.check_token(web)
    assert guest.service.verify(ask_python(tmp_path, web))["appid"] == web.client_id


def test_disabled_it_is_silent_and_enabled_again_it_serves(guest, web, tmp_path):
    enable_web(guest, web)
    guest.want(authority_settings(guest.service, [web]), state="disabled")
    guest.wire.wait_for(lambda report: report.handler(NAME)[3] == "Plugin disabled")
    assert not is_open(PORT) and not guest.processes()
    assert not (guest.agent.lib / "ManagedIdentity-Settings").exists()
    guest.enable(authority_settings(guest.service, [web]))
    assert guest.service.verify(ask_python(tmp_path, web))["appid"] == web.client_id


def test_uninstalled_it_leaves_nothing_but_its_logs(guest, web):
    enable_web(guest, web)
    guest.remove()
    assert guest.verbs()[-2:] == ["disable", "uninstall"]
    assert not is_open(PORT) and not guest.processes()
    left = {path.name for path in guest.agent.lib.iterdir()}
    assert not {name for name in left if "ManagedIdentity" in name and "manifest" not in name}
    assert not (guest.folder / "managed-identity-extension").exists()


def test_dropped_from_the_goal_state_it_goes_by_itself(guest, web):
    """No agent calls anybody then: the package's folder just disappears."""
    enable_web(guest, web)
    before = guest.verbs()
    guest.wire.set_goal()
    wait_until(lambda: not guest.package.exists(), 30, "the package's folder gone")
    wait_until(lambda: not guest.processes(), what="its processes gone")
    assert guest.verbs() == before
    assert not is_open(PORT)
    assert not (guest.agent.lib / "ManagedIdentity-Settings").exists()
    assert not (guest.folder / "managed-identity-extension").exists()


# ---- what brings it back ------------------------------------------------------------------------

def test_a_daemon_that_was_killed_is_back_within_two_seconds(guest, web):
    enable_web(guest, web)
    assert guest.kill("run") == 1
    ended = time.monotonic()
    wait_until(lambda: not is_open(PORT), what="the endpoint gone")
    wait_until(lambda: is_open(PORT), what="the endpoint back")
    assert time.monotonic() - ended < 2
    guest.check_token(web)


def test_force_rerun_brings_a_stopped_one_back(guest, web):
    """A changed forceUpdateTag is, to the agent, a higher number with the same settings."""
    enable_web(guest, web)
    assert guest.kill("guard") + guest.kill("run") == 2
    guest.enable(authority_settings(guest.service, [web]), seq=1)
    guest.check_token(web)


def test_an_orphan_is_replaced_and_not_doubled(guest, web):
    enable_web(guest, web)
    assert guest.kill("guard") == 1
    guest.check_token(web)  # nobody watches it, and it serves
    guest.enable(authority_settings(guest.service, [web]), seq=1)
    assert sorted(it[0] for it in guest.processes().values()) == ["guard", "run"]
    guest.check_token(web)


def test_a_restart_of_the_machine_brings_it_back(guest, web):
    enable_web(guest, web)
    ended = guest.count("enable")
    guest.agent.stop()
    guest.kill("guard")
    guest.kill("run")
    wait_until(lambda: not guest.processes(), what="all of it gone")
    guest.agent.start()
    wait_until(lambda: guest.count("enable") > ended, 60, "an enable that has ended")
    guest.check_token(web)


def test_by_hand_without_the_agents_variables(guest, web):
    """The documented repair of the old extension: `disable`, then `enable`, in a shell."""
    enable_web(guest, web, seq=3)
    program = str(guest.package / "managed-identity-extension")
    for verb in ("disable", "enable"):
        done = subprocess.run([program, verb], env={}, capture_output=True, text=True, timeout=60,
                              check=False)
        assert done.returncode == 0, done.stderr
    assert done.stdout == "enable: tokens are served on localhost:50342\n"
    guest.check_token(web)
    assert guest.status_file()["status"] == "success"


def test_enable_ends_though_somebody_waits_for_its_pipes(guest, web):
    """Agents of 2018 read standard output until everybody has closed it."""
    enable_web(guest, web)
    program = str(guest.package / "managed-identity-extension")
    subprocess.run([program, "disable"], check=True, capture_output=True)
    done = subprocess.run([program, "enable"], capture_output=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert len(guest.processes()) == 2
