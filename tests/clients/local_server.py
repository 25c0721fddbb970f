# SPDX-License-Identifier: Apache-2.0
"""A small web server of the test's own, on a loopback port and in a thread."""

import ssl
import threading
from http.server import ThreadingHTTPServer


class LocalServer:
    """Listens at once, and answers while the block lives. HTTPS where there are certificates."""

    def __init__(self, handler, certificates=None):
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        if certificates:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificates.certificate, certificates.key)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        scheme = "https" if certificates else "http"
        self.url = f"{scheme}://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()
