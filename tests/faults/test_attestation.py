# SPDX-License-Identifier: Apache-2.0
"""kill -9 while the keys of attested documents are being made: what is on disk is always a root and
a signer that fit, or less; and a root that anybody has seen stays."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from harness import rawhttp
from harness.openimds import Service

TARGET = "/metadata/attested/document?api-version=2025-04-07&nonce=1234567890"


def try_to_attest(service):
    try:
        return rawhttp.ask(service.imds, target=TARGET, headers={"Metadata": "true"}, timeout=20)
    except (OSError, rawhttp.NoResponse):
        return None


def verify(service, answer, root):
    (service.folder / "answer").write_bytes(answer.body)
    (service.folder / "root").write_text(root, encoding="utf-8")
    return service.cli("attestation", "verify", str(service.folder / "answer"), "--ca",
                       str(service.folder / "root"), "--nonce", "1234567890", "--machine", "vm1")


@pytest.mark.parametrize("pause", [0.0, 0.02, 0.1, 0.3, 0.6, 1.0])
def test_killed_while_the_keys_are_made(pause):
    with Service() as service, ThreadPoolExecutor(1) as thread:
        answer = thread.submit(try_to_attest, service)
        time.sleep(pause)  # somewhere in the middle: every moment must be good
        service.kill()
        first = answer.result()
        service.start()
        root = service.cli("attestation", "ca")["certificate"]
        assert verify(service, try_to_attest(service), root)
        if first is not None and first.status == 200:
            assert verify(service, first, root)
        service.kill()
        service.start()
        assert service.cli("attestation", "ca")["certificate"] == root


@pytest.mark.parametrize("lost", [("signer.key",), ("signer.pem",), ("signer.pem", "signer.key"),
                                  ("ca.pem",)])
def test_what_a_crash_may_leave_out_is_made_again(lost):
    with Service() as service:
        root = service.cli("attestation", "ca")["certificate"]
        service.kill()
        for name in lost:
            (service.state_dir / "attestation" / name).unlink()
        service.start()
        after = service.cli("attestation", "ca")["certificate"]
        assert (after == root) == ("ca.pem" not in lost)
        assert verify(service, try_to_attest(service), after)
