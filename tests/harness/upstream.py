# SPDX-License-Identifier: Apache-2.0
"""A token authority that does what a test tells it, over TLS or plain HTTP, and counts.

    with Upstream() as upstream:
        upstream.script = Upstream.token(lifetime=120)
        ...
        assert len(upstream.calls) == 1

A script gets (upstream, connection, call) and writes what it likes; it is taken anew for each call.
"""

import json
import socket
import ssl
import struct
import threading
import time
from dataclasses import dataclass
from urllib.parse import parse_qs

from harness.assertions import make_client


@dataclass
class Call:
    target: str
    headers: dict
    form: dict
    body: str


class Upstream:
    def __init__(self, certificates=None):
        """With `certificates` (attributes certificate and key: paths) it speaks TLS."""
        self.calls = []
        self.connections = 0
        self.issued = []  # the tokens, newest last
        self.signer = make_client("upstream")
        self.script = self.token()
        self.certificates = certificates
        self._context = None
        if certificates:
            self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._context.load_cert_chain(certificates.certificate, certificates.key)
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self._listener.getsockname()[1]
        self.scheme = "https" if certificates else "http"
        self.url = f"{self.scheme}://localhost:{self.port}"
        self._lock = threading.Lock()
        self._open = set()
        self._thread = threading.Thread(target=self._accept, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._listener.close()
        with self._lock:
            open_now = list(self._open)
        for connection in open_now:
            try:
                connection.close()
            except OSError:
                pass

    # Scripts.

    @staticmethod
    def token(lifetime=3600, **changed):
        """A good answer; `changed` replaces members of it, or the token's claims (aud, exp)."""
        def run(upstream, connection, call):
            now = int(time.time())
            resource = call.form["scope"].removesuffix("/.default") if "scope" in call.form \
                else call.form["resource"]
            claims = {"aud": resource, "iss": upstream.url, "iat": now, "nbf": now,
                      "exp": now + lifetime, "n": len(upstream.issued)}
            claims.update({k: v for k, v in changed.items() if k in ("aud", "exp")})
            text = upstream.signer.sign(claims, "RS256", kid="up")
            upstream.issued.append(text)
            body = {"token_type": "Bearer", "expires_in": lifetime, "access_token": text}
            body.update({k: v for k, v in changed.items() if k not in ("aud", "exp")})
            answer(connection, 200, json.dumps(body))
        return run

    @staticmethod
    def status(code, body="", content_type="application/json", **headers):
        def run(_, connection, __):
            answer(connection, code, body, content_type,
                   {name.replace("_", "-"): value for name, value in headers.items()})
        return run

    @staticmethod
    def refusal(code, error, description):
        return Upstream.status(code, json.dumps({"error": error, "error_description": description}))

    @staticmethod
    def echo_refusal(_, connection, call):
        """An authority that repeats all it was sent."""
        answer(connection, 401, json.dumps({"error": "invalid_client",
                                            "error_description": "you sent: " + call.body + " "
                                            + json.dumps(call.form) + str(call.headers)}))

    @staticmethod
    def silence(_, connection, __):
        connection.settimeout(60)
        connection.recv(1)

    @staticmethod
    def slow(seconds):
        def run(upstream, connection, call):
            time.sleep(seconds)
            Upstream.token()(upstream, connection, call)
        return run

    @staticmethod
    def endless(_, connection, __):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                           b"Transfer-Encoding: chunked\r\n\r\n")
        chunk = b"10000\r\n" + b" " * 65536 + b"\r\n"
        for _ in range(16 * 64):  # bounded: 64 MiB
            connection.sendall(chunk)

    @staticmethod
    def reset(_, connection, __):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                           b"Content-Length: 5000\r\n\r\n{\"access_token\":\"")
        raw = connection.unwrap_raw() if hasattr(connection, "unwrap_raw") else connection
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    # The server.

    def _accept(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        try:
            if self._context:
                connection = self._context.wrap_socket(connection, server_side=True)
            with self._lock:
                self.connections += 1
                self._open.add(connection)
            while self._serve_one(connection):
                pass
        except (OSError, ValueError):
            pass
        finally:
            with self._lock:
                self._open.discard(connection)
            connection.close()

    def _serve_one(self, connection):
        head = b""
        while b"\r\n\r\n" not in head:
            data = connection.recv(65536)
            if not data:
                return False
            head += data
        head, body = head.split(b"\r\n\r\n", 1)
        line, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, value in
                   (entry.split(":", 1) for entry in lines)}
        size = int(headers.get("content-length", 0))
        while len(body) < size:
            body += connection.recv(65536)
        text = body.decode()
        call = Call(line.split()[1], headers,
                    {key: values[0] for key, values in parse_qs(text).items()}, text)
        with self._lock:
            self.calls.append(call)
        script = self.script
        script(self, connection, call)
        return script not in (Upstream.silence, Upstream.endless, Upstream.reset)


def answer(connection, status, body, content_type="application/json", headers=None):
    data = body.encode()
    lines = [f"HTTP/1.1 {status} Answer", f"Content-Type: {content_type}",
             f"Content-Length: {len(data)}",
             *(f"{name}: {value}" for name, value in (headers or {}).items()), "", ""]
    connection.sendall("\r\n".join(lines).encode() + data)
