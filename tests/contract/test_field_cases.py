# SPDX-License-Identifier: Apache-2.0
"""Public bug reports about Azure's token endpoints, each as a test that would have caught it.

The BB number is the case in the notes on field reports. Where a decision of ours differs from the
report, the test says so and follows the decision.
"""

from urllib.parse import quote

import pytest

from field import (ARM, ASK, NOT_FOUND, NO_RESOURCE, SEVERAL, UNKNOWN, V1, client_id,
                   expect_refusal, expect_token, extension, faulty, get, imds, object_id, post,
                   read_claims, resource_id, running_service)
from harness.openimds import TENANT, TOKEN_PATH, Service


@pytest.fixture(scope="module")
def service():
    with running_service() as running:
        yield running


# Selecting the identity.

def test_bb01_several_identities_and_no_selector(service):
    address = imds(service, "several")
    expect_refusal(get(address), SEVERAL, length=168)
    expect_token(get(address, f"{ASK}&client_id={client_id(1)}"), client_id(1))


@pytest.mark.parametrize("machine, client", [("system", client_id(99)), ("one", client_id(1))])
def test_bb02_default_identity(service, machine, client):
    expect_token(get(imds(service, machine)), client)
    expect_token(get(extension(service, machine), "/oauth2/token?resource=" + ARM), client)


@pytest.mark.parametrize("machine", ["several", "none"])
def test_bb02_no_default_identity(service, machine):
    body = {"several": SEVERAL, "none": NOT_FOUND}[machine]
    expect_refusal(get(imds(service, machine)), body)
    response = get(extension(service, machine), "/oauth2/token?resource=" + ARM)
    assert (response.status, response.json()["error"]) == (400, "invalid_request")


SELECTORS = [f"client_id={client_id(2)}", f"object_id={object_id(2)}",
             f"msi_res_id={quote(resource_id(2), safe='')}"]


@pytest.mark.parametrize("selector", SELECTORS, ids=["client_id", "object_id", "msi_res_id"])
def test_bb02_extension_takes_every_selector(service, selector):
    for machine in ("system", "several"):
        address = extension(service, machine)
        expect_token(get(address, f"/oauth2/token?resource={ARM}&{selector}"), client_id(2))
        expect_token(post(address, f"resource={ARM}&{selector}"), client_id(2))


@pytest.mark.parametrize("name", ["mi_res_id", "msi_res_id"])
@pytest.mark.parametrize("written", [
    resource_id(1), resource_id(1).lower(), resource_id(1).upper(), resource_id(1)[1:],
    quote(resource_id(1), safe=""),
], ids=["as created", "lower case", "upper case", "no leading slash", "percent-encoded"])
def test_bb03_both_spellings_of_the_resource_id(service, name, written):
    expect_token(get(imds(service, "system"), f"{ASK}&{name}={written}"), client_id(1))


def test_bb03_both_spellings_at_once(service):
    both = f"{ASK}&mi_res_id={resource_id(1)}&msi_res_id="
    expect_token(get(imds(service, "system"), both + resource_id(1)), client_id(1))
    response = get(imds(service, "system"), both + resource_id(2))
    assert (response.status, response.json()["error"]) == (400, "invalid_request")


def test_bb05_trailing_slash_is_served(service):
    expect_token(get(imds(service, "system"), ASK.replace("?", "/?")), client_id(99))


MISSPELT = ["clientid", "client-id", "client_i", "clien_tid", "client_idd", "objectid",
            "object-id", "objct_id", "msi_resid", "msi-res_id", "msi-res-id", "clientId",
            "mi_resid", "mi_res-id", "mis_res_id"]


@pytest.mark.parametrize("name", MISSPELT)
def test_bb05_misspelt_selector_never_gives_another_identity(service, name):
    response = get(imds(service, "system"), f"{ASK}&{name}={client_id(2)}")
    assert (response.status, response.json()["error"]) == (400, "invalid_request")
    assert name in response.json()["error_description"]


@pytest.mark.parametrize("name", ["CLIENT_ID", "Client_Id", "client%5Fid"])
def test_bb05_selector_in_other_letters_never_gives_another_identity(service, name):
    response = get(imds(service, "system"), f"{ASK}&{name}={client_id(2)}")
    if response.status == 200:
        expect_token(response, client_id(2))
    else:
        assert response.status == 400


def test_bb05_selector_of_another_dialect_never_gives_another_identity(service):
    """App Service's word; ignoring it would hand out the default identity's token."""
    response = get(imds(service, "system"), f"{ASK}&principal_id={object_id(2)}")
    assert (response.status, response.json()["error"]) == (400, "invalid_request")


@pytest.mark.parametrize("name", ["extended", "foo", "authority", "claims", "xms_cc"])
def test_bb05_unrelated_parameters_are_ignored(service, name):
    expect_token(get(imds(service, "system"), f"{ASK}&{name}=x"), client_id(99))


def test_bb07_bad_resource_id(service):
    address = imds(service, "system")
    storage = f"{TOKEN_PATH}?{V1}&resource=https%3A%2F%2Fstorage.azure.com%2F"
    expect_token(get(address, storage), client_id(99), "https://storage.azure.com/")
    expect_refusal(get(address, f"{storage}&msi_res_id=/subscriptions/xxxxx"), NOT_FOUND)


def test_bb07_bad_resource_id_beside_a_good_client_id(service):
    """The report has the client id win; we never choose quietly between two selectors."""
    bad, good = "msi_res_id=/subscriptions/xxxxx", f"client_id={client_id(1)}"
    for pair in (f"{bad}&{good}", f"{good}&{bad}"):
        response = get(imds(service, "system"), f"{ASK}&{pair}")
        assert (response.status, response.json()["error"]) == (400, "invalid_request")


