# SPDX-License-Identifier: Apache-2.0
"""Known secrets, assertions and tokens go through the whole program; then every place where they
must not be is searched: log, error answers, command lines, environment, state folder, core dump
(attacks.md rows 36 and 42)."""

import json
import os
import re
import resource
import signal
import time
from pathlib import Path

import pytest

from harness import rawhttp
from harness.assertions import ASSERTION_TYPE, make_client
from harness.openimds import TENANT, TOKEN_PATH, Service
from harness.upstream import Upstream

RESOURCES = [f"https://leak{number}.example" for number in range(3)]


class Known:
    """Every text that must stay hidden, and where each came from."""

    def __init__(self):
        self.texts = {}

    def add(self, name, text):
        assert len(text) >= 16, "a short text stands anywhere by chance"
        self.texts[name] = text
        if text.count(".") == 2:  # a token's signature alone gives it away as well
            self.texts[name + "'s signature"] = text.rsplit(".", 1)[1]

    def search(self, place, data):
        for name, text in self.texts.items():
            assert text.encode() not in data, f"{name} stands in {place}"


def use_everything(service, upstream, known):
    """Tokens by a secret, by a certificate, from the embedded authority, and by its endpoint; and
    failures of each. Returns the bodies of the error answers."""
    errors = []
    secret = "kn0wn-Client-Secret-Value-00001"
    known.add("the client secret", secret)
    secret_file = service.folder / "secret"
    secret_file.write_text(secret + "\n", encoding="ascii")
    secret_file.chmod(0o600)
    client = make_client()
    key_file = service.folder / "client.pem"
    key_file.write_text(client.key_pem + client.certificate_pem, encoding="ascii")
    key_file.chmod(0o600)
    known.add("the private key", client.key_pem.splitlines()[5])

    for kind, file in (("client_secret", ["--secret-file", str(secret_file)]),
                       ("certificate", ["--certificate-file", str(key_file)])):
        service.cli("identity", "credential", "set", "vm1", kind, *file, "--authority-host",
                    upstream.url)
        upstream.script = Upstream.token()
        for target in RESOURCES:
            known.add(f"the upstream's token for {target} by {kind}",
                      service.token(target)["access_token"])
        for script in (Upstream.echo_refusal, Upstream.status(500, secret, "text/plain"),
                       Upstream.status(200, secret), Upstream.reset):
            upstream.script = script
            errors.append(ask_for_another(service, f"https://{kind}{len(errors)}.example"))
            service.cli("cache", "purge")
    for call in upstream.calls:
        if "client_assertion" in call.form:
            known.add("our assertion", call.form["client_assertion"])

    service.cli("identity", "credential", "reset", "vm1")
    for target in RESOURCES:
        known.add(f"the embedded token for {target}", service.token(target)["access_token"])
    errors += use_authority(service, known)
    return errors


def use_authority(service, known):
    """The authority's own endpoint: secrets and assertions that are good, and that are not."""
    identity = service.cli("identity", "show", "openimds-identity")["clientId"]
    made = service.cli("identity", "secret", "create", "openimds-identity")["secretText"]
    known.add("a secret that was made", made)
    client = make_client()
    path = service.folder / "public.pem"
    path.write_text(client.certificate_pem, encoding="ascii")
    service.cli("identity", "certificate", "create", "openimds-identity", "--file", str(path))
    target = f"/{TENANT}/oauth2/v2.0/token"
    assertion = client.assertion(identity, service.url("authority") + target)
    stranger = make_client().assertion(identity, service.url("authority") + target)
    known.add("a client's assertion", assertion)
    known.add("a stranger's assertion", stranger)
    wrong = "wr0ng-but-secret-all-the-same-00002"
    known.add("a wrong secret", wrong)
    errors = []
    for proof in ({"client_secret": made}, {"client_secret": wrong}, {"client_assertion": assertion},
                  {"client_assertion": stranger}, {"client_assertion": assertion + "x"}):
        if "client_assertion" in proof:
            proof["client_assertion_type"] = ASSERTION_TYPE
        form = {"grant_type": "client_credentials", "client_id": identity,
                "scope": RESOURCES[0] + "/.default", **proof}
        body = "&".join(f"{key}={value.replace(':', '%3A')}" for key, value in form.items())
        answer = rawhttp.ask(service.authority, "POST", target, body=body,
                             headers={"Content-Type": "application/x-www-form-urlencoded"})
        if answer.status == 200:
            known.add("a client's token", answer.json()["access_token"])
        else:
            errors.append(answer.body)
    assert len(errors) == 3, errors
    return errors


