# SPDX-License-Identifier: Apache-2.0
"""The daemon in mode authority: certificates, settings that change under load, and kill -9."""

import json
import os
import shutil
import signal
import subprocess
import threading
import time

import pytest

from certificates import make_client_certificate
from guest_daemon import (METADATA, PATH, RESOURCE, GuestDaemon, authority_settings,
                          extension_binary, files, free_port, wait_for_port)
from harness import rawhttp
from harness.openimds import TENANT, Service
from harness.timing import scaled, wait_until
from harness.upstream import Upstream
from old_programs import EVERY_OLD_PROGRAM, check

NOBODY = 65534


def setting(identity, **more):
    return {"clientId": identity["clientId"], "objectId": identity["principalId"],
            "resourceId": identity["id"], **more}


class Lab:
    """An authority, two identities, and certificates that it knows."""

    def __init__(self, service, folder):
        self.service, self.folder = service, folder
        self.first = service.cli("identity", "create", "first")
        self.second = service.cli("identity", "create", "second")
        self.certificate = self.new_certificate("one")

    def new_certificate(self, name, identities=("first", "second")):
        made = make_client_certificate(self.folder, name)
        made.key.chmod(0o600)
        for identity in identities:
            self.service.cli("identity", "certificate", "create", identity, "--file",
                             str(made.certificate))
        return made

    def settings(self, certificate=None, **more):
        return authority_settings(
            self.service, [setting(self.first, systemAssigned=True), setting(self.second)],
            files(certificate or self.certificate), **more)

    def appid(self, token):
        return self.service.verify(token["access_token"])["appid"]


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    with Service() as service:
        yield Lab(service, tmp_path_factory.mktemp("keys"))


@pytest.fixture(scope="module")
def daemon(lab):
    with GuestDaemon(lab.settings()) as running:
        yield running


@pytest.fixture
def own_daemon(lab):
    """One that a test may change and end."""
    with GuestDaemon(lab.settings()) as running:
        yield running


class Load:
    """Callers who ask without end, each on connections of its own, and what they got."""

    def __init__(self, ask, callers=4):
        self.ask = ask
        self.stopping = threading.Event()
        self.good, self.failed, self.wrong = 0, 0, []
        self.lock = threading.Lock()
        self.threads = [threading.Thread(target=self._run) for _ in range(callers)]

    def _run(self):
        while not self.stopping.is_set():
            try:
                outcome = self.ask()
            except (OSError, rawhttp.NoResponse):
                outcome = None  # the connection ended: a clean failure
                time.sleep(0.01)
            with self.lock:
                if outcome is None:
                    self.failed += 1
                elif outcome is True:
                    self.good += 1
                else:
                    self.wrong.append(outcome)

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stopping.set()
        for thread in self.threads:
            thread.join()

    def some_more(self, count=20):
        """Waits until so many more have been answered well."""
        with self.lock:
            goal = self.good + count
        wait_until(lambda: self.good >= goal or self.wrong, 20, f"{count} more good answers")


def asking(daemon, address=None):
    def ask():
        response = daemon.ask(address=address, timeout=scaled(10))
        good = response.status == 200 and response.json()["resource"] == RESOURCE
        return True if good else response
    return ask


# Tokens.

def test_the_system_assigned_identity_is_the_default(lab, daemon):
    assert lab.appid(daemon.token()) == lab.first["clientId"]


def test_every_selector_finds_its_identity(lab, daemon):
    for name, value in (("client_id", lab.second["clientId"]),
                        ("object_id", lab.second["principalId"]),
                        ("msi_res_id", lab.second["id"])):
        assert lab.appid(daemon.token(query=f"&{name}={value}")) == lab.second["clientId"]


def test_the_same_token_is_given_while_it_is_good(daemon):
    assert daemon.token()["access_token"] == daemon.token()["access_token"]
    other = daemon.token("https://vault.azure.net")
    assert other["access_token"] != daemon.token()["access_token"]


def test_an_unknown_identity_is_refused(daemon):
    response = daemon.ask(query=f"resource={RESOURCE}&client_id={TENANT}")
    assert response.json() == {"error": "invalid_request",
                               "error_description": "Identity not found"}


