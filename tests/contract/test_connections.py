# SPDX-License-Identifier: Apache-2.0
"""How connections live and end, what is listened on, reloading, and what is logged."""

import json
import os
import signal
import socket
import stat
import time

import pytest

from attacks import ARM, ASK, ASK_EXTENSION, HEADER, SECOND, ask, expect_works
from harness import jwt, processes, rawhttp
from harness.openimds import SUBSCRIPTION, TOKEN_PATH, Service, has_ipv6
from harness.timing import scaled, wait_until

V10 = {"target": ASK, "headers": HEADER, "version": "1.0"}
NO_HEADER_EVENTS = ("token.issued", "token.refused")


# Keep-alive and its ends.

def test_connection_is_kept_for_many_requests(service):
    with rawhttp.Connection(service.imds) as connection:
        for number in range(200):
            target, status = ((ASK, 200), (TOKEN_PATH, 400), ("/x", 404))[number % 3]
            assert connection.ask(target=target, headers=HEADER).status == status
        connection.expect_open_and_silent()


def test_connection_close_is_honoured(service):
    for value in ("close", "Close", "foo, close"):
        with rawhttp.Connection(service.imds) as connection:
            connection.send(rawhttp.request(target=ASK, headers={**HEADER, "Connection": value}))
            connection.send_what_it_takes(SECOND)
            response = connection.receive()
            assert response.status == 200 and not response.keeps_alive
            connection.expect_end()


def test_http_10_ends_the_connection(service):
    for host in ("localhost", None):
        with rawhttp.Connection(service.imds) as connection:
            response = connection.ask(host=host, **V10)
            assert response.status == 200 and not response.keeps_alive
            connection.expect_end()


def test_http_10_keeps_the_connection_when_asked_to(service):
    with rawhttp.Connection(service.imds) as connection:
        for _ in range(3):
            response = connection.ask(**{**V10, "headers": {**HEADER, "Connection": "keep-alive"}})
            assert response.status == 200
            assert response.header("Connection").lower() == "keep-alive"
        assert not connection.ask(**V10).keeps_alive
        connection.expect_end()


@pytest.mark.parametrize("target, headers", [(ASK, HEADER), (ASK, {}), ("/nothing", HEADER),
                                             (TOKEN_PATH, HEADER)])
def test_head_answers_with_the_headers_of_get(service, target, headers):
    with rawhttp.Connection(service.imds) as connection:
        head = connection.ask("HEAD", target, headers=headers)
        get = connection.ask("GET", target, headers=headers)
        assert (head.status, head.body) == (get.status, b"")
        for name in ("Content-Length", "Content-Type", "Server"):
            assert head.header(name) == get.header(name)
        connection.half_close()
        connection.expect_end()


def test_half_closed_connection_still_gets_its_answer(service):
    with rawhttp.Connection(service.imds) as connection:
        connection.send(SECOND).half_close()
        assert connection.receive().status == 200
        connection.expect_end()


def test_request_in_pieces(service):
    with rawhttp.Connection(service.imds) as connection:
        for byte in SECOND:
            connection.send(bytes([byte]))
        assert connection.receive().status == 200


def test_idle_connection_is_ended():
    with Service(settings={"server": {"idle_timeout": 1}}) as service:
        with rawhttp.Connection(service.imds) as connection, \
                rawhttp.Connection(service.imds) as silent:
            assert connection.ask(target=ASK, headers=HEADER).status == 200
            connection.expect_end(within=1 + scaled(2))
            silent.expect_end(within=1 + scaled(2))


def test_reset_connections_leave_nothing_open(service):
    ask(service.imds)
    before = wait_until(lambda: processes.open_files(service.pid), what="a count")
    for _ in range(100):
        stream = rawhttp.open_socket(service.imds)
        stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        stream.sendall(SECOND[:50])
        stream.close()
    wait_until(lambda: processes.open_files(service.pid) <= before, what="descriptors are closed")


def test_every_answer_has_a_date_and_an_id_of_its_own(service):
    ids = set()
    for _ in range(50):
        response = ask(service.imds)
        ids.add(response.header("x-ms-request-id"))
        date = time.strptime(response.header("Date"), "%a, %d %b %Y %H:%M:%S GMT")
        assert abs(time.mktime(date) - time.mktime(time.gmtime())) <= scaled(3)
    assert len(ids) == 50


