# SPDX-License-Identifier: Apache-2.0
"""The resource manager over HTTPS, as an administrator's program calls it.

    with Service(listeners=arm_listeners()) as service:
        arm = Arm(service)
        arm.put("/subscriptions/…/resourcegroups/rg2", {"location": "westeurope"})

Nothing here knows what an answer should be; a test says so.
"""

import http.client
import json
import ssl
import urllib.parse
from dataclasses import dataclass

from harness.openimds import SUBSCRIPTION
from harness.timing import scaled

API = "2022-09-01"
S = f"/subscriptions/{SUBSCRIPTION}"
COMPUTE = "/providers/Microsoft.Compute"
IDENTITIES = "/providers/Microsoft.ManagedIdentity/userAssignedIdentities"
ROLES = {
    "Owner": "8e3af657-a8ff-443c-a75c-2fe8c4bcb635",
    "Contributor": "b24988ac-6180-42a0-ab88-20f7382dd24c",
    "Reader": "acdd72a7-3385-48ef-bd42-f606fba81ae7",
    "Managed Identity Operator": "f1a07417-d97a-45cb-824c-7a7467783830",
    "Virtual Machine Contributor": "9980e02c-c2be-4d73-94e8-173b1dc7cf3c",
}


def arm_listeners():
    return [{"protocol": "arm", "address": "127.0.0.1:0"},
            {"protocol": "imds", "address": "127.0.0.1:0"},
            {"protocol": "authority", "address": "127.0.0.1:0"}]


@dataclass
class Answer:
    status: int
    headers: dict
    body: bytes

    def json(self):
        return json.loads(self.body)

    @property
    def code(self):
        return self.json()["error"]["code"]


def first_administrator(service):
    return json.loads((service.state_dir / "admin/admin.json").read_text())


class Arm:
    """Calls with the token of one administrator; the first one, if no other is named."""

    def __init__(self, service, credential=None):
        self.service = service
        self.host, self.port = service.endpoint("arm").address
        self.url = f"https://localhost:{self.port}"
        self.context = ssl.create_default_context(cadata=service.cli("authority", "ca")["certificate"])
        self.credential = credential or first_administrator(service)
        self.token = self.get_token()

    def as_(self, credential):
        return Arm(self.service, {"clientId": credential["clientId"],
                                  "secret": credential["secretText"]})

    def get_token(self, scope=None):
        answer = self.post_form("/adfs/oauth2/token", {
            "grant_type": "client_credentials", "client_id": self.credential["clientId"],
            "client_secret": self.credential["secret"],
            "scope": scope or f"{self.url}//.default"})
        assert answer.status == 200, answer
        return answer.json()["access_token"]

    def post_form(self, path, form):
        return self._send("POST", path, urllib.parse.urlencode(form),
                          {"Content-Type": "application/x-www-form-urlencoded"})

    def call(self, method, path, body=None, *, query="", headers=None, token=None, api=API):
        """`token`: another than one's own; "" for none."""
        target = f"{path}?api-version={api}{query}" if api else f"{path}{query and '?'}{query[1:]}"
        sent = {"Content-Type": "application/json", **(headers or {})}
        token = self.token if token is None else token
        if token:
            sent["Authorization"] = f"Bearer {token}"
        return self._send(method, target, json.dumps(body) if body is not None else None, sent)

    def get(self, path, **more):
        return self.call("GET", path, **more)

    def put(self, path, body, **more):
        return self.call("PUT", path, body, **more)

    def patch(self, path, body, **more):
        return self.call("PATCH", path, body, **more)

    def delete(self, path, **more):
        return self.call("DELETE", path, **more)

    def post(self, path, body=None, **more):
        return self.call("POST", path, body, **more)

    def _send(self, method, target, body, headers):
        connection = http.client.HTTPSConnection("localhost", self.port, context=self.context,
                                                 timeout=scaled(20))
        try:
            connection.request(method, target, body, headers)
            response = connection.getresponse()
            return Answer(response.status, {k.lower(): v for k, v in response.getheaders()},
                          response.read())
        finally:
            connection.close()
