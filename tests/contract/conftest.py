# SPDX-License-Identifier: Apache-2.0
"""Lets the tests of this folder import `harness`, and shows its assertions in full."""

import sys
import uuid
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
pytest.register_assert_rewrite("harness", "attacks", "expectations", "field", "tokens")

from harness.arm import Arm, S  # noqa: E402  (the path must be set first)
from harness.openimds import Service  # noqa: E402


@pytest.fixture(scope="module")
def service(request):
    """One service with the usual machine for all tests of a file, with the file's LISTENERS."""
    with Service(listeners=getattr(request.module, "LISTENERS", None)) as running:
        yield running


@pytest.fixture(scope="module")
def arm(service):
    """The resource manager, for files with a listener for it."""
    return Arm(service)


@pytest.fixture
def group(arm):
    """A resource group of the test's own, gone at its end."""
    path = f"{S}/resourceGroups/rg-{uuid.uuid4().hex[:8]}"
    assert arm.put(path, {"location": "West Europe"}).status == 201
    yield path
    assert arm.delete(path).status == 200
    assert arm.get(path).status == 404
