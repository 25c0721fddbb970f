# SPDX-License-Identifier: Apache-2.0
"""Tokens from authorities that others wrote: npm's oidc-provider and oauth2-mock-server.

A workload asks IMDS, and gets what the authority signed for the client that its identity is there.
"""

import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from urllib.parse import quote

import pytest

from certificates import make_certificates, make_client_certificate
from harness import rawhttp
from harness.openimds import TOKEN_PATH, Service
from soft_token import MODULE, SoftToken
from upstreams import Upstream

PARALLEL = 15
# Each of these characters is changed when it is form-encoded, as RFC 6749, 2.3.1, wants it.
SECRET = "p:a+s%s w/o=r&d"
WRONG_SECRET = "not the one that it knows"


@dataclass(frozen=True)
class Known:
    """An identity of ours, and what the authority knows about the client of the same name."""
    name: str
    upstream: str
    kind: str
    options: tuple          # pairs; values are filled in from the fixture `places`
    metadata: tuple = ()    # of oidc-provider's client


def _private_key_jwt(algorithm):
    return (("token_endpoint_auth_method", "private_key_jwt"),
            ("token_endpoint_auth_signing_alg", algorithm), ("certificate", "{certificate}"))


def _certificate(algorithm):
    return Known(f"certificate-{algorithm.lower()}", "oidc", "certificate",
                 (("--certificate-file", "{whole}"), ("--algorithm", algorithm),
                  ("--protocol", "v1")),
                 _private_key_jwt(algorithm))


def _pkcs11(algorithm):
    return Known(f"pkcs11-{algorithm.lower()}", "oidc", "pkcs11",
                 (("--module", MODULE), ("--token", SoftToken.LABEL), ("--key", "app"),
                  ("--pin-file", "{pin}"), ("--certificate-file", "{certificate}"),
                  ("--algorithm", algorithm), ("--protocol", "v1")),
                 _private_key_jwt(algorithm))


def _secret(name, authentication):
    return Known(name, "oidc", "client_secret",
                 (("--secret-file", "{secret}"), ("--client-authentication", authentication),
                  ("--protocol", "v1")),
                 (("token_endpoint_auth_method", f"client_secret_{authentication}"),
                  ("client_secret", SECRET)))


IDENTITIES = (
    _certificate("PS256"), _certificate("RS256"), _pkcs11("PS256"), _pkcs11("RS256"),
    _secret("secret-basic", "basic"), _secret("secret-post", "post"),
    Known("mock", "mock", "client_secret", (("--secret-file", "{secret}"),)),
)
EACH = pytest.mark.parametrize("known", IDENTITIES, ids=lambda known: known.name)
REFUSED = pytest.mark.parametrize("name", ["secret-basic", "secret-post", "mock"])


@pytest.fixture(scope="module")
def places(tmp_path_factory):
    """Where the secrets are; and the token, which has the certificate's key too."""
    folder = tmp_path_factory.mktemp("secrets")
    certificate = make_client_certificate(folder, "app")
    token = SoftToken(folder)
    token.import_key(certificate.key, "app")
    files = {"whole": certificate.whole, "certificate": certificate.certificate,
             "pin": token.pin_file, "secret": folder / "secret", "wrong": folder / "wrong"}
    for name, text in (("secret", SECRET), ("wrong", WRONG_SECRET)):
        files[name].touch(mode=0o600)
        files[name].write_text(text)
    return {**files, "environment": token.environment}


@pytest.fixture(scope="module")
def upstreams(node, certificates, places, tmp_path_factory):
    clients = [{"client_id": known.name, **_fill(known.metadata, places)}
               for known in IDENTITIES if known.upstream == "oidc"]
    with Upstream(node("oidc_provider.mjs"), tmp_path_factory.mktemp("oidc"), certificates,
                  clients=clients) as oidc:
        with Upstream(node("oauth2_mock_server.mjs"), tmp_path_factory.mktemp("mock"),
                      certificates, client_id="mock", client_secret=SECRET) as mock:
            yield {"oidc": oidc, "mock": mock}


def _fill(pairs, places):
    return {name: value.format(**places) for name, value in pairs}


