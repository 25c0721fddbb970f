# SPDX-License-Identifier: Apache-2.0
"""A cloud of one authority for Debian's `az`, a release without a switch for instance discovery.

It takes an authority that it does not know only as an ADFS. So this server publishes an
ADFS's discovery document, whose token endpoint is ours; and a control plane without subscriptions.
"""

import json
from http.server import BaseHTTPRequestHandler

from local_server import LocalServer


class _Answer(BaseHTTPRequestHandler):
    def do_GET(self):
        body = self.server.documents.get(self.path.partition("?")[0])
        self.send_response(200 if body else 404)
        data = json.dumps(body or {}).encode()
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_):
        pass


class AzCloud(LocalServer):
    def __init__(self, certificates, token_endpoint):
        super().__init__(_Answer, certificates)
        self.server.documents = {
            "/adfs/.well-known/openid-configuration": {
                "issuer": f"{self.url}/adfs",
                "authorization_endpoint": f"{self.url}/adfs/oauth2/authorize",
                "token_endpoint": token_endpoint,
            },
            "/subscriptions": {"value": []},
        }

    @property
    def registration(self):
        """Arguments of `az cloud register`; with all endpoints given it asks nobody."""
        return ["--endpoint-resource-manager", self.url,
                "--endpoint-active-directory", f"{self.url}/adfs",
                "--endpoint-active-directory-resource-id", f"{self.url}/",
                "--endpoint-active-directory-graph-resource-id", f"{self.url}/"]
