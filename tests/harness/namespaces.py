# SPDX-License-Identifier: Apache-2.0
"""Namespaces of a test's own: a network without a way out, and a disk that is soon full."""

import ctypes
import os
import shutil
import subprocess
import threading

from harness import rawhttp

CLONE_NEWNET = 0x40000000


def missing():
    """Why namespaces cannot be made here, or None."""
    if os.geteuid() != 0:
        return "namespaces need root"
    for program in ("unshare", "nsenter", "ip", "mount"):
        if not shutil.which(program):
            return f"{program} is not installed"
    done = subprocess.run(["unshare", "--net", "--mount", "true"], capture_output=True, check=False)
    return None if done.returncode == 0 else f"unshare: {done.stderr.decode().strip()}"


class Namespace:
    """Lives while the block does. `kind` is what unshare and nsenter call it."""

    def __init__(self, kind, script):
        self.kind = kind
        self.script = script
        self.holder = None

    def __enter__(self):
        script = "\n".join([*self.script, "echo ready", "exec cat"])
        self.holder = subprocess.Popen(["unshare", f"--{self.kind}", "sh", "-ec", script],
                                       stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self.holder.stdout.readline() == b"ready\n", "the namespace could not be made"
        return self

    def __exit__(self, *_):
        self.holder.stdin.close()  # ends `cat`, and with its last process the namespace
        self.holder.wait()
        self.holder.stdout.close()

    @property
    def prefix(self):
        """What to put before a command so that it runs inside."""
        return ["nsenter", f"--target={self.holder.pid}", f"--{self.kind}", "--"]

    def run(self, script):
        return subprocess.run([*self.prefix, "sh", "-ec", script], capture_output=True, text=True,
                              check=True).stdout


class NetworkNamespace(Namespace):
    """Loopback only, with extra addresses on it."""

    def __init__(self, *addresses):
        super().__init__("net", ["ip link set lo up",
                                 *(f"ip addr add {it} dev lo" for it in addresses)])

    def connect(self, address, source=None):
        """A Connection from inside. A socket belongs to the namespace it was made in, and only a
        thread (here: a short-lived one) needs to go there."""
        result = []

        def run():
            try:
                self._enter()
                result.append(rawhttp.Connection(address, source=(source, 0) if source else None))
            except OSError as error:
                result.append(error)

        thread = threading.Thread(target=run)
        thread.start()
        thread.join()
        if isinstance(result[0], OSError):
            raise result[0]
        return result[0]

    def _enter(self):
        with open(f"/proc/{self.holder.pid}/ns/net", "rb") as namespace:
            libc = ctypes.CDLL(None, use_errno=True)
            if libc.setns(namespace.fileno(), CLONE_NEWNET) != 0:
                raise OSError(ctypes.get_errno(), "setns")


class SmallDisk(Namespace):
    """A file system of few bytes, mounted over a folder for those inside only."""

    def __init__(self, folder, size):
        super().__init__("mount", [f"mount -t tmpfs -o size={size},mode=0700 tmpfs '{folder}'"])

    def outside(self, path):
        """The path by which those outside reach a file inside."""
        return f"/proc/{self.holder.pid}/root{path}"
