# SPDX-License-Identifier: Apache-2.0
"""How the service starts, stops, and takes over a changed configuration."""

import json
import os
import signal
import time

import pytest

from attacks import ARM, ASK, HEADER, SECOND, ask, expect_works
from harness import rawhttp
from harness.openimds import TOKEN_PATH, Service
from harness.timing import scaled


def test_ready_line_names_the_process_and_every_listener(service):
    assert service.pid == service.process.pid
    assert service.ready["state_dir"] == str(service.state_dir)
    assert os.path.exists(service.control_socket)
    protocols = [it.protocol for it in service.endpoints]
    assert protocols == [it["protocol"] for it in service.listeners]
    for endpoint in service.endpoints:
        assert endpoint.url.endswith(f":{endpoint.address[1]}")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_stop_is_clean(number):
    with Service() as service:
        expect_works(service)
        service.signal(number)
        assert service.wait_for_end() == 0
        assert not os.path.exists(service.control_socket)
        with pytest.raises(ConnectionRefusedError):
            rawhttp.open_socket(service.imds)


def test_shutdown_finishes_a_request_under_way():
    # One thread, so that the end of the idle connection shows that the stop has come to both.
    with Service(settings={"server": {"io_threads": 1}}) as service:
        with rawhttp.Connection(service.extension) as under_way, \
                rawhttp.Connection(service.imds) as idle:
            assert idle.ask(target=ASK, headers=HEADER).status == 200
            form = f"resource={ARM}".encode()
            data = rawhttp.request("POST", "/oauth2/token", headers=HEADER, body=form)
            under_way.send(data[:-10])
            under_way.expect_open_and_silent(scaled(0.1))  # it has surely begun
            service.signal(signal.SIGTERM)
            idle.expect_end()
            under_way.send(data[-10:])
            response = under_way.receive()
            assert response.status == 200 and not response.keeps_alive
            under_way.expect_end()
        assert service.wait_for_end() == 0


def test_shutdown_does_not_wait_for_ever():
    with Service(settings={"server": {"drain_timeout": 1}}) as service:
        with rawhttp.Connection(service.imds) as stuck:
            stuck.send(SECOND[:-5])
            stuck.expect_open_and_silent(scaled(0.1))
            started = time.monotonic()
            service.stop()
            assert time.monotonic() - started < 1 + scaled(3)


def _reload(service, event):
    seen = len(service.events(event))
    service.reload()
    return service.said(event, seen + 1)[seen]


def test_reload_takes_the_new_configuration():
    with Service() as service:
        unknown = f"{TOKEN_PATH}?api-version=2018-02-01&resource=https://other.example/"
        assert ask(service.imds, unknown).status == 200
        service.settings = {"authority": {"audiences": [ARM]}}
        service.write_config()
        _reload(service, "config.reloaded")
        response = ask(service.imds, unknown)
        assert (response.status, response.json()["error"]) == (400, "invalid_resource")
        expect_works(service)
        service.settings = {}
        service.write_config()
        _reload(service, "config.reloaded")
        assert ask(service.imds, unknown).status == 200


@pytest.mark.parametrize("mistake", [
    "audiences_ = []\n", "audiences = 7\n", "token_lifetime = 1\n", "audiences = [\n",
    'audiences = ["https://x/"]\naudiences = []\n'])
def test_reload_is_all_or_nothing(mistake):
    with Service() as service:
        good = service.config_path.read_text()
        service.config_path.write_text(
            good + f'[authority]\nissuer = "http://changed/"\n{mistake}', encoding="utf-8")
        event = _reload(service, "config.refused")
        assert "openimds.toml" in json.dumps(event)
        claims = service.verify(service.token("https://new.example/")["access_token"])
        assert claims["iss"] != "http://changed/"
        service.config_path.write_text(good, encoding="utf-8")
        _reload(service, "config.reloaded")
        expect_works(service)


def test_reload_drops_no_request():
    with Service() as service, rawhttp.Connection(service.imds) as connection:
        for _ in range(5):
            assert connection.ask(target=ASK, headers=HEADER).status == 200
            _reload(service, "config.reloaded")
        assert connection.ask(target=ASK, headers=HEADER).status == 200