# Addresses.

def test_ipv4_and_ipv6():
    if not has_ipv6():
        pytest.skip("no IPv6 here")
    listeners = [{"protocol": protocol, "address": address}
                 for protocol in ("imds", "vm_extension", "authority")
                 for address in ("127.0.0.1:0", "[::1]:0")]
    with Service(listeners=listeners) as service:
        for number, host in enumerate(("127.0.0.1", "[::1]")):
            endpoint = service.endpoint("imds", number)
            assert endpoint.url.startswith(f"http://{host}:")
            authority = f"{host}:{endpoint.address[1]}"
            assert ask(endpoint.address, host=authority).status == 200
            extension = service.endpoint("vm_extension", number).address
            assert ask(extension, ASK_EXTENSION).status == 200


def test_unix_socket(tmp_path):
    listeners = [{"protocol": "imds", "address": f"unix:{tmp_path}/imds.sock"},
                 {"protocol": "vm_extension", "address": f"unix:{tmp_path}/extension.sock"}]
    with Service(listeners=listeners) as service:
        assert service.imds == f"{tmp_path}/imds.sock"
        assert stat.S_IMODE(os.stat(service.imds).st_mode) == 0o600
        with rawhttp.Connection(service.imds) as connection:
            for _ in range(3):
                assert connection.ask(target=ASK, headers=HEADER).status == 200
        # A stale file is in nobody's way; the file of a living service is.
        service.kill()
        service.start()
        expect_works(service)
        service.stop()
        assert not os.path.exists(service.control_socket)


def test_listener_for_a_machine_that_comes_later():
    listeners = [{"protocol": "imds", "address": "127.0.0.1:0"},
                 {"protocol": "imds", "address": "127.0.0.1:0", "machine": "later"}]
    with Service(listeners=listeners) as service:
        address = service.endpoint("imds", 1).address
        response = ask(address)
        assert response.status >= 400 and b"access_token" not in response.body
        assert response.status != 500
        made = service.cli("machine", "create", "later", "--system-assigned")
        claims = jwt.read(ask(address).json()["access_token"])[1]
        assert claims["appid"] == made["identity"]["clientId"]
        service.cli("machine", "delete", "later")
        assert ask(address).status == response.status
        expect_works(service)


# Starting, stopping, reloading.

def test_ready_line_names_the_process_and_every_listener(service):
    assert service.pid == service.process.pid
    assert service.ready["state_dir"] == str(service.state_dir)
    assert os.path.exists(service.control_socket)
    protocols = [it.protocol for it in service.endpoints]
    assert protocols == [it["protocol"] for it in service.listeners]
    for endpoint in service.endpoints:
        assert endpoint.url.endswith(f":{endpoint.address[1]}")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_stop_is_clean(number):
    with Service() as service:
        expect_works(service)
        service.signal(number)
        assert service.wait_for_end() == 0
        assert not os.path.exists(service.control_socket)
        with pytest.raises(ConnectionRefusedError):
            rawhttp.open_socket(service.imds)


def test_shutdown_finishes_a_request_under_way():
    with Service() as service:
        with rawhttp.Connection(service.extension) as under_way, \
                rawhttp.Connection(service.imds) as idle:
            assert idle.ask(target=ASK, headers=HEADER).status == 200
            form = f"resource={ARM}".encode()
            data = rawhttp.request("POST", "/oauth2/token", headers=HEADER, body=form)
            under_way.send(data[:-10])
            under_way.expect_open_and_silent(scaled(0.1))  # it has surely begun
            service.signal(signal.SIGTERM)
            idle.expect_end()
            under_way.send(data[-10:])
            response = under_way.receive()
            assert response.status == 200 and not response.keeps_alive
            under_way.expect_end()
        assert service.wait_for_end() == 0


def test_shutdown_does_not_wait_for_ever():
    with Service(settings={"server": {"drain_timeout": 1}}) as service:
        with rawhttp.Connection(service.imds) as stuck:
            stuck.send(SECOND[:-5])
            stuck.expect_open_and_silent(scaled(0.1))
            started = time.monotonic()
            service.stop()
            assert time.monotonic() - started < 1 + scaled(3)


