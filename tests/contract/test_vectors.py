# SPDX-License-Identifier: Apache-2.0
"""Every vector of vectors.json, as raw bytes, against the real program.

vectors.json is described at the end of the protocol notes: `given` is how the machine is set up,
`request` what is sent (with the vector's own Host), `expect` what must come back.
"""

import json
import time
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest

import entra
import expectations
import tokens
from harness import namespaces, rawhttp
from harness.openimds import SUBSCRIPTION, TENANT, Service

VECTORS = json.loads((Path(__file__).parent / "vectors.json").read_text(encoding="utf-8"))
MACHINE_ID = (f"/subscriptions/{SUBSCRIPTION}/resourcegroups/rg1/providers/Microsoft.Compute/"
              "virtualMachines/vm1")

# Vectors of protocols that are not there yet. This list only shrinks: a vector on it that passes
# fails the test until it is taken off.
NOT_YET = {
    "imds.v2": "001 002 004 005 007 008",
    "appservice": "001 003 004 005 006 007 008 009 011",
    "cloudshell": "001 002",
    "arc": "001 003 004 005 006",
    "servicefabric": "001 003",
    "extension": "020",  # the guest's settings file
}
PREFIXES = {"imds.v2": "imds-v2", "imds.token": "imds-token"}
SKIPPED = {f"{PREFIXES.get(area, area)}-{number}"
           for area, numbers in NOT_YET.items() for number in numbers.split()}

PROTOCOLS = {
    "imds.token": "imds", "imds.info": "imds", "imds.v2": "imds", "instance": "imds",
    "attested": "imds", "scheduledevents": "imds", "loadbalancer": "imds",
    "extension": "vm_extension", "entra": "authority",
}
FAULTS = ("none", "updating_404", "updating_410", "upstream_down")
AUTHORITY_FAULTS = ("none", "throttled")
KNOWN_GIVEN = {"identities", "state", "client_ip", "mode", "os", "features", "lb", "events"}
# What vm1 says of itself when it is behind a load balancer, and when it is not.
BALANCED = {"loadbalancer": {"inboundRules": [
    {"frontendIpAddress": "50.0.0.1", "frontendPort": 80, "backendPort": 443}]}}
# What the vectors ask for and expect to exist; every other audience is unknown to the authority.
AUDIENCES = sorted({
    "https://management.azure.com", "https://management.azure.com/",
    "https://management.azure.com//",
    "https://management.core.windows.net/"})


class Machine:
    """vm1 of the running service, given the identities that a vector asks for."""

    def __init__(self, service):
        self.service = service
        self.system = None
        self.users = set()
        self.created = set()
        self.balanced = False
        self._identity("remove", "openimds-identity", "--system-assigned")

    def _identity(self, verb, *arguments):
        self.service.cli("machine", "identity", verb, "vm1", *arguments)

    def become(self, identities):
        system = next((it for it in identities if it["kind"] == "system"), None)
        users = {_name(it): it for it in identities if it["kind"] == "user"}
        for name in self.users - set(users):
            self._identity("remove", name)
        for name in sorted(set(users) - self.users):
            self._create(name, users[name])
            self._identity("assign", name)
        self.users = set(users)
        self._become_system(system)

    def stand_behind_a_load_balancer(self, balanced):
        if balanced != self.balanced:
            file = self.service.folder / "profile.json"
            file.write_text(json.dumps(BALANCED if balanced else {}), encoding="utf-8")
            self.service.cli("machine", "update", "vm1", "--file", str(file))
        self.balanced = balanced

    def _become_system(self, system):
        if system == self.system:
            return
        if self.system:
            self._identity("remove", "--system-assigned")
        if system:
            self._identity("assign", "--system-assigned", "--client-id", system["client_id"],
                           "--object-id", system["object_id"])
        self.system = system

    def announce(self, events):
        for event in events:
            self.service.cli("event", "create", "--type", "Reboot", "--machine", "vm1",
                             "--event-id", event)

    def _create(self, name, identity):
        if name not in self.created:
            self.service.cli("identity", "create", name, "--client-id", identity["client_id"],
                             "--object-id", identity["object_id"])
            self.created.add(name)


def _name(identity):
    return identity["resource_id"].rsplit("/", 1)[1]


def _settings():
    return {"authority": {"audiences": AUDIENCES},
            "server": {"allowed_hosts": ["login.microsoftonline.com"]}}


@pytest.fixture(scope="module")
def machine():
    listeners = [{"protocol": protocol, "address": "127.0.0.1:0", "fault": fault}
                 for protocol in ("imds", "vm_extension") for fault in FAULTS]
    listeners += [{"protocol": "authority", "address": "127.0.0.1:0", "fault": fault}
                  for fault in AUTHORITY_FAULTS]
    with Service(listeners=listeners, settings=_settings()) as running:
        running.cli("attestation", "ca")  # makes the keys, which takes a while
        yield Machine(running)


