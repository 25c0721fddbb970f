# SPDX-License-Identifier: Apache-2.0
"""Lets the tests of this folder import `harness` and the host of tests/netns, and skips them where
no machine can be started."""

import os
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TESTS), str(TESTS / "netns")]
pytest.register_assert_rewrite("harness")


def pytest_collection_modifyitems(items):
    from virtual_machine import what_is_missing
    missing = what_is_missing()
    if os.geteuid() != 0:
        missing = missing or "root"
    if missing:
        for item in items:
            item.add_marker(pytest.mark.skip(reason=f"needs {missing}"))
