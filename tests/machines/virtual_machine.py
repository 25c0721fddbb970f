# SPDX-License-Identifier: Apache-2.0
"""Real virtual machines: QEMU without a hypervisor of the processor's, a kernel of Debian's, and a
file system in memory with nothing but busybox."""

import gzip
import json
import shutil
import subprocess
from pathlib import Path

from harness.timing import scaled

HERE = Path(__file__).resolve().parent
QEMU = "qemu-system-x86_64"
# In the order in which they are loaded.
MODULES = ("virtio_ring", "virtio", "virtio_pci_modern_dev", "virtio_pci_legacy_dev", "virtio_pci",
           "failover", "net_failover", "virtio_net")


def _kernel():
    return next(iter(sorted((HERE / "unpacked" / "boot").glob("vmlinuz-*"))), None)


def what_is_missing():
    """Nothing, or what ./install.sh would bring."""
    if not shutil.which(QEMU):
        return QEMU
    if not shutil.which("busybox"):
        return "busybox"
    return None if _kernel() else "a kernel in tests/machines/unpacked"


def make_initramfs(folder, questions):
    """The guests' file system, in which each asks for all of `questions`."""
    root = folder / "root"
    for name in ("bin", "proc", "sys", "dev", "modules"):
        (root / name).mkdir(parents=True)
    shutil.copy2(shutil.which("busybox"), root / "bin" / "busybox")
    shutil.copy2(HERE / "guest_init.sh", root / "init")
    (root / "init").chmod(0o755)
    (root / "questions").write_text("".join(f"{target}\n" for target in questions))
    unpacked = HERE / "unpacked" / "lib" / "modules"
    order = []
    for name in MODULES:
        for found in unpacked.rglob(f"{name}.ko"):
            shutil.copy2(found, root / "modules")
            order.append(found.name)
    (root / "modules" / "order").write_text("".join(f"{name}\n" for name in order))
    names = "\n".join(str(path.relative_to(root)) for path in sorted(root.rglob("*")))
    archive = subprocess.run(["busybox", "cpio", "-o", "-H", "newc"], cwd=root, input=names.encode(),
                             capture_output=True, check=True).stdout
    made = folder / "initramfs.gz"
    made.write_bytes(gzip.compress(archive, 1))
    return made


class VirtualMachine:
    """One machine on a tap of the host's namespace, from its start to its own end."""

    def __init__(self, host, tap, initramfs, ip, gateway, mac):
        self.process = subprocess.Popen(
            ["nsenter", f"--net={host.path}", "--", QEMU, "-accel", "tcg", "-m", "128",
             "-nographic", "-no-reboot", "-nodefaults", "-serial", "stdio",
             "-kernel", str(_kernel()), "-initrd", str(initramfs),
             "-append", f"console=ttyS0 quiet panic=-1 guest_ip={ip} guest_gateway={gateway}",
             "-netdev", f"tap,id=net0,ifname={tap},script=no,downscript=no",
             "-device", f"virtio-net-pci,netdev=net0,mac={mac},romfile="],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.console = None

    def wait(self):
        """Until it has switched itself off; what it was answered, by question."""
        try:
            output, _ = self.process.communicate(timeout=scaled(120))
        except subprocess.TimeoutExpired:
            self.kill()
            raise
        self.console = output.decode(errors="replace").replace("\r", "")
        answers = {}
        for part in self.console.split("@answer ")[1:]:
            target, _, rest = part.partition("\n")
            head, _, body = rest.split("@end")[0].partition("\n\n")
            answers[target] = (int(head.split()[1]) if head.strip() else None, body.strip())
        return answers

    def kill(self):
        self.process.kill()
        self.process.wait()


def body_of(answers, target):
    status, body = answers[target]
    assert status == 200, (target, status, body)
    return json.loads(body)
