# SPDX-License-Identifier: Apache-2.0
"""Rows 33, 38 to 42 and 46 of the attack list: tokens, keys, logs, and what is listened on."""

import base64
import concurrent.futures
import json
import random
from urllib.parse import quote

import pytest

import tokens
from attacks import ARM, ASK, ASK_EXTENSION, HEADER, ask, expect_refused, expect_works
from harness import jwt, namespaces, processes, rawhttp
from harness.openimds import TENANT, TOKEN_PATH, Service, StartFailed

DOCUMENTS = ["{}/.well-known/openid-configuration", "{}/v2.0/.well-known/openid-configuration"]
KEY_SETS = ["{}/discovery/keys", "{}/discovery/v2.0/keys"]
PUBLIC_MEMBERS = {"kty", "use", "alg", "kid", "x5t", "x5t#S256", "x5c", "n", "e", "issuer",
                  "cloud_instance_name", "key_ops"}


@pytest.fixture(autouse=True)
def control_run(request):
    yield
    if "service" in request.fixturenames:
        expect_works(request.getfixturevalue("service"))


@pytest.mark.parametrize("address", ["0.0.0.0:0", "[::]:0"])
@pytest.mark.parametrize("protocol", ["imds", "vm_extension", "authority"])
def test_row_33_wildcard_bind_is_refused(protocol, address):
    with pytest.raises(StartFailed) as failed:
        with Service(listeners=[{"protocol": protocol, "address": address}]):
            pass
    assert failed.value.exit_code == 2
    assert "allow_wildcard_bind" in failed.value.stderr


def test_row_33_wildcard_bind_when_the_flag_says_so():
    reason = namespaces.missing()
    if reason:
        pytest.skip(reason)
    with namespaces.NetworkNamespace("10.0.0.9/32") as namespace, Service(
            listeners=[{"protocol": "imds", "address": "0.0.0.0:0"}],
            settings={"server": {"allow_wildcard_bind": True}}, prefix=namespace.prefix) as service:
        port = service.imds[1]
        with namespace.connect(("10.0.0.9", port)) as connection:
            assert connection.ask(target=ASK, headers=HEADER).status == 200


def test_row_33_default_listeners_are_loopback_only(service):
    assert {it.address[0] for it in service.endpoints} <= {"127.0.0.1", "::1"}


def test_row_38_every_token_has_a_uti_of_its_own(service):
    seen = []
    for number in range(200):
        body = service.token(f"https://uti-{number}.example/")
        seen.append(jwt.read(body["access_token"])[1]["uti"])
    assert len(set(seen)) == len(seen)


@pytest.mark.parametrize("path", KEY_SETS)
def test_row_39_key_set_holds_public_members_only(service, path):
    response = rawhttp.ask(service.authority, target="/" + path.format(TENANT))
    assert response.status == 200
    keys = response.json()["keys"]
    assert keys
    for key in keys:
        assert set(key) <= PUBLIC_MEMBERS
        assert (key["kty"], key["use"]) == ("RSA", "sig")
        assert len(jwt.decode_base64url(key["n"])) == 256, "RSA-2048"
        for certificate in key["x5c"]:
            assert b"PRIVATE" not in base64.b64decode(certificate, validate=True)


def test_row_39_no_private_key_over_any_path(service):
    for path in ["", "keys", "key.pem", "authority", "authority/key.pem", "state", ".git/config",
                 "../state/authority/key.pem", "%2e%2e/state", "discovery/keys/private"]:
        for address in (service.imds, service.extension, service.authority):
            for prefix in ("/", f"/{TENANT}/"):
                response = ask(address, prefix + path)
                assert response.status >= 400
                assert b"PRIVATE" not in response.body


def test_row_40_tokens_are_signed_with_rs256_and_say_so(service):
    header, _ = jwt.read(service.token()["access_token"])
    assert header["alg"] == "RS256" and header["kid"] == header["x5t"]
    for path in DOCUMENTS:
        document = rawhttp.ask(service.authority, target="/" + path.format(TENANT)).json()
        assert document["id_token_signing_alg_values_supported"] == ["RS256"]
        assert document["issuer"].startswith(service.url("authority")), "no real cloud's issuer"
        assert "none" not in json.dumps(document)


def test_row_40_a_changed_token_does_not_verify(service):
    token = service.token()["access_token"]
    service.verify(token)
    header, claims, signature = token.split(".")
    other = service.token("https://other.example/")["access_token"]
    none = base64.urlsafe_b64encode(b'{"alg":"none","typ":"JWT"}').rstrip(b"=").decode()
    for changed in (f"{none}.{claims}.", f"{none}.{claims}.{signature}", f"{header}.{claims}.",
                    f"{header}.{claims}.{other.split('.')[2]}",
                    f"{header}.{other.split('.')[1]}.{signature}"):
        with pytest.raises((AssertionError, KeyError)):
            service.verify(changed)


