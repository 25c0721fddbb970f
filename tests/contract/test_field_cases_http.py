# SPDX-License-Identifier: Apache-2.0
"""Public bug reports again (see test_field_cases.py): headers, paths, times, load."""

import concurrent.futures
import time
from urllib.parse import quote

import pytest

import tokens
from field import (ARM, ASK, DOUBLED_SLASH, HEADER, NO_HEADER, THROTTLED, UNKNOWN, UNKNOWN_VERSION,
                   V1, client_id, error, expect_refusal, expect_token, extension, faulty, get, imds,
                   object_id, post, read_claims, running_service)
from harness import rawhttp
from harness.openimds import TENANT, TOKEN_PATH, Service, has_ipv6
from harness.timing import scaled


@pytest.fixture(scope="module")
def service():
    with running_service() as running:
        yield running


# Headers, methods, paths.

def test_bb20_probe_without_the_header(service):
    started = time.monotonic()
    target = f"{TOKEN_PATH}?{V1}&resource=https%3A%2F%2Fvault.azure.net"
    for _ in range(10):
        expect_refusal(get(imds(service, "system"), target, {}), NO_HEADER, length=88)
    assert time.monotonic() - started < scaled(1)


def test_bb21_probe_for_the_credential_protocol(service):
    """400 would say that it is there; MSAL.NET then asks for the first version the same way."""
    path = "/metadata/identity/getplatformmetadata?cred-api-version=2.0"
    for headers in ({}, HEADER):
        assert get(imds(service, "system"), path, headers).status == 404
    expect_refusal(get(imds(service, "system"), f"{TOKEN_PATH}?{V1}", {}), NO_HEADER)


@pytest.mark.parametrize("value", ["true", "True", "TRUE", "tRuE", "  true\t"])
def test_bb22_metadata_true_in_any_letter_case(service, value):
    """The documents ask for lower case; Azure's own agent sends `True`."""
    expect_token(get(imds(service, "system"), headers={"Metadata": value}), client_id(99))


@pytest.mark.parametrize("value", ["false", "", "true, true", "true,", "yes", "1", "truee", "tru",
                                   '"true"', "true;q=1", "true false", "null"])
def test_bb22_other_metadata_values(service, value):
    expect_refusal(get(imds(service, "system"), headers={"Metadata": value}), NO_HEADER)


@pytest.mark.parametrize("values", [("true", "true"), ("true", "false"), ("false", "true"),
                                    ("true", ""), ("", "true")])
def test_bb22_two_metadata_lines(service, values):
    pairs = [("Metadata", values[0]), ("metadata", values[1])]
    expect_refusal(get(imds(service, "system"), headers=pairs), NO_HEADER)


def test_bb22_secret_in_place_of_metadata(service):
    expect_refusal(get(imds(service, "system"), headers={"secret": "x"}), NO_HEADER)


@pytest.mark.parametrize("name", ["X-Forwarded-For", "x-forwarded-for", "X-FORWARDED-FOR"])
@pytest.mark.parametrize("value", ["1.2.3.4", "", "127.0.0.1", "unknown"])
def test_bb23_forwarded_request(service, name, value):
    target = f"{ASK}&client_id={UNKNOWN}"
    for address, path in ((imds(service, "system"), target),
                          (extension(service, "system"), f"/oauth2/token?resource={ARM}")):
        response = get(address, path, {**HEADER, name: value})
        assert (response.status, response.json()["error"]) == (400, "invalid_request")
        assert "Identity not found" not in response.text


def test_bb24_backslashes_in_the_path(service):
    path = f"/metadata/identity\\oauth2\\token/?{V1}&resource={ARM}"
    response = get(imds(service, "system"), path)
    assert response.status in (400, 404)
    assert "access_token" not in response.text


def test_bb25_doubled_slash(service):
    response = get(imds(service, "system"), "/" + ASK)
    assert (response.status, response.body) == (404, DOUBLED_SLASH)
    assert "xml" in response.header("Content-Type")
    assert not (response.header("Server") or "").startswith("IMDS/")


@pytest.mark.parametrize("path", ["/", "/favicon.ico", "/oauth2/token", "/metadat", "/metadatax/"])
def test_bb25_paths_beside_the_metadata_are_another_servers(service, path):
    """On Azure the host's wire server answers them, and does not call itself IMDS."""
    for headers in (HEADER, {}):
        response = get(imds(service, "system"), path, headers)
        assert (response.status, response.body) == (404, DOUBLED_SLASH)
        assert not response.header("Server").startswith("IMDS/")


