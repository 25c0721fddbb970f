# SPDX-License-Identifier: Apache-2.0
"""Debian's real `az`, logged in at our resource manager as its first administrator.

In the profile whose API versions Debian's packages have; with nothing that would call elsewhere.
"""

import json
import subprocess

from client_program import clean_environment
from harness.arm import first_administrator
from harness.openimds import TENANT

QUIET = {"AZURE_CORE_COLLECT_TELEMETRY": "0", "AZURE_CORE_ERROR_RECOMMENDATION": "off",
         "AZURE_EXTENSION_USE_DYNAMIC_INSTALL": "no", "NO_PROXY": "localhost,127.0.0.1"}
PROFILE = "2020-09-01-hybrid"


class AzSession:
    """`az("group", "list")` runs one command that must succeed, and gives what it printed."""

    def __init__(self, service, folder):
        ca = folder / "ca.pem"
        ca.write_text(service.cli("authority", "ca")["certificate"])
        self.service = service
        self.folder = folder
        self.environment = clean_environment(folder, {
            **QUIET, "AZURE_CONFIG_DIR": str(folder / "config"),
            "REQUESTS_CA_BUNDLE": str(ca), "SSL_CERT_FILE": str(ca)})
        url = f"https://localhost:{service.endpoint('arm').address[1]}"
        self("cloud", "register", "--name", "local", "--endpoint-resource-manager", url,
             "--profile", PROFILE)
        self("cloud", "set", "--name", "local")
        self.login(first_administrator(service))

    def login(self, credential):
        self("login", "--service-principal", "--username", credential["clientId"],
             f"--password={credential['secret']}", "--tenant", TENANT)

    def run(self, *arguments):
        return subprocess.run(["az", *arguments], capture_output=True, text=True,
                              env=self.environment, cwd=self.folder, timeout=120, check=False)

    def __call__(self, *arguments):
        done = self.run(*arguments, "--output", "json")
        assert done.returncode == 0, f"az {' '.join(arguments)}: {done.stderr}"
        return json.loads(done.stdout) if done.stdout.strip() else None
