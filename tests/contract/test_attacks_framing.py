# SPDX-License-Identifier: Apache-2.0
"""Rows 24 to 27 of the attack list: how a request is framed, and how many there are."""

import contextlib
import time

import pytest

from attacks import (ARM, ASK, ASK_EXTENSION, HEADER, SECOND, ask, expect_refused,
                     expect_refused_and_ended, expect_works)
from harness import rawhttp
from harness.openimds import TOKEN_PATH, Service
from harness.timing import SCALE, scaled, wait_until

HEADER_TIMEOUT = min(3, max(1, round(SCALE)))
PEER_CAP = 600
LIMITS = {"header_timeout": HEADER_TIMEOUT, "max_connections_per_peer": PEER_CAP,
          "max_uri_bytes": 8192, "max_header_bytes": 16384, "max_body_bytes": 65536}


@pytest.fixture(scope="module")
def service():
    with Service(settings={"server": LIMITS}) as running:
        yield running


@pytest.fixture(autouse=True)
def control_run(service):
    yield
    expect_works(service)


GOOD = b"GET " + ASK.encode() + b" HTTP/1.1\r\nHost: localhost\r\nMetadata: true\r\n"
FORM = b"resource=" + ARM.encode()
POST = (b"POST /oauth2/token HTTP/1.1\r\nHost: localhost\r\nMetadata: true\r\n"
        b"Content-Type: application/x-www-form-urlencoded\r\n")
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n"
LENGTH = str(len(FORM)).encode()
CHUNK = b"%x\r\n%s\r\n" % (len(FORM), FORM)

LENGTHS_AND_CODINGS = {
    "cl and te": POST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "te and cl": CHUNKED + b"Content-Length: 5\r\n\r\n0\r\n\r\n",
    "cl 0 and te": POST + b"Content-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "two equal cl": POST + b"Content-Length: %s\r\nContent-Length: %s\r\n\r\n" % (LENGTH, LENGTH)
                    + FORM,
    "two different cl": POST + b"Content-Length: %s\r\nContent-Length: 0\r\n\r\n" % LENGTH + FORM,
    "cl list": POST + b"Content-Length: %s, %s\r\n\r\n" % (LENGTH, LENGTH) + FORM,
    "cl plus": POST + b"Content-Length: +%s\r\n\r\n" % LENGTH + FORM,
    "cl minus": POST + b"Content-Length: -1\r\n\r\n" + FORM,
    "cl hex": POST + b"Content-Length: 0x10\r\n\r\n" + FORM,
    "cl inner space": POST + b"Content-Length: 3 8\r\n\r\n" + FORM,
    "cl empty": POST + b"Content-Length: \r\n\r\n" + FORM,
    "cl word": POST + b"Content-Length: many\r\n\r\n" + FORM,
    "cl fraction": POST + b"Content-Length: 1.0\r\n\r\n" + FORM,
    "cl over 64 bits": POST + b"Content-Length: 18446744073709551617\r\n\r\n" + FORM,
    "cl far over": POST + b"Content-Length: " + b"9" * 60 + b"\r\n\r\n" + FORM,
    "two te": CHUNKED + b"Transfer-Encoding: chunked\r\n\r\n" + CHUNK + b"0\r\n\r\n",
    "te identity": POST + b"Transfer-Encoding: identity\r\n\r\n",
    "te gzip": POST + b"Transfer-Encoding: gzip\r\n\r\n",
    "te gzip, chunked": POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "te chunked, identity": POST + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    "te xchunked": POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "te quoted": POST + b'Transfer-Encoding: "chunked"\r\n\r\n0\r\n\r\n',
    "te with tab": POST + b"Transfer-Encoding: chun\tked\r\n\r\n0\r\n\r\n",
    "te vertical tab": POST + b"Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n",
    "te empty": POST + b"Transfer-Encoding: \r\n\r\n",
    "te on 1.0": CHUNKED.replace(b"HTTP/1.1", b"HTTP/1.0") + b"\r\n0\r\n\r\n",
}