# Spellings that a careless cache key would take for one another.
RESOURCES = [
    ARM, "https://management.azure.com", "https://management.azure.com//",
    "https://Management.azure.com/", "https://management.azure.com/?", "api://a", "api://a/b",
    "api://a%2Fb", "api://a|b", "api://a;b", "api://a,b", "api://a&client_id=x", "api://a:b",
    "https://x.example/a", "https://x.example/a/", "https://x.example/A",
    "00000000-0000-0000-0000-00000000000a", "00000000-0000-0000-0000-00000000000A",
]


@pytest.mark.parametrize("cache_size", [3, 10000])
def test_row_41_no_token_of_another_identity_or_audience(cache_size):
    """Many at once, with a cache that forgets all the time and with one that never does."""
    with Service(settings={"tokens": {"cache_size": cache_size}}) as service:
        clients = {}
        for number in range(4):
            made = service.cli("identity", "create", f"ua{number}")
            service.cli("machine", "identity", "assign", "vm1", f"ua{number}")
            clients[made["clientId"]] = made["principalId"]
        pairs = [(client, resource) for client in clients for resource in RESOURCES] * 4
        random.Random(7).shuffle(pairs)
        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            answers = pool.map(lambda pair: _ask(service, pair), pairs)
            for (client, resource), body in zip(pairs, answers):
                claims = service_claims(body)
                assert (claims["appid"], claims["aud"]) == (client, resource)
                assert (claims["oid"], body["resource"]) == (clients[client], resource)
                assert body["client_id"] == client
        expect_works(service)


def _ask(service, pair):
    client, resource = pair
    return service.token(quote(resource, safe=""), f"&client_id={client}")


def service_claims(body):
    claims = jwt.read(body["access_token"])[1]
    tokens.check_times(claims, body)
    return claims


def test_row_42_no_secret_in_the_log():
    canaries = ["canary-secret", "canary-authorization", "canary-cookie", "canary-form"]
    with Service(settings={"log": {"level": "debug"}}) as service:
        answers = [service.token(f"https://log-{number}.example/") for number in range(20)]
        answers.append(ask(service.extension, ASK_EXTENSION).json())
        service.cli("token", "--resource", ARM)
        headers = {"secret": canaries[0], "Authorization": f"Bearer {canaries[1]}",
                   "Cookie": canaries[2], "X-IDENTITY-HEADER": canaries[0]}
        ask(service.imds, ASK, {**HEADER, **headers})
        ask(service.imds, ASK, headers)
        ask(service.imds, "/nothing", headers)
        rawhttp.exchange(service.imds, b"GET / HTTP/1.1\r\nCookie: canary-cookie\r\nA :b\r\n\r\n")
        rawhttp.ask(service.extension, "POST", "/oauth2/token", headers=HEADER,
                    body="client_secret=canary-form&resource=" + ARM)
        service.cli("authority", "rotate")
        service.stop()
        log = service.log_text()
        assert len(service.events("token.issued")) >= 20
        assert "eyJ" not in log and "PRIVATE" not in log and "BEGIN" not in log
        for answer in answers:
            for part in answer["access_token"].split("."):
                assert part not in log
        for canary in canaries:
            assert canary not in log


def test_row_42_no_secret_in_an_error_or_in_what_the_verbs_show(service):
    shown = [service.run_cli(*verb.split()) for verb in (
        "authority show", "identity list", "machine list", "machine show vm1", "version", "env")]
    for done in shown:
        assert done.returncode == 0, done.stderr
        assert "PRIVATE" not in done.stdout and '"d":' not in done.stdout
    refused = ask(service.imds, ASK, {**HEADER, "secret": "canary", "Metadata": "canary"})
    assert "canary" not in expect_refused(refused, 400).text


def test_row_46_nothing_is_contacted(service):
    """There is no upstream in this build of the house: no outgoing connection, no name lookup."""
    ports = {it.address[1] for it in service.endpoints}
    for number in range(50):
        service.token(f"https://upstream-{number}.example/")
        ask(service.extension, "/oauth2/token?resource=https%3A%2F%2Fother.example")
        ask(service.imds, f"{TOKEN_PATH}?api-version=2018-02-01&resource={ARM}"
                          "&authority=http://127.0.0.1:9/")
        for entry in processes.inet_sockets(service.pid):
            assert entry.kind in ("tcp", "tcp6") and entry.local_port in ports, entry


def test_row_46_faults_contact_nobody_either():
    listeners = [{"protocol": "imds", "address": "127.0.0.1:0"}] + [
        {"protocol": protocol, "address": "127.0.0.1:0", "fault": "upstream_down"}
        for protocol in ("imds", "vm_extension")]
    with Service(listeners=listeners) as service:
        ports = {it.address[1] for it in service.endpoints}
        assert ask(service.endpoint("imds", 1).address).status == 500
        assert ask(service.extension, ASK_EXTENSION).status == 500
        assert all(it.local_port in ports for it in processes.inet_sockets(service.pid))
        expect_works(service)
