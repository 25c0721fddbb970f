# SPDX-License-Identifier: Apache-2.0
"""Applications that ask our authority itself, over HTTPS: with a secret, a certificate or another
authority's token. MSAL, ADAL and azure.identity, of npm and of Debian, as they are.

Each asks for two audiences with one application object: MSAL sends one signed assertion for both.
"""

import json
import uuid
from dataclasses import dataclass

import pytest

from certificates import make_client_certificate
from client_program import ClientFailed, ClientProgram
from conftest import LIFETIME, ClientService
from harness import jwt
from harness.openimds import TENANT, Service
from upstreams import get_json

ISSUER = "https://issuer.example/elsewhere"
EXCHANGE = "api://AzureADTokenExchange"
DAY = 24 * 3600


@dataclass(frozen=True)
class Application:
    program: str             # "node" or "python"
    sdk: str                 # its name in the client program
    proof: str               # "secret", "certificate" or "assertion"
    more: tuple = ()         # (name, value) pairs that go into every request

    @property
    def name(self):
        return "-".join([self.program, self.sdk, self.proof, *(value for _, value in self.more)])


APPLICATIONS = (
    Application("node", "msal-node", "secret"),
    Application("node", "msal-node", "certificate"),
    Application("node", "msal-node", "certificate", (("thumbprint", "sha1"),)),
    Application("node", "msal-node", "assertion"),
    Application("node", "azure-identity", "secret"),
    Application("node", "azure-identity", "certificate"),
    Application("node", "azure-identity", "assertion"),
    Application("python", "msal", "secret"),
    Application("python", "msal", "certificate"),
    Application("python", "msal", "assertion"),
    Application("python", "azure-identity", "secret"),
    Application("python", "azure-identity", "certificate"),
    Application("python", "azure-identity", "assertion"),
    Application("python", "adal", "secret"),
    Application("python", "adal", "certificate"),
)


def _those_with(proof):
    some = [one for one in APPLICATIONS if one.proof == proof]
    return pytest.mark.parametrize("application", some, ids=lambda one: one.name)


EVERY = pytest.mark.parametrize("application", APPLICATIONS, ids=lambda one: one.name)
WITH_SECRET = _those_with("secret")
WITH_CERTIFICATE = _those_with("certificate")
WITH_ASSERTION = _those_with("assertion")


@pytest.fixture(scope="module")
def authority():
    """Ours, by HTTPS alone."""
    listeners = [{"protocol": "authority", "address": "127.0.0.1:0", "tls": True}]
    with ClientService(listeners=listeners,
                       settings={"authority": {"token_lifetime": LIFETIME}}) as running:
        yield running


@pytest.fixture(scope="module")
def ca_file(authority, tmp_path_factory):
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    path.write_text(authority.cli("authority", "ca")["certificate"])
    return path


@pytest.fixture(scope="module")
def elsewhere():
    """Another OpenIMDS, whose tokens prove who asks here."""
    with Service(settings={"authority": {"issuer": ISSUER}}) as running:
        yield running


@pytest.fixture(scope="module")
def application_facts(authority, elsewhere, tmp_path_factory):
    """An identity that can prove itself in every way, and what it does that with."""
    folder = tmp_path_factory.mktemp("application")
    identity = authority.cli("identity", "create", "app")
    secret = authority.cli("identity", "secret", "create", "app")["secretText"]
    certificate = make_client_certificate(folder, "app")
    authority.cli("identity", "certificate", "create", "app", "--file",
                  str(certificate.certificate))
    assertion, keys = folder / "assertion", folder / "keys.json"
    assertion.write_text(elsewhere.token(EXCHANGE)["access_token"])
    keys.write_text(json.dumps(elsewhere.jwks()))
    subject = jwt.read(assertion.read_text())[1]["sub"]
    authority.cli("identity", "federated-credential", "create", "app", "--name", "elsewhere",
                  "--issuer", ISSUER, "--subject", subject, "--audience", EXCHANGE,
                  "--keys-file", str(keys))
    return {"client_id": identity["clientId"], "object_id": identity["principalId"],
            "secret": secret, "certificate": str(certificate.whole), "assertion": str(assertion)}


@pytest.fixture(scope="module")
def programs(node, python, ca_file, tmp_path_factory):
    variables = {"NODE_EXTRA_CA_CERTS": str(ca_file), "REQUESTS_CA_BUNDLE": str(ca_file)}
    commands = {"node": node("confidential_clients.mjs"),
                "python": python("confidential_clients.py")}
    folder = tmp_path_factory.mktemp("programs")
    with (ClientProgram(commands["node"], folder, variables) as first,
          ClientProgram(commands["python"], folder, variables) as second):
        yield {"node": first, "python": second}


@pytest.fixture
def acquire(authority, application_facts, programs):
    """Tokens for `resources`; ClientFailed with what the SDK says if there is none."""
    def run(application, resources, **changed):
        facts = {**application_facts, **changed}
        return programs[application.program].ask({
            "client": application.sdk, "endpoint": authority.url("authority"), "tenant": TENANT,
            "client_id": facts["client_id"], application.proof: facts[application.proof],
            "resources": resources, **dict(application.more)})["tokens"]
    return run


@pytest.fixture
def key_set(authority, ca_file):
    return get_json(f"{authority.url('authority')}/{TENANT}/discovery/keys", ca_file)


def new_resources(count):
    return [f"https://{uuid.uuid4()}.example" for _ in range(count)]


def refusal_of(acquire, application, **changed):
    with pytest.raises(ClientFailed) as failure:
        acquire(application, new_resources(1), **changed)
    return str(failure.value)


@EVERY
def test_gets_tokens_for_two_audiences(key_set, application_facts, acquire, application):
    resources = new_resources(2)
    tokens = acquire(application, resources)
    for resource, token in zip(resources, tokens, strict=True):
        claims = jwt.verify(token["value"], key_set)
        assert claims["aud"] == resource
        assert claims["appid"] == application_facts["client_id"]
        assert claims["oid"] == application_facts["object_id"]
        assert abs(claims["exp"] - token["expires_on"]) <= 2, "the SDK counts from its own now"


@EVERY
def test_says_how_it_was_proved(acquire, application):
    [token] = acquire(application, new_resources(1))
    expected = "1" if application.proof == "secret" else "2"
    assert jwt.read(token["value"])[1]["appidacr"] == expected


@EVERY
def test_reports_a_client_that_the_tenant_does_not_have(acquire, application):
    assert "AADSTS700016" in refusal_of(acquire, application, client_id=str(uuid.uuid4()))


@WITH_SECRET
def test_reports_a_wrong_secret(acquire, application):
    assert "AADSTS7000215" in refusal_of(acquire, application, secret="not-the-one~that.it-has")


@WITH_CERTIFICATE
def test_reports_a_certificate_that_is_not_registered(acquire, application, tmp_path):
    stranger = make_client_certificate(tmp_path, "app").whole
    assert "AADSTS700027" in refusal_of(acquire, application, certificate=str(stranger))


@WITH_CERTIFICATE
def test_reports_a_certificate_that_has_expired(authority, acquire, application):
    with authority.later(3 * DAY):
        said = refusal_of(acquire, application)
    assert "AADSTS700027" in said
    assert "has expired" in said


@WITH_ASSERTION
def test_reports_an_assertion_whose_issuer_is_not_trusted(acquire, application, tmp_path):
    with Service() as stranger:
        assertion = tmp_path / "assertion"
        assertion.write_text(stranger.token(EXCHANGE)["access_token"])
    assert "AADSTS700211" in refusal_of(acquire, application, assertion=str(assertion))
