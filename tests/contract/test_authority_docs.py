# SPDX-License-Identifier: Apache-2.0
"""docs/protocols/authority.md: its table of refusals is the program's own, its routes are there,
and its sample works."""

import re

import pytest

import samples
from harness import jwt, rawhttp
from harness.openimds import SEED, TENANT
from samples import Runner, SampleService

PAGE = "protocols/authority.md"


def reason_codes():
    return dict(re.findall(r'string_view (k\w+) = "([\w.]+)";',
                           samples.read_source("base/reasons.h")))


def refusals():
    """What src/frontends/oauth/error_response.cc answers for each reason."""
    table = re.search(r"kEntraErrors\[\] = \{\n(.*?)^\};",
                      samples.read_source("frontends/oauth/error_response.cc"), re.M | re.S)[1]
    codes = reason_codes()
    entries = re.findall(r'\{reasons::(\w+), (\d+), "(\w+)", (\d+)\}', table)
    assert len(entries) == table.count("reasons::")
    return [[f"`{codes[name]}`", status, f"`{error}`", number]
            for name, status, error, number in entries]


def test_the_table_of_refusals_is_the_programs():
    text = samples.section(samples.read_page(PAGE), "What it refuses")
    assert [cells[:4] for cells in samples.rows(text)] == refusals()


def test_every_route_of_the_page_is_there_and_no_other(service):
    shown = [cells[0].strip("`").split(" ") for cells in
             samples.rows(samples.section(samples.read_page(PAGE), "What it does"))]
    source = samples.read_source("frontends/oauth/routes.cc")  # ADFS's are the resource manager's
    routes = re.findall(r'Add\("(\w+)", "([^"]+)"', source[source.index("void AddRoutes("):])
    assert sorted(map(tuple, shown)) == sorted([*routes, ("GET", "/common/discovery/keys")])
    for method, path in shown:
        answer = rawhttp.ask(service.authority, method, path.replace("{tenant}", TENANT))
        assert answer.status == (200 if method == "GET" else 400), (path, answer)
        other = rawhttp.ask(service.authority, "PUT", path.replace("{tenant}", TENANT))
        assert other.status == 405 and method in other.header("Allow"), (path, other)


@pytest.mark.parametrize("tenant", ["common", "organizations", "contoso.example",
                                    "10000000-0000-0000-0000-000000000009"])
def test_what_is_no_tenant_is_told_so(service, tenant):
    for version in ("", "/v2.0"):
        answer = rawhttp.ask(service.authority, "POST", f"/{tenant}/oauth2{version}/token")
        assert (answer.status, answer.json()["error_codes"]) == (400, [90002])


def test_the_sample_gives_a_token(tmp_path):
    seed = {**SEED, "tenant_id": samples.TENANT}
    listeners = [{"protocol": "authority", "address": "127.0.0.1:0", "tls": True},
                 {"protocol": "authority", "address": "127.0.0.1:0"}]
    folder = tmp_path / "service"
    folder.mkdir()
    with SampleService(folder, seed=seed, listeners=listeners) as service:
        port = service.authority[1]
        assert service.url("authority").startswith("https://")
        runner = Runner(folder, {"Here": service}, {"https://localhost:50343":
                                                    f"https://localhost:{port}"})
        runner.run(samples.read_page(PAGE))
        token = re.search(r'"access_token":"([^"]+)"', runner.output)[1]
        keys = rawhttp.ask(service.endpoint("authority", 1).address,
                           target=f"/{samples.TENANT}/discovery/keys").json()
        claims = jwt.verify(token, keys)
        assert claims["appid"] == "40000000-0000-0000-0000-000000000004"
        assert (claims["aud"], claims["appidacr"]) == ("https://vault.azure.net", "1")
        assert "xms_az_rid" not in claims
