# SPDX-License-Identifier: Apache-2.0
"""GET /metadata/instance and /metadata/versions, against the real program."""

import base64
import json
import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from harness import rawhttp
from harness.openimds import CliError, Service

GOLDEN = Path(__file__).parent / "golden"
VERSIONS = sorted(path.stem.removeprefix("instance-") for path in GOLDEN.glob("instance-*.json"))
NEWEST = VERSIONS[-1]
HEADER = {"Metadata": "true"}
PLAIN, FULL, FAULTY = 0, 1, 2  # listeners
FAULTS = ("updating_404", "updating_410", "upstream_down", "throttled")


@pytest.fixture(scope="module")
def service():
    listeners = [{"protocol": "imds", "address": "127.0.0.1:0", "machine": machine}
                 for machine in ("vm1", "golden")]
    listeners += [{"protocol": "imds", "address": "127.0.0.1:0", "fault": fault}
                  for fault in FAULTS]
    with Service(listeners=listeners) as running:
        running.cli("machine", "create", "golden", "--file", str(GOLDEN / "machine.json"))
        yield running


def ask(service, path="", query=f"api-version={NEWEST}", listener=PLAIN, headers=None, **parts):
    return rawhttp.ask(service.endpoint("imds", listener).address,
                       target=f"/metadata/instance{path}?{query}",
                       headers=HEADER if headers is None else headers, **parts)


def text_of(service, path, listener=PLAIN):
    response = ask(service, path, f"api-version={NEWEST}&format=text", listener)
    assert response.status == 200, response
    assert response.header("Content-Type") == "text/plain; charset=utf-8"
    return response.text


@pytest.mark.parametrize("version", VERSIONS)
def test_document_of_each_version_is_the_golden_one(service, version):
    golden = (GOLDEN / f"instance-{version}.json").read_text(encoding="utf-8")
    vm_id = service.cli("machine", "show", "golden")["vmId"]
    response = ask(service, query=f"api-version={version}", listener=FULL)
    assert response.status == 200
    assert response.json() == json.loads(golden.replace("{vmId}", vm_id))
    assert list(response.json()["compute"]) == sorted(response.json()["compute"], key=str.lower)
    assert b"\n" not in response.body


def test_there_is_a_golden_document_for_every_version_that_has_the_category(service):
    response = rawhttp.ask(service.endpoint("imds", PLAIN).address, target="/metadata/versions",
                           headers=HEADER)
    assert response.json()["apiVersions"] == ["2017-03-01", *VERSIONS]
    older = ask(service, query="api-version=2017-03-01")
    assert (older.status, older.json()["newest-versions"][0]) == (400, NEWEST)


def walk(value, path=""):
    yield path, value
    members = value.items() if isinstance(value, dict) else \
        enumerate(value) if isinstance(value, list) else ()
    for name, member in members:
        yield from walk(member, f"{path}/{name}")


def test_every_part_can_be_walked_to(service):
    with rawhttp.Connection(service.endpoint("imds", FULL).address) as connection:
        def get(path, output):
            return connection.ask(
                target=f"/metadata/instance{path}?api-version={NEWEST}{output}", headers=HEADER)

        for path, value in walk(get("", "").json()):
            text = get(path, "&format=text")
            assert text.status == 200, path
            if isinstance(value, str):
                assert text.body.decode() == value, path
                assert get(path, "").status == 400, path
                continue
            assert get(path, "").json() == value, path
            assert get(path + "/", "&format=json").json() == value, path
            inner = value.items() if isinstance(value, dict) else enumerate(value)
            names = [f"{name}{'' if isinstance(member, str) else '/'}" for name, member in inner]
            assert text.text == "\n".join(names), path


def test_a_plain_machine_passes_the_health_check_of_azures_agent(service):
    compute, network = (ask(service).json()[name] for name in ("compute", "network"))
    first = network["interface"][0]
    assert first["macAddress"] and first["ipv4"]["ipAddress"][0]["privateIpAddress"]
    assert compute["name"] == compute["osProfile"]["computerName"] == "vm1"
    assert compute["location"] == "westeurope"
    assert (compute["vmSize"], compute["tagsList"], compute["tags"]) == ("", [], "")


