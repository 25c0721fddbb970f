# SPDX-License-Identifier: Apache-2.0
"""Rows 2, 6, 11 to 19, 21, 23 and 38 of the attack list, on the attested document and the load
balancer's metadata. Each test names its row."""

import base64
import json

import pytest

from attacks import FOREIGN_HOSTS, UNTRUSTED_HEADERS, ask, expect_no_token, expect_works
from harness import openssl
from harness.openimds import TOKEN_PATH, Service

DOCUMENT = "/metadata/attested/document"
BALANCER = "/metadata/loadbalancer"
QUERY = "?api-version=2021-02-01"
ROOTS = (DOCUMENT, BALANCER)
RULES = {"loadbalancer": {"inboundRules": [
    {"frontendIpAddress": "50.0.0.1", "frontendPort": 80, "backendPort": 443}]}}


@pytest.fixture(scope="module")
def service():
    with Service() as running:
        file = running.folder / "profile.json"
        file.write_text(json.dumps(RULES), encoding="utf-8")
        running.cli("machine", "update", "vm1", "--file", str(file))
        running.cli("attestation", "ca")  # makes the keys
        yield running


@pytest.fixture(autouse=True)
def control_run(service):
    yield
    expect_works(service)
    assert ask(service.imds, DOCUMENT + QUERY).json()["encoding"] == "pkcs7"
    assert b"50.0.0.1" in ask(service.imds, BALANCER + QUERY).body


def expect_nothing(response, *statuses):
    """Neither a token, nor a signature, nor a rule."""
    expect_no_token(response)
    assert response.status in statuses, response
    assert b"pkcs7" not in response.body and b"50.0.0.1" not in response.body


def path_cases():
    yield 11, ["/metadata\\attested/document", "/metadata/attested\\document", DOCUMENT + "\\",
               "\\" + DOCUMENT, DOCUMENT.replace("/", "\\"), "/metadata\\loadbalancer",
               BALANCER + "\\", "\\" + BALANCER, "/metadata/\\loadbalancer"]
    yield 12, ["/metadata/attested%2Fdocument", "/metadata%2fattested/document",
               "/metadata/attested%252Fdocument", "/metadata/attested%5Cdocument",
               DOCUMENT + "%00", "/metadata/attested/d%6fcument", DOCUMENT + "%",
               "/metadata%2Floadbalancer", "/metadata/%6coadbalancer", BALANCER + "%2F",
               BALANCER + "%00"]
    yield 13, ["/metadata/./attested/document", "/metadata/attested/./document",
               "/metadata/attested/x/../document", "/metadata/instance/../attested/document",
               DOCUMENT + "/.", DOCUMENT + "/..", "/metadata/attested/%2e/document",
               "/metadata/./loadbalancer", "/metadata/attested/../loadbalancer", BALANCER + "/.",
               BALANCER + "/..", "/metadata/%2e/loadbalancer"]
    yield 14, [DOCUMENT + ";x=1", DOCUMENT + ";", "/metadata/attested;x/document",
               BALANCER + ";x=1", BALANCER + ";", "/metadata;/loadbalancer"]
    yield 15, ["/metadata/Attested/document", "/metadata/attested/Document",
               "//metadata/attested/document", "/metadata//attested/document",
               "/metadata/attested//document", DOCUMENT + "//", DOCUMENT + ".", DOCUMENT + "/x",
               "/metadata/attested", "/metadata/attested/", "/metadata/attested/documents",
               "/metadata/LoadBalancer", "//metadata/loadbalancer", "/metadata//loadbalancer",
               BALANCER + "//", BALANCER + ".", BALANCER + "/x", BALANCER + "s"]
    yield 16, [DOCUMENT.replace("e", "\xc4\x97"), "/metadata/attested\xc0\xafdocument",
               DOCUMENT + "\xff", "\xef\xbb\xbf" + DOCUMENT, DOCUMENT + "\x7f",
               BALANCER.replace("l", "\xc4\xb1"), "/metadata\xc0\xafloadbalancer",
               BALANCER + "\x80", BALANCER + "\x7f"]
    yield 17, [DOCUMENT + "%3F", DOCUMENT + "%3f", DOCUMENT + "%253F", BALANCER + "%3F",
               BALANCER + "%253F"]
    yield 18, [DOCUMENT + "#", DOCUMENT + "#x", "#" + DOCUMENT, BALANCER + "#", BALANCER + "/#"]


PATHS = [pytest.param(path, id=f"row_{row}-{number}")
         for row, paths in path_cases() for number, path in enumerate(paths)]


@pytest.mark.parametrize("path", PATHS)
def test_rows_11_to_18_paths(service, path):
    for target in (path + QUERY, path + "%3F" + QUERY[1:]):
        expect_nothing(ask(service.imds, target), 400, 404)


@pytest.mark.parametrize("root", ROOTS)
@pytest.mark.parametrize("between", ["", "/..", "/../..", "/./..", "/%2e%2e", "/../../.."])
def test_row_13_no_way_to_a_token(service, root, between):
    for path in (TOKEN_PATH, TOKEN_PATH.removeprefix("/metadata")):
        target = f"{root}{between}{path}?api-version=2018-02-01&resource=https://x"
        expect_nothing(ask(service.imds, target), 400, 404)


def test_row_15_what_the_reference_allows(service):
    for path in ("/METADATA/attested/document", DOCUMENT + "/", "/MetaData/loadbalancer",
                 BALANCER + "/"):
        assert ask(service.imds, path + QUERY).status == 200


@pytest.mark.parametrize("root", ROOTS)
@pytest.mark.parametrize("host", FOREIGN_HOSTS)
def test_rows_06_19_and_20_hosts(service, root, host):
    expect_nothing(ask(service.imds, root + QUERY, host=host), 400)


@pytest.mark.parametrize("root", ROOTS)
def test_rows_02_06_and_23_callers(service, root):
    for headers in UNTRUSTED_HEADERS:
        response = ask(service.imds, root + QUERY, headers)
        expect_nothing(response, 400)
        assert list(response.json()) == ["error"]


@pytest.mark.parametrize("root", ROOTS)
@pytest.mark.parametrize("query", ["&nonce=1&nonce=2", "&nonce=1&NONCE=2", "&nonce=1&n%6Fnce=2",
                                   "&api%2Dversion=2021-02-01", "&API-VERSION=2021-02-01", "&x&x",
                                   "&x=%zz"])
def test_row_21_duplicate_parameters(service, root, query):
    expect_nothing(ask(service.imds, root + QUERY + query), 400)


def test_row_38_a_document_answers_one_nonce_and_no_other(service):
    contents = [json.loads(openssl.content(base64.b64decode(
        ask(service.imds, f"{DOCUMENT}{QUERY}&nonce={nonce}").json()["signature"])))["nonce"]
        for nonce in ("1", "2", "1")]
    assert contents == ["1", "2", "1"]


@pytest.mark.parametrize("nonce", ['","vmId":"x', "1\\u0022", "%22%7D", "%00", "%0d%0aX-A:1"])
def test_a_nonce_cannot_write_into_what_is_signed(service, nonce):
    expect_nothing(ask(service.imds, f"{DOCUMENT}{QUERY}&nonce={nonce}"), 400)
