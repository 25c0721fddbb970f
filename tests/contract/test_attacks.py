# SPDX-License-Identifier: Apache-2.0
"""Rows 1 to 23 of the attack list: what a request says. Each test names its row."""

import socket

import pytest

from attacks import (ARM, ASK, ASK_EXTENSION, HEADER, ask, expect_no_token, expect_refused,
                     expect_works)
from harness import rawhttp
from harness.openimds import TENANT, TOKEN_PATH, Service

CANARY = "canary-host.example"
INFO = "/metadata/identity/info?api-version=2018-02-01"


@pytest.fixture(scope="module")
def service():
    with Service(settings={"server": {"allowed_hosts": [CANARY]}}) as running:
        yield running


@pytest.fixture(autouse=True)
def control_run(service):
    yield
    expect_works(service)


def doors(service):
    """Every way in for a workload, with a request that is answered there."""
    return [(service.imds, ASK), (service.imds, INFO), (service.extension, ASK_EXTENSION)]


def test_row_01_plain_request_without_the_header(service):
    for address, target in doors(service):
        expect_refused(ask(address, target, {}), 400)
        expect_refused(ask(address, target, {"User-Agent": "Metadata: true"}), 400)
        expect_refused(ask(address, target + "&Metadata=true", {}), 400)
    expect_refused(rawhttp.ask(service.extension, "POST", "/oauth2/token", body="resource=" + ARM),
                   400)


@pytest.mark.parametrize("value", ["203.0.113.7", "", "127.0.0.1", "169.254.169.254", "a, b"])
def test_row_02_open_reverse_proxy(service, value):
    for address, target in doors(service):
        for name in ("X-Forwarded-For", "x-forwarded-for", "X-FORWARDED-FOR"):
            expect_refused(ask(address, target, {**HEADER, name: value}), 400)


def test_row_02_forwarded_request_learns_nothing_about_identities(service):
    selector = "&client_id=cccccccc-0000-0000-0000-000000000000"
    response = ask(service.imds, ASK + selector, {**HEADER, "X-Forwarded-For": "1.2.3.4"})
    assert "Identity not found" not in expect_refused(response, 400).text


HOSTS_OF_OTHERS = [
    "evil.example", "evil.example:80", "localhost.evil.example", "169.254.169.254.nip.io",
    "localhostx", "xlocalhost", "localhost.", "127.0.0.1.", "metadata", "*", "127.0.0.2",
    "10.0.0.1", "[::2]", "[fe80::1]", "", " ", "localhost,evil.example", "localhost evil.example",
    "localhost/evil", "localhost?", "localhost#", "localhost\\", "local\u00e9host",
]


@pytest.mark.parametrize("host", HOSTS_OF_OTHERS)
def test_row_06_dns_rebinding(service, host):
    for address, target in doors(service):
        expect_refused(ask(address, target, host=host), 400)
    path = f"/{TENANT}/discovery/keys"
    assert rawhttp.ask(service.authority, target=path).status == 200
    assert rawhttp.ask(service.authority, target=path, host=host).status == 400


@pytest.mark.parametrize("host", ["localhost", "LocalHost", "127.0.0.1", "[::1]", CANARY,
                                  "169.254.169.254", "169.254.169.254:80", CANARY.upper()])
def test_row_06_hosts_of_ours(service, host):
    for address, target in doors(service):
        assert ask(address, target, host=host).status == 200


BROWSER = [("Origin", "http://evil.example"), ("Origin", "null"), ("Origin", "http://localhost"),
           ("Origin", ""), ("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Site", "same-origin"),
           ("sec-fetch-mode", "navigate"), ("Sec-Fetch-Mode", "no-cors"), ("Sec-Fetch-Mode", ""),
           ("Sec-Fetch-Dest", "empty"), ("Sec-Fetch-User", "?1")]


@pytest.mark.parametrize("name, value", BROWSER)
def test_row_06_browser(service, name, value):
    for address, target in doors(service):
        expect_refused(ask(address, target, {**HEADER, name: value}), 400)


def test_row_06_the_fetch_of_node_is_no_browser(service):
    """It sends this one field of the family; a browser never sends it alone."""
    node = {**HEADER, "sec-fetch-mode": "cors"}
    for address, target in doors(service):
        assert ask(address, target, node).status == 200
        expect_refused(ask(address, target, {**node, "sec-fetch-site": "cross-site"}), 400)
        expect_refused(ask(address, target, {**node, "Origin": "http://evil.example"}), 400)