def ask_for_another(service, target):
    answer = rawhttp.ask(service.imds, headers={"Metadata": "true"},
                         target=f"{TOKEN_PATH}?api-version=2018-02-01&resource={target}")
    assert answer.status != 200
    return answer.body


def files_below(folder):
    return [path for path in Path(folder).rglob("*") if path.is_file()]


def test_attack_42_no_secret_or_token_is_in_log_answers_command_lines_or_state():
    known = Known()
    with Upstream() as upstream, Service(settings={"log": {"level": "debug"}}) as service:
        errors = use_everything(service, upstream, known)
        assert len(known.texts) > 20
        listing = json.dumps([service.cli("cache", "list"),
                              service.cli("identity", "secret", "list", "openimds-identity"),
                              service.cli("identity", "credential", "show", "vm1")]).encode()
        known.search("the listings", listing)
        for number, body in enumerate(errors):
            known.search(f"error answer {number}: {body[:200]!r}", body)
        for name in ("cmdline", "environ"):
            known.search(f"/proc/PID/{name}", Path(f"/proc/{service.pid}/{name}").read_bytes())
        service.said("token.refused")
        service.stop()
        known.search("the log", service.log_path.read_bytes())
        for path in files_below(service.state_dir):
            known.search(f"the state's {path.name}", path.read_bytes())


def test_attack_36_no_core_file_is_written_even_where_the_user_allows_it(tmp_path):
    """The limit is lifted as far as the test may, and the program is made to crash."""
    soft, hard = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))
    try:
        with Service() as service:
            service.token()
            status = Path(f"/proc/{service.pid}/limits").read_text(encoding="ascii")
            limit = re.search(r"Max core file size +(\S+) +(\S+)", status)
            assert limit.groups() == ("0", "0")
            service.signal(signal.SIGABRT)  # not SIGSEGV: sanitizers catch that one
            code = service.process.wait(20)
            assert code == -signal.SIGABRT
            left = [path for path in (service.folder, tmp_path, Path.cwd())
                    for path in path.glob("core*")]
            assert not left
            service.process.stdout.close()
    finally:
        resource.setrlimit(resource.RLIMIT_CORE, (soft, hard))


def read_mappings(pid):
    """(first, last, flags) of each mapping of a process."""
    mappings, place = [], None
    with open(f"/proc/{pid}/smaps", encoding="ascii") as smaps:
        for line in smaps:
            if match := re.match(r"([0-9a-f]+)-([0-9a-f]+) ", line):
                place = int(match[1], 16), int(match[2], 16)
            elif line.startswith("VmFlags:"):
                mappings.append((*place, line.split()[1:]))
    return mappings


def find_in_memory(pid, text):
    """Flags of the mappings in which a text stands."""
    found = []
    with open(f"/proc/{pid}/mem", "rb", 0) as memory:
        for first, last, flags in read_mappings(pid):
            sanitizers_own = last - first > 1 << 30
            if "rd" not in flags or "io" in flags or last > 0x7fffffffffff or sanitizers_own:
                continue
            try:
                data = os.pread(memory.fileno(), last - first, first)
            except OSError:
                continue
            if text.encode() in data:
                found.append(flags)
    return found


def test_attack_36_kept_tokens_are_in_memory_that_no_dump_holds():
    """A debugger's dump leaves out what is marked `dd` (MADV_DONTDUMP). A copy may still be on its
    way through a buffer, so other requests go through the same buffers first."""
    if os.geteuid() != 0:
        pytest.skip("only root may read another process's memory here")
    with Service() as service:
        token = service.token("https://kept.example")["access_token"]
        signature = token.rsplit(".", 1)[1]
        for number in range(40):
            for address in {entry.address for entry in service.endpoints
                            if entry.protocol != "authority"}:
                rawhttp.ask(address, headers={"Metadata": "true"},
                            target=f"/{'x' * 3000}{number}")
        time.sleep(0.1)
        kept = find_in_memory(service.pid, signature)
        assert kept, "it is kept somewhere"
        assert any("dd" in flags for flags in kept)
        assert service.token("https://kept.example")["access_token"] == token
