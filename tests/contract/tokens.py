# SPDX-License-Identifier: Apache-2.0
"""What every token answer must hold, whoever asked and however (protocol.md A.5, B.3 and F.5)."""

import time

from harness.openimds import TENANT
from harness.timing import scaled

LIFETIME = 24 * 3600
EARLIER = 300  # nbf lies five minutes before now

IMDS_KEYS = ["access_token", "client_id", "expires_in", "expires_on", "ext_expires_in",
             "not_before", "resource", "token_type"]
EXTENSION_KEYS = ["access_token", "refresh_token", "expires_in", "expires_on", "not_before",
                  "resource", "token_type"]


def check_answer(service, body, *, resource, identity, machine_id, tenant=TENANT):
    """`identity` is a dict with kind, client_id, object_id and resource_id. Returns the claims."""
    assert all(isinstance(value, str) for value in body.values()), body
    assert body["resource"] == resource
    assert body["token_type"] == "Bearer"
    claims = service.verify(body["access_token"])
    check_identity(claims, identity, machine_id, tenant)
    assert claims["aud"] == resource
    check_times(claims, body)
    if "client_id" in body:
        assert body["client_id"] == claims["appid"]
    return claims


def check_identity(claims, identity, machine_id, tenant):
    assert claims["appid"] == identity["client_id"]
    assert claims["oid"] == claims["sub"] == identity["object_id"]
    assert claims["tid"] == tenant
    assert claims["xms_mirid"] == identity["resource_id"]
    if identity["kind"] == "user":
        assert claims["xms_az_rid"] == machine_id
    else:
        assert "xms_az_rid" not in claims
    assert tenant in claims["iss"] and claims["idp"] == claims["iss"]
    assert claims["idtyp"] == "app" and claims["appidacr"] == "2" and claims["ver"] == "1.0"
    assert claims["uti"] and claims["rh"] and claims["aio"]


def check_times(claims, body):
    now = time.time()
    assert claims["iat"] == claims["nbf"]
    assert claims["exp"] - claims["nbf"] == LIFETIME + EARLIER
    assert body["expires_on"] == str(claims["exp"])
    assert body["not_before"] == str(claims["nbf"])
    assert abs(int(body["expires_in"]) - (claims["exp"] - now)) <= scaled(2)
    if "ext_expires_in" in body:
        assert int(body["expires_in"]) <= int(body["ext_expires_in"]) <= LIFETIME + EARLIER