def test_row_07_host_is_never_reflected(service):
    targets = [ASK, TOKEN_PATH, "/nothing", "/metadata/identity/info", "//x", ASK_EXTENSION,
               "/oauth2", f"/{TENANT}/.well-known/openid-configuration",
               f"/{TENANT}/v2.0/.well-known/openid-configuration", f"/{TENANT}/discovery/keys"]
    for address in (service.imds, service.extension, service.authority):
        for target in targets:
            for headers in (HEADER, {}):
                named = ask(address, target, headers, host=CANARY)
                assert CANARY not in named.text and CANARY not in str(named.headers)
                assert named.status == ask(address, target, headers).status


def test_row_07_foreign_host_is_not_reflected_in_its_refusal(service):
    response = ask(service.imds, host="<script>evil.example")
    assert "evil" not in expect_refused(response, 400).text


FOREIGN = ["http://evil.example", "http://169.254.169.254@evil.example", "http://evil@localhost",
           "http://localhost:99999", "http://localhost.evil.example", "https://localhost",
           "ftp://localhost", "http:localhost", "http:/localhost", "http://", "http:///",
           "http://0xa9fea9fe", "//evil.example", "localhost:80", "http://local%68ost"]


@pytest.mark.parametrize("prefix", FOREIGN)
def test_row_08_absolute_form_of_a_foreign_authority(service, prefix):
    response = ask(service.imds, prefix + ASK)
    expect_no_token(response)
    assert response.status in (400, 404, 421)


def test_row_08_absolute_form_does_not_hide_a_foreign_host(service):
    expect_refused(ask(service.imds, "http://localhost" + ASK, host="evil.example"), 400, 421)
    assert ask(service.imds, "http://localhost" + ASK).status == 200


@pytest.mark.parametrize("method", ["TRACE", "PROPFIND", "FOO", "get", "Get", "GETT", "M-SEARCH"])
def test_row_09_unknown_methods(service, method):
    for address, target in doors(service):
        with rawhttp.Connection(address) as connection:
            response = connection.ask(method, target, headers=HEADER)
            expect_refused(response, 405)
            connection.expect_end()


def test_row_09_trace_does_not_echo(service):
    response = rawhttp.ask(service.imds, "TRACE", ASK, headers={**HEADER, "X-Secret": "canary"})
    assert "canary" not in expect_refused(response, 405).text


@pytest.mark.parametrize("target", ["169.254.169.254:80", "localhost:22", "/", ASK])
def test_row_09_connect(service, target):
    with rawhttp.Connection(service.imds) as connection:
        response = connection.ask("CONNECT", target, headers=HEADER)
        expect_refused(response, 400, 405)
        connection.expect_end()


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS"])
def test_row_09_known_methods_that_have_no_business_here(service, method):
    expect_refused(rawhttp.ask(service.imds, method, ASK, headers=HEADER), 405)
    expect_refused(rawhttp.ask(service.imds, method, "*", headers=HEADER), 400, 404, 405)


def test_row_10_open_proxy(service):
    with socket.create_server(("127.0.0.1", 0)) as victim:
        victim.settimeout(0.2)
        authority = f"127.0.0.1:{victim.getsockname()[1]}"
        for headers in (HEADER, {**HEADER, "Proxy-Authorization": "Basic eDp5"}):
            for target in (f"http://{authority}/", f"http://{authority}/nothing"):
                expect_no_token(ask(service.imds, target, headers, host=authority))
        with rawhttp.Connection(service.imds) as connection:
            expect_no_token(connection.ask("CONNECT", authority, host=authority))
        with pytest.raises(socket.timeout):
            victim.accept()


