# SPDX-License-Identifier: Apache-2.0
"""The real `az`: logged in at our authority as a service principal, and then asked by a service
for the tokens of an identity of kind az_cli."""

import subprocess
import uuid

import pytest

from az_cloud import AzCloud
from client_program import clean_environment
from harness import jwt, rawhttp
from harness.openimds import TENANT, TOKEN_PATH, Service
from upstreams import get_json

# az asks the internet for suggestions and updates otherwise.
QUIET = {"AZURE_CORE_COLLECT_TELEMETRY": "0", "AZURE_CORE_ERROR_RECOMMENDATION": "off",
         "AZURE_EXTENSION_USE_DYNAMIC_INSTALL": "no", "NO_PROXY": "localhost,127.0.0.1"}


@pytest.fixture(scope="module")
def authority(certificates):
    """Over HTTPS, with a certificate that was brought along."""
    listeners = [{"protocol": "authority", "address": "127.0.0.1:0", "tls": True}]
    tls = {"certificate_file": str(certificates.certificate), "key_file": str(certificates.key)}
    with Service(listeners=listeners, settings={"tls": tls}) as running:
        yield running


@pytest.fixture(scope="module")
def application(authority):
    identity = authority.cli("identity", "create", "operator")
    secret = authority.cli("identity", "secret", "create", "operator")["secretText"]
    return {**identity, "secret": secret}


@pytest.fixture(scope="module")
def az(certificates, authority, tmp_path_factory):
    """Runs one command of a fresh `az` whose only cloud is ours."""
    folder = tmp_path_factory.mktemp("az")
    environment = clean_environment(folder, {
        **QUIET, "AZURE_CONFIG_DIR": str(folder / "config"),
        "REQUESTS_CA_BUNDLE": str(certificates.authority)})
    token_endpoint = f"{authority.url('authority')}/{TENANT}/oauth2/v2.0/token"

    def run(*arguments):
        return subprocess.run(["az", *arguments, "--output", "json"], capture_output=True,
                              text=True, env=environment, timeout=120, check=False)
    run.environment = environment
    with AzCloud(certificates, token_endpoint) as cloud:
        for words in (["register", *cloud.registration], ["set"]):
            done = run("cloud", *words, "--name", "local")
            assert done.returncode == 0, done.stderr
        yield run


def log_in(az, application, secret):
    return az("login", "--service-principal", "--username", application["clientId"],
              f"--password={secret}",  # one word: some secrets begin with a dash
              "--tenant", TENANT, "--allow-no-subscriptions")


@pytest.fixture(scope="module")
def login(az, application):
    done = log_in(az, application, application["secret"])
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def service(az, login):
    """A service that has no other credential than the login."""
    with Service(environment=az.environment) as running:
        running.cli("identity", "credential", "set", "vm1", "az_cli",
                    "--config-dir", az.environment["AZURE_CONFIG_DIR"])
        yield running


def ask(service, resource):
    return rawhttp.ask(service.imds, headers={"Metadata": "true"}, timeout=60,
                       target=f"{TOKEN_PATH}?api-version=2018-02-01&resource={resource}")


def test_az_reports_a_wrong_secret(az, application):
    done = log_in(az, application, "not-the-one~that.it-has")
    assert done.returncode != 0
    assert "AADSTS7000215" in done.stderr


def test_a_workload_gets_the_token_of_the_login(certificates, authority, application, service):
    resource = f"https://{uuid.uuid4()}.example"
    answer = ask(service, resource)
    assert answer.status == 200, answer
    keys = get_json(f"{authority.url('authority')}/{TENANT}/discovery/keys",
                    certificates.authority)
    claims = jwt.verify(answer.json()["access_token"], keys)
    assert claims["aud"] == resource
    assert claims["appid"] == application["clientId"]
    assert abs(claims["exp"] - int(answer.json()["expires_on"])) <= 60


def test_without_a_login_the_log_says_so_and_the_workload_is_to_ask_later(
        login, service, tmp_path):
    service.cli("identity", "credential", "set", "vm1", "az_cli", "--config-dir", str(tmp_path))
    answer = ask(service, f"https://{uuid.uuid4()}.example")
    assert answer.status == 503, answer
    assert b"az login" not in answer.body
    failed = service.said("upstream.failed")[-1]
    assert failed["reason"] == "credential.failed"
    assert "az login" in failed["message"]
