# SPDX-License-Identifier: Apache-2.0
"""Lets the tests of this folder import `harness`, and shows its assertions in full."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
pytest.register_assert_rewrite("harness", "corpus")
