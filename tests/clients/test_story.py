# SPDX-License-Identifier: Apache-2.0
"""examples/one-minute.sh as its readers run it: from `az login` to a token, and to its end.

In the network namespace of in_namespace.sh: the script takes the default ports.
"""

import re
import subprocess

import pytest

from client_program import HERE, clean_environment, in_namespace
from harness.openimds import binary
from harness.timing import scaled

pytestmark = pytest.mark.skipif(not in_namespace(), reason="run it through in_namespace.sh")

SCRIPT = HERE.parent.parent / "examples/one-minute.sh"
# protocols/imds-token.md: the machine has no identity that could be meant.
REFUSAL = '{"error":"invalid_request","error_description":"Identity not found"} (400)'


def test_from_the_login_to_a_token_and_to_the_token_refused(tmp_path):
    environment = clean_environment(tmp_path, {
        "NODE_PATH": str(HERE / "node/node_modules"), "TMPDIR": str(tmp_path)})
    done = subprocess.run([SCRIPT, binary()], capture_output=True, text=True, env=environment,
                          cwd=tmp_path, timeout=scaled(800), check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    steps = re.findall(r"^\$ az (\w+ \w+(?: \w+)?) --", done.stdout, re.M)
    assert steps == ["group create", "identity create", "vm create", "vm identity assign",
                     "vm extension set", "vm extension delete", "vm identity remove"]
    [worker] = re.findall(r"^worker: ([0-9a-f-]{36})$", done.stdout, re.M)
    token = f"a token for https://vault.azure.net of {worker}"
    assert re.search(rf"^localhost:50342 \(msrestazure\): +{re.escape(token)}$", done.stdout, re.M)
    assert re.search(rf"^IMDS \(@azure/identity\): +{re.escape(token)}$", done.stdout, re.M)
    assert "\nlocalhost:50342: nobody answers\n" in done.stdout
    assert done.stdout.endswith(f"IMDS: {REFUSAL}\n")
    assert not list(tmp_path.glob("tmp.*"))  # it has cleaned up behind itself
