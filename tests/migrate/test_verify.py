# SPDX-License-Identifier: Apache-2.0
"""`migrate verify` against both doors of the real program."""

import json

import pytest

import corpus
from harness import namespaces
from harness.openimds import SEED, TENANT, TOKEN_PATH, Service, binary


def verify(service, *arguments, cwd, old=None):
    return corpus.run(binary(), "verify", "--old", old or service.url("vm_extension") + "/oauth2/token",
                      "--new", service.url("imds") + TOKEN_PATH, *arguments, cwd=cwd)


@pytest.fixture(scope="module")
def service():
    with Service() as running:
        yield running


def test_says_that_the_extension_may_go(service, tmp_path):
    done = verify(service, "--resource", "https://vault.azure.net", "--resource", "api://a?b=c&d=e",
                  "-o", "json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr.decode()
    answer = json.loads(done.stdout)
    assert answer["extensionMayGo"] is True
    assert [it["resource"] for it in answer["checks"]] == ["https://vault.azure.net", "api://a?b=c&d=e"]
    for check in answer["checks"]:
        assert check["old"] == check["new"]
        assert check["new"]["audience"] == check["resource"]
        assert check["new"]["tenant"] == TENANT
    text = verify(service, cwd=tmp_path).stdout.decode()
    assert "default" in text and "equivalent" in text and "the extension may go" in text
    assert "eyJ" not in text + done.stdout.decode(), "no token is shown"


def test_checks_each_identity_that_is_named(service, tmp_path):
    ids = []
    for name in ("ua1", "ua2"):
        service.cli("identity", "create", name)
        service.cli("machine", "identity", "assign", "vm1", name)
        ids.append(service.cli("identity", "show", name)["clientId"])
    done = verify(service, "--client-id", ids[0], "--client-id", ids[1], "-o", "json", cwd=tmp_path)
    checks = json.loads(done.stdout)["checks"]
    assert done.returncode == 0
    assert [it["identity"] for it in checks] == [f"client_id={it}" for it in ids]
    assert checks[0]["new"]["subject"] != checks[1]["new"]["subject"]


def test_says_why_the_extension_has_to_stay(service, tmp_path):
    done = verify(service, "--client-id", "33333333-3333-3333-3333-333333333333", cwd=tmp_path)
    assert done.returncode == 1
    assert b"no token from the new endpoint: status 400, Identity not found" in done.stdout
    assert b"has to stay" in done.stdout
    gone = verify(service, cwd=tmp_path, old="http://127.0.0.1:9/oauth2/token")
    assert gone.returncode == 1
    assert b"no token from the old endpoint" in gone.stdout


def test_different_machines_are_not_equivalent(service, tmp_path):
    with Service(seed={**SEED, "machine": "vm2", "identity": "other"}) as other:
        done = verify(service, cwd=tmp_path, old=other.url("vm_extension") + "/oauth2/token")
        assert done.returncode == 1
        assert b"different identities" in done.stdout


@pytest.mark.skipif(namespaces.missing() is not None, reason=str(namespaces.missing()))
def test_needs_no_arguments_on_a_machine(tmp_path):
    listeners = [{"protocol": "imds", "address": "169.254.169.254:80"},
                 {"protocol": "vm_extension", "address": "127.0.0.1:50342"}]
    with namespaces.NetworkNamespace("169.254.169.254/32") as inside:
        with Service(listeners=listeners, prefix=inside.prefix):
            done = inside.run(f"cd {tmp_path}; http_proxy=http://127.0.0.1:9 {binary()} migrate verify")
            assert "the extension may go" in done