@EVERY_OLD_PROGRAM
def test_an_old_program_gets_its_tokens(lab, daemon, old_program, commands, tmp_path):
    def is_of(identity):
        return lambda token: lab.service.verify(token)["appid"] == identity["clientId"]
    check(old_program, commands, daemon, tmp_path, RESOURCE, [
        ({}, is_of(lab.first)),
        ({"client_id": lab.second["clientId"]}, is_of(lab.second)),
        ({"client_id": TENANT}, None)])


def test_the_agents_own_file_names_will_do(lab):
    folder = lab.folder / "waagent"
    folder.mkdir(mode=0o700)
    thumbprint = "AB" * 20
    shutil.copy(lab.certificate.certificate, folder / f"{thumbprint}.crt")
    shutil.copy(lab.certificate.key, folder / f"{thumbprint}.prv")
    (folder / f"{thumbprint}.prv").chmod(0o644)  # as the agent leaves it for a while
    by_name = {"directory": str(folder), "thumbprint": thumbprint.lower()}
    with GuestDaemon(authority_settings(lab.service, [setting(lab.first)], by_name)) as running:
        assert lab.appid(running.token()) == lab.first["clientId"]


def test_asks_an_authority_over_tls_and_checks_it(tmp_path):
    listeners = [{"protocol": "authority", "address": "127.0.0.1:0", "tls": True}]
    with Service(listeners=listeners) as service:
        lab = Lab(service, tmp_path)
        ca_file = tmp_path / "ca.pem"
        ca_file.write_text(service.cli("authority", "ca")["certificate"])
        settings = lab.settings()
        settings["authority"] = {"url": service.url("authority").replace("127.0.0.1", "localhost"),
                                 "tenant": TENANT, "caFile": str(ca_file)}
        with GuestDaemon(settings) as running:
            token = running.token()["access_token"]
            del settings["authority"]["caFile"]  # the distribution's store does not know it
            running.take(settings)
            refused = running.ask()
            assert refused.status == 503 and token not in refused.text
            [failure] = [it for it in running.events("upstream.failed")][:1]
            assert failure["reason"] == "upstream.tls"


# What the machine must keep to itself.

def test_the_key_is_nowhere_but_in_its_file(lab, own_daemon):
    own_daemon.token()
    key = lab.certificate.key.read_text().splitlines()[1]
    for file in (*own_daemon.state_dir.iterdir(), *own_daemon.log_dir.iterdir()):
        assert key not in file.read_text()
    assert lab.service.token()["access_token"] not in own_daemon.log_text()
    assert "eyJ" not in own_daemon.log_text()


def test_what_it_writes_is_for_root_alone(own_daemon):
    own_daemon.token()
    assert own_daemon.state_dir.stat().st_mode & 0o777 == 0o700
    for file in own_daemon.state_dir.iterdir():
        assert file.stat().st_mode & 0o077 == 0, file


def test_a_key_that_others_may_read_is_refused(lab, tmp_path):
    exposed = make_client_certificate(tmp_path, "exposed")
    tmp_path.chmod(0o755)
    exposed.key.chmod(0o644)
    daemon = GuestDaemon(lab.settings(exposed))
    try:
        process = daemon.spawn()
        assert process.wait(scaled(10)) == 1
        status = daemon.status()
        assert (status["serving"], status["reason"]) == (False, "credential.unreadable")
        assert "chmod" in status["message"]
    finally:
        daemon.clean_up()


# Who may ask.

def as_user(uid, *command):
    return subprocess.run(["setpriv", f"--reuid={uid}", f"--regid={uid}", "--clear-groups",
                           *command], capture_output=True, text=True, check=False)


