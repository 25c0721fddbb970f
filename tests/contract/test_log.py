# SPDX-License-Identifier: Apache-2.0
"""What is written to the log, and what is not. (Secrets: row 42 in test_attacks_tokens.py.)"""

import time

import pytest

from attacks import ARM, ASK, ASK_EXTENSION, HEADER, ask
from harness import rawhttp
from harness.openimds import SUBSCRIPTION, TOKEN_PATH, Service
from harness.timing import wait_until


def _settled_log(service):
    """All lines so far, once that of a last request has come: the log has a thread of its own."""
    mark = f"https://mark-{time.monotonic_ns()}.example/"
    service.token(mark)
    wait_until(lambda: mark in service.log_text(), what="the mark in the log")
    return [line for line in service.log_lines() if "https://mark-" not in line.get("resource", "")]


def test_silent_probe_leaves_no_log_line(service):
    before = len(_settled_log(service))
    for address in (service.imds, service.extension, service.authority):
        for _ in range(5):
            rawhttp.open_socket(address).close()
        with rawhttp.Connection(address) as connection:
            connection.half_close()
            connection.expect_end()
    assert _settled_log(service)[before:] == []


def test_probe_without_the_header_is_logged_at_debug_only(service):
    before = len(_settled_log(service))
    for headers in ({}, {"Metadata": "false"}):
        assert ask(service.imds, ASK, headers).status == 400
    assert ask(service.extension, ASK_EXTENSION, {}).status == 400
    assert _settled_log(service)[before:] == []
    with Service(settings={"log": {"level": "debug"}}) as loud:
        assert ask(loud.imds, ASK, {}).status == 400
        line = loud.said("token.refused")[0]
        assert (line["level"], line["reason"]) == ("debug", "caller.metadata_header")


def test_audit_event_of_an_issued_token(service):
    for protocol, address, target in (("imds", service.imds, ASK),
                                      ("vm_extension", service.extension, ASK_EXTENSION)):
        with rawhttp.Connection(address) as connection:
            peer = connection.socket.getsockname()
            assert connection.ask(target=target, headers=HEADER).status == 200
        line = service.said("token.issued", peer=f"{peer[0]}:{peer[1]}")[0]
        assert line["level"] == "info" and line["protocol"] == protocol
        assert line["resource"] == ARM
        assert line["machine"].lower() == (
            f"/subscriptions/{SUBSCRIPTION}/resourcegroups/rg1/providers/microsoft.compute/"
            "virtualmachines/vm1")
        assert line["identity"]
        assert time.strptime(line["time"], "%Y-%m-%dT%H:%M:%SZ")


@pytest.mark.parametrize("query, reason", [
    (f"api-version=2018-02-01&resource={ARM}&client_id=x", "identity.not_found"),
    (f"api-version=2018-02-01&resource={ARM}&clientid=x", "query.misspelt_selector"),
    ("api-version=2018-02-01", "query.resource_missing"),
    (f"resource={ARM}", "query.api_version_missing"),
    (f"api-version=1&resource={ARM}", "query.api_version_unknown")])
def test_audit_event_of_a_refused_token(service, query, reason):
    with rawhttp.Connection(service.imds) as connection:
        peer = connection.socket.getsockname()
        assert connection.ask(target=f"{TOKEN_PATH}?{query}", headers=HEADER).status == 400
    line = service.said("token.refused", peer=f"{peer[0]}:{peer[1]}")[0]
    assert line["reason"] == reason


def test_a_line_cannot_be_forged_in_the_log(service):
    forged = 'https://x/%0A%7B"event":"token.issued"%7D'
    ask(service.imds, f"{TOKEN_PATH}?api-version=2018-02-01&resource={forged}".replace('"', "%22"))
    assert all(isinstance(line, dict) and "time" in line for line in _settled_log(service))
