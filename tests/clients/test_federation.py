# SPDX-License-Identifier: Apache-2.0
"""Identity without a shared secret: one OpenIMDS is the issuer that another one's authority trusts.

`home` signs an assertion for its workload's identity, and a web host publishes the keys; `cloud`
gets them from there and answers with a token of its own.
"""

import uuid
from functools import partial
from http.server import SimpleHTTPRequestHandler
from urllib.parse import quote

import pytest

from conftest import ClientService
from harness import jwt, rawhttp
from harness.openimds import SEED, TENANT, TOKEN_PATH, Service
from local_server import LocalServer
from upstreams import get_json

CLOUD_TENANT = "44444444-4444-4444-4444-444444444444"
# Keys are not fetched more often than this, however many assertions name an unknown one.
REFETCH_PAUSE = 30


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


class WebHost(LocalServer):
    """A static web host: a folder, and the URL of the issuer that is published in it."""

    def __init__(self, folder):
        super().__init__(partial(QuietHandler, directory=folder))
        self.folder = folder / "openimds"
        self.issuer = f"{self.url}/openimds"


@pytest.fixture
def web_host(tmp_path):
    with WebHost(tmp_path) as host:
        yield host


@pytest.fixture
def cloud():
    """An authority over HTTPS."""
    listeners = [{"protocol": "authority", "address": "127.0.0.1:0", "tls": True}]
    with ClientService(listeners=listeners,
                       seed={**SEED, "tenant_id": CLOUD_TENANT}) as running:
        yield running


@pytest.fixture
def ca_file(cloud, tmp_path):
    path = tmp_path / "ca.pem"
    path.write_text(cloud.cli("authority", "ca")["certificate"])
    return path


@pytest.fixture
def home(web_host, ca_file):
    settings = {"authority": {"issuer": web_host.issuer}, "upstream": {"ca_file": str(ca_file)}}
    with Service(settings=settings) as running:
        publish(running, web_host)
        yield running


@pytest.fixture
def trusted(cloud, home, web_host):
    """The identity in the cloud as which the workload at home may act."""
    workload = home.cli("identity", "create", "workload")
    home.cli("machine", "identity", "assign", "vm1", "workload")
    trusted = cloud.cli("identity", "create", "trusted")
    cloud.cli("identity", "federated-credential", "create", "trusted", "--name", "home",
              "--issuer", web_host.issuer, "--subject", workload["id"])
    home.cli("identity", "credential", "set", "workload", "federated_issuer",
             "--authority-host", cloud.url("authority"), "--tenant-id", CLOUD_TENANT,
             "--client-id", trusted["clientId"])
    return {**trusted, "workload": workload["clientId"]}


def publish(service, web_host):
    service.cli("authority", "publish", "--out", str(web_host.folder))


def ask(service, client_id, resource=None):
    resource = quote(resource or new_resource(), safe="")
    return rawhttp.ask(service.imds, headers={"Metadata": "true"},
                       target=f"{TOKEN_PATH}?api-version=2018-02-01&resource={resource}"
                              f"&client_id={client_id}")


def new_resource():
    return f"https://{uuid.uuid4()}.example"


def claims_of(cloud, ca_file, answer):
    assert answer.status == 200, answer
    keys = get_json(f"{cloud.url('authority')}/{CLOUD_TENANT}/discovery/keys", ca_file)
    return jwt.verify(answer.json()["access_token"], keys)


def test_a_workload_at_home_gets_a_token_of_the_cloud(cloud, home, trusted, ca_file):
    resource = new_resource()
    claims = claims_of(cloud, ca_file, ask(home, trusted["workload"], resource))
    assert claims["iss"] == f"{cloud.url('authority')}/{CLOUD_TENANT}/"
    assert claims["appid"] == trusted["clientId"]
    assert claims["oid"] == trusted["principalId"]
    assert claims["tid"] == CLOUD_TENANT != TENANT
    assert claims["aud"] == resource


def test_no_secret_is_kept_for_it_on_either_side(cloud, home, trusted):
    chosen = home.cli("identity", "credential", "show", "workload")
    assert set(chosen["options"]) == {"authority_host", "tenant_id", "client_id"}
    assert cloud.cli("identity", "secret", "list", "trusted") == []
    assert cloud.cli("identity", "certificate", "list", "trusted") == []
    assert ask(home, trusted["workload"]).status == 200


def test_an_identity_that_is_not_trusted_gets_nothing(cloud, home, trusted):
    stranger = home.cli("identity", "create", "stranger")
    home.cli("machine", "identity", "assign", "vm1", "stranger")
    home.cli("identity", "credential", "set", "stranger", "federated_issuer", "--authority-host",
             cloud.url("authority"), "--tenant-id", CLOUD_TENANT,
             "--client-id", trusted["clientId"])
    answer = ask(home, stranger["clientId"])
    assert answer.status == 400, answer
    assert answer.json()["error"] == "invalid_client"
    assert "AADSTS700213" in answer.json()["error_description"]


def test_a_new_key_counts_when_it_is_published(cloud, home, trusted, web_host, ca_file):
    claims_of(cloud, ca_file, ask(home, trusted["workload"]))
    home.cli("authority", "rotate")
    refused = ask(home, trusted["workload"])
    assert refused.status == 400, refused
    assert refused.json()["error"] == "invalid_client"
    assert "AADSTS700027" in refused.json()["error_description"]

    publish(home, web_host)
    with cloud.later(REFETCH_PAUSE + 1):
        claims_of(cloud, ca_file, ask(home, trusted["workload"]))


def test_a_new_key_that_nobody_published_stays_refused(cloud, home, trusted, ca_file):
    claims_of(cloud, ca_file, ask(home, trusted["workload"]))
    home.cli("authority", "rotate")
    with cloud.later(REFETCH_PAUSE + 1):
        assert ask(home, trusted["workload"]).status == 400


def test_a_web_host_that_is_down_is_no_refusal(cloud, home, trusted, web_host):
    web_host.folder.rename(web_host.folder.with_name("away"))
    answer = ask(home, trusted["workload"])
    assert answer.status == 503, answer
    assert int(answer.header("Retry-After")) >= 1
    assert home.said("upstream.failed")[-1]["reason"] == "upstream.trouble"