@pytest.mark.skipif(os.geteuid() != 0, reason="another user's process needs root to start")
def test_only_users_with_a_rule_get_tokens_and_only_their_identities(lab):
    rules = [{"uid": NOBODY, "identities": [lab.second["id"]]}]
    with GuestDaemon(lab.settings(callers=rules)) as running:
        assert running.ask().status == 400  # root has no rule

        def ask_as(uid, query=""):
            url = f"{running.url}{PATH}?resource={RESOURCE}{query}"
            return json.loads(as_user(uid, "curl", "-s", "-H", "Metadata: true", url).stdout)
        for query in ("", f"&client_id={lab.second['clientId']}"):
            assert lab.appid(ask_as(NOBODY, query)) == lab.second["clientId"]
        refused = ask_as(NOBODY, f"&client_id={lab.first['clientId']}")
        assert refused["error_description"] == "Identity not found"
        assert "error" in ask_as(NOBODY - 1)


# Settings that change.

def test_a_new_certificate_costs_no_request(lab, own_daemon):
    """Rotation by files: the old certificate is withdrawn once the new one is there."""
    where = lab.folder / "rotated"
    where.mkdir()
    pair = {"certificateFile": str(where / "c.crt"), "keyFile": str(where / "c.key")}

    def put(made):
        for source, name in ((made.certificate, "c.crt"), (made.key, "c.key")):
            shutil.copy(source, where / "new")
            (where / "new").chmod(0o600)
            (where / "new").rename(where / name)
    put(lab.new_certificate("before", ["second"]))
    identities = [setting(lab.second)]
    own_daemon.take(authority_settings(lab.service, identities, pair))
    number = iter(range(10**9))

    def ask():  # each a token that is not in memory yet
        resource = f"https://r{next(number)}.example"
        response = own_daemon.ask(query=f"resource={resource}", timeout=scaled(10))
        return True if response.status == 200 else response
    with Load(ask, callers=2) as load:
        load.some_more()
        put(lab.new_certificate("after", ["second"]))
        for known in lab.service.cli("identity", "certificate", "list", "second"):
            if known["subject"] == "CN=before":
                load.some_more(4)
                lab.service.cli("identity", "certificate", "delete", "second", known["keyId"])
        load.some_more()
    assert not load.wrong and not load.failed


def test_a_new_port_opens_before_the_old_one_closes(lab, own_daemon):
    old, new = own_daemon.port, free_port()
    target = {"port": old}

    def ask():
        port = target["port"]
        outcome = asking(own_daemon, ("127.0.0.1", port))()
        return outcome
    with Load(ask) as load:
        load.some_more()
        own_daemon.write(lab.settings(), port=new)
        wait_for_port(new)
        target["port"] = new
        load.some_more()
        wait_until(lambda: own_daemon.status()["port"] == new, what="the new port in the status")
    assert not load.wrong
    with pytest.raises(OSError):
        rawhttp.ask(("127.0.0.1", old), headers=METADATA, target=PATH)


def test_sighup_and_a_new_file_both_make_it_look(lab, own_daemon):
    own_daemon.take(lab.settings())
    generation = own_daemon.generation
    own_daemon.reload()
    wait_until(lambda: len(own_daemon.events("config.reloaded")) >= 2, what="a second reload")
    assert own_daemon.status()["generation"] == generation


def test_changing_back_and_forth_loses_no_request(lab, own_daemon):
    with Load(asking(own_daemon)) as load:
        for turn in range(6):
            own_daemon.take(lab.settings(countCallers=turn % 2 == 0))
            load.some_more(5)
    assert not load.wrong and not load.failed


@pytest.mark.parametrize("wrong, reason", [
    ({"mode": "neither"}, "config.invalid"),
    ({"portt": 1}, "config.invalid"),
    ({"stateDir": "/elsewhere"}, "config.invalid"),
    ({"certificate": {"certificateFile": "/nothing.crt", "keyFile": "/nothing.key"}},
     "credential.unreadable"),
])
def test_settings_that_are_no_good_change_nothing(lab, own_daemon, wrong, reason):
    before = own_daemon.generation
    own_daemon.write({**lab.settings(), **wrong})
    status = wait_until(lambda: own_daemon.status()["reason"] and own_daemon.status(),
                        what="a refusal in the status file")
    assert (status["reason"], status["serving"], status["generation"]) == (reason, True, before)
    assert own_daemon.ask().status == 200
    own_daemon.take(lab.settings())
    assert own_daemon.status()["message"] == ""


