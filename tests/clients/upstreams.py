# SPDX-License-Identifier: Apache-2.0
"""Authorities that others wrote, over HTTPS by a CA of the test's own (node/https_upstream.mjs)."""

import json
import ssl
import time
import urllib.request

from client_program import ClientProgram
from harness import jwt
from harness.timing import scaled


def get_json(url, ca_file):
    """What is at the HTTPS address `url`, whose certificate is one of `ca_file`."""
    trust = ssl.create_default_context(cafile=ca_file)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}),
                                         urllib.request.HTTPSHandler(context=trust))
    with opener.open(url, timeout=scaled(10)) as answer:
        return json.load(answer)


class Upstream(ClientProgram):
    """One running authority, asked over HTTPS as any relying party would."""

    def __init__(self, command, folder, certificates, **settings):
        settings |= {"certificate": str(certificates.certificate), "key": str(certificates.key)}
        super().__init__([*command, json.dumps(settings)], folder)
        self.ca_file = certificates.authority

    def __enter__(self):
        self.url = json.loads(self._read_line(scaled(30)))["url"]
        return self

    @property
    def token_endpoint(self):
        return f"{self.url}/token"

    @property
    def calls(self):
        """How often it was asked for a token."""
        return self._get("calls")["calls"]

    def verify(self, token, audience):
        """The claims of a token that this authority signed for `audience`."""
        header, claims = jwt.read(token)
        assert header["alg"] == "RS256", header
        [key] = [key for key in self._get("jwks")["keys"] if key["kid"] == header["kid"]]
        signed, signature = token.rsplit(".", 1)
        assert jwt.signature_is_good(key, signed.encode(), jwt.decode_base64url(signature))
        assert claims["iss"] == self.url
        assert claims["aud"] == audience
        assert claims["exp"] > time.time()
        return claims

    def _get(self, path):
        return get_json(f"{self.url}/{path}", self.ca_file)
