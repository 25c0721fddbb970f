# SPDX-License-Identifier: Apache-2.0
"""Limits for each machine: as Azure documents its own, and as an owner sets them."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from harness import rawhttp
from harness.openimds import TOKEN_PATH, Service

HEADER = {"Metadata": "true"}
TOKEN = f"{TOKEN_PATH}?api-version=2018-02-01&resource=https://management.azure.com/"
INSTANCE = "/metadata/instance?api-version=2021-02-01"


def ask(service, target, machine=0):
    return rawhttp.ask(service.endpoint("imds", machine).address, target=target, headers=HEADER)


def statuses(service, target, count, machine=0):
    with ThreadPoolExecutor(8) as pool:
        return [one.status for one in pool.map(lambda _: ask(service, target, machine),
                                               range(count))]


@pytest.fixture
def azure():
    """Azure's limits, with a second machine beside the first."""
    listeners = [{"protocol": "imds", "address": "127.0.0.1:0", "machine": machine}
                 for machine in ("vm1", "vm2")]
    listeners.append({"protocol": "authority", "address": "127.0.0.1:0"})
    with Service(listeners=listeners, settings={"throttle": {"profile": "azure"}}) as running:
        running.cli("machine", "create", "vm2", "--system-assigned")
        for machine in (0, 1):
            assert ask(running, TOKEN, machine).status == 200  # the token is kept from here on
        time.sleep(1.1)
        yield running


def test_more_than_five_documents_in_a_second_are_too_many(azure):
    seen = statuses(azure, INSTANCE, 60)
    assert set(seen) == {200, 429}
    assert seen.count(200) >= 5
    response = next(one for one in (ask(azure, INSTANCE) for _ in range(40)) if one.status == 429)
    assert response.header("Retry-After") == "1"
    assert list(response.json()) == ["error"]


def test_tokens_have_an_allowance_of_their_own(azure):
    statuses(azure, INSTANCE, 40)
    seen = statuses(azure, TOKEN, 200)
    assert set(seen) == {200, 429}
    assert seen.count(200) >= 20
    response = next(one for one in (ask(azure, TOKEN) for _ in range(200)) if one.status == 429)
    assert response.header("Retry-After") == "1"
    assert response.json()["error_description"] == "Temporarily throttled, too many requests"


def test_another_machine_does_not_feel_it(azure):
    assert 429 in statuses(azure, INSTANCE, 40)
    assert ask(azure, INSTANCE, machine=1).status == 200
    assert ask(azure, TOKEN, machine=1).status == 200


def test_it_is_over_after_a_second_and_audited(azure):
    assert 429 in statuses(azure, TOKEN, 200)
    time.sleep(1.1)
    assert ask(azure, TOKEN).status == 200
    refused = [line for line in azure.log_lines() if line.get("reason") == "caller.throttled"]
    assert refused and refused[0]["event"] == "token.refused"


def test_nothing_is_held_unless_it_is_said():
    with Service() as service:
        assert set(statuses(service, INSTANCE, 200)) == {200}


def test_an_owner_sets_numbers_of_their_own():
    with Service(settings={"throttle": {"other_per_second": 2}}) as service:
        seen = statuses(service, INSTANCE, 20)
        assert set(seen) == {200, 429} and seen.count(200) >= 2
        assert set(statuses(service, TOKEN, 40)) == {200}
