# SPDX-License-Identifier: Apache-2.0
"""Lets the tests of this folder import `harness`, and what the client tests share."""

import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TESTS), str(TESTS / "clients")]
pytest.register_assert_rewrite("harness", "guest_daemon")
