# SPDX-License-Identifier: Apache-2.0
"""What the blocks of `openimds env` set, as each shell and tool reads them.

A shell that is installed here runs the block itself; for the others a strict reader stands in.
"""

import re
import subprocess

import yaml

# No value of ours needs an escape, so the readers know none.
POWERSHELL_LINE = re.compile(r"""\$env:(\w+) = "([^"`$]*)\"""")
DOTENV_LINE = re.compile(r"""([A-Za-z_][A-Za-z0-9_]*)=([^\s"'#$`\\]*)""")


def _set_by(shell, block):
    """The variables that an otherwise empty environment has after the shell has run the block."""
    done = subprocess.run(["env", "-i", *shell, f"{block}\nexec env -0"], capture_output=True,
                          check=True)
    assert not done.stderr, done.stderr
    pairs = (entry.split("=", 1) for entry in done.stdout.decode().split("\0") if entry)
    own = {"PWD", "SHLVL", "_", "OLDPWD", "HOME", "USER", "LOGNAME", "TERM", "PATH"}
    return {name: value for name, value in pairs if name not in own}


def _matches(pattern, block):
    lines = [line for line in block.splitlines() if line and not line.startswith("#")]
    found = [pattern.fullmatch(line) for line in lines]
    assert all(found), block
    return [match.groups() for match in found]


def read_bash(block):
    return _set_by(["bash", "--noprofile", "--norc", "-euc"], block)


def read_fish(block):
    return _set_by(["fish", "--no-config", "-c"], block)


def read_powershell(block):
    return dict(_matches(POWERSHELL_LINE, block))


def read_dotenv(block):
    return dict(_matches(DOTENV_LINE, block))


def read_compose(block):
    """The `environment` of a service, as a mapping."""
    environment = yaml.safe_load(block)["environment"]
    assert all(isinstance(value, str) and "$" not in value for value in environment.values())
    return environment


READERS = {"bash": read_bash, "fish": read_fish, "powershell": read_powershell,
           "dotenv": read_dotenv, "compose": read_compose}