def _reload(service, event):
    seen = len(service.events(event))
    service.reload()
    return wait_until(lambda: service.events(event)[seen:], what=event)[0]


def test_reload_takes_the_new_configuration():
    with Service() as service:
        unknown = f"{TOKEN_PATH}?api-version=2018-02-01&resource=https://other.example/"
        assert ask(service.imds, unknown).status == 200
        service.settings = {"authority": {"audiences": [ARM]}}
        service.write_config()
        _reload(service, "config.reloaded")
        response = ask(service.imds, unknown)
        assert (response.status, response.json()["error"]) == (400, "invalid_resource")
        expect_works(service)
        service.settings = {}
        service.write_config()
        _reload(service, "config.reloaded")
        assert ask(service.imds, unknown).status == 200


@pytest.mark.parametrize("mistake", [
    "audiences_ = []\n", "audiences = 7\n", "token_lifetime = 1\n", "audiences = [\n",
    'audiences = ["https://x/"]\naudiences = []\n'])
def test_reload_is_all_or_nothing(mistake):
    with Service() as service:
        good = service.config_path.read_text()
        service.config_path.write_text(
            good + f'[authority]\nissuer = "http://changed/"\n{mistake}', encoding="utf-8")
        event = _reload(service, "config.refused")
        assert "openimds.toml" in json.dumps(event)
        claims = service.verify(service.token("https://new.example/")["access_token"])
        assert claims["iss"] != "http://changed/"
        service.config_path.write_text(good, encoding="utf-8")
        _reload(service, "config.reloaded")
        expect_works(service)


def test_reload_drops_no_request():
    with Service() as service, rawhttp.Connection(service.imds) as connection:
        for _ in range(5):
            assert connection.ask(target=ASK, headers=HEADER).status == 200
            _reload(service, "config.reloaded")
        assert connection.ask(target=ASK, headers=HEADER).status == 200


# The log.

def _settled_log(service):
    """All lines so far, once that of a last request has come: the log has a thread of its own."""
    mark = f"https://mark-{time.monotonic_ns()}.example/"
    service.token(mark)
    wait_until(lambda: mark in service.log_text(), what="the mark in the log")
    return [line for line in service.log_lines() if line.get("resource") != mark]


def test_silent_probe_leaves_no_log_line(service):
    before = len(_settled_log(service))
    for address in (service.imds, service.extension, service.authority):
        for _ in range(5):
            rawhttp.open_socket(address).close()
        with rawhttp.Connection(address) as connection:
            connection.half_close()
            connection.expect_end()
    expected_silence = _settled_log(service)
    assert len(expected_silence) == before, expected_silence[before:]


def test_probe_without_the_header_is_logged_at_debug_only(service):
    before = len(_settled_log(service))
    for headers in ({}, {"Metadata": "false"}):
        assert ask(service.imds, ASK, headers).status == 400
    assert ask(service.extension, ASK_EXTENSION, {}).status == 400
    assert len(_settled_log(service)) == before
    with Service(settings={"log": {"level": "debug"}}) as loud:
        assert ask(loud.imds, ASK, {}).status == 400
        line = wait_until(lambda: [it for it in loud.events("token.refused")], what="the event")[0]
        assert (line["level"], line["reason"]) == ("debug", "caller.metadata_header")


def test_audit_event_of_an_issued_token(service):
    for protocol, address, target in (("imds", service.imds, ASK),
                                      ("vm_extension", service.extension, ASK_EXTENSION)):
        with rawhttp.Connection(address) as connection:
            peer = connection.socket.getsockname()
            assert connection.ask(target=target, headers=HEADER).status == 200
        line = wait_until(lambda: [it for it in service.events("token.issued") if it["peer"] ==
                                   f"{peer[0]}:{peer[1]}"], what="the event")[0]
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
    line = wait_until(lambda: [it for it in service.events("token.refused") if it["peer"] ==
                               f"{peer[0]}:{peer[1]}"], what="the event")[0]
    assert line["reason"] == reason


def test_a_line_cannot_be_forged_in_the_log(service):
    forged = 'https://x/%0A%7B"event":"token.issued"%7D'
    ask(service.imds, f"{TOKEN_PATH}?api-version=2018-02-01&resource={forged}".replace('"', "%22"))
    assert all(isinstance(line, dict) and "time" in line for line in _settled_log(service))
