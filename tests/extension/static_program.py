# SPDX-License-Identifier: Apache-2.0
"""The program as guests get it: built as `./dev package extension` builds it, once a test run."""

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
FOLDER = ROOT / "build/extension"


def build():
    for command in (["cmake", "--preset", "extension"],
                    ["cmake", "--build", "--preset", "extension", "-j", "2"]):
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, (done.stdout + done.stderr)[-4000:]
    return FOLDER / "managed-identity-extension"