def test_bb08_identity_deleted_and_made_again(service):
    address, new = imds(service, "system"), f"{ASK}&client_id="
    service.cli("identity", "create", "again")
    service.cli("machine", "identity", "assign", "system", "again")
    first = service.cli("identity", "show", "again")
    expect_token(get(address, new + first["clientId"]), first["clientId"])
    service.cli("machine", "identity", "remove", "system", "again")
    expect_refusal(get(address, new + first["clientId"]), NOT_FOUND)
    service.cli("identity", "delete", "again")

    service.cli("identity", "create", "again")
    second = service.cli("identity", "show", "again")
    assert second["clientId"] != first["clientId"]
    expect_refusal(get(address, new + second["clientId"]), NOT_FOUND)
    service.cli("machine", "identity", "assign", "system", "again")
    expect_token(get(address, new + second["clientId"]), second["clientId"])
    expect_token(get(address, f"{ASK}&mi_res_id={second['id']}"), second["clientId"])
    expect_refusal(get(address, new + first["clientId"]), NOT_FOUND)
    service.cli("machine", "identity", "remove", "system", "again")
    service.cli("identity", "delete", "again")


def test_bb09_nothing_assigned(service):
    target = f"{TOKEN_PATH}?{V1}&resource=https%3A%2F%2Fvault.azure.net"
    expect_refusal(get(imds(service, "none"), target), NOT_FOUND, length=68)


@pytest.mark.parametrize("fault, status", [
    ("updating_404", 404), ("updating_410", 410), ("upstream_down", 500), ("throttled", 429)])
def test_bb10_transient_trouble_is_never_a_400(service, fault, status):
    response = get(faulty(service, fault))
    assert response.status == status
    assert b"access_token" not in response.body


@pytest.mark.parametrize("value", [UNKNOWN, "ua1", "not-a-guid", resource_id(9), "%20", "{}"])
@pytest.mark.parametrize("name", ["client_id", "object_id", "msi_res_id"])
def test_bb11_one_login_with_three_failing_calls(service, name, value):
    expect_refusal(get(imds(service, "system"), f"{ASK}&{name}={value}"), NOT_FOUND, length=68)


@pytest.mark.parametrize("name", ["client_id", "object_id", "msi_res_id", "mi_res_id"])
def test_bb11_an_identity_of_another_machine_is_not_found(service, name):
    value = {"client_id": client_id(2), "object_id": object_id(2)}.get(name, resource_id(2))
    expect_refusal(get(imds(service, "one"), f"{ASK}&{name}={value}"), NOT_FOUND)


def test_bb47_path_of_another_dialect(service):
    path = f"/metadata/managedidentity/oauth2/token?{V1}&resource={ARM}"
    response = get(imds(service, "system"), path)
    assert response.status == 404
    assert response.json()["error"]


# The resource.

def test_bb12_no_resource(service):
    expect_refusal(get(imds(service, "system"), f"{TOKEN_PATH}?{V1}"), NO_RESOURCE, length=95)


@pytest.mark.parametrize("resource", ["", "%20", "x" * 2049, "https://x/" + "y" * 2048, "a b"],
                         ids=["empty", "space", "long word", "long", "inner space"])
def test_bb12_resource_that_is_none(service, resource):
    response = get(imds(service, "system"),
                   f"{TOKEN_PATH}?{V1}&resource={quote(resource, safe='%')}")
    assert (response.status, response.json()["error"]) == (400, "invalid_request")


def test_bb14_audience_that_the_authority_does_not_know():
    resource = "api://AzureADTokenExchange./default"
    with Service(settings={"authority": {"audiences": [ARM]}}) as service:
        expect_token(get(service.imds), service.cli("machine", "identity", "show", "vm1")
                     .get("clientId") or read_claims(service.token())["appid"])
        response = get(service.imds, f"{TOKEN_PATH}?{V1}&resource={quote(resource, safe='')}")
        assert response.status == 400
        body = response.json()
        assert body["error"] == "invalid_resource"
        assert body["error_description"].startswith(
            f"AADSTS500011: The resource principal named {resource} was not found in the tenant "
            f"named {TENANT}.")
        for part in ("\r\nTrace ID: ", "\r\nCorrelation ID: ", "\r\nTimestamp: "):
            assert part in body["error_description"]
        assert "access_token" not in response.text


PAIRS = ["https://management.core.windows.net/", "https://management.azure.com", ARM,
         "https://management.azure.com//", "HTTPS://MANAGEMENT.AZURE.COM/",
         "499b84ac-1321-427f-aa17-267ca6975798", "api://499b84ac-1321-427f-aa17-267ca6975798",
         "https://database.windows.net/", "https://datalake.azure.net/"]


def test_bb17_no_token_for_another_audience(service):
    for _ in range(3):
        for resource in PAIRS:
            target = f"{TOKEN_PATH}?{V1}&resource={quote(resource, safe='')}"
            expect_token(get(imds(service, "system"), target), client_id(99), resource)


def test_bb17_resource_is_compared_after_decoding(service):
    address = imds(service, "system")
    raw = get(address, f"{TOKEN_PATH}?{V1}&resource={ARM}").json()
    encoded = get(address, ASK).json()
    assert raw["access_token"] == encoded["access_token"]


def test_bb19_audience_allow_list_surprises(service):
    for resource in ("https://cognitiveservices.azure.com", "https://azconfig.io/"):
        expect_token(post(extension(service, "system"), f"resource={resource}"), client_id(99),
                     resource)