CHUNKS = {
    "no size": CHUNKED + b"\r\n\r\n" + FORM + b"\r\n0\r\n\r\n",
    "size no hex": CHUNKED + b"\r\nxy\r\n" + FORM + b"\r\n0\r\n\r\n",
    "size minus": CHUNKED + b"\r\n-1\r\n" + FORM + b"\r\n0\r\n\r\n",
    "size plus": CHUNKED + b"\r\n+5\r\nhello\r\n0\r\n\r\n",
    "size 0x": CHUNKED + b"\r\n0x5\r\nhello\r\n0\r\n\r\n",
    "size over 64 bits": CHUNKED + b"\r\n10000000000000005\r\nhello\r\n0\r\n\r\n",
    "size too small": CHUNKED + b"\r\n3\r\nhello\r\n0\r\n\r\n",
    "no end of chunk": CHUNKED + b"\r\n5\r\nhello0\r\n\r\n",
    "bare lf after size": CHUNKED + b"\r\n5\nhello\r\n0\r\n\r\n",
    "bare lf after chunk": CHUNKED + b"\r\n5\r\nhello\n0\r\n\r\n",
    "nul in size": CHUNKED + b"\r\n5\x00\r\nhello\r\n0\r\n\r\n",
}

LINES = {
    "obs-fold with space": GOOD + b"X-A: b\r\n c\r\n\r\n",
    "obs-fold with tab": GOOD + b"X-A: b\r\n\tc\r\n\r\n",
    "obs-fold of nothing": GOOD + b"X-A:\r\n b\r\n\r\n",
    "obs-fold by nothing": GOOD + b"X-A: b\r\n \r\n\r\n",
    "obs-fold of nothing by nothing": GOOD + b"X-A:\r\n \r\n\r\n",
    "obs-fold of nothing by nothing, with tabs": GOOD + b"X-A:\t\r\n\t\t\r\n\r\n",
    "obs-fold twice": GOOD + b"X-A: b\r\n c\r\n d\r\n\r\n",
    "obs-fold of metadata": GOOD.replace(b"Metadata: true", b"Metadata:\r\n true") + b"\r\n",
    "obs-fold of te": POST + b"Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n",
    "obs-fold of cl": POST + b"Content-Length:\r\n " + LENGTH + b"\r\n\r\n" + FORM,
    "fold on the first line": GOOD.replace(b"\r\nHost", b"\r\n Host", 1) + b"\r\n",
    "bare lf everywhere": (GOOD + b"\r\n").replace(b"\r\n", b"\n"),
    "bare lf after request line": GOOD.replace(b"HTTP/1.1\r\n", b"HTTP/1.1\n") + b"\r\n",
    "bare lf after host": GOOD.replace(b"localhost\r\n", b"localhost\n") + b"\r\n",
    "bare lf at the end": GOOD + b"\n",
    "bare lf in a value": GOOD + b"X-A: b\nX-B: c\r\n\r\n",
    "bare cr after request line": GOOD.replace(b"HTTP/1.1\r\n", b"HTTP/1.1\r") + b"\r\n",
    "bare cr in a value": GOOD + b"X-A: b\rX-B: c\r\n\r\n",
    "bare cr at the end": GOOD + b"\r\r\n",
    "cr cr lf": GOOD + b"X-A: b\r\r\n\r\n",
    "nul in a value": GOOD + b"X-A: b\x00c\r\n\r\n",
    "nul in a name": GOOD + b"X\x00A: b\r\n\r\n",
    "nul in metadata": GOOD.replace(b"true", b"true\x00") + b"\r\n",
    "nul in the target": GOOD.replace(b"/token", b"/token\x00") + b"\r\n",
    "nul first": b"\x00" + GOOD + b"\r\n",
    "control byte in a value": GOOD + b"X-A: b\x01\r\n\r\n",
    "delete in a value": GOOD + b"X-A: b\x7f\r\n\r\n",
    "space before colon": GOOD + b"X-A : b\r\n\r\n",
    "tab before colon": GOOD + b"X-A\t: b\r\n\r\n",
    "space before colon of cl": POST + b"Content-Length : %s\r\n\r\n" % LENGTH + FORM,
    "space before colon of te": POST + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    "space in a name": GOOD + b"X A: b\r\n\r\n",
    "no colon": GOOD + b"X-A\r\n\r\n",
    "empty name": GOOD + b": b\r\n\r\n",
    "brackets in a name": GOOD + b"X[A]: b\r\n\r\n",
    "byte over 0x7f in a name": GOOD + b"X-\xe9: b\r\n\r\n",
    "no host": GOOD.replace(b"Host: localhost\r\n", b"") + b"\r\n",
    "two equal hosts": GOOD + b"Host: localhost\r\n\r\n",
    "two different hosts": GOOD + b"Host: evil.example\r\n\r\n",
    "two hosts, foreign first": GOOD.replace(b"Host:", b"Host: evil.example\r\nHost:") + b"\r\n",
}