def test_a_change_counts_at_the_next_request_and_is_durable(service):
    service.cli("machine", "create", "vm9", "--size", "Standard_A1")
    service.cli("machine", "update", "vm1", "--size", "Standard_B2s", "--zone", "3",
                "--tag", "team=web", "--tag", "a=b;c", "--image", "Debian:debian-12:12:latest",
                "--private-ip", "192.168.7.5", "--public-ip", "20.1.2.3",
                "--mac", "00:0d:3a:be:ef:01", "--os-type", "linux")
    assert text_of(service, "/compute/vmSize") == "Standard_B2s"
    assert text_of(service, "/compute/tags") == "team:web;a:b;c"
    assert text_of(service, "/compute/storageProfile/imageReference/sku") == "12"
    assert text_of(service, "/network/interface/0/ipv4/subnet/0/address") == "192.168.7.0"
    assert text_of(service, "/network/interface/0/macAddress") == "000D3ABEEF01"
    before = ask(service).json()
    service.kill()
    service.start()
    assert ask(service).json() == before
    service.cli("machine", "update", "vm1", "--size", "Standard_B4ms")
    assert text_of(service, "/compute/vmSize") == "Standard_B4ms"
    assert text_of(service, "/compute/zone") == "3"
    assert service.cli("machine", "show", "vm9")["profile"] == {"compute": {"vmSize": "Standard_A1"}}


def test_user_data_of_64_kib_comes_back_as_base64(service, tmp_path):
    data = bytes(range(256)) * 256
    (tmp_path / "data").write_bytes(data)
    service.cli("machine", "update", "vm1", "--user-data", str(tmp_path / "data"))
    assert base64.b64decode(text_of(service, "/compute/userData")) == data
    (tmp_path / "data").write_bytes(data + b"x")
    with pytest.raises(CliError) as failed:
        service.cli("machine", "update", "vm1", "--user-data", str(tmp_path / "data"))
    assert (failed.value.exit_code, failed.value.code) == (2, "registry.profile_invalid")


