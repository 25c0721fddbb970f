# SPDX-License-Identifier: Apache-2.0
"""The bridge: programs of the old endpoint, tokens of IMDS, and nothing that is a credential."""

import json
import os
import subprocess
import threading
from http.server import BaseHTTPRequestHandler

import pytest

from guest_daemon import METADATA, PATH, RESOURCE, GuestDaemon, bridge_settings, free_port
from harness import rawhttp
from harness.openimds import Service, has_ipv6
from harness.timing import wait_until
from local_server import LocalServer
from old_programs import EVERY_OLD_PROGRAM, check

OLD_MEMBERS = ["access_token", "refresh_token", "expires_in", "expires_on", "not_before",
               "resource", "token_type"]


@pytest.fixture(scope="module")
def service():
    with Service() as running:
        running.cli("identity", "create", "ua2")
        running.cli("machine", "identity", "assign", "vm1", "ua2")
        yield running


@pytest.fixture(scope="module")
def machine(service):
    return service.cli("machine", "show", "vm1")["identity"]


@pytest.fixture(scope="module")
def daemon(service):
    with GuestDaemon(bridge_settings(service)) as running:
        yield running


class Imds(BaseHTTPRequestHandler):
    """IMDS as a test wants it: `answer` is (status, headers, body)."""
    answer = None
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        status, headers, body = type(self).answer
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def scripted():
    """(a daemon, the class whose `answer` its IMDS gives)"""
    with LocalServer(Imds) as server:
        with GuestDaemon({"mode": "imds", "imds": {"url": server.url}}) as running:
            yield running, Imds


# Whose tokens, in which shape.

def test_gives_the_token_that_imds_gives(service, daemon):
    old, new = daemon.token(), service.token(RESOURCE)
    assert old["access_token"] == new["access_token"]
    assert old["expires_on"] == new["expires_on"]
    service.verify(old["access_token"])


def test_the_answer_has_the_old_shape_on_one_line(daemon):
    response = daemon.ask()
    assert list(response.json()) == OLD_MEMBERS
    assert all(isinstance(value, str) for value in response.json().values())
    assert response.json()["refresh_token"] == "" and b"\n" not in response.body


def test_every_selector_finds_its_identity(service, daemon, machine):
    [first, *_] = machine["userAssignedIdentities"].items()
    resource_id, facts = first
    for selector in (f"client_id={facts['clientId']}", f"object_id={facts['principalId']}",
                     f"msi_res_id={resource_id}"):
        claims = service.verify(daemon.token(query=f"&{selector}")["access_token"])
        assert claims["appid"] == facts["clientId"]
    claims = service.verify(daemon.token()["access_token"])
    assert claims["appid"] == machine["clientId"]


def test_a_form_is_as_good_as_a_query(service, daemon):
    response = daemon.ask("POST", "", f"resource={RESOURCE}&client_id=&authority=https://x")
    assert response.status == 200
    assert service.verify(response.json()["access_token"])["aud"] == RESOURCE


@pytest.mark.skipif(not has_ipv6(), reason="no IPv6 here")
def test_listens_on_both_loopback_addresses(daemon):
    assert daemon.ask(address=("::1", daemon.port)).status == 200


def test_one_connection_serves_many_requests(daemon):
    with rawhttp.Connection(daemon.address) as connection:
        for _ in range(3):
            connection.send(rawhttp.request("GET", f"{PATH}?resource={RESOURCE}",
                                            headers=METADATA))
            assert connection.receive("GET").status == 200


# Refusals.

@pytest.mark.parametrize("query, error", [
    ("", "invalid_request"),
    ("resource=nothing", "invalid_request"),
    (f"resource={RESOURCE}&client_id=aaaaaaaa-0000-0000-0000-000000000001", "invalid_request"),
    (f"resource={RESOURCE}&clientid=x", "invalid_request"),
    (f"resource={RESOURCE}&resource={RESOURCE}", "invalid_request"),
])
def test_a_bad_question_is_refused_in_the_old_words(daemon, query, error):
    response = daemon.ask(query=query)
    assert (response.status, response.json()["error"]) == (400, error)
    assert "access_token" not in response.json()


def test_a_caller_must_be_direct_and_say_metadata(daemon):
    assert daemon.ask(headers={}).json()["error"] == "bad_request_102"
    assert daemon.ask(headers={**METADATA, "X-Forwarded-For": "10.0.0.1"}).status == 400
    assert daemon.ask(headers={**METADATA, "Origin": "https://x.example"}).status == 400
    assert daemon.ask(headers={**METADATA, "Host": "attacker.example"}).status == 400


def test_another_path_is_an_unknown_source(daemon):
    response = rawhttp.ask(daemon.address, target="/metadata/instance", headers=METADATA)
    assert (response.status, response.json()["error"]) == (401, "unknown_source")


