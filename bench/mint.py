# SPDX-License-Identifier: Apache-2.0
"""Signing: tokens that one thread mints, beside the bare signatures of `openssl speed rsa2048`.

Both rates are per second of CPU time, which is how `openssl speed` counts.
"""

import json
import re
import subprocess

import load

MINT, OPENSSL = "mint", "openssl"


def measure(mint_binary, rounds, seconds, progress):
    """Alternates the two; returns one {MINT: rate, OPENSSL: rate} a round."""
    samples = []
    for number in range(rounds):
        turns = [(MINT, lambda: _mint_rate(mint_binary, seconds)),
                 (OPENSSL, lambda: _openssl_rate(seconds))]
        if number % 2:
            turns.reverse()
        progress(f"signing, round {number + 1} of {rounds}")
        samples.append({name: rate() for name, rate in turns})
    return samples


def _mint_rate(binary, seconds):
    result = json.loads(_run([str(binary), str(seconds)], seconds))
    return result["mints"] / result["cpu_seconds"]


def _openssl_rate(seconds):
    text = _run(["openssl", "speed", "-mr", "-seconds", str(seconds), "rsa2048"], 2 * seconds)
    return float(re.search(r"^\+F2:\d+:2048:([\d.]+):", text, re.MULTILINE).group(1))


def _run(command, seconds):
    return subprocess.run(["taskset", "-c", str(load.cores()[0]), *command], capture_output=True,
                          text=True, check=True, timeout=seconds + 20,
                          start_new_session=True).stdout