def test_a_document_can_be_given_back_once_what_the_machine_is_has_been_left_out(service, tmp_path):
    document = ask(service, listener=FULL).json()
    file = tmp_path / "machine.json"
    file.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(CliError) as failed:
        service.cli("machine", "create", "copy", "--file", str(file))
    assert "it follows from the machine" in failed.value.message
    for name in ("location", "name", "provider", "resourceGroupName", "resourceId",
                 "subscriptionId", "tags", "vmId"):
        del document["compute"][name]
    file.write_text(json.dumps(document), encoding="utf-8")
    made = service.cli("machine", "create", "copy", "--file", str(file))
    assert made["profile"] == json.loads((GOLDEN / "machine.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", ["", "/", "/compute", "/compute/name"])
def test_refusals_come_in_the_order_of_the_token_endpoint(service, path):
    wrong = "api-version=1999-01-01"
    for listener in range(2 + len(FAULTS)):
        forwarded = ask(service, path, wrong, listener, {**HEADER, "X-Forwarded-For": "1.2.3.4"})
        assert (forwarded.status, list(forwarded.json())) == (400, ["error"])
        no_header = ask(service, path, wrong, listener, {})
        assert no_header.status == 400
        assert no_header.json() == {
            "error": "Bad request. Required metadata header not specified"}
    for number, fault in enumerate(FAULTS):
        response = ask(service, path, wrong, FAULTY + number)
        assert response.status == {"updating_404": 404, "updating_410": 410,
                                   "upstream_down": 500, "throttled": 429}[fault]
        assert bool(response.header("Retry-After")) == (fault == "throttled")
    assert ask(service, path, wrong).json()["newest-versions"] == VERSIONS[:-4:-1]


def test_other_requests_of_the_category(service):
    address = service.endpoint("imds", PLAIN).address
    for path in ("/metadata", "/metadata/", "/METADATA"):
        response = rawhttp.ask(address, target=path, headers=HEADER)
        assert (response.status, len(response.json()["newest-versions"])) == (400, 3)
        response = rawhttp.ask(address, target=f"{path}?api-version={NEWEST}", headers=HEADER)
        assert response.status == 404
    nothing = rawhttp.ask(address, target="/metadata/reprovisiondata?api-version=2019-06-01",
                          headers=HEADER)
    assert (nothing.status, nothing.json()) == (404, {"error": "Not found"})
    assert ask(service, query=f"api-version={NEWEST}&extended=true&x=").status == 200
    assert ask(service, query=f"api-version={NEWEST}&api-version={NEWEST}").status == 400
    assert ask(service, query=f"api-version={NEWEST}&format=xml").status == 400
    posted = rawhttp.ask(address, "POST", f"/metadata/instance/compute?api-version={NEWEST}",
                         headers=HEADER)
    assert (posted.status, posted.header("Allow")) == (405, "GET")
    head = rawhttp.ask(address, "HEAD", f"/metadata/instance?api-version={NEWEST}", headers=HEADER)
    assert (head.status, head.body) == (200, b"")
    assert int(head.header("Content-Length")) == len(ask(service).body)


def test_a_machine_that_is_not_there_yet_is_not_found_until_it_is():
    listeners = [{"protocol": "imds", "address": "127.0.0.1:0", "machine": "later"}]
    with Service(listeners=listeners) as service:
        assert ask(service).status == 404
        service.cli("machine", "create", "later")
        assert text_of(service, "/compute/name") == "later"


def test_nobody_sees_half_a_change(service):
    """Size and zone are changed together, while others read the document."""
    service.cli("machine", "update", "vm1", "--size", "0", "--zone", "0")
    changes = range(1, 11)

    def read(_):
        with rawhttp.Connection(service.endpoint("imds", PLAIN).address) as connection:
            last = 0
            while last < changes[-1]:
                compute = connection.ask(
                    target=f"/metadata/instance/compute?api-version={NEWEST}",
                    headers=HEADER).json()
                assert compute["vmSize"] == compute["zone"]
                assert int(compute["zone"]) >= last
                last = int(compute["zone"])
        return True

    with ThreadPoolExecutor(4) as pool:
        readers = [pool.submit(read, number) for number in range(3)]
        for number in changes:
            service.cli("machine", "update", "vm1", "--size", str(number), "--zone", str(number))
        assert all(reader.result(timeout=60) for reader in readers)


def test_an_imported_machine_shows_what_the_host_shows(service):
    shown = service.cli("machine", "import", "--dry-run")
    made = service.cli("machine", "import", "imported")
    again = service.cli("machine", "import", "imported")
    assert again["vmId"] == made["vmId"]
    release = dict(line.split("=", 1) for line in
                   Path("/etc/os-release").read_text(encoding="utf-8").splitlines() if "=" in line)
    compute = made["profile"]["compute"]
    assert compute["publisher"] == release["ID"].strip('"')
    assert compute["osProfile"]["computerName"] == socket.gethostname()
    macs = {interface["macAddress"] for interface in
            made["profile"].get("network", {}).get("interface", [])}
    here = {path.read_text().strip().replace(":", "").upper()
            for path in Path("/sys/class/net").glob("*/address")}
    assert macs <= here
    assert set(shown["compute"]) == set(compute)


def test_an_import_keeps_what_the_host_says_nothing_of(service):
    service.cli("machine", "create", "tagged", "--tag", "team=web", "--zone", "3")
    compute = service.cli("machine", "import", "tagged")["profile"]["compute"]
    assert (compute["zone"], compute["tagsList"]) == ("3", [{"name": "team", "value": "web"}])
    assert compute["osType"] == "Linux"


def test_a_machine_may_bring_its_vm_id(service):
    vm_id = "4c4c4544-0051-3510-8052-b4c04f4a3132"
    assert service.cli("machine", "create", "own-id", "--vm-id", vm_id)["vmId"] == vm_id
    with pytest.raises(CliError) as failed:
        service.cli("machine", "create", "own-id-2", "--vm-id", vm_id)
    assert (failed.value.exit_code, failed.value.code) == (4, "registry.exists")
