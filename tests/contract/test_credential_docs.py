# SPDX-License-Identifier: Apache-2.0
"""docs/credentials: each page's settings are the program's own, and each page's sample works."""

import base64
import functools
import http.server
import json
import os
import re
import shutil
import subprocess
import threading
import time

import pytest

import samples
from harness import jwt, rawhttp
from harness.openimds import TOKEN_PATH, CliError
from samples import CLIENT_ID, OBJECT_ID, TENANT, Runner, SampleService

KINDS = ["embedded", "client_secret", "certificate", "pkcs11", "federated_file",
         "federated_issuer", "az_cli"]
SOFTHSM = "/usr/lib/softhsm/libsofthsm2.so"


def page_of(kind):
    return samples.read_page(f"credentials/{kind}.md")


# ---- settings ------------------------------------------------------------------------------------

TEXT = r'(?:"(?:[^"\\]|\\.)*"\s*)+'
OPTION = re.compile(rf'\{{\s*"(\w+)",\s*({TEXT}|\w+),\s*Is\w+,\s*({TEXT}),\s*({TEXT})'
                    rf'(?:,\s*(true|false))?(?:,\s*"(\w+)")?\s*\}}')


@functools.cache
def source():
    return samples.read_source("model/credential_settings.cc")


def literal(text):
    """What a C++ text, perhaps in several pieces or a constant's name, says."""
    if not text.startswith('"'):
        text = re.search(rf"\b{text} = ({TEXT});", source())[1]
    return "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', text))


def options_in(text):
    text = re.sub(r"\b(kAlgorithm|kSendChain)\b(?!\{)",
                  lambda name: re.search(rf"\b{name[1]}(\{{.*?\}});", source(), re.S)[1], text)
    return [(name, literal(expected), literal(default), literal(meaning), required == "true", group)
            for name, expected, default, meaning, required, group in OPTION.findall(text)]


def options_of(kind):
    """What src/model/credential_settings.cc says of a kind."""
    words = "".join(word.capitalize() for word in kind.split("_"))
    found = re.search(rf"^Options {words}Options\(\) \{{\n(.*?)^\}}", source(), re.M | re.S)
    if not found:
        return []
    shared = re.search(r"kUpstream\[\] = \{\n(.*?)^\};", source(), re.M | re.S)[1]
    return options_in(found[1]) + (options_in(shared) if "WithUpstream" in found[1] else [])


def row(name, expected, default, meaning, required, group):
    if required:
        shown = "required"
    elif group:
        shown = f"one `{group}_…` is required"
    elif not default:
        shown = "none"
    else:
        shown = default if " " in default else f"`{default}`"
    return [f"`{name}`", expected, shown, meaning]


@pytest.mark.parametrize("kind", KINDS)
def test_a_pages_settings_are_the_programs(kind):
    shown = samples.rows(samples.section(page_of(kind), "Settings"))
    assert shown == [row(*option) for option in options_of(kind)]
    assert bool(shown) == (kind != "embedded")


def set_credential(service, kind, **options):
    flags = [part for name, value in options.items()
             for part in (f"--{name.replace('_', '-')}", value)]
    return service.cli("identity", "credential", "set", "openimds-identity", kind, *flags)


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_takes_the_options_of_its_page_and_no_others(service, kind):
    """Each with a value that is wrong for all of them: the program says what it would take."""
    names = {name: expected for name, expected, _, _ in
             samples.rows(samples.section(page_of(kind), "Settings"))}
    every = {name for other in KINDS for name, *_ in options_of(other)}
    for name in every:
        with pytest.raises(CliError) as refused:
            set_credential(service, kind, **{name: "\x01"})
        assert refused.value.code == "credential.invalid"
        wanted = (f"expected {names[f'`{name}`']} for '{name}'" if f"`{name}`" in names
                  else f"a credential of kind {kind} has no option '{name}'")
        assert refused.value.message.startswith(wanted), refused.value.message


@pytest.mark.parametrize("kind", KINDS)
def test_what_a_page_calls_required_is(service, kind):
    required = {name.strip("`") for name, _, default, _ in
                samples.rows(samples.section(page_of(kind), "Settings")) if "required" in default}
    if not required:
        assert set_credential(service, kind)["kind"] == kind
        return
    with pytest.raises(CliError) as refused:
        set_credential(service, kind)
    assert any(name in refused.value.message for name in required)


def test_the_overview_lists_every_kind(service):
    known = service.run_cli("identity", "credential", "set", "--help").stdout
    assert re.search(r"One of ([\w, ]+)", known)[1].split(", ") == KINDS
    page = samples.read_page("credentials/README.md")
    linked = re.findall(r"^\| \[`(\w+)`\]\((\w+)\.md\)", page, re.M)
    assert sorted(linked) == sorted((kind, kind) for kind in KINDS)


