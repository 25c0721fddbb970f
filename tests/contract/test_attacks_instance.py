# SPDX-License-Identifier: Apache-2.0
"""Rows 2, 6, 11 to 19, 21 and 23 of the attack list, on the routes of the instance category, where
a path has as many segments as the asker likes. Each test names its row."""

import pytest

from attacks import FOREIGN_HOSTS, UNTRUSTED_HEADERS, ask, expect_no_token, expect_works
from harness.openimds import TOKEN_PATH, Service

NAME = "/metadata/instance/compute/name"
QUERY = "?api-version=2021-02-01&format=text"
ROOTS = ("/metadata/instance", "/metadata/instance/compute", NAME, "/metadata/versions")


@pytest.fixture(scope="module")
def service():
    with Service() as running:
        yield running


@pytest.fixture(autouse=True)
def control_run(service):
    yield
    expect_works(service)
    response = ask(service.imds, NAME + QUERY)
    assert (response.status, response.text) == (200, "vm1")


def expect_nothing(response, *statuses):
    """Neither a token nor a piece of the document."""
    expect_no_token(response)
    assert response.status in statuses, response
    assert b"vm1" not in response.body and b"compute" not in response.body


def path_cases():
    yield 11, [NAME.replace("/compute", "\\compute"), NAME.replace("/", "\\"), "\\" + NAME,
               NAME + "\\", "/metadata\\instance/compute/name", "/metadata/instance\\",
               "/metadata/instance/\\compute/name"]
    yield 12, [NAME.replace("/compute", "%2Fcompute"), NAME.replace("/name", "%2fname"),
               NAME.replace("/name", "%252Fname"), NAME.replace("/name", "%5Cname"), NAME + "%00",
               NAME.replace("name", "n%61me"), "/metadata/inst%61nce/compute/name", NAME + "%",
               NAME + "%2F", "/metadata/instance/%63ompute/name"]
    yield 13, ["/metadata/./instance/compute/name", "/metadata/instance/./compute/name",
               "/metadata/instance/compute/./name", "/metadata/instance/x/../compute/name",
               "/metadata/instance/../instance/compute/name", NAME + "/.", NAME + "/..",
               "/metadata/instance/compute/..", "/metadata/instance/.", "/metadata/instance/..",
               "/metadata/instance/..." + NAME, "/metadata/versions/../instance/compute/name",
               "/metadata/instance/compute/%2e%2e"]
    yield 14, [NAME + ";x=1", NAME + ";", "/metadata/instance;x/compute/name",
               "/metadata/instance/compute;a=b/name", "/metadata/instance/;/compute/name"]
    yield 15, ["/metadata/Instance/compute/name", "/metadata/instance/Compute/name",
               "/metadata/instance/compute/NAME", "//metadata/instance/compute/name",
               "/metadata//instance/compute/name", "/metadata/instance//compute/name",
               "/metadata/instance/compute//name", NAME + "//", NAME + ".", NAME + "/x",
               "/metadata/instances/compute/name", "/metadata/instance/compute/names",
               "/metadata/versions/x", "/metadata/Versions", "/metadata/version",
               "/metadata/instance/network/interface/00/macAddress",
               "/metadata/instance/network/interface/+0/macAddress",
               "/metadata/instance/network/interface/-1/macAddress",
               "/metadata/instance/network/interface/4294967296/macAddress"]
    yield 16, [NAME.replace("i", "\xc4\xb1"), NAME.replace("/compute", "\xc0\xafcompute"),
               NAME + "\xff", NAME + "\x80", "\xef\xbb\xbf" + NAME, NAME + "\x7f",
               NAME.replace("/name", "\xef\xbc\x8fname")]
    yield 17, [NAME + "%3F", NAME + "%3f", NAME + "%253F"]
    yield 18, [NAME + "#", NAME + "#x", NAME + "/#", "#" + NAME, "/metadata/instance/#/compute"]


PATHS = [pytest.param(path, id=f"row_{row}-{number}")
         for row, paths in path_cases() for number, path in enumerate(paths)]


@pytest.mark.parametrize("path", PATHS)
def test_rows_11_to_18_paths(service, path):
    for target in (path + QUERY, path + "%3F" + QUERY[1:]):
        expect_nothing(ask(service.imds, target), 400, 404)


@pytest.mark.parametrize("between", ["/..", "/../..", "/./..", "/%2e%2e", "/compute/../.."])
def test_row_13_no_way_from_the_document_to_a_token(service, between):
    token = TOKEN_PATH.removeprefix("/metadata")
    for path in (f"/metadata/instance{between}{token}", f"/metadata/instance{between}{TOKEN_PATH}",
                 f"/metadata/instance{token}", f"/metadata/instance{TOKEN_PATH}"):
        target = f"{path}?api-version=2018-02-01&resource=https://management.azure.com/"
        expect_nothing(ask(service.imds, target), 400, 404)


@pytest.mark.parametrize("path", ["/METADATA/instance/compute/name", NAME + "/"])
def test_row_15_what_the_reference_allows(service, path):
    assert ask(service.imds, path + QUERY).text == "vm1"


@pytest.mark.parametrize("root", ROOTS)
@pytest.mark.parametrize("host", FOREIGN_HOSTS)
def test_rows_06_and_19_hosts(service, root, host):
    expect_nothing(ask(service.imds, root + QUERY, host=host), 400)


@pytest.mark.parametrize("root", ROOTS)
def test_rows_02_06_and_23_callers(service, root):
    for headers in UNTRUSTED_HEADERS:
        response = ask(service.imds, root + QUERY, headers)
        expect_nothing(response, 400)
        assert list(response.json()) == ["error"]


@pytest.mark.parametrize("root", ROOTS)
@pytest.mark.parametrize("query", ["&format=text", "&Format=json", "&api%2Dversion=2021-02-01",
                                   "&API-VERSION=2021-02-01", "&x&x", "&x=1&%78=2", "&x=%zz"])
def test_row_21_duplicate_parameters(service, root, query):
    expect_nothing(ask(service.imds, root + QUERY + query), 400)


def test_row_26_a_path_of_very_many_segments(service):
    for segments in ("/0" * 3000, "/" * 6000, "/compute" * 700):
        expect_nothing(ask(service.imds, "/metadata/instance" + segments + QUERY), 404)
