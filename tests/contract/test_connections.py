# SPDX-License-Identifier: Apache-2.0
"""How connections live and end, and on which addresses the service listens."""

import os
import socket
import stat
import time

import pytest

from attacks import ASK, ASK_EXTENSION, HEADER, SECOND, ask, expect_works
from harness import jwt, processes, rawhttp
from harness.openimds import TOKEN_PATH, Service, has_ipv6
from harness.timing import scaled, wait_until

V10 = {"target": ASK, "headers": HEADER, "version": "1.0"}


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