# ---- samples -------------------------------------------------------------------------------------

def runs():
    return [pytest.param(kind, alternative, id=f"{kind}-{alternative or 'as configured'}")
            for kind in KINDS for alternative in samples.alternatives(page_of(kind))]


@pytest.fixture
def there(tmp_path):
    """The authority: another OpenIMDS, with the ids of the pages."""
    folder = tmp_path / "there"
    folder.mkdir()
    seed = {"tenant_id": TENANT, "resource_group": "rg", "machine": "there"}
    with SampleService(folder, seed=seed) as service:
        service.cli("identity", "create", "app", "--client-id", CLIENT_ID,
                    "--object-id", OBJECT_ID)
        yield service


class Stage:
    """What a sample finds: folders, a web host, and what only its kind needs."""

    def __init__(self, folder, here, there):
        self.folder = folder
        self.here = here
        self.there = there
        self.web = None
        self.shown = ""  # what the authority's last command printed
        self.replaced = {place: str(folder / name) for place, name in {
            "/etc/openimds": "etc", "/srv/www": "www", "/var/run/secrets": "secrets",
            "/home/ada": "ada", "/usr/bin/az": "az"}.items()}
        self.replaced['authority_host = "public"'] = f'authority_host = "{there.url("authority")}"'
        self.replaced["--authority-host public"] = f"--authority-host {there.url('authority')}"
        for name in ("etc", "www", "secrets", "ada"):
            (folder / name).mkdir()

    def prepare(self, kind):
        getattr(self, f"prepare_{kind}", lambda: None)()

    def prepare_federated_issuer(self):
        serve = functools.partial(QuietFiles, directory=str(self.folder / "www"))
        self.web = http.server.ThreadingHTTPServer(("127.0.0.1", 0), serve)
        threading.Thread(target=self.web.serve_forever, daemon=True).start()
        self.replaced["https://issuer.example"] = f"http://127.0.0.1:{self.web.server_port}"

    def prepare_federated_file(self):
        """A cluster: its public keys, and a token that it projected into the pod."""
        key = self.folder / "cluster.key"
        openssl("genpkey", "-quiet", "-algorithm", "RSA", "-out", str(key))
        modulus = openssl("rsa", "-in", str(key), "-noout", "-modulus").decode().strip()
        self.write("etc/cluster-keys.json", json.dumps({"keys": [{
            "kty": "RSA", "use": "sig", "alg": "RS256", "kid": "cluster-1", "e": "AQAB",
            "n": base64url(bytes.fromhex(modulus.split("=")[1]))}]}))
        now = int(time.time())
        signed = ".".join(base64url(json.dumps(part).encode()) for part in (
            {"alg": "RS256", "kid": "cluster-1"},
            {"iss": "https://cluster.example", "sub": "system:serviceaccount:shop:web",
             "aud": ["api://AzureADTokenExchange"], "iat": now, "nbf": now, "exp": now + 3600}))
        signature = openssl("dgst", "-sha256", "-sign", str(key), stdin=signed.encode())
        (self.folder / "secrets/azure").mkdir()
        self.write("secrets/azure/token", f"{signed}.{base64url(signature)}\n")

    def prepare_pkcs11(self):
        (self.folder / "tokens").mkdir()
        self.write("softhsm2.conf", f"directories.tokendir = {self.folder}/tokens\n")

    def prepare_az_cli(self):
        """Stands in for the CLI: somebody's token, for those who ask as the page says."""
        claims = self.there.cli("token", "--resource", "https://vault.azure.net")
        answer = json.dumps({"accessToken": claims["access_token"], "tokenType": "Bearer",
                             "expires_on": int(claims["expires_on"]), "tenant": TENANT})
        wanted = ("account get-access-token --output json --only-show-errors "
                  f"--resource https://vault.azure.net --tenant {TENANT}")
        self.write("az", f"""#!/bin/sh
[ "$*" = '{wanted}' ] || {{ echo "ERROR: unexpected arguments: $*" >&2; exit 2; }}
[ "$AZURE_CONFIG_DIR" = '{self.folder}/ada/.azure' ] || {{ echo "ERROR: az login" >&2; exit 1; }}
echo '{answer}'
""").chmod(0o755)

    def pasted(self):
        """What `identity secret create` has shown there; and it goes where app.env would."""
        secret = re.search(r"^secret: +(\S+)$", self.shown, re.M)[1]
        self.write("etc/app.env", f"APP_SECRET={secret}\n")
        return secret + "\n"

    def write(self, name, text):
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path


