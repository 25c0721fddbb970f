# SPDX-License-Identifier: Apache-2.0
"""kill -9 while events are made and approved: what was answered with success is there afterwards,
and what machines were shown never goes back."""

import json
import random
import time

import pytest

from harness import rawhttp
from harness.openimds import Service
from writers import Writers

TARGET = "/metadata/scheduledevents?api-version=2020-07-01"
HEADER = {"Metadata": "true"}


@pytest.fixture
def service():
    listeners = [{"protocol": "imds", "address": "127.0.0.1:0", "machine": machine}
                 for machine in ("vm1", "vm2")]
    with Service(listeners=listeners) as running:
        running.cli("machine", "create", "vm2")
        yield running


def read(service, machine="vm1"):
    number = ("vm1", "vm2").index(machine)
    response = rawhttp.ask(service.endpoint("imds", number).address, target=TARGET, headers=HEADER)
    assert response.status == 200, response
    return response.json()


def kill_while_writing(service, operation, make, promises=40):
    with Writers(service.control_socket, operation, make) as writers:
        writers.wait_for_promises(promises)
        time.sleep(random.random() * 0.02)  # somewhere within a write
        service.kill()
    assert not writers.refused, writers.refused[:3]
    return writers


def test_events_that_were_created_are_there_after_kill_and_are_counted(service):
    known = {}
    for _ in range(3):
        writers = kill_while_writing(service, "event.create", lambda writer, number: {
            "type": "Reboot", "machines": ["vm1"], "in": "2h", "description": f"{writer}-{number}"})
        service.start()
        found = {it["eventId"]: it for it in service.cli("event", "list")}
        for _, made in writers.promised:
            known[made["eventId"]] = made
        for event_id, made in known.items():
            assert found[event_id] == made
        assert len(found) - len(known) <= len(writers.threads), "at most what was under way"
        document = read(service)
        assert [it["EventId"].lower() for it in document["Events"]] == list(found)
        assert document["DocumentIncarnation"] == 1 + len(found), "one for each, and no more"
        assert read(service, "vm2") == {"DocumentIncarnation": 1, "Events": []}
        known = found


def test_approvals_that_were_answered_hold_after_kill(service):
    made = [service.control("event.create", {"type": "Freeze", "machines": ["vm1"]}).json()
            for _ in range(20)]
    approved, document = [], read(service)
    killer = random.randrange(5, 20)
    address = service.endpoint("imds", 0).address
    for number, event in enumerate(made):
        body = json.dumps({"StartRequests": [{"EventId": event["eventId"]}]})
        if number == killer:
            with rawhttp.Connection(address) as connection:
                connection.send(rawhttp.request("POST", TARGET, headers=HEADER, body=body))
                service.kill()
            break
        response = rawhttp.ask(address, "POST", TARGET, headers=HEADER, body=body)
        assert response.status == 200
        document = response.json()
        approved.append(event["eventId"])
    service.start()
    after = read(service)
    status = {it["EventId"].lower(): it["EventStatus"] for it in after["Events"]}
    assert all(status[event_id] == "Started" for event_id in approved)
    begun = list(status.values()).count("Started")
    assert len(approved) <= begun <= len(approved) + 1
    assert after["DocumentIncarnation"] == 1 + len(made) + begun
    assert after["DocumentIncarnation"] >= document["DocumentIncarnation"]


def test_what_a_machine_was_shown_never_goes_back_over_kills(service):
    last = 0
    for number in range(6):
        event = service.control("event.create", {
            "type": "Preempt", "machines": ["vm1"], "in": "1s"}).json()["eventId"]
        shown = read(service)
        assert shown["DocumentIncarnation"] > last
        if number % 2:
            service.control("event.start", {"event": event})
            service.control("event.complete", {"event": event})
            shown = read(service)
        last = shown["DocumentIncarnation"]
        service.kill()
        service.start()
        assert read(service)["DocumentIncarnation"] >= last
        last = read(service)["DocumentIncarnation"]
