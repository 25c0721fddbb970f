# SPDX-License-Identifier: Apache-2.0
"""Rows 2, 6, 11 to 19, 21 and 23 of the attack list, on the route of scheduled events: none of them
reads an event, and none lets one begin. Each test names its row."""

import json

import pytest

from attacks import FOREIGN_HOSTS, UNTRUSTED_HEADERS, ask, expect_no_token, expect_works
from harness.openimds import TOKEN_PATH, Service

PATH = "/metadata/scheduledevents"
QUERY = "?api-version=2020-07-01"
EVENT = "f020ba2e-3bc0-4c40-a10b-86575a9eabd5"
START = json.dumps({"StartRequests": [{"EventId": EVENT}]})
METHODS = [("GET", ""), ("POST", START)]


@pytest.fixture(scope="module")
def service():
    with Service() as running:
        running.cli("event", "create", "--type", "Reboot", "--machine", "vm1", "--in", "1h",
                    "--event-id", EVENT)
        yield running


@pytest.fixture(autouse=True)
def control_run(service):
    yield
    expect_works(service)
    document = ask(service.imds, PATH + QUERY).json()
    assert document["DocumentIncarnation"] == 2
    assert [it["EventStatus"] for it in document["Events"]] == ["Scheduled"]


def expect_nothing(response, *statuses):
    """Neither a token nor an event."""
    expect_no_token(response)
    assert response.status in statuses, response
    assert b"DocumentIncarnation" not in response.body and b"Reboot" not in response.body
    assert EVENT.encode() not in response.body.lower()


def path_cases():
    yield 11, ["/metadata\\scheduledevents", "\\metadata\\scheduledevents", "\\" + PATH,
               PATH + "\\", "/metadata/\\scheduledevents", "/metadata/scheduled\\events"]
    yield 12, ["/metadata%2Fscheduledevents", "/metadata%2fscheduledevents",
               "/metadata%252Fscheduledevents", "/metadata%5Cscheduledevents", PATH + "%00",
               "/metadata/scheduled%65vents", PATH + "%", PATH + "%2F", "%2Fmetadata"]
    yield 13, ["/metadata/./scheduledevents", PATH + "/.", PATH + "/..", "/./metadata" + PATH,
               "/metadata/x/../scheduledevents", "/metadata/instance/../scheduledevents",
               PATH + "/%2e", "/metadata/scheduledevents/./", "/metadata/%2e/scheduledevents"]
    yield 14, [PATH + ";x=1", PATH + ";", "/metadata;x/scheduledevents", PATH + "/;", PATH + ";/"]
    yield 15, ["/metadata/ScheduledEvents", "/metadata/scheduledEvents",
               "/metadata/SCHEDULEDEVENTS", "/" + PATH, "/metadata//scheduledevents", PATH + "//",
               PATH + ".", PATH + "/x", PATH + "x", "/metadata/scheduledevent",
               "/metadata/scheduled-events", PATH + "/" + EVENT]
    yield 16, [PATH.replace("e", "\xc4\x97"), PATH.replace("d", "\xc4\x91"),
               "/metadata\xc0\xafscheduledevents", PATH + "\xff", PATH + "\x80", PATH + "\x7f",
               "\xef\xbb\xbf" + PATH, "/metadata\xef\xbc\x8fscheduledevents"]
    yield 17, [PATH + "%3F", PATH + "%3f", PATH + "%253F", PATH + "%3Fapi-version=2019-08-01"]
    yield 18, [PATH + "#", PATH + "#x", PATH + "/#", "#" + PATH]


PATHS = [pytest.param(path, id=f"row_{row}-{number}")
         for row, paths in path_cases() for number, path in enumerate(paths)]


@pytest.mark.parametrize("path", PATHS)
def test_rows_11_to_18_paths(service, path):
    for method, body in METHODS:
        for target in (path + QUERY, path + "%3F" + QUERY[1:]):
            expect_nothing(ask(service.imds, target, method=method, body=body), 400, 404, 405)


@pytest.mark.parametrize("between", ["", "/..", "/../..", "/%2e%2e", "/."])
def test_row_13_no_way_from_events_to_a_token(service, between):
    token = TOKEN_PATH.removeprefix("/metadata")
    for path in (f"{PATH}{between}{token}", f"{PATH}{between}{TOKEN_PATH}"):
        target = f"{path}?api-version=2018-02-01&resource=https://management.azure.com/"
        expect_nothing(ask(service.imds, target), 400, 404)


@pytest.mark.parametrize("path", ["/METADATA/scheduledevents", PATH + "/"])
def test_row_15_what_the_reference_allows(service, path):
    assert ask(service.imds, path + QUERY).json()["Events"][0]["EventId"].lower() == EVENT


@pytest.mark.parametrize("method, body", METHODS)
@pytest.mark.parametrize("host", FOREIGN_HOSTS)
def test_rows_06_and_19_hosts(service, method, body, host):
    expect_nothing(ask(service.imds, PATH + QUERY, method=method, body=body, host=host), 400)


@pytest.mark.parametrize("method, body", METHODS)
def test_rows_02_06_and_23_callers(service, method, body):
    for headers in UNTRUSTED_HEADERS:
        response = ask(service.imds, PATH + QUERY, headers, method=method, body=body)
        expect_nothing(response, 400)
        assert list(response.json()) == ["error"]


@pytest.mark.parametrize("method, body", METHODS)
@pytest.mark.parametrize("query", ["&api-version=2020-07-01", "&api%2Dversion=2020-07-01",
                                   "&API-VERSION=2020-07-01", "&x&x", "&x=1&%78=2", "&x=%zz"])
def test_row_21_duplicate_parameters(service, method, body, query):
    expect_nothing(ask(service.imds, PATH + QUERY + query, method=method, body=body), 400)


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE", "CONNECT", "OPTIONS",
                                    "START", "post"])
def test_row_09_other_methods(service, method):
    expect_nothing(ask(service.imds, PATH + QUERY, method=method, body=START), 400, 405)


def test_a_form_of_a_web_page_begins_nothing(service):
    """What a browser sends without asking first, should its other marks be missing."""
    for content_type in ("application/x-www-form-urlencoded", "text/plain", "multipart/form-data"):
        expect_nothing(ask(service.imds, PATH + QUERY, {"Content-Type": content_type},
                           method="POST", body=START), 400)
