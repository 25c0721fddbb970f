# SPDX-License-Identifier: Apache-2.0
"""A TLS end in front of a plain-HTTP service, as a reverse proxy would be."""

import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler

from local_server import LocalServer

DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class _Forward(BaseHTTPRequestHandler):
    def do_GET(self):
        try:
            answer = DIRECT.open(self.server.target + self.path, timeout=10)
        except urllib.error.HTTPError as error:
            answer = error
        body = answer.read()
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.headers["Content-Type"])
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class TlsFront(LocalServer):
    """Listens on a port of its own at once; `target` may be set later."""

    def __init__(self, certificates):
        super().__init__(_Forward, certificates)

    def forward_to(self, target):
        self.server.target = target
