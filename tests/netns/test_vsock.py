# SPDX-License-Identifier: Apache-2.0
"""Way `vsock`, as far as a host without guests of its hypervisor can show it."""

import socket

import pytest

from harness.openimds import CliError


def has_vsock():
    try:
        socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM).close()
        return True
    except OSError:
        return False


needs_vsock = pytest.mark.skipif(not has_vsock(), reason="this kernel has no AF_VSOCK")


@needs_vsock
def test_the_service_listens_for_guests_of_the_hypervisor(lab):
    lab.machine("web1")
    lab.attach("web1", "--cid", "5")
    with socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM) as other:
        with pytest.raises(OSError):
            other.bind((socket.VMADDR_CID_ANY, 80))
    lab.detach("web1", "--cid", "5")
    with socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM) as other:
        other.bind((socket.VMADDR_CID_ANY, 80))


@pytest.mark.parametrize("cid", ["0", "1", "2", "4294967295", "x"])
def test_a_number_that_is_no_guests_is_refused(lab, cid):
    lab.machine("web1")
    with pytest.raises(CliError) as refused:
        lab.attach("web1", "--cid", cid)
    assert refused.value.code == "control.argument_invalid"


def test_two_machines_never_share_a_number(lab):
    for name in ("web1", "web2"):
        lab.machine(name)
    lab.cli("machine", "attach", "web1", "--cid", "5")
    with pytest.raises(CliError) as refused:
        lab.cli("machine", "attach", "web2", "--cid", "05")
    assert refused.value.code == "registry.exists"
