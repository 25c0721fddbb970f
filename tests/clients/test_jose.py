# SPDX-License-Identifier: Apache-2.0
"""A relying party: npm's jose checks our tokens by the discovery document and the key set."""

import pytest

from client_program import ClientFailed, ClientProgram
from conftest import ClientService
from harness import jwt
from harness.openimds import TENANT

RESOURCE = "https://vault.example"
# RFC 7518, 6.3.2, and 6.4: the private members of a key.
PRIVATE_MEMBERS = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"}
PUBLIC_MEMBERS = {"kty", "use", "alg", "kid", "x5t", "x5t#S256", "x5c", "n", "e", "issuer",
                  "cloud_instance_name"}

DOCUMENTS = pytest.mark.parametrize("version", ["", "v2.0/"], ids=["v1", "v2"])


@pytest.fixture(scope="module")
def service():
    with ClientService() as running:
        yield running


@pytest.fixture
def relying_party(node, service, tmp_path):
    """Asks whether `token` is good. One process: it remembers the keys that it has seen."""
    with ClientProgram(node("verify_token.mjs"), tmp_path) as program:
        def verify(token, version="", audience=RESOURCE, **more):
            tenant = f"{service.url('authority')}/{TENANT}"
            return program.ask({
                "endpoint": f"{tenant}/{version}.well-known/openid-configuration",
                "token": token, "audience": audience, **more})
        yield verify


def token_for(service, resource=RESOURCE):
    return service.token(resource)["access_token"]


@DOCUMENTS
def test_accepts_our_token(service, relying_party, version):
    answer = relying_party(token_for(service), version)
    assert answer["payload"]["aud"] == RESOURCE
    assert answer["payload"]["tid"] == TENANT


@DOCUMENTS
def test_finds_only_public_members_in_the_key_set(service, relying_party, version):
    for key in relying_party(token_for(service), version)["jwks"]["keys"]:
        assert not PRIVATE_MEMBERS & set(key)
        assert set(key) <= PUBLIC_MEMBERS


@DOCUMENTS
def test_takes_old_and_new_tokens_after_a_rotation(service, relying_party, version):
    old = token_for(service)
    old_kid = relying_party(old, version)["header"]["kid"]
    service.cli("authority", "rotate")
    new = token_for(service, f"{RESOURCE}/new")  # the cache still hands out the old one
    new_kid = relying_party(new, version, f"{RESOURCE}/new")["header"]["kid"]
    assert new_kid != old_kid
    assert relying_party(old, version)["header"]["kid"] == old_kid


def test_refuses_our_token_for_another_audience(service, relying_party):
    with pytest.raises(ClientFailed, match='unexpected "aud" claim value'):
        relying_party(token_for(service, "https://other.example"))


def test_refuses_our_token_where_another_issuer_is_due(service, relying_party):
    with pytest.raises(ClientFailed, match='unexpected "iss" claim value'):
        relying_party(token_for(service), issuer="https://sts.windows.net/elsewhere/")


def test_refuses_a_token_whose_claims_were_changed(service, relying_party):
    header, _, signature = token_for(service).split(".")
    _, claims, _ = token_for(service, "https://other.example").split(".")
    with pytest.raises(ClientFailed, match="signature verification failed"):
        relying_party(f"{header}.{claims}.{signature}", audience="https://other.example")


def test_refuses_a_token_of_another_authority(service, relying_party):
    with ClientService() as other:
        foreign = token_for(other)
    assert jwt.read(foreign)[0]["kid"] != jwt.read(token_for(service))[0]["kid"]
    with pytest.raises(ClientFailed, match="no applicable key found"):
        relying_party(foreign)