START = b"GET " + ASK.encode()
REST = b"\r\nHost: localhost\r\nMetadata: true\r\n\r\n"
REQUEST_LINES = {
    "no version": START + REST,
    "version 0.9": START + b" HTTP/0.9" + REST,
    "version 1.2": START + b" HTTP/1.2" + REST,
    "version 2.0": START + b" HTTP/2.0" + REST,
    "version 1.10": START + b" HTTP/1.10" + REST,
    "version without digits": START + b" HTTP/x.y" + REST,
    "lower-case http": START + b" http/1.1" + REST,
    "another protocol": START + b" RTSP/1.1" + REST,
    "space at the end": START + b" HTTP/1.1 " + REST,
    "two spaces before version": START + b"  HTTP/1.1" + REST,
    "two spaces after method": b"GET  " + START[4:] + b" HTTP/1.1" + REST,
    "tabs": START.replace(b" ", b"\t") + b"\tHTTP/1.1" + REST,
    "space first": b" " + START + b" HTTP/1.1" + REST,
    "space in the target": START + b"&x=a b HTTP/1.1" + REST,
    "no target": b"GET HTTP/1.1" + REST,
    "empty target": b"GET  HTTP/1.1" + REST,
    "no method": START[3:] + b" HTTP/1.1" + REST,
    "method with a bracket": b"G(T" + START[3:] + b" HTTP/1.1" + REST,
    "http/2 preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "tls hello": bytes.fromhex("16030100c8010000c40303") + bytes(range(1, 200)),
    "ssh": b"SSH-2.0-OpenSSH_9.2p1\r\n",
    "proxy protocol": b"PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n" + GOOD + b"\r\n",
}


def _cases(cases):
    return [pytest.param(data, id=name.replace(" ", "_")) for name, data in cases.items()]


def test_row_24_the_pieces_are_good_in_themselves(service):
    assert rawhttp.exchange(service.imds, GOOD + b"\r\n").status == 200
    assert rawhttp.exchange(service.extension, POST + b"Content-Length: %s\r\n\r\n" % LENGTH
                            + FORM).status == 200
    whole = CHUNKED + b"\r\n" + CHUNK + b"0\r\n\r\n"
    assert rawhttp.exchange(service.extension, whole).status == 200


@pytest.mark.parametrize("data", _cases(LENGTHS_AND_CODINGS))
def test_row_24_lengths_and_codings(service, data):
    expect_refused_and_ended(service.extension, data, 400, 413, 501)


@pytest.mark.parametrize("data", _cases(CHUNKS))
def test_row_24_chunks(service, data):
    expect_refused_and_ended(service.extension, data, 400, 413)


@pytest.mark.parametrize("data", _cases(LINES))
def test_row_24_header_lines(service, data):
    for address in (service.imds, service.extension, service.authority):
        expect_refused_and_ended(address, data)


@pytest.mark.parametrize("data", _cases(REQUEST_LINES))
def test_row_24_request_lines(service, data):
    expect_refused_and_ended(service.imds, data, 400, 505)


@pytest.mark.parametrize("name", ["bare lf in a value", "nul in a value", "two equal hosts"])
def test_row_24_bytes_one_at_a_time_are_refused_as_well(service, name):
    with rawhttp.Connection(service.imds) as connection:
        for byte in LINES[name]:
            connection.send_what_it_takes(bytes([byte]))
        responses = connection.receive_all()
    assert [response.status for response in responses] == [400]


def test_row_25_pipelined_requests_are_answered_in_order(service):
    asked = [(ASK, 200), (TOKEN_PATH, 400), ("/nothing", 404), (ASK, 200)] * 20
    data = b"".join(rawhttp.request(target=target, headers=HEADER) for target, _ in asked)
    with rawhttp.Connection(service.imds) as connection:
        connection.send(data)
        found = [connection.receive().status for _ in asked]
        assert found == [status for _, status in asked]
        connection.half_close()
        connection.expect_end()


def test_row_25_pipelined_requests_in_odd_pieces(service):
    data = SECOND * 6
    with rawhttp.Connection(service.imds) as connection:
        for start in range(0, len(data), 37):
            connection.send(data[start:start + 37])
        assert [connection.receive().status for _ in range(6)] == [200] * 6


def test_row_25_pipelined_forms_keep_their_bodies_apart(service):
    resources = [f"https://r{number}.example/" for number in range(10)]
    data = b"".join(rawhttp.request("POST", "/oauth2/token", headers=HEADER,
                                    body=f"resource={resource}") for resource in resources)
    with rawhttp.Connection(service.extension) as connection:
        connection.send(data)
        found = [connection.receive().json()["resource"] for _ in resources]
    assert found == resources