def _service(ca_file, places):
    return Service(settings={"upstream": {"ca_file": str(ca_file)}},
                   environment=places["environment"])


def _create(service, upstream, known, places, name=None, **changed):
    """The identity `known`, or one like it. Gives its client id here."""
    identity = service.cli("identity", "create", name or known.name)
    service.cli("machine", "identity", "assign", "vm1", identity["name"])
    options = {**_fill(known.options, places), **changed}
    arguments = [word for pair in options.items() for word in pair]
    service.cli("identity", "credential", "set", identity["name"], known.kind, *arguments,
                "--client-id", known.name, "--token-endpoint", upstream.token_endpoint)
    return identity["clientId"]


@pytest.fixture(scope="module")
def service(certificates, places):
    with _service(certificates.authority, places) as running:
        yield running


@pytest.fixture(scope="module")
def client_ids(service, upstreams, places):
    return {known.name: _create(service, upstreams[known.upstream], known, places)
            for known in IDENTITIES}


def ask(service, client_id, resource):
    return rawhttp.ask(
        service.imds, headers={"Metadata": "true"},
        target=f"{TOKEN_PATH}?api-version=2018-02-01&resource={quote(resource, safe='')}"
               f"&client_id={client_id}")


def new_resource():
    return f"https://{uuid.uuid4()}.example"


def find(name):
    return next(known for known in IDENTITIES if known.name == name)


@EACH
def test_a_workload_gets_the_token_that_the_upstream_signed(service, upstreams, client_ids, known):
    resource = new_resource()
    answer = ask(service, client_ids[known.name], resource)
    assert answer.status == 200, answer
    body = answer.json()
    claims = upstreams[known.upstream].verify(body["access_token"], resource)
    assert claims["sub"] == known.name
    assert claims["exp"] - int(body["expires_on"]) in (0, 1)
    assert body["resource"] == resource


@EACH
def test_many_cold_callers_cost_the_upstream_one_call(service, upstreams, client_ids, known):
    upstream, resource = upstreams[known.upstream], new_resource()
    before = upstream.calls
    with ThreadPoolExecutor(PARALLEL) as pool:
        answers = list(pool.map(lambda _: ask(service, client_ids[known.name], resource),
                                range(PARALLEL)))
    assert {answer.status for answer in answers} == {200}
    assert len({answer.json()["access_token"] for answer in answers}) == 1
    assert upstream.calls == before + 1


@REFUSED
def test_a_wrong_secret_comes_back_in_the_upstreams_own_words(service, upstreams, places, name):
    known = find(name)
    wrong = _create(service, upstreams[known.upstream], known, places, f"{name}-wrong",
                    **{"--secret-file": str(places["wrong"])})
    answer = ask(service, wrong, new_resource())
    assert answer.status == 400, answer
    assert answer.json()["error"] == "invalid_client"
    assert WRONG_SECRET not in service.log_text()


def test_a_client_that_the_upstream_does_not_know_is_refused(service, upstreams, places):
    known = find("certificate-ps256")
    stranger = service.cli("identity", "create", "stranger")
    service.cli("machine", "identity", "assign", "vm1", "stranger")
    service.cli("identity", "credential", "set", "stranger", known.kind, "--client-id", "nobody",
                "--certificate-file", str(places["whole"]), "--protocol", "v1",
                "--token-endpoint", upstreams["oidc"].token_endpoint)
    answer = ask(service, stranger["clientId"], new_resource())
    assert answer.status == 400, answer
    assert answer.json()["error"] == "invalid_client"


def test_nothing_is_sent_to_an_upstream_of_another_ca(upstreams, places, tmp_path):
    upstream, known = upstreams["oidc"], find("secret-basic")
    before = upstream.calls
    with _service(make_certificates(tmp_path).authority, places) as service:
        client_id = _create(service, upstream, known, places)
        answer = ask(service, client_id, new_resource())
        assert answer.status == 503, answer
        assert int(answer.header("Retry-After")) >= 1
        assert service.said("upstream.failed")[-1]["reason"] == "upstream.tls"
    assert upstream.calls == before