@pytest.mark.parametrize("path", ["/metadata//identity/oauth2/token", "/metadata/identity/oauth2//"
                                  "token", TOKEN_PATH + "//"])
def test_bb25_doubled_slash_further_on(service, path):
    assert get(imds(service, "system"), f"{path}?{V1}&resource={ARM}").status == 404


def test_bb26_encoded_question_mark(service):
    response = get(imds(service, "system"), ASK.replace("?", "%3F"))
    assert response.status in (400, 404)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_bb27_wrong_method(service, method):
    for headers in (HEADER, {}):
        response = rawhttp.ask(imds(service, "system"), method, ASK, headers=headers)
        assert response.status == 405
        assert "GET" in response.header("Allow").split(", ")
        assert "POST" not in response.header("Allow")


def test_bb27_extension_takes_get_and_post(service):
    address = extension(service, "system")
    expect_token(get(address, f"/oauth2/token?resource={ARM}"), client_id(99))
    expect_token(post(address, f"resource={ARM}"), client_id(99))
    response = rawhttp.ask(address, "PUT", "/oauth2/token", headers=HEADER)
    assert response.status == 405
    assert {"GET", "POST"} <= set(response.header("Allow").split(", "))


@pytest.mark.parametrize("version", ["2017-07-01", "1.0", "2018-02-02", "2018-2-1", "latest",
                                     "2018-02-01-preview", "9999-12-31"])
def test_bb29_unlisted_api_version(service, version):
    response = get(imds(service, "system"), f"{TOKEN_PATH}?api-version={version}&resource={ARM}")
    expect_refusal(response, UNKNOWN_VERSION)


def test_bb31_a_proxy_talks_to_us(service):
    address = imds(service, "system")
    absolute = "http://169.254.169.254" + ASK
    through = {**HEADER, "Proxy-Connection": "keep-alive"}
    expect_token(rawhttp.ask(address, target=absolute, host="169.254.169.254", headers=through),
                 client_id(99))
    forwarded = {**through, "X-Forwarded-For": "10.0.0.1"}
    assert rawhttp.ask(address, target=absolute, host="169.254.169.254",
                       headers=forwarded).status == 400
    for foreign in ("http://example.com", "http://169.254.169.254.nip.io", "https://10.0.0.1"):
        response = rawhttp.ask(address, target=foreign + ASK, headers=through)
        assert response.status in (400, 421)
        assert "access_token" not in response.text


# The old endpoint on port 50342.

def test_bb32_az_login_on_the_extension(service):
    resource = "https://management.core.windows.net/"
    body = expect_token(post(extension(service, "system"), "resource=" + quote(resource, safe="")),
                        client_id(99), resource)
    assert all(isinstance(value, str) for value in body.values())


def test_bb33_both_families_listen_before_ready_is_said():
    with Service() as service:
        families = ["127.0.0.1", "::1"] if has_ipv6() else ["127.0.0.1"]
        found = [it.address for it in service.endpoints if it.protocol == "vm_extension"]
        assert sorted(host for host, _ in found) == sorted(families)
        for address in found:
            assert get(address, f"/oauth2/token?resource={ARM}").status == 200


# Time fields.

def test_bb37_all_fields_are_strings_in_the_real_order(service):
    body = get(imds(service, "system")).json()
    assert list(body) == tokens.IMDS_KEYS
    assert all(isinstance(value, str) for value in body.values())
    body = get(extension(service, "system"), f"/oauth2/token?resource={ARM}").json()
    assert list(body) == tokens.EXTENSION_KEYS
    assert all(isinstance(value, str) for value in body.values())


def test_bb38_times_are_epoch_seconds(service):
    for address, path in ((imds(service, "system"), ASK),
                          (extension(service, "system"), f"/oauth2/token?resource={ARM}")):
        body = get(address, path).json()
        tokens.check_times(read_claims(body), body)


def test_bb39_a_cached_token_is_still_valid(service):
    address = imds(service, "system")
    first, second = get(address).json(), get(address).json()
    assert first["access_token"] == second["access_token"]
    assert first["expires_on"] == second["expires_on"]
    assert int(second["expires_on"]) > time.time() + 60
    assert int(second["expires_in"]) <= int(first["expires_in"])


