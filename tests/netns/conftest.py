# SPDX-License-Identifier: Apache-2.0
"""Lets the tests of this folder import `harness`, and skips them where namespaces cannot be made."""

import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
pytest.register_assert_rewrite("harness", "lab")

from lab import Lab  # noqa: E402  (the path must be set first)


def pytest_collection_modifyitems(items):
    if os.geteuid() == 0:
        return
    for item in items:
        item.add_marker(pytest.mark.skip(reason="network namespaces need root"))


@pytest.fixture
def lab():
    """A host of the test's own, with a running service on it, and guests as the test makes them."""
    with Lab() as running:
        yield running