def test_a_port_that_somebody_has_is_said_and_nothing_lost(lab, own_daemon):
    with Service() as other:
        taken = other.extension[1]
        own_daemon.write(lab.settings(), port=taken)
        wait_until(lambda: own_daemon.status()["reason"] == "listen.address_in_use",
                   what="the reason in the status file")
        assert own_daemon.ask(address=("127.0.0.1", own_daemon.status()["port"])).status == 200


def test_more_than_32_user_assigned_identities_belong_to_imds(lab):
    many = [{"clientId": f"aaaaaaaa-0000-0000-0000-{number:012d}"} for number in range(1, 34)]
    daemon = GuestDaemon(authority_settings(lab.service, many, files(lab.certificate)))
    try:
        assert daemon.spawn().wait(scaled(10)) == 1
        assert "let IMDS serve this machine" in daemon.errors()
        daemon.write(authority_settings(lab.service, many[:32], files(lab.certificate)))
        with daemon:
            assert daemon.ask().status == 400  # which of them was not said
    finally:
        daemon.clean_up()


def test_from_the_authority_to_the_bridge_without_a_pause(lab, own_daemon):
    with Load(asking(own_daemon)) as load:
        load.some_more(5)
        own_daemon.take({"mode": "imds", "imds": {"url": lab.service.url("imds")}})
        load.some_more(5)
    assert not load.wrong and not load.failed
    assert lab.appid(own_daemon.token()) != lab.first["clientId"]  # IMDS knows the machine itself


# Life and death.

def test_leaves_when_its_package_is_taken_away(own_daemon):
    shutil.rmtree(own_daemon.package_dir)
    assert own_daemon.process.wait(scaled(5)) == 0
    assert own_daemon.status()["serving"] is False
    with pytest.raises(OSError):
        own_daemon.ask()


def test_one_daemon_for_each_state_folder(lab, own_daemon):
    second = subprocess.run([extension_binary(), "run", "--settings", own_daemon.settings_file],
                            capture_output=True, text=True, timeout=scaled(10), check=False)
    assert second.returncode == 1
    assert own_daemon.ask().status == 200
    assert own_daemon.status()["pid"] == own_daemon.process.pid


def test_kill_9_under_load_gives_no_wrong_answer_and_it_is_soon_back(lab, own_daemon):
    """Whoever keeps it running starts it again at once; here that is the test."""
    with Load(asking(own_daemon), callers=6) as load:
        for _ in range(3):
            load.some_more(10)
            own_daemon.kill()
            died = time.monotonic()
            own_daemon.process = own_daemon.spawn()
            wait_for_port(own_daemon.port)
            assert time.monotonic() - died < scaled(2)
            load.some_more(10)
    assert not load.wrong


def test_sigterm_lets_requests_finish(lab):
    release = threading.Event()
    answer = Upstream.token()

    def slow(upstream, connection, call):
        release.wait(scaled(10))
        answer(upstream, connection, call)
    with Upstream() as upstream:
        upstream.script = slow
        settings = lab.settings()
        settings["authority"] = {"url": upstream.url, "tenant": TENANT}
        with GuestDaemon(settings) as daemon, rawhttp.Connection(daemon.address) as connection:
            connection.send(rawhttp.request("GET", f"{PATH}?resource={RESOURCE}",
                                            headers=METADATA))
            wait_until(lambda: upstream.calls, what="a request under way")
            daemon.process.send_signal(signal.SIGTERM)
            wait_until(lambda: daemon.events("service.stopping"), what="the end")
            release.set()
            assert connection.receive("GET").status == 200
            assert daemon.process.wait(scaled(10)) == 0


def test_its_command_line_says_what_it_expects():
    def run(*arguments):
        return subprocess.run([extension_binary(), *arguments], capture_output=True, text=True,
                              check=False)
    assert run("version").stdout.startswith("managed-identity-extension ")
    assert "run --settings FILE" in run("help").stdout
    assert (run("run").returncode, run("run").stderr) == (2, "run: expected --settings FILE\n")
    assert run("fly").returncode == 2
    missing = run("run", "--settings", "/nothing.json")
    assert missing.returncode == 1 and "/nothing.json" in missing.stderr
