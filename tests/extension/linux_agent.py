# SPDX-License-Identifier: Apache-2.0
"""The real Linux agent: the process of it that works on extensions, with folders of a test's own.

    with LinuxAgent(folder) as agent:
        agent.package_folder("Publisher.Type", "1.0.0.1")

Run as a program this file is that agent, unmodified but for its pauses, which are shorter.
"""

import os
import signal
import subprocess
import sys
from pathlib import Path

TESTS = Path(__file__).resolve().parent.parent
UNPACKED = TESTS / "clients/guest/unpacked/usr/lib/python3/dist-packages"
PACE = 20  # how many of the agent's seconds go by in one
ADDRESSES = ("168.63.129.16", "169.254.169.254")

CONFIGURATION = """\
Lib.Dir={folder}/lib
Extension.LogDir={folder}/log
Pid.File={folder}/waagent.pid
Extensions.Enabled=y
Extensions.GoalStatePeriod=3
Extensions.InitialGoalStatePeriod=3
Provisioning.Agent=disabled
Provisioning.MonitorHostName=n
ResourceDisk.Format=n
AutoUpdate.Enabled=n
CGroups.Enabled=n
Debug.EnableFastTrack=n
Logs.Collect=n
Logs.Console=n
OS.EnableFirewall=n
OS.AllowHTTP=y
"""


class LinuxAgent:
    def __init__(self, folder):
        self.folder = Path(folder)
        self.lib = self.folder / "lib"
        self.log = self.folder / "log"
        self.output = self.folder / "agent.log"
        self.process = None

    def __enter__(self):
        assert UNPACKED.is_dir(), "run tests/clients/install.sh first"
        self.lib.mkdir(mode=0o700, exist_ok=True)
        (self.folder / "waagent.conf").write_text(CONFIGURATION.format(folder=self.folder))
        return self.start()

    def __exit__(self, *_):
        if self.is_running():
            self.stop()

    def is_running(self):
        return self.process is not None and self.process.poll() is None

    def start(self):
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.folder), "LC_ALL": "C.UTF-8",
                       "PYTHONPATH": str(UNPACKED), "PYTHONDONTWRITEBYTECODE": "1"}
        with open(self.output, "ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, __file__, "-run-exthandlers", "-debug",
                 f"-configuration-path:{self.folder / 'waagent.conf'}"],
                stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=environment,
                cwd=self.folder)
        return self

    def stop(self):
        """As when the machine goes down: what the extension started lives on, or not."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def package_folder(self, name, version):
        return self.lib / f"{name}-{version}"

    def log_text(self):
        return self.output.read_text(errors="replace") if self.output.exists() else ""


def check_namespace():
    import socket
    assert [name for _, name in socket.if_nameindex()] == ["lo"], (
        "refused: the agent calls the platform's addresses")


def run_agent():
    check_namespace()
    import time
    pause = time.sleep
    time.sleep = lambda seconds: pause(seconds / PACE)
    from azurelinuxagent.agent import main
    main()


if __name__ == "__main__":
    run_agent()
