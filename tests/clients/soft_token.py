# SPDX-License-Identifier: Apache-2.0
"""A security module in software: SoftHSM2, with one token and the keys that a test gives it."""

import os
import subprocess

MODULE = "/usr/lib/softhsm/libsofthsm2.so"


class SoftToken:
    LABEL = "openimds"

    def __init__(self, folder):
        self.settings = folder / "softhsm2.conf"
        self.pin_file = folder / "pin"
        (folder / "tokens").mkdir()
        self.settings.write_text(f"directories.tokendir = {folder / 'tokens'}\n"
                                 "objectstore.backend = file\nlog.level = ERROR\n")
        self.pin_file.touch(mode=0o600)
        self.pin_file.write_text("123456\n")
        self._run("--init-token", "--free", "--label", self.LABEL, "--so-pin", "654321")

    @property
    def environment(self):
        return {"SOFTHSM2_CONF": str(self.settings)}

    def import_key(self, key_file, label):
        """`key_file` is PKCS #8."""
        self._run("--import", str(key_file), "--token", self.LABEL, "--label", label,
                  "--id", "01")

    def _run(self, *arguments):
        subprocess.run(["softhsm2-util", *arguments, "--pin", self.pin_file.read_text().strip()],
                       env={**os.environ, **self.environment}, check=True, capture_output=True)
