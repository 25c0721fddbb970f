# SPDX-License-Identifier: Apache-2.0
"""Lets the tests of this folder import `harness`, and what the client tests share."""

import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TESTS), str(TESTS / "clients")]
pytest.register_assert_rewrite("harness", "guest_daemon", "old_programs")

from old_programs import NODE, PYTHON, build_go  # noqa: E402  (the path must be set first)


@pytest.fixture(scope="session")
def commands(tmp_path_factory):
    """How the old programs of each language are started."""
    return {"python": PYTHON, "node": NODE, "go": build_go(tmp_path_factory.mktemp("go"))}
