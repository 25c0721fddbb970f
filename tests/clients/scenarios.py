# SPDX-License-Identifier: Apache-2.0
"""What every client must see. A test module imports these and gives the table CLIENTS.

The service's tokens live 5 minutes here. An SDK that keeps tokens takes such a token, one second
later, for one that is about to expire, and asks again: so every fetch here reaches the service.
"""

import re
import time
import uuid

import pytest

from client_program import ClientFailed
from conftest import LIFETIME
from harness.timing import wait_until

PARALLEL = 20
LATEST_REFRESH = LIFETIME * 60 // 100


def fetch(program, service, client, **more):
    request = {"resource": f"https://{uuid.uuid4()}.example", **more}
    return request["resource"], program.ask(client.request(service, **request))["tokens"]


def wait_until_the_sdk_would_renew(client, token):
    if client.keeps_tokens:
        wait_until(lambda: time.time() > token["expires_on"] - LIFETIME + 1, what="the next second")


def check(service, token, resource, identity):
    claims = service.verify(token["value"])
    assert claims["aud"] == resource
    assert claims["oid"] == identity["principalId"]
    assert claims["appid"] == identity["clientId"]
    assert abs(claims["exp"] - token["expires_on"]) <= 2, "the SDK counts from its own now"
    return claims


def test_gets_a_token_of_the_system_assigned_identity(service, machine, client, program):
    resource, [token] = fetch(program, service, client)
    claims = check(service, token, resource, machine.system_assigned)
    assert claims["exp"] - claims["iat"] in (LIFETIME, LIFETIME + 300)


def test_gets_a_token_of_a_user_assigned_identity(service, machine, client, program, selector):
    for identity in machine.user_assigned:
        select = {selector: machine.selector_value(identity, selector)}
        resource, [token] = fetch(program, service, client, select=select)
        check(service, token, resource, identity)


def test_reports_an_identity_that_the_machine_does_not_have(
        service, machine, client, program, selector):
    select = {selector: machine.selector_value(machine.unassigned, selector)}
    with pytest.raises(ClientFailed) as failure:
        fetch(program, service, client, select=select)
    assert re.search(client.refusal, str(failure.value)), str(failure.value)


def test_gets_the_same_token_again_until_its_refresh_point(service, machine, client, program):
    resource, [first] = fetch(program, service, client)
    answered = len(service.answers_for(resource))
    wait_until_the_sdk_would_renew(client, first)
    _, [second] = fetch(program, service, client, resource=resource)
    assert second["value"] == first["value"]
    wait_until(lambda: len(service.answers_for(resource)) > answered, what="a second request")


def test_gets_a_fresh_token_after_the_refresh_point(service, machine, client, program):
    resource, [old] = fetch(program, service, client)
    wait_until_the_sdk_would_renew(client, old)

    def new_token():
        _, [token] = fetch(program, service, client, resource=resource)
        return token["value"] != old["value"] and token
    with service.later(LATEST_REFRESH + 1):  # the first to ask there still gets the old one
        new = wait_until(new_token, what="the new token")
    claims = service.verify(new["value"])
    assert claims["oid"] == machine.system_assigned["principalId"]
    assert claims["exp"] > service.verify(old["value"])["exp"] + LIFETIME // 2


def test_parallel_callers_all_get_one_token(service, machine, client, program):
    resource, tokens = fetch(program, service, client, parallel=PARALLEL)
    assert len(tokens) == PARALLEL
    assert {token["value"] for token in tokens} == {tokens[0]["value"]}
    check(service, tokens[0], resource, machine.system_assigned)
