# SPDX-License-Identifier: Apache-2.0
"""GET /metadata/attested/document and `openimds attestation`, judged by the real openssl too."""

import base64
import calendar
import json
import stat
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from harness import openssl, rawhttp
from harness.openimds import CliError, Service, binary

PATH = "/metadata/attested/document"
HEADER = {"Metadata": "true"}
NEWEST = "2025-04-07"
PLAIN, MARKET, NOBODY, FAULTY = 0, 1, 2, 3  # listeners
FAULTS = ("updating_404", "updating_410", "upstream_down", "throttled")
HOUR = 3600


@pytest.fixture(scope="module")
def service():
    listeners = [{"protocol": "imds", "address": "127.0.0.1:0", "machine": machine}
                 for machine in ("vm1", "market", "nobody")]
    listeners += [{"protocol": "imds", "address": "127.0.0.1:0", "fault": fault}
                  for fault in FAULTS]
    with Service(listeners=listeners) as running:
        file = running.folder / "market.json"
        file.write_text(json.dumps({"compute": {
            "plan": {"name": "plan1", "product": "offer1", "publisher": "contoso"},
            "sku": "RS3-Pro", "licenseType": "Windows_Client"}}), encoding="utf-8")
        running.cli("machine", "create", "market", "--file", str(file))
        running.cli("attestation", "ca")  # makes the keys
        yield running


@pytest.fixture(scope="module")
def ca(service):
    file = service.folder / "root.pem"
    file.write_text(service.cli("attestation", "ca")["certificate"], encoding="utf-8")
    return file


def ask(service, query="", listener=PLAIN, version=NEWEST, **parts):
    parts.setdefault("headers", HEADER)
    return rawhttp.ask(service.endpoint("imds", listener).address,
                       target=f"{PATH}?api-version={version}{query}", **parts)


def attest(service, query="", listener=PLAIN, version=NEWEST):
    """The signed message, as DER."""
    response = ask(service, query, listener, version)
    assert response.status == 200, response
    assert b"\n" not in response.body
    answer = response.json()
    assert list(answer) == ["encoding", "signature"] and answer["encoding"] == "pkcs7"
    return base64.b64decode(answer["signature"], validate=True)


def verify(service, message, *arguments):
    """What `attestation verify` says about a message, given to it as a file."""
    file = service.folder / "message"
    file.write_bytes(message if isinstance(message, bytes) else message.encode())
    return service.cli("attestation", "verify", str(file), *arguments)


def refused(service, message, *arguments):
    """The reason code for which a message is not believed."""
    with pytest.raises(CliError) as failed:
        verify(service, message, *arguments)
    assert failed.value.exit_code == 1
    return failed.value.code


def seconds_of(text):
    return calendar.timegm(time.strptime(text, "%m/%d/%y %H:%M:%S -0000"))