def test_row_25_body_on_get_is_no_second_request(service):
    with rawhttp.Connection(service.imds) as connection:
        connection.send(rawhttp.request(target=ASK, headers=HEADER, body=SECOND) * 2)
        connection.send(rawhttp.request(target="/nothing", headers=HEADER))
        assert [connection.receive().status for _ in range(3)] == [200, 200, 404]
        connection.half_close()
        connection.expect_end()


def test_row_25_body_of_a_refused_request_is_no_second_request(service):
    for target, headers in ((TOKEN_PATH, {}), ("/nothing", HEADER), (ASK, {})):
        with rawhttp.Connection(service.imds) as connection:
            connection.send(rawhttp.request("POST", target, headers=headers, body=SECOND))
            connection.half_close()
            assert [it.status for it in connection.receive_all()] in ([404], [405])


def test_row_25_expect_continue(service):
    body = FORM
    head = POST + b"Content-Length: %s\r\nExpect: 100-continue\r\n\r\n" % LENGTH
    with rawhttp.Connection(service.extension) as connection:
        connection.send(head)
        assert connection.receive().status == 100
        connection.send(body)
        assert connection.receive().status == 200
        connection.send(head + body + head + body)  # one that does not wait
        found = [it for it in (connection.receive().status for _ in range(2)) if it != 100]
        while len(found) < 2:
            found += [it for it in (connection.receive().status,) if it != 100]
        assert found == [200, 200]


def test_row_25_unknown_expectation(service):
    expect_refused_and_ended(service.imds, GOOD + b"Expect: miracles\r\n\r\n", 400, 417)


@pytest.mark.parametrize("size", [8193, 16000, 65 * 1024, 1024 * 1024])
def test_row_26_long_uri(service, size):
    target = ASK + "&x=" + "y" * (size - len(ASK) - 3)
    expect_refused_and_ended(service.imds, rawhttp.request(target=target, headers=HEADER), 414)


def test_row_26_uri_at_the_limit(service):
    assert ask(service.imds, ASK + "&x=" + "y" * (8192 - len(ASK) - 3)).status == 200


FLOODS = {
    "one long value": GOOD + b"X-A: " + b"a" * 17000 + b"\r\n\r\n",
    "one long name": GOOD + b"X" * 17000 + b": a\r\n\r\n",
    "many headers": GOOD + b"".join(b"X-%d: a\r\n" % number for number in range(1000)) + b"\r\n",
    "many short headers": GOOD + b"a:\r\n" * 200 + b"\r\n",
    "no end": GOOD + b"X-A: a\r\n" * 20000,
    "one endless value": GOOD + b"X-A: " + b"a" * 1000000,
}


@pytest.mark.parametrize("data", _cases(FLOODS))
def test_row_26_header_flood(service, data):
    expect_refused_and_ended(service.imds, data, 431)


OVERSIZED = {
    "declared": POST + b"Content-Length: 65537\r\n\r\n",
    "declared and sent": POST + b"Content-Length: 70000\r\n\r\n" + b"a" * 70000,
    "declared in gigabytes": POST + b"Content-Length: 99999999999\r\n\r\n",
    "one chunk": CHUNKED + b"\r\n10001\r\n" + b"a" * 0x10001 + b"\r\n0\r\n\r\n",
    "many chunks": CHUNKED + b"\r\n" + (b"1000\r\n" + b"a" * 0x1000 + b"\r\n") * 17,
    "declared huge chunk": CHUNKED + b"\r\nfffffffff\r\naaa",
}


@pytest.mark.parametrize("data", _cases(OVERSIZED))
def test_row_26_body_too_large(service, data):
    expect_refused_and_ended(service.extension, data, 413)


def _expect_ended_by_the_timeout(connection, started, *drip):
    """Within the header timeout from the first byte, though a byte comes now and then."""
    limit = HEADER_TIMEOUT + scaled(1.5)
    connection.timeout = 0.1
    while True:
        assert time.monotonic() - started < limit, "still open"
        try:
            responses = connection.receive_all()
            break
        except rawhttp.NoResponse:
            connection.send_what_it_takes(b"".join(drip))
    assert time.monotonic() - started > HEADER_TIMEOUT * 0.5
    assert [it.status for it in responses] in ([], [408])


SLOW = {"in the request line": (b"GE", b"T"), "in a header": (GOOD + b"X-A: ", b"a"),
        "before the last line": (GOOD, b""), "in the body": (
            POST + b"Content-Length: 60000\r\n\r\n", b"a"),
        "in a chunk": (CHUNKED + b"\r\nfff\r\n", b"a"),
        "in a chunk size": (CHUNKED + b"\r\n", b"0")}


