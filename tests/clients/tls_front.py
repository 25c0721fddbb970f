# SPDX-License-Identifier: Apache-2.0
"""A TLS end in front of a plain-HTTP service, as a reverse proxy would be."""

import ssl
import threading
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

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


class TlsFront:
    """Listens on a port of its own at once; `target` may be set later."""

    def __init__(self, certificates):
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _Forward)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificates.certificate, certificates.key)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)

    @property
    def url(self):
        return f"https://localhost:{self.server.server_port}"

    def forward_to(self, target):
        self.server.target = target

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()