def iso(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


MEMBERS = ["nonce", "plan", "timeStamp", "vmId"]


@pytest.mark.parametrize("version,members", [
    ("2018-10-01", MEMBERS),
    ("2019-03-11", MEMBERS),
    ("2019-04-30", [*MEMBERS, "subscriptionId"]),
    ("2019-11-01", [*MEMBERS, "subscriptionId", "sku"]),
    ("2020-09-01", [*MEMBERS, "licenseType", "subscriptionId", "sku"]),
    (NEWEST, [*MEMBERS, "licenseType", "subscriptionId", "sku"])])
def test_openssl_accepts_the_document_of_each_version(service, ca, version, members):
    document = json.loads(openssl.verified_content(
        attest(service, "&nonce=1234567890", MARKET, version), ca))
    assert list(document) == members
    machine = service.cli("machine", "show", "market")
    assert document["nonce"] == "1234567890"
    assert document["vmId"] == machine["vmId"]
    assert document["plan"] == {"name": "plan1", "product": "offer1", "publisher": "contoso"}
    if "sku" in members:
        assert document["sku"] == "RS3-Pro"
    if "licenseType" in members:
        assert document["licenseType"] == "Windows_Client"
    if "subscriptionId" in members:
        assert document["subscriptionId"] == machine["id"].split("/")[2]
    created, expires = (seconds_of(document["timeStamp"][name])
                        for name in ("createdOn", "expiresOn"))
    assert abs(created - time.time()) < 60
    assert expires - created == 6 * HOUR


def test_every_listed_version_since_the_first_is_served(service):
    versions = rawhttp.ask(service.imds, target="/metadata/versions",
                           headers=HEADER).json()["apiVersions"]
    for version in versions:
        response = ask(service, version=version)
        assert response.status == (200 if version >= "2018-10-01" else 400), version
        assert response.status == 200 or response.json()["newest-versions"][0] == NEWEST


def test_azures_recipe_works(service, tmp_path):
    """The commands of Azure's documentation, step by step."""
    (tmp_path / "decoded").write_bytes(attest(service))
    openssl.run("pkcs7", "-in", tmp_path / "decoded", "-inform", "DER", "-out", tmp_path / "pk7")
    openssl.run("pkcs7", "-in", tmp_path / "decoded", "-inform", "DER", "-print_certs", "-out",
                tmp_path / "signer.pem")
    assert b"vmId" in openssl.run("smime", "-verify", "-in", tmp_path / "pk7", "-inform", "pem",
                                  "-noverify")
    subject = openssl.run("x509", "-noout", "-subject", "-in", tmp_path / "signer.pem")
    assert subject.strip() == b"subject=CN = metadata.openimds.internal"
    names = openssl.run("x509", "-noout", "-ext", "subjectAltName", "-in", tmp_path / "signer.pem")
    assert b"DNS:metadata.openimds.internal, DNS:*.metadata.openimds.internal" in names
    issuer = openssl.run("x509", "-noout", "-issuer", "-in", tmp_path / "signer.pem")
    assert issuer.strip() == b"issuer=CN = OpenIMDS attestation root"
    assert (tmp_path / "signer.pem").read_text().count("BEGIN CERTIFICATE") == 2  # the whole chain


def test_without_a_nonce_the_time_stands_there(service):
    document = json.loads(openssl.content(attest(service)))
    nonce = calendar.timegm(time.strptime(document["nonce"], "%Y%m%d-%H%M%S"))
    assert nonce == seconds_of(document["timeStamp"]["createdOn"])


@pytest.mark.parametrize("nonce", ["", "***bad***", "1" * 33, "20201130-211924", "1%00", "a+b",
                                   "%C3%A9", "1%0A"])
def test_a_bad_nonce_is_refused(service, nonce):
    response = ask(service, f"&nonce={nonce}")
    assert (response.status, list(response.json())) == (400, ["error"])


@pytest.mark.parametrize("nonce", ["1", "1234567890", "abcde12345", "Z" * 32])
def test_a_good_nonce_comes_back(service, nonce):
    message = attest(service, f"&nonce={nonce}")
    assert verify(service, message, "--nonce", nonce)["nonce"] == nonce
    assert refused(service, message, "--nonce", nonce + "x") == "attestation.nonce"


def test_what_else_is_refused_and_how(service):
    assert ask(service, "&format=text").status == 400
    assert ask(service, "&format=json").status == 200
    assert ask(service, "&nonce=1&nonce=1").status == 400
    assert ask(service, headers={}).text == (
        '{"error":"Bad request. Required metadata header not specified"}')
    assert ask(service, listener=NOBODY).status == 404
    posted = ask(service, method="POST")
    assert (posted.status, posted.header("Allow")) == (405, "GET")
    for number, fault in enumerate(FAULTS):
        expected = {"updating_404": 404, "updating_410": 410, "upstream_down": 500}.get(fault, 429)
        assert ask(service, listener=FAULTY + number).status == expected


def test_a_changed_byte_is_refused_by_both(service, ca):
    message = attest(service, "&nonce=1234567890")
    assert openssl.verified_content(message, ca)
    for old, new in ((b"1234567890", b"1234567891"), (b'"vmId":"', b'"vmIx":"')):
        changed = message.replace(old, new)
        assert changed != message
        with pytest.raises(openssl.Refused):
            openssl.verified_content(changed, ca)
        assert refused(service, changed) == "attestation.signature"
    changed = message[:-1] + bytes([message[-1] ^ 1])  # in the signature itself
    with pytest.raises(openssl.Refused):
        openssl.verified_content(changed, ca)
    assert refused(service, changed) == "attestation.signature"


def test_another_signer_is_refused_by_both(service, ca, tmp_path):
    """Row 37: the same document under another's key, with every certificate of ours beside it."""
    content = openssl.content(attest(service))
    root = openssl.make_signer(tmp_path, "root")
    signer = openssl.make_signer(tmp_path, "signer", issuer=root)
    chain = tmp_path / "chain.pem"
    chain.write_bytes(root[0].read_bytes() + openssl.run(
        "pkcs7", "-inform", "DER", "-print_certs", data=attest(service)))
    message = openssl.signed(content, signer, chain)
    assert message.count(b"OpenIMDS attestation root") >= 2
    assert openssl.content(message) == content
    with pytest.raises(openssl.Refused):
        openssl.verified_content(message, ca)
    assert refused(service, message) == "attestation.chain"
    # Whoever trusts that root believes it: it is the root that decides.
    assert verify(service, message, "--ca", str(root[0]))["signer"] == "CN=signer"
    with pytest.raises(openssl.Refused):
        openssl.verified_content(attest(service), root[0])
    assert refused(service, attest(service), "--ca", str(root[0])) == "attestation.chain"


def test_a_certificate_for_something_else_does_not_sign_documents(service, tmp_path):
    content = openssl.content(attest(service))
    root = openssl.make_signer(tmp_path, "root")
    server = openssl.make_signer(tmp_path, "server", issuer=root, usage="serverAuth")
    message = openssl.signed(content, server, root[0])
    with pytest.raises(openssl.Refused):
        openssl.verified_content(message, root[0])
    assert refused(service, message, "--ca", str(root[0])) == "attestation.signer_purpose"


def test_an_old_window_is_refused(service, ca):
    message = attest(service)
    document = json.loads(openssl.content(message))
    created = seconds_of(document["timeStamp"]["createdOn"])
    assert verify(service, message, "--at", iso(created + 6 * HOUR - 1))
    assert refused(service, message, "--at", iso(created + 6 * HOUR)) == "attestation.window"
    assert refused(service, message, "--at", iso(created - 301)) == "attestation.window"
    # The signer's own time: 90 days.
    late = created + 91 * 24 * HOUR
    openssl.verified_content(message, ca, "-attime", created + 80 * 24 * HOUR)
    with pytest.raises(openssl.Refused):
        openssl.verified_content(message, ca, "-attime", late)
    assert refused(service, message, "--at", iso(late)) == "attestation.signer_time"
    with pytest.raises(CliError) as failed:
        verify(service, message, "--at", "yesterday")
    assert (failed.value.exit_code, failed.value.code) == (2, "control.argument_invalid")


def test_the_machine_is_compared(service):
    message = attest(service)
    vm_id = service.cli("machine", "show", "vm1")["vmId"]
    shown = verify(service, message, "--machine", "vm1")
    assert (shown["vmId"], shown["checked"][-1]) == (vm_id, "machine")
    assert verify(service, message, "--vm-id", vm_id.upper())["vmId"] == vm_id
    assert refused(service, message, "--machine", "market") == "attestation.machine"
    assert refused(service, message, "--vm-id",
                   "00000000-0000-0000-0000-000000000001") == "attestation.machine"
    with pytest.raises(CliError) as failed:
        verify(service, message, "--machine", "nosuch")
    assert failed.value.exit_code == 3
    with pytest.raises(CliError) as failed:
        verify(service, message, "--machine", "vm1", "--vm-id", vm_id)
    assert failed.value.exit_code == 2


def test_every_form_is_read_also_from_standard_input(service):
    answer = ask(service)
    signature = answer.json()["signature"]
    lines = "\n".join(signature[at:at + 64] for at in range(0, len(signature), 64)) + "\n"
    for form in (answer.body, json.dumps(answer.json(), indent=2), signature, lines,
                 base64.b64decode(signature)):
        assert verify(service, form)["signer"] == "CN=metadata.openimds.internal"
    done = subprocess.run([binary(), "--config", str(service.config_path), "attestation", "verify",
                           "-", "--machine", "vm1"], input=answer.body, capture_output=True,
                          env=service._environment(), timeout=30, check=False)
    assert done.returncode == 0, done.stderr
    assert b"(as expected)" in done.stdout and b"not compared: no --nonce" in done.stdout
    for form in ("", "{}", "x", '{"encoding":"pkcs7","signature":""}', b"\x30\x82\x00\x00"):
        expected = "attestation.malformed" if form else "control.argument_invalid"
        with pytest.raises(CliError) as failed:
            verify(service, form)
        assert failed.value.code == expected


def test_a_relying_party_needs_nothing_but_the_root(service, ca, tmp_path):
    (tmp_path / "answer").write_bytes(ask(service, "&nonce=7").body)
    done = subprocess.run(
        [binary(), "--state-dir", str(tmp_path / "none"), "--output", "json", "attestation",
         "verify", str(tmp_path / "answer"), "--ca", str(ca), "--nonce", "7"],
        capture_output=True, env=service._environment(), timeout=30, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["nonce"] == "7"
    assert not (tmp_path / "none").exists()


def test_root_and_signer_survive_kill_9_and_are_closed_to_others():
    with Service() as service:
        root = service.cli("attestation", "ca")
        message = attest(service)
        service.kill()
        folder = service.state_dir / "attestation"
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        files = {file.name: file for file in folder.iterdir()}
        assert sorted(files) == ["ca.key", "ca.pem", "signer.key", "signer.pem"]
        assert all(stat.S_IMODE(file.stat().st_mode) == 0o600 for file in files.values())
        signer = files["signer.pem"].read_bytes()
        assert service.cli("attestation", "ca") == root  # without a service, too
        assert verify(service, message)
        service.start()
        assert service.cli("attestation", "ca") == root
        assert verify(service, attest(service), "--machine", "vm1")
        assert files["signer.pem"].read_bytes() == signer


def test_the_first_request_makes_the_keys_and_others_are_told_to_come_back():
    with Service() as service, ThreadPoolExecutor(8) as threads:
        for answer in threads.map(lambda _: ask(service, timeout=20), range(8)):
            assert answer.status in (200, 503)
            assert answer.status == 200 or answer.header("Retry-After") == "1"
        assert verify(service, attest(service))


def test_what_is_wrong_with_the_state_is_logged_and_not_told():
    with Service() as service:
        service.cli("attestation", "ca")
        key = service.state_dir / "attestation" / "ca.key"
        service.stop()
        key.rename(key.with_suffix(".away"))
        service.start()
        response = ask(service)
        assert (response.status, response.text) == (500, '{"error":"Internal server error"}')
        logged = service.said("attestation.failed")[0]
        assert logged["reason"] == "state.failed" and "ca.key" in logged["message"]
        service.stop()
        key.with_suffix(".away").rename(key)
        key.chmod(0o644)
        service.start()
        assert ask(service).status == 500
        assert service.said("attestation.failed", 2)[1]["reason"] == "state.modes_too_open"
        key.chmod(0o600)
        assert attest(service)


def test_the_name_can_be_configured():
    with Service(settings={"attestation": {"name": "Metadata.example.com"}}) as service:
        service.cli("attestation", "ca")
        assert verify(service, attest(service))["signer"] == "CN=metadata.example.com"


def test_a_full_queue_refuses_and_other_categories_go_on():
    with Service(settings={"server": {"io_threads": 1, "worker_threads": 1, "worker_queue": 1}}
                 ) as service:
        service.cli("attestation", "ca")
        with ThreadPoolExecutor(16) as threads:
            answers = list(threads.map(lambda _: ask(service), range(64)))
            instance = rawhttp.ask(service.imds, headers=HEADER, target=(
                f"/metadata/instance/compute/name?api-version={NEWEST}&format=text"))
        assert instance.text == "vm1"
        assert {answer.status for answer in answers} <= {200, 503}
        assert any(answer.status == 200 for answer in answers)
        for answer in answers:
            if answer.status == 503:
                assert answer.header("Retry-After") == "1"
