# SPDX-License-Identifier: Apache-2.0
"""GET /metadata/loadbalancer, against the real program."""

import json

import pytest

from harness import rawhttp
from harness.openimds import CliError, Service

PATH = "/metadata/loadbalancer"
HEADER = {"Metadata": "true"}
PLAIN, BALANCED, NOBODY, FAULTY = 0, 1, 2, 3  # listeners
FAULTS = ("updating_404", "updating_410", "upstream_down", "throttled")
# Azure's own sample.
SAMPLE = {"loadbalancer": {
    "publicIpAddresses": [{"frontendIpAddress": "51.0.0.1", "privateIpAddress": "10.1.0.4"}],
    "inboundRules": [
        {"frontendIpAddress": "50.0.0.1", "protocol": "tcp", "frontendPort": 80,
         "backendPort": 443, "privateIpAddress": "10.1.0.4"},
        {"frontendIpAddress": "2603:10e1:100:2::1:1", "protocol": "tcp", "frontendPort": 80,
         "backendPort": 443, "privateIpAddress": "ace:cab:deca:deed::1"}],
    "outboundRules": [
        {"frontendIpAddress": "50.0.0.1", "privateIpAddress": "10.1.0.4"},
        {"frontendIpAddress": "2603:10e1:100:2::1:1",
         "privateIpAddress": "ace:cab:deca:deed::1"}]}}


@pytest.fixture(scope="module")
def service():
    listeners = [{"protocol": "imds", "address": "127.0.0.1:0", "machine": machine}
                 for machine in ("vm1", "balanced", "nobody")]
    listeners += [{"protocol": "imds", "address": "127.0.0.1:0", "fault": fault}
                  for fault in FAULTS]
    with Service(listeners=listeners) as running:
        running.cli("machine", "create", "balanced", "--file", profile(running, SAMPLE))
        yield running


def profile(service, values):
    file = service.folder / "profile.json"
    file.write_text(json.dumps(values), encoding="utf-8")
    return str(file)


def ask(service, query="?api-version=2020-10-01", listener=BALANCED, path=PATH, **parts):
    parts.setdefault("headers", HEADER)
    return rawhttp.ask(service.endpoint("imds", listener).address, target=path + query, **parts)


def test_azures_sample_comes_back_in_its_order(service):
    response = ask(service)
    assert response.status == 200
    assert response.header("Content-Type") == "application/json; charset=utf-8"
    assert response.text == json.dumps(SAMPLE, separators=(",", ":"))
    assert ask(service, path=PATH + "/").text == response.text


def test_every_listed_version_since_the_first_is_served(service):
    versions = rawhttp.ask(service.imds, target="/metadata/versions",
                           headers=HEADER).json()["apiVersions"]
    for version in versions:
        response = ask(service, f"?api-version={version}")
        assert response.status == (200 if version >= "2020-10-01" else 400), version
        assert response.status == 200 or response.json()["newest-versions"] == versions[:-4:-1]


def test_a_machine_behind_none_is_told_so(service):
    response = ask(service, listener=PLAIN)
    assert response.status == 404
    assert response.json()["error"].startswith("No load balancer metadata is found.")
    assert ask(service, listener=NOBODY).status == 404


def test_paths_and_methods_are_refused_in_its_own_words(service):
    response = ask(service, path=PATH + "/inboundRules")
    assert (response.status, response.json()) == (404, {
        "error": 'API is not found: Path = "/metadata/loadbalancer/inboundRules", '
                 'Method = "GET"'})
    response = ask(service, method="POST")
    assert (response.status, response.header("Allow"), response.json()) == (405, "GET", {
        "error": 'Http method is not allowed: Path = "/metadata/loadbalancer", Method = "POST"'})


def test_what_else_is_refused(service):
    assert ask(service, headers={}).json() == {
        "error": "Bad request. Required metadata header not specified"}
    for query in ("", "?api-version=2020-10-02", "?api-version=2020-10-01&format=text",
                  "?api-version=2020-10-01&x=1&X=2"):
        assert (ask(service, query).status, list(ask(service, query).json())[0]) == (400, "error")
    for number, fault in enumerate(FAULTS):
        expected = {"updating_404": 404, "updating_410": 410, "upstream_down": 500}.get(fault, 429)
        assert ask(service, listener=FAULTY + number).status == expected


def test_what_is_not_said_comes_from_the_machine_and_changes_at_once(service):
    service.cli("machine", "update", "vm1", "--private-ip", "10.0.0.7", "--public-ip", "20.0.0.1")
    assert ask(service, listener=PLAIN).status == 404
    made = service.cli("machine", "create", "half", "--file", profile(service, {
        "network": {"interface": [{"ipv4": {"ipAddress": [
            {"privateIpAddress": "10.0.0.7", "publicIpAddress": "20.0.0.1"}]}}]},
        "loadbalancer": {"inboundRules": [{"frontendIpAddress": "50.0.0.1", "frontendPort": "80",
                                           "backendPort": 8080, "protocol": "TCP"}]}}))
    service.cli("machine", "update", "vm1", "--file", profile(service, made["profile"]))
    expected = {"loadbalancer": {
        "publicIpAddresses": [{"frontendIpAddress": "20.0.0.1", "privateIpAddress": "10.0.0.7"}],
        "inboundRules": [{"frontendIpAddress": "50.0.0.1", "protocol": "tcp", "frontendPort": 80,
                          "backendPort": 8080, "privateIpAddress": "10.0.0.7"}],
        "outboundRules": []}}
    assert ask(service, listener=PLAIN).json() == expected
    service.kill()
    service.start()
    assert ask(service, listener=PLAIN).json() == expected
    instance = rawhttp.ask(service.imds, headers=HEADER,
                           target="/metadata/instance?api-version=2025-04-07").json()
    assert sorted(instance) == ["compute", "network"]
    service.cli("machine", "update", "vm1", "--file", profile(service, {}))
    assert ask(service, listener=PLAIN).status == 404


@pytest.mark.parametrize("rules", [
    {"inboundRules": [{"frontendPort": 65536}]}, {"inboundRules": [{"protocol": "icmp"}]},
    {"outboundRules": [{"frontendIpAddress": "50.0.0"}]}, {"outboundRules": [{"port": 1}]},
    {"rules": []}, [], {"inboundRules": [{}] * 65}])
def test_rules_that_are_none_are_refused_by_name(service, rules):
    with pytest.raises(CliError) as failed:
        service.cli("machine", "update", "balanced", "--file",
                    profile(service, {"loadbalancer": rules}))
    assert (failed.value.exit_code, failed.value.code) == (2, "registry.profile_invalid")
    assert "loadbalancer" in failed.value.message
    assert ask(service).json() == SAMPLE
