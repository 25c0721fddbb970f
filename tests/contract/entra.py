# SPDX-License-Identifier: Apache-2.0
"""The vectors of area `entra`: what their placeholders stand for, and what their tokens say."""

import copy
import json
import uuid
from urllib.parse import parse_qs, quote

from harness import jwt
from harness.assertions import make_client
from harness.openimds import TENANT

ISSUER = "https://issuer.example/workloads"
SCOPE = "https://management.azure.com/.default"


def filled_in(vector, service):
    """The vector with a client that exists: the system-assigned identity of vm1."""
    filled = copy.deepcopy(vector)
    request = filled["request"]
    request["target"] = request["target"].replace("{tenant}", TENANT)
    body = request.get("body") or ""
    identities = vector["given"].get("identities", [])
    if identities and "{" in body:
        body = _replace(body, identities[0]["client_id"], request["target"], service)
    request["body"] = body
    return filled


def _replace(body, client_id, target, service):
    values = {"app": client_id, "unknown": str(uuid.uuid4()), "scope": SCOPE}
    if "{secret}" in body or "client_secret" in body:
        values["secret"] = service.cli("identity", "secret", "create", "vm1")["secretText"]
    client = make_client()
    if "{jwt}" in body:
        path = service.folder / "client.pem"
        path.write_text(client.certificate_pem, encoding="ascii")
        service.cli("identity", "certificate", "create", "vm1", "--file", str(path))
        values["jwt"] = client.assertion(client_id, service.url("authority") + target)
    if "{federated_jwt}" in body:
        path = service.folder / "keys.json"
        path.write_text(json.dumps(client.jwks()), encoding="ascii")
        name = f"f{uuid.uuid4().hex[:8]}"
        service.cli("identity", "federated-credential", "create", "vm1", "--name", name,
                    "--issuer", ISSUER, "--subject", name, "--keys-file", str(path))
        values["federated_jwt"] = client.sign(
            {"iss": ISSUER, "sub": name, "aud": "api://AzureADTokenExchange", "exp": 4102444800},
            "RS256", kid="k1")
    for name, value in values.items():
        body = body.replace("{" + name + "}", quote(value, safe=""))
    return body


def check(vector, response, service):
    if vector["request"]["method"] != "POST":
        return
    if vector["given"].get("state") != "throttled":
        assert "no-store" in response.header("Cache-Control")
    if response.status == 401:
        assert response.header("WWW-Authenticate")
    if response.status != 200:
        return
    body = parse_qs(vector["request"]["body"])
    claims = jwt.verify(response.json()["access_token"], service.jwks())
    expected = body["resource"][0] if "resource" in body else body["scope"][0][:-len("/.default")]
    assert claims["aud"] == expected
    assert claims["appid"] == body["client_id"][0]
    assert claims["appidacr"] == ("1" if "client_secret" in body else "2")