class QuietFiles(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


def openssl(*arguments, stdin=b""):
    return subprocess.run(["openssl", *arguments], input=stdin, capture_output=True,
                          check=True).stdout


def base64url(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


@pytest.fixture
def stage(tmp_path, there):
    folder = tmp_path / "here"
    folder.mkdir()
    # As the first service of a host: its own tenant, and the pages' machine.
    seed = {"resource_group": "rg", "machine": "web-01"}
    environment = {"SOFTHSM2_CONF": str(folder / "softhsm2.conf")}
    with SampleService(folder, seed=seed, environment=environment) as here:
        built = Stage(folder, here, there)
        yield built
        if built.web:
            built.web.shutdown()
            built.web.server_close()


class PastingRunner(Runner):
    """Remembers what the authority showed, as a person would, to paste it on this side."""

    def __init__(self, stage):
        self.stage = stage
        super().__init__(stage.folder, {"Here": stage.here, "There": stage.there}, stage.replaced,
                         stage.pasted)

    def run_command(self, where, command, expected):
        super().run_command(where, command, expected)
        if where == "There":
            self.stage.shown = self.output


@pytest.mark.parametrize("kind, alternative", runs())
def test_a_pages_sample_gives_a_token(stage, kind, alternative):
    if kind == "pkcs11" and not (os.path.exists(SOFTHSM) and shutil.which("pkcs11-tool")):
        pytest.skip("softhsm2 or opensc is not installed")
    stage.prepare(kind)
    PastingRunner(stage).run(page_of(kind), alternative)

    shown = stage.here.cli("identity", "credential", "show", "app")
    assert shown["kind"] == kind
    by_command = alternative and "command" in alternative
    assert shown["source"] == ("registry" if by_command else "configuration")
    body = stage.here.token("https://vault.azure.net", f"&client_id={CLIENT_ID}")
    signer = stage.here if kind == "embedded" else stage.there
    tenant = signer.cli("identity", "show", "app")["tenantId"]
    claims = jwt.verify(body["access_token"], signer.jwks(tenant))
    assert (claims["aud"], claims["tid"]) == ("https://vault.azure.net", tenant)
    if kind != "az_cli":  # there it is the person's
        assert (claims["appid"], claims["oid"]) == (CLIENT_ID, OBJECT_ID)
    assert stage.here.events("upstream.failed") == []


# ---- failures ------------------------------------------------------------------------------------

BROKEN = {
    "client_secret": {"secret_file": "/nonexistent/secret"},
    "certificate": {"certificate_file": "/nonexistent/app.pem"},
    "pkcs11": {"module": "/nonexistent/module.so", "token": "t", "key": "k",
               "pin_file": "/nonexistent/pin"},
    "federated_file": {"token_file": "/nonexistent/token"},
    "federated_issuer": {"authority_host": "http://127.0.0.1:1"},
    "az_cli": {"program": "/nonexistent/az"},
}


@pytest.mark.parametrize("kind", BROKEN)
def test_what_is_broken_is_said_to_the_caller_and_in_the_log(service, kind):
    """README.md, "When no token comes"."""
    set_credential(service, kind, **BROKEN[kind])
    before = {event: len(service.events(event)) for event in ("upstream.failed", "token.refused")}
    client_id = service.cli("identity", "show", "openimds-identity")["clientId"]
    answer = rawhttp.ask(service.imds, headers={"Metadata": "true"},
                         target=f"{TOKEN_PATH}?api-version=2018-02-01&client_id={client_id}"
                                "&resource=https://vault.azure.net")
    assert (answer.status, answer.json()["error"]) == (503, "service_unavailable")
    assert int(answer.header("Retry-After")) >= 1
    said = answer.json()["error_description"]
    refused, = service.said("token.refused", before["token.refused"] + 1)[before["token.refused"]:]
    overview = samples.section(samples.read_page("credentials/README.md"), "When no token comes")
    assert f"`{refused['reason']}`" in overview
    failed = service.events("upstream.failed")[before["upstream.failed"]:]
    assert len(failed) == 1
    if refused["reason"].startswith("credential."):
        assert "/nonexistent" in failed[0]["message"], "the operator is told which"
        assert "/nonexistent" not in answer.text, "a workload learns no path of ours"
    else:
        assert failed[0]["message"] == said


@pytest.mark.parametrize("kind", KINDS)
def test_every_page_has_its_sections(kind):
    headings = re.findall(r"^## (.*)$", page_of(kind), re.M)
    wanted = ["What it does", "Settings", "Security considerations", "How it fails", "Sample"]
    assert [heading for heading in headings if heading in wanted] == wanted
