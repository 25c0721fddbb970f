# SPDX-License-Identifier: Apache-2.0
"""Time limits of the tests, stretched where the program runs slowly (sanitizers)."""

import os
import time

SCALE = float(os.environ.get("OPENIMDS_TEST_TIME_SCALE", "1"))


def scaled(seconds):
    """A limit after which a test gives up; never a time that a test waits for nothing."""
    return seconds * SCALE


def wait_until(condition, seconds=5.0, what="condition"):
    """Polls until `condition()` is true and returns its value."""
    deadline = time.monotonic() + scaled(seconds)
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not reached in {scaled(seconds)} s: {what}")
        time.sleep(0.01)
