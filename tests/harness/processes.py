# SPDX-License-Identifier: Apache-2.0
"""What a process has open, as /proc tells it."""

import os
import re
from dataclasses import dataclass

LISTEN = "0A"


@dataclass(frozen=True)
class InetSocket:
    kind: str  # tcp, tcp6, udp, udp6, raw, …
    local_port: int
    remote_port: int
    state: str


def inet_sockets(pid):
    """The internet sockets of one process."""
    inodes = _socket_inodes(pid)
    return [entry for kind in ("tcp", "tcp6", "udp", "udp6", "raw", "raw6")
            for inode, entry in _table(pid, kind) if inode in inodes]


def open_files(pid):
    """How many descriptors a process holds."""
    return len(os.listdir(f"/proc/{pid}/fd"))


def _socket_inodes(pid):
    found = set()
    for name in os.listdir(f"/proc/{pid}/fd"):
        try:
            match = re.fullmatch(r"socket:\[(\d+)\]", os.readlink(f"/proc/{pid}/fd/{name}"))
        except FileNotFoundError:
            continue  # closed meanwhile
        if match:
            found.add(match[1])
    return found


def _table(pid, kind):
    try:
        with open(f"/proc/{pid}/net/{kind}", encoding="ascii") as table:
            lines = table.read().splitlines()[1:]
    except FileNotFoundError:
        return  # no IPv6 here
    for line in lines:
        fields = line.split()
        local, remote = (int(part.rsplit(":", 1)[1], 16) for part in fields[1:3])
        yield fields[9], InetSocket(kind, local, remote, fields[3])