def path_cases():
    token = TOKEN_PATH
    yield 11, [token.replace("/oauth2", "\\oauth2"), token.replace("/", "\\"), "\\" + token,
               "/\\" + token[1:], token + "\\", "/metadata\\identity/oauth2/token",
               "/metadata/identity/oauth2\\token/"]
    yield 12, [token.replace("/oauth2", "%2Foauth2"), token.replace("/oauth2", "%2foauth2"),
               token.replace("/oauth2", "%252Foauth2"), token.replace("/oauth2", "%5Coauth2"),
               token + "%00", token + "%20", token.replace("token", "t%6Fken"), token + "%2F",
               "/%6Detadata/identity/oauth2/token", token + "%", token + "%zz", "%2F" + token[1:]]
    yield 13, ["/metadata/./identity/oauth2/token", "/./metadata/identity/oauth2/token",
               "/metadata/x/../identity/oauth2/token", "/x/.." + token, "/.." + token,
               token + "/.", token + "/..", token + "/../token", "/metadata/%2E/identity/oauth2/"
               "token", "/metadata/%2e%2e" + token, "/metadata/.../identity/oauth2/token"]
    yield 14, [token + ";x=1", token + ";", "/metadata;x/identity/oauth2/token",
               "/metadata/identity;a=b/oauth2/token", ";" + token, token + ";/", token + "/;x=1"]
    yield 15, ["/metadata/Identity/oauth2/token", "/metadata/identity/OAuth2/token",
               "/metadata/identity/oauth2/Token", "/metadata/identity/oauth2/TOKEN/",
               "/" + token, token.replace("/oauth2", "//oauth2"), token + "//", token + ".",
               token + "/.", token + "/x", token + ".json", "/metadata/identity/oauth2",
               "/metadata/identity/oauth2/", "/metadata/identity/oauth2/tokens", token[1:],
               "/metadataa/identity/oauth2/token", "/meta/identity/oauth2/token"]
    yield 16, [token.replace("i", "\u00ee"), token.replace("/identity", "/\xc4\xb1dentity"),
               token.replace("/oauth2", "\xc0\xafoauth2"), token + "\xff", token + "\x80",
               "\xef\xbb\xbf" + token, token.replace("/oauth2", "\xef\xbc\x8foauth2"),
               token + "\x7f"]
    yield 17, [token + "%3F", token + "%3f", token + "%253F"]
    yield 18, [token + "#", token + "#x", token + "/#", "/#" + token, "#" + token]


PATHS = [pytest.param(path, id=f"row_{row}-{number}")
         for row, paths in path_cases() for number, path in enumerate(paths)]


@pytest.mark.parametrize("path", PATHS)
def test_rows_11_to_18_paths(service, path):
    for target in (f"{path}?{ASK.split('?')[1]}", f"{path}%3F{ASK.split('?')[1]}"):
        response = ask(service.imds, target)
        expect_no_token(response)
        assert response.status in (400, 404)


EXTENSION_PATHS = ["/oauth2\\token", "/oauth2%2Ftoken", "/oauth2/./token", "/x/../oauth2/token",
                   "/oauth2/token;x=1", "/OAuth2/token", "/oauth2/Token", "/oauth2/token%3F",
                   "/oauth2/token#", "/oauth2/t\xf6ken", "/oauth2/tokenx", "/oauth2", "/",
                   "/oauth2/token/x", "/oauth2/token%00", TOKEN_PATH + "x"]


@pytest.mark.parametrize("path", EXTENSION_PATHS)
def test_rows_11_to_18_paths_of_the_extension(service, path):
    response = ask(service.extension, f"{path}?resource={ARM}")
    expect_no_token(response)
    assert response.status in (400, 401, 404)


@pytest.mark.parametrize("path", ["/METADATA/identity/oauth2/token", TOKEN_PATH + "/",
                                  "/Metadata/identity/oauth2/token"])
def test_row_15_what_the_reference_allows(service, path):
    assert ask(service.imds, f"{path}?{ASK.split('?')[1]}").status == 200


@pytest.mark.parametrize("target", [ASK + "#", ASK + "#x", ASK.replace("&", "#&"), ASK + "\x7f",
                                    ASK + "\xe9", ASK + "&x=\x01"])
def test_row_18_fragment_and_odd_bytes_behind_the_path(service, target):
    response = ask(service.imds, target)
    expect_refused(response, 400)


ADDRESS_FORMS = ["0xa9fea9fe", "2852039166", "0251.0376.0251.0376", "169.254.43518",
                 "169.16689662", "0xa9.0xfe.0xa9.0xfe", "169.254.169.0254",
                 "[::ffff:169.254.169.254]", "[::ffff:a9fe:a9fe]", "[::ffff:127.0.0.1]", "127.1",
                 "127.0.1", "0x7f000001", "2130706433", "0177.0.0.1", "127.000.000.001", "0",
                 "0.0.0.0", "[::]", "[0::1]", "[0:0:0:0:0:0:0:1]", "::1", "[::1%25lo]", "[::1",
                 "::1]", "169.254.169.254%00"]


@pytest.mark.parametrize("host", ADDRESS_FORMS)
def test_row_19_numeric_and_mapped_addresses(service, host):
    for address, target in doors(service):
        expect_refused(ask(address, target, host=host), 400)
    expect_no_token(ask(service.imds, f"http://{host}{ASK}"))


