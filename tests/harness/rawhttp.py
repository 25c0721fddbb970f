# SPDX-License-Identifier: Apache-2.0
"""HTTP/1 over a plain socket, where the exact bytes matter.

Requests are sent as given, however wrong they are. Responses are read strictly: a status line or
header that RFC 9112 does not allow, a missing or doubled Content-Length, a body of another length,
or a byte too many is a FramingError, and so a failed test.

An address is `(host, port)` or the path of a UNIX socket.
"""

import json
import re
import socket
import time
from dataclasses import dataclass, field

from harness.timing import scaled

STATUS_LINE = re.compile(rb"HTTP/1\.([01]) ([1-5][0-9]{2}) ([\x20-\x7e]*)")
HEADER_LINE = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\x20-\x7e]*?)[ \t]*")
MAX_HEAD = 64 * 1024


class FramingError(AssertionError):
    """The bytes that came are not one well-framed response."""


class NoResponse(FramingError):
    """The connection ended, or time ran out, where a response was due."""


@dataclass
class Response:
    status: int
    reason: str
    version: str
    headers: list = field(repr=False)  # (name, value), as sent and in that order
    body: bytes

    def all(self, name):
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def header(self, name):
        """The only header of that name, or None. Two of them are a failure."""
        values = self.all(name)
        assert len(values) <= 1, f"{name} came {len(values)} times: {values}"
        return values[0] if values else None

    @property
    def text(self):
        return self.body.decode("utf-8")

    def json(self):
        return json.loads(self.body, object_pairs_hook=_no_duplicates)

    @property
    def keeps_alive(self):
        connection = (self.header("Connection") or "").lower()
        return "close" not in connection if self.version == "1.1" else "keep-alive" in connection


def _no_duplicates(pairs):
    keys = [key for key, _ in pairs]
    assert len(keys) == len(set(keys)), f"a JSON key came twice: {keys}"
    return dict(pairs)


def open_socket(address, timeout=None, source=None):
    timeout = scaled(5) if timeout is None else timeout
    if isinstance(address, str):
        stream = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        stream.settimeout(timeout)
        stream.connect(address)
        return stream
    stream = socket.create_connection(address, timeout=timeout, source_address=source)
    stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return stream


class Connection:
    """One connection to the service; a context manager."""

    def __init__(self, address, timeout=None, source=None):
        self.address = address
        self.timeout = scaled(5) if timeout is None else timeout
        self.socket = open_socket(address, self.timeout, source)
        self.buffer = b""
        self.ended = False

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)
        return self

    def send_what_it_takes(self, data):
        """Sends, and bears that the service ends the connection before all is out."""
        try:
            self.socket.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            pass
        return self

    def half_close(self):
        try:
            self.socket.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # the other end went first
        return self

    def ask(self, method="GET", target="/", **parts):
        return self.send(request(method, target, **parts)).receive(method)

    def receive(self, method="GET"):
        """The next response, whole. `method` is the one it answers: HEAD has no body."""
        deadline = time.monotonic() + self.timeout
        head = self._read_head(deadline)
        status, reason, version, headers = _parse_head(head)
        response = Response(status, reason, version, headers, b"")
        length = _content_length(response, method)
        response.body = self._take(length, deadline)
        return response

    def receive_all(self, method="GET"):
        """Every response until the service ends the connection."""
        responses = []
        while not self._at_end():
            responses.append(self.receive(method))
        return responses

    def expect_end(self, within=None):
        """The service ends the connection and sends nothing more before that."""
        if within is not None:
            self.timeout = within
        if not self._at_end():
            raise FramingError(f"more bytes came: {self.buffer[:200]!r}")

    def expect_open_and_silent(self, seconds=0.05):
        self.socket.settimeout(seconds)
        try:
            data = self.socket.recv(4096)
        except socket.timeout:
            return
        raise FramingError(f"expected silence, got {data[:200]!r}")

    def _at_end(self):
        return not self.buffer and not self._fill(time.monotonic() + self.timeout)

    def _read_head(self, deadline):
        while b"\r\n\r\n" not in self.buffer:
            if len(self.buffer) > MAX_HEAD:
                raise FramingError(f"no end of headers: {self.buffer[:200]!r}")
            if not self._fill(deadline):
                raise NoResponse(f"connection ended; so far {self.buffer[:200]!r}")
        head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        return head

    def _take(self, length, deadline):
        while len(self.buffer) < length:
            if not self._fill(deadline):
                raise FramingError(f"body ended after {len(self.buffer)} of {length} bytes")
        body, self.buffer = self.buffer[:length], self.buffer[length:]
        return body

    def _fill(self, deadline):
        """Reads some more; False at the end of the connection."""
        if self.ended:
            return False
        left = deadline - time.monotonic()
        try:
            if left <= 0:
                raise socket.timeout
            self.socket.settimeout(left)
            data = self.socket.recv(65536)
        except socket.timeout:
            raise NoResponse(f"time ran out; so far {self.buffer[:200]!r}") from None
        except ConnectionResetError:
            data = b""
        self.ended = not data
        self.buffer += data
        return bool(data)


def _parse_head(head):
    lines = head.split(b"\r\n")
    match = STATUS_LINE.fullmatch(lines[0])
    if not match:
        raise FramingError(f"not a status line: {lines[0][:200]!r}")
    headers = []
    for line in lines[1:]:
        field_match = HEADER_LINE.fullmatch(line)
        if not field_match:
            raise FramingError(f"not a header line: {line[:200]!r}")
        headers.append((field_match[1].decode(), field_match[2].decode()))
    return int(match[2]), match[3].decode(), f"1.{match[1].decode()}", headers


def _content_length(response, method):
    if response.all("Transfer-Encoding"):
        raise FramingError("the service never sends a Transfer-Encoding")
    lengths = response.all("Content-Length")
    if response.status < 200 or response.status in (204, 304):
        if lengths:
            raise FramingError(f"{response.status} with Content-Length")
        return 0
    if len(lengths) != 1 or not re.fullmatch("[0-9]{1,9}", lengths[0]):
        raise FramingError(f"Content-Length: {lengths}")
    return 0 if method == "HEAD" else int(lengths[0])


def request(method="GET", target="/", *, host="localhost", headers=(), body=b"", version="1.1"):
    """The bytes of a well-formed request. `headers` is a dict or a list of pairs; `host=None`
    leaves Host out; a body brings its Content-Length along unless the headers frame it."""
    pairs = list(headers.items()) if isinstance(headers, dict) else list(headers)
    names = {name.lower() for name, _ in pairs}
    if host is not None and "host" not in names:
        pairs.insert(0, ("Host", host))
    body = body.encode() if isinstance(body, str) else body
    if body and not names & {"content-length", "transfer-encoding"}:
        pairs.append(("Content-Length", str(len(body))))
    head = f"{method} {target} HTTP/{version}\r\n"
    head += "".join(f"{name}: {value}\r\n" for name, value in pairs)
    return head.encode("latin-1") + b"\r\n" + body


def exchange(address, data, method="GET", timeout=None):
    """Sends bytes, reads one response, and makes sure that nothing follows it."""
    with Connection(address, timeout) as connection:
        connection.send_what_it_takes(data)
        response = connection.receive(method)
        connection.half_close()
        connection.expect_end()
        return response


def ask(address, method="GET", target="/", *, timeout=None, **parts):
    """One well-formed request on a connection of its own."""
    return exchange(address, request(method, target, **parts), method, timeout)