@pytest.mark.parametrize("where", SLOW)
def test_row_26_slow_loris(service, where):
    first, drip = SLOW[where]
    with rawhttp.Connection(service.extension) as connection:
        started = time.monotonic()
        connection.send(first)
        _expect_ended_by_the_timeout(connection, started, drip)


def test_row_26_slow_loris_behind_a_good_request(service):
    with rawhttp.Connection(service.imds) as connection:
        assert connection.ask(target=ASK, headers=HEADER).status == 200
        started = time.monotonic()
        connection.send(b"GET /meta")
        _expect_ended_by_the_timeout(connection, started, b"")


def test_row_26_many_slow_connections_hold_nobody_up(service):
    with contextlib.ExitStack() as stack:
        for _ in range(100):
            stack.enter_context(rawhttp.Connection(service.imds)).send(GOOD)
        started = time.monotonic()
        for _ in range(20):
            expect_works(service)
        assert time.monotonic() - started < scaled(2)


def test_row_26_a_client_that_does_not_read_holds_nobody_up(service):
    with rawhttp.Connection(service.imds) as connection:
        connection.socket.settimeout(0.2)
        with contextlib.suppress(OSError):
            for _ in range(2000):
                connection.socket.sendall(SECOND * 10)
        started = time.monotonic()
        for _ in range(20):
            expect_works(service)
        assert time.monotonic() - started < scaled(2)


def _is_refused(address, source=None):
    """True if a new connection is ended without an answer (or with 503)."""
    with rawhttp.Connection(address, source=source) as connection:
        connection.send_what_it_takes(SECOND)
        try:
            return connection.receive().status == 503
        except rawhttp.NoResponse:
            return True


def test_row_26_cap_on_connections_of_one_peer():
    cap = 8
    with Service(settings={"server": {"max_connections_per_peer": cap}}) as service:
        with contextlib.ExitStack() as stack:
            for _ in range(cap):
                held = stack.enter_context(rawhttp.Connection(service.imds))
                assert held.ask(target=ASK, headers=HEADER).status == 200
            assert _is_refused(service.imds)
            assert _is_refused(service.extension), "one cap for all listeners"
            assert not _is_refused(service.imds, source=("127.0.0.2", 0)), "others are served"
            assert held.ask(target=ASK, headers=HEADER).status == 200
        wait_until(lambda: not _is_refused(service.imds), what="the cap is lifted")
        expect_works(service)


def test_row_26_cap_on_all_connections():
    cap = 8
    with Service(settings={"server": {"max_connections": cap}}) as service:
        with contextlib.ExitStack() as stack:
            for number in range(cap):
                stack.enter_context(rawhttp.Connection(
                    service.imds, source=(f"127.0.0.{number + 2}", 0))).ask(
                        target=ASK, headers=HEADER)
            assert _is_refused(service.imds)
        wait_until(lambda: not _is_refused(service.imds), what="the cap is lifted")
        expect_works(service)


def test_row_27_burst_of_connections(service):
    with contextlib.ExitStack() as stack:
        burst = [stack.enter_context(rawhttp.Connection(service.imds, timeout=scaled(20)))
                 for _ in range(500)]
        for connection in burst:
            connection.send(SECOND)
        assert [connection.receive().status for connection in burst] == [200] * 500


def test_row_27_burst_of_connections_that_end_at_once(service):
    for _ in range(500):
        rawhttp.open_socket(service.imds).close()
    expect_works(service)


def test_row_27_burst_over_the_cap(service):
    """The cap holds, the rest is refused at once, and all is well when the burst is over."""
    with contextlib.ExitStack() as stack:
        burst = [stack.enter_context(rawhttp.Connection(service.imds))
                 for _ in range(PEER_CAP + 50)]
        served = 0
        for connection in burst:
            connection.send_what_it_takes(SECOND)
        for connection in burst:
            with contextlib.suppress(rawhttp.NoResponse):
                served += connection.receive().status == 200
        assert PEER_CAP - 50 <= served <= PEER_CAP
    wait_until(lambda: not _is_refused(service.imds), what="the cap is lifted")


def test_row_27_extension_survives_the_same_burst(service):
    wait_until(lambda: not _is_refused(service.imds), what="the cap is lifted")
    with contextlib.ExitStack() as stack:
        burst = [stack.enter_context(rawhttp.Connection(service.extension, timeout=scaled(20)))
                 for _ in range(500)]
        for connection in burst:
            connection.send(rawhttp.request(target=ASK_EXTENSION, headers=HEADER))
        assert [connection.receive().status for connection in burst] == [200] * 500
    expect_refused(ask(service.extension, ASK_EXTENSION, {}), 400)
