# SPDX-License-Identifier: Apache-2.0
"""Lets the tests of this folder import `harness`, and shows its assertions in full."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
pytest.register_assert_rewrite("harness", "attacks", "expectations", "field", "tokens")

from harness.openimds import Service  # noqa: E402  (the path must be set first)


@pytest.fixture(scope="module")
def service():
    """One service with the usual machine for all tests of a file."""
    with Service() as running:
        yield running