def test_bb40_bypass_cache_is_not_silently_ignored(service):
    address = imds(service, "system")
    cached = get(address).json()["access_token"]
    fresh = get(address, f"{ASK}&bypass_cache=true")
    expect_token(fresh, client_id(99))
    assert fresh.json()["access_token"] != cached
    for value in ("false", "", "1", "yes"):
        response = get(address, f"{ASK}&bypass_cache={value}")
        assert (response.status, response.json()["error"]) == (400, "invalid_request")


# Load and transient errors.

def test_bb41_throttled(service):
    response = get(faulty(service, "throttled"))
    expect_refusal(response, THROTTLED, status=429, length=90)
    assert response.header("Retry-After") == "1"


def test_bb43_sixty_callers_at_once_share_one_token(service):
    target = f"{TOKEN_PATH}?{V1}&resource=https://sixty.example/"
    with concurrent.futures.ThreadPoolExecutor(60) as pool:
        answers = list(pool.map(lambda _: get(imds(service, "system"), target).json(), range(60)))
    assert len({answer["access_token"] for answer in answers}) == 1


def test_bb44_updating(service):
    response = get(faulty(service, "updating_410"))
    assert response.status == 410
    assert response.json()["error"]


ODD_REQUESTS = [
    ("GET", "/metadata", HEADER), ("GET", "/metadata/x", {}),
    ("GET", "/metadata/identity", HEADER), ("GET", TOKEN_PATH, {}), ("GET", TOKEN_PATH, HEADER),
    ("POST", ASK, HEADER), ("GET", ASK + "&client_id=", HEADER), ("GET", ASK + "&a=%zz", HEADER),
    ("GET", ASK, {**HEADER, "Origin": "http://x"}), ("GET", ASK, {**HEADER, "Host": "evil"}),
    ("GET", "/metadata/identity/info", {}), ("GET", "/metadata/identity/info", HEADER),
]


@pytest.mark.parametrize("method, target, headers", ODD_REQUESTS)
def test_bb45_every_answer_is_json(service, method, target, headers):
    response = rawhttp.ask(imds(service, "system"), method, target, headers=headers)
    assert 400 <= response.status < 500
    assert response.header("Content-Type") == "application/json; charset=utf-8"
    assert response.json()["error"]
    assert "unreachable" not in response.text


@pytest.mark.parametrize("method, target, headers", ODD_REQUESTS)
def test_bb46_no_trailing_newline_and_the_servers_name(service, method, target, headers):
    response = rawhttp.ask(imds(service, "system"), method, target, headers=headers)
    assert response.body == response.body.strip()
    assert response.header("Server").startswith("IMDS/")


# The extension's own ways, beside the vectors.

def test_extension_refuses_without_the_header_in_its_own_words(service):
    response = rawhttp.ask(extension(service, "system"), target=f"/oauth2/token?resource={ARM}")
    assert (response.status, response.body) == (
        400, error("bad_request_102", "Required metadata header not specified"))


@pytest.mark.parametrize("selector", ["client_id=", "object_id=", "msi_res_id="])
def test_empty_selector_is_absent_in_a_form_and_refused_on_imds(service, selector):
    expect_token(post(extension(service, "system"), f"{selector}&resource={ARM}"), client_id(99))
    response = get(imds(service, "system"), f"{ASK}&{selector}")
    assert (response.status, response.json()["error"]) == (400, "invalid_request")


@pytest.mark.parametrize("form, query", [
    (f"resource={ARM}&resource={ARM}", ""), (f"resource={ARM}", f"?resource={ARM}"),
    (f"resource={ARM}&client_id={client_id(1)}&client_id={client_id(2)}", ""),
    (f"resource={ARM}&client_id={client_id(1)}", f"?client_id={client_id(2)}"),
    (f"resource={ARM}&object_id={object_id(1)}&client_id={client_id(1)}", "")])
def test_extension_never_chooses_between_two_values(service, form, query):
    response = post(extension(service, "system"), form, "/oauth2/token" + query)
    assert (response.status, response.json()["error"]) == (400, "invalid_request")


def test_identity_info_names_the_tenant(service):
    response = get(imds(service, "none"), f"/metadata/identity/info?{V1}")
    assert (response.status, response.json()) == (200, {"tenantId": TENANT})