def _by_given(vector):
    return json.dumps(vector["given"], sort_keys=True)


@pytest.mark.parametrize("vector", [pytest.param(it, id=it["id"])
                                    for it in sorted(VECTORS, key=_by_given)])
def test_vector(vector, machine):
    if vector["id"] not in SKIPPED:
        run(vector, machine)
        return
    try:
        run(vector, machine)
    except Exception:  # whatever is missing: this protocol is not there yet
        pytest.skip("not there yet")
    pytest.fail("passes: take it off the list NOT_YET")


def test_list_of_skipped_vectors_names_only_vectors_that_exist():
    assert SKIPPED <= {vector["id"] for vector in VECTORS}


def run(vector, machine):
    given = vector["given"]
    assert set(given) <= KNOWN_GIVEN, f"cannot set up {given}"
    if "client_ip" in given:
        run_from_elsewhere(vector)
        return
    machine.become(given.get("identities", []))
    machine.stand_behind_a_load_balancer(given.get("lb", False))
    machine.announce(given.get("events", []))
    address = _address(vector, machine.service)
    if vector["area"] == "entra":
        vector = entra.filled_in(vector, machine.service)
    started = time.monotonic()
    with rawhttp.Connection(address) as connection:
        response = exchange(vector, connection)
    check(vector, response, time.monotonic() - started, machine.service)


def run_from_elsewhere(vector):
    """From an address that is not loopback: inside a network namespace of the test's own."""
    reason = namespaces.missing()
    if reason:
        pytest.skip(reason)
    client_ip = vector["given"]["client_ip"]
    with namespaces.NetworkNamespace(f"{client_ip}/32") as namespace, \
            Service(settings=_settings(), prefix=namespace.prefix) as service:
        Machine(service).become(vector["given"]["identities"])
        address = _address(vector, service)
        with namespace.connect(address) as control:
            request = vector["request"]
            assert control.ask(request["method"], request["target"],
                               headers=request["headers"]).status == 200
        with namespace.connect(address, source=client_ip) as connection:
            started = time.monotonic()
            response = exchange(vector, connection)
        check(vector, response, time.monotonic() - started, service)


def exchange(vector, connection):
    request = vector["request"]
    connection.send(to_bytes(request))
    response = connection.receive(request["method"])
    connection.half_close()
    connection.expect_end()
    return response


def to_bytes(request):
    headers = [("Host", request["host"]), *request["headers"].items()]
    data = rawhttp.request(headers=headers, body=request.get("body") or "")
    line, rest = data.split(b"\r\n", 1)
    assert line == b"GET / HTTP/1.1"
    return request["line"].replace("{tenant}", TENANT).encode("latin-1") + b"\r\n" + rest


def _address(vector, service):
    if vector["area"] == "entra":
        fault = vector["given"].get("state", "none")
        return service.endpoint("authority", AUTHORITY_FAULTS.index(fault)).address
    fault = {"updating": f"updating_{vector['expect'].get('status')}",
             "entra-down": "upstream_down"}.get(vector["given"].get("state"), "none")
    return service.endpoint(PROTOCOLS[vector["area"]], FAULTS.index(fault)).address


def check(vector, response, elapsed, service):
    expectations.check(vector["expect"], response, elapsed)
    check_every_answer(vector, response)
    if vector["area"] == "entra":
        entra.check(vector, response, service)
    elif response.status == 200 and b'"access_token"' in response.body:
        check_token(vector, response.json(), service)


def check_every_answer(vector, response):
    assert b"unreachable" not in response.body
    assert not response.body.endswith(b"\n")
    if response.body.startswith(b"{"):
        assert response.header("Content-Type") == "application/json; charset=utf-8"
    if vector["area"].startswith("imds") and not vector["request"]["target"].startswith("//"):
        assert response.header("Server").startswith("IMDS/")
        assert expectations.has_type(response.header("x-ms-request-id"), "string:guid")
    assert response.header("Date")


def check_token(vector, body, service):
    parameters = _parameters(vector["request"])
    tokens.check_answer(service, body, resource=parameters["resource"],
                        identity=_chosen(vector["given"]["identities"], parameters),
                        machine_id=MACHINE_ID)


def _parameters(request):
    form = (request.get("body") or "").replace(",client_id=", "&client_id=")  # Ruby joins so
    return dict(parse_qsl(urlsplit(request["target"].replace("//", "/", 1)
                                   if request["target"].startswith("//")
                                   else request["target"]).query) + parse_qsl(form))


def _chosen(identities, parameters):
    """Which identity a request means (protocol.md A.3), written down a second time."""
    selectors = {"client_id": "client_id", "object_id": "object_id", "msi_res_id": "resource_id",
                 "mi_res_id": "resource_id"}
    for parameter, field in selectors.items():
        if parameters.get(parameter):
            return next(it for it in identities if it[field] == parameters[parameter])
    system = [it for it in identities if it["kind"] == "system"]
    return system[0] if system else identities[0]
