# SPDX-License-Identifier: Apache-2.0
"""One guest at its limit does not slow another, although both have the same address."""

import contextlib

import pytest
from lab import HEADERS, IMDS, Lab, wait_until

from harness import rawhttp

LIMIT = 8


@pytest.fixture
def two():
    with Lab(settings={"server": {"max_connections_per_peer": LIMIT},
                       "throttle": {"other_per_second": 1}}) as lab:
        for number in (1, 2):
            lab.machine(f"web{number}")
            setattr(lab, f"g{number}", lab.guest(f"g{number}", f"tap{number}"))
            lab.attach(f"web{number}", "--interface", f"tap{number}")
        yield lab


def serves(connection):
    try:
        return connection.ask("GET", "/metadata/versions", host=IMDS, headers=HEADERS).status == 200
    except (OSError, rawhttp.FramingError):
        return False


def test_connections_are_counted_for_each_guest_and_not_for_each_address(two):
    with contextlib.ExitStack() as stack:
        held = [stack.enter_context(two.g1.connect()) for _ in range(LIMIT)]
        assert all(serves(connection) for connection in held)
        assert not two.g1.is_answered()
        assert two.g2.is_answered()
        # Another address does not help: the door is one guest's.
        two.g1.ip("addr", "add", "10.0.0.99/24", "dev", "eth0")
        with two.g1.connect(source=("10.0.0.99", 0)) as another:
            assert not serves(another)
        held[0].close()
        wait_until(two.g1.is_answered, what="room for another connection")


def test_requests_are_counted_for_each_guest(two):
    target = "/metadata/instance?api-version=2021-02-01"
    with two.g1.connect() as connection:
        seen = [connection.ask("GET", target, host=IMDS, headers=HEADERS).status
                for _ in range(20)]
    assert 429 in seen
    assert two.g2.get(target).status == 200