ODD_AUTHORITIES = ["user@localhost", "user:pw@localhost", "@localhost", "localhost@", "localhost:",
                   "localhost:0", "localhost:65536", "localhost:-1", "localhost:+80",
                   "localhost:80:80", "localhost:0x50", "localhost:8 0", "localhost:80a",
                   "localhost::80", ":80", "[::1]:", "[::1]80", "[::1]:99999", "localhost :80",
                   "localhost:99999999999999999999"]


@pytest.mark.parametrize("host", ODD_AUTHORITIES)
def test_row_20_user_information_and_odd_ports(service, host):
    for address, target in doors(service):
        expect_refused(ask(address, target, host=host), 400)


V1 = "api-version=2018-02-01"
ID = "client_id=cccccccc-0000-0000-0000-000000000000"
DUPLICATES = [
    f"{V1}&resource={ARM}&resource={ARM}", f"{V1}&resource={ARM}&resource=https://other/",
    f"{V1}&resource={ARM}&Resource={ARM}", f"{V1}&resource={ARM}&RESOURCE=x",
    f"{V1}&resource={ARM}&%72esource={ARM}", f"{V1}&resource={ARM}&re%73ource=",
    f"{V1}&{V1}&resource={ARM}", f"{V1}&resource={ARM}&API-VERSION=2018-02-01",
    f"{V1}&resource={ARM}&api%2Dversion=2018-02-01", f"{V1}&resource={ARM}&{ID}&{ID}",
    f"{V1}&resource={ARM}&{ID}&Client_ID=x", f"{V1}&resource={ARM}&{ID}&client%5fid=x",
    f"{V1}&resource={ARM}&x=1&x=1", f"{V1}&resource={ARM}&x=1&X=2", f"{V1}&resource={ARM}&x&x",
    f"{V1}&resource={ARM}&bypass_cache=true&bypass_cache=true",
    f"{V1}&resource={ARM}&resource", f"resource&{V1}&resource={ARM}",
]


@pytest.mark.parametrize("query", DUPLICATES)
def test_row_21_duplicate_parameters(service, query):
    expect_refused(ask(service.imds, f"{TOKEN_PATH}?{query}"), 400)


@pytest.mark.parametrize("query, form", [
    ("", f"resource={ARM}&resource={ARM}"), ("", f"resource={ARM}&RESOURCE={ARM}"),
    ("", f"resource={ARM}&%72esource={ARM}"), (f"?resource={ARM}", f"resource={ARM}"),
    (f"?resource={ARM}", f"Resource={ARM}"), (f"?resource={ARM}&resource={ARM}", ""),
    ("", f"resource={ARM}&{ID}&{ID}"), ("", f"resource={ARM},{ID},{ID}"),
    (f"?{ID}", f"resource={ARM}&{ID}")])
def test_row_21_duplicate_parameters_of_the_extension(service, query, form):
    response = rawhttp.ask(service.extension, "POST", "/oauth2/token" + query, body=form, headers={
        **HEADER, "Content-Type": "application/x-www-form-urlencoded"})
    expect_refused(response, 400)


METADATA_LINES = [
    ["true", "true"], ["true", "false"], ["false", "true"], ["true", ""], ["", "true"],
    ["true", "True"], ["true", "true", "true"], ["false"], [""], ["true,true"], ["true, true"],
    ["true;"], ["t"], ["truetrue"], ["true\x0b"], ["tr ue"], ["1"], ["yes"], ["on"], ["\"true\""],
    ["tru\u00e9"], ["true\t x"],
]


@pytest.mark.parametrize("values", METADATA_LINES)
def test_row_23_two_metadata_lines_and_odd_values(service, values):
    names = ["Metadata", "metadata", "METADATA"]
    for address, target in doors(service):
        expect_refused(ask(address, target, list(zip(names, values))), 400)


@pytest.mark.parametrize("name", ["Metadata_", "X-Metadata", "Meta-data", "Meta_data", "Metadat",
                                  "HTTP_METADATA", "Metadatа"])
def test_row_23_names_that_only_look_like_it(service, name):
    line = f"{name}: true".encode("utf-8")
    data = rawhttp.request(target=ASK).replace(b"\r\n\r\n", b"\r\n" + line + b"\r\n\r\n")
    expect_refused(rawhttp.exchange(service.imds, data), 400)
