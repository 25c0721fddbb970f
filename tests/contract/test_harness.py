# SPDX-License-Identifier: Apache-2.0
"""The tests' own reader and checks must be able to say no."""

import contextlib
import socket
import threading

import pytest

import expectations
from harness import jwt, rawhttp

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


@contextlib.contextmanager
def answering(data):
    """A server for one connection that sends the same bytes whatever it is asked."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        def serve():
            stream, _ = server.accept()
            with stream:
                stream.recv(65536)
                stream.sendall(data)
                stream.shutdown(socket.SHUT_WR)
                while stream.recv(65536):
                    pass

        thread = threading.Thread(target=serve)
        thread.start()
        yield server.getsockname()
        thread.join()


def test_well_framed_answer_is_read():
    with answering(OK) as address:
        assert rawhttp.ask(address).json() == {}


@pytest.mark.parametrize("data", [
    b"", OK[:20], OK[:-1], OK + b"\n", OK + OK, OK.replace(b"2\r\n\r\n", b"3\r\n\r\n"),
    OK.replace(b"2\r\n\r\n", b"1\r\n\r\n"), OK.replace(b": 2", b": +2"),
    OK.replace(b"Content-Length: 2", b"X-A: b"), OK.replace(b"\r\n\r\n", b"\n\n"),
    OK.replace(b"Content-Length", b"Content-Length: 2\r\nContent-Length"),
    OK.replace(b"Content-Length", b"Transfer-Encoding: chunked\r\nContent-Length"),
    OK.replace(b"Content-Length", b"X A: b\r\nContent-Length"),
    OK.replace(b"Content-Length", b"X-A : b\r\nContent-Length"),
    OK.replace(b"Content-Length", b"X-A: b\r\n c\r\nContent-Length"),
    OK.replace(b"Content-Length", b"X-A: b\nContent-Length"),
    OK.replace(b"HTTP/1.1", b"HTTP/2"), OK.replace(b"200", b"20"), OK.replace(b"200 OK", b"999 OK"),
])
def test_ill_framed_answer_is_a_failure(data):
    with answering(data) as address, pytest.raises(rawhttp.FramingError):
        rawhttp.ask(address)


def test_head_with_a_body_is_a_failure():
    with answering(OK) as address, pytest.raises(rawhttp.FramingError):
        rawhttp.ask(address, "HEAD")


def test_json_with_a_doubled_key_is_a_failure():
    response = rawhttp.Response(200, "OK", "1.1", [], b'{"a":1,"a":1}')
    with pytest.raises(AssertionError):
        response.json()


def response(status=200, body=b'{"a":"1","b":{"c":["x"]}}'):
    return rawhttp.Response(status, "", "1.1", [("Server", "IMDS/1")], body)


@pytest.mark.parametrize("expect", [
    {"status": 200}, {"status_any": [200, 400]}, {"headers": {"server": "IMDS/1"}},
    {"headers_contain_ci": {"Server": "imds"}}, {"headers_present": ["Server"]},
    {"json": {"a": "1"}}, {"json": {"b": {"c": ["x"]}}}, {"json_types": {"a": "string:int"}},
    {"json_types": {"b.c": "array:string:1"}}, {"json_contains": {"b.c": "x"}},
    {"json_absent": ["z", "b.z"]}, {"json_nonempty": ["a", "b.c.0"]},
    {"json_keys_exact": ["b", "a"]}, {"json_key_order": ["a", "b"]}, {"body_contains": ["x"]},
    {"body_not_contains": ["y"]}, {"body_single_line": True}, {"retryable": False},
    {"max_ms": 1000}])
def test_expectation_that_holds(expect):
    expectations.check(expect, response(), 0.1)


@pytest.mark.parametrize("expect", [
    {"status": 201}, {"status_any": [400]}, {"headers": {"Server": "IMDS/2"}},
    {"headers_contain_ci": {"Server": "x"}}, {"headers_present": ["X"]},
    {"headers_absent_prefix": {"Server": "IMDS/"}}, {"json": {"a": 1}}, {"json": {"z": "1"}},
    {"json": {"b": {"c": []}}}, {"json_types": {"a": "string:epoch"}},
    {"json_types": {"z": "string"}}, {"json_types": {"b.c": "array:string:2"}},
    {"json_types": {"a": "number:int"}},
    {"json_absent": ["a"]}, {"json_absent": ["b.c"]}, {"json_nonempty": ["z"]},
    {"json_keys_exact": ["a"]}, {"json_key_order": ["b", "a"]}, {"body_contains": ["y"]},
    {"body_not_contains": ["x"]}, {"body_empty": True}, {"retryable": True}, {"max_ms": 10},
    {"not_a_key": 1}])
def test_expectation_that_does_not_hold(expect):
    with pytest.raises(AssertionError):
        expectations.check(expect, response(), 100.0)


# RFC 7515, A.2: a key, a claim set and a signature by others than us.
KEY = {"kid": "k", "e": "AQAB", "n": (
    "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt"
    "0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSX"
    "ndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5"
    "IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ")}
SIGNED = (
    b"eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGx"
    b"lLmNvbS9pc19yb290Ijp0cnVlfQ")
SIGNATURE = (
    "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W"
    "2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkS"
    "jtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnv"
    "Wh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw")


def test_signature_of_the_rfc_is_good_and_a_changed_one_is_not():
    signature = jwt.decode_base64url(SIGNATURE)
    assert jwt.signature_is_good(KEY, SIGNED, signature)
    assert not jwt.signature_is_good(KEY, SIGNED + b"x", signature)
    assert not jwt.signature_is_good(KEY, SIGNED, signature[:-1] + b"\0")
    assert not jwt.signature_is_good(KEY, SIGNED, signature[:-1])
