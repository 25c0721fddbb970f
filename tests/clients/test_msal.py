# SPDX-License-Identifier: Apache-2.0
"""Debian's python3-msal reads our discovery document, behind the TLS that it insists on.

This release knows no managed identities; what it does with every authority is tenant discovery.
"""

import json
import subprocess

import pytest

from client_program import clean_environment
from conftest import ClientService
from harness.openimds import TENANT
from tls_front import TlsFront


@pytest.fixture(scope="module")
def authority_url(certificates):
    with TlsFront(certificates) as front:
        with ClientService(settings={"authority": {"public_url": front.url}}) as service:
            front.forward_to(service.url("authority"))
            yield front.url


@pytest.fixture
def discover(python, certificates, tmp_path):
    variables = {"REQUESTS_CA_BUNDLE": str(certificates.authority)}

    def run(authority):
        return subprocess.run([*python("discover.py"), authority], capture_output=True, text=True,
                              env=clean_environment(tmp_path, variables), timeout=60, check=False)
    return run


def test_msal_learns_the_endpoints_of_the_tenant(discover, authority_url):
    done = discover(f"{authority_url}/{TENANT}")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["tenant"] == TENANT
    assert found["token_endpoint"].startswith(f"{authority_url}/{TENANT}/")
    assert found["authorization_endpoint"].startswith(f"{authority_url}/{TENANT}/")


def test_msal_reports_a_tenant_that_does_not_exist(discover, authority_url):
    done = discover(f"{authority_url}/99999999-9999-9999-9999-999999999999")
    assert "Unable to get authority configuration" in done.stderr