def test_an_unknown_audience_gets_the_older_number(scripted):
    daemon, imds = scripted
    imds.answer = (400, {"Content-Type": "application/json"}, json.dumps({
        "error": "invalid_resource",
        "error_description": "AADSTS500011: The resource principal named https://x was not found"}))
    response = daemon.ask()
    assert (response.status, response.json()["error"]) == (400, "invalid_resource")
    assert response.json()["error_description"].startswith("AADSTS50001: The application named")


@pytest.mark.parametrize("answer, status, retry_after", [
    ((404, {}, ""), 503, "5"),
    ((410, {}, ""), 503, "5"),
    ((429, {"Retry-After": "7"}, ""), 429, "7"),
    ((500, {}, "{}"), 503, "1"),
    ((503, {"Retry-After": "3"}, ""), 503, "3"),
    ((302, {"Location": "http://127.0.0.1:1/"}, ""), 503, "1"),
    ((200, {}, "<html>sign in</html>"), 503, "1"),
    ((200, {}, '{"access_token": "a"}'), 503, "1"),
], ids=["updating", "gone", "throttled", "broken", "down", "redirect", "a page", "half a token"])
def test_trouble_of_imds_is_said_to_pass(scripted, answer, status, retry_after):
    daemon, imds = scripted
    imds.answer = answer
    response = daemon.ask()
    assert (response.status, response.header("Retry-After")) == (status, retry_after)
    assert b"sign in" not in response.body and "access_token" not in response.json()


def test_without_imds_it_says_so_and_recovers(service):
    settings = {"mode": "imds", "imds": {"url": f"http://127.0.0.1:{free_port()}"}}
    with GuestDaemon(settings) as daemon:
        assert daemon.ask().status == 503
        daemon.take(bridge_settings(service))
        assert daemon.ask().status == 200


# Who calls.

def test_counts_who_still_calls(service):
    with GuestDaemon(bridge_settings(service)) as daemon:
        for _ in range(3):
            daemon.token()
        subprocess.run(["curl", "-s", "--fail", "-H", "Metadata: true", "-o", os.devnull,
                        f"{daemon.url}{PATH}?resource={RESOURCE}"], check=True)

        def known():
            counts = {it["process"]: it["requests"] for it in daemon.callers()}
            return counts if sum(counts.values()) == 4 else None
        counts = wait_until(known, what="four requests written down")
        assert counts["curl"] == 1
        [caller] = [it for it in daemon.callers() if it["pid"] == os.getpid()]
        assert (caller["requests"], caller["uid"]) == (3, os.getuid())
        assert caller["executable"] == os.path.realpath("/proc/self/exe")


def test_a_restart_forgets_no_caller(service):
    with GuestDaemon(bridge_settings(service)) as daemon:
        daemon.token()
        daemon.stop()
        daemon.start()
        daemon.token()
        daemon.stop()
        assert [it["requests"] for it in daemon.callers()] == [2]


# Whom it lets.

def test_rules_for_users_hold_on_the_bridge(service, machine):
    """Any answer with this identity's token is one that the rule allows."""
    [facts] = [it for it in machine["userAssignedIdentities"].values()][:1]
    rules = [{"uid": os.getuid(), "identities": [facts["clientId"]]}]
    with GuestDaemon(bridge_settings(service, callers=rules)) as daemon:
        assert daemon.ask(query=f"resource={RESOURCE}&client_id={facts['clientId']}").status == 200
        refused = daemon.ask()
        assert (refused.status, refused.json()["error_description"]) == (400, "Identity not found")
        daemon.take(bridge_settings(service, callers=[{"uid": os.getuid() + 1}]))
        assert daemon.ask(query=f"resource={RESOURCE}&client_id={facts['clientId']}").status == 400


# Old programs, as they are.

@EVERY_OLD_PROGRAM
def test_an_old_program_notices_nothing(service, daemon, machine, old_program, commands, tmp_path):
    [facts, *_] = machine["userAssignedIdentities"].values()

    def is_of(client_id):
        return lambda token: service.verify(token)["appid"] == client_id
    check(old_program, commands, daemon, tmp_path, RESOURCE, [
        ({}, is_of(machine["clientId"])),
        ({"client_id": facts["clientId"]}, is_of(facts["clientId"])),
        ({"client_id": "aaaaaaaa-0000-0000-0000-000000000001"}, None)])


# Load.

def test_many_at_once_all_get_the_right_answer(service, daemon):
    wrong = []

    def run(number):
        resource = f"https://r{number % 7}.example"
        for _ in range(10):
            response = daemon.ask(query=f"resource={resource}", timeout=30)
            if response.status != 200 or response.json()["resource"] != resource:
                wrong.append(response)
    threads = [threading.Thread(target=run, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_what_it_sends_to_imds_is_what_imds_wants(daemon, service):
    """IMDS itself refuses what is not; it is asked there, and nowhere else."""
    daemon.token("https://only.example")
    lines = service.said("token.issued", resource="https://only.example")
    assert {line["protocol"] for line in lines} == {"imds"}
