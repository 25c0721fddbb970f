# SPDX-License-Identifier: Apache-2.0
"""GET and POST /metadata/scheduledevents, and the operator's `openimds event`, against the real
program."""

import email.utils
import json
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from harness import rawhttp
from harness.openimds import CliError, Service
from harness.timing import wait_until

PATH = "/metadata/scheduledevents"
VERSIONS = ("2017-03-01", "2017-08-01", "2017-11-01", "2019-01-01", "2019-04-01", "2019-08-01",
            "2020-07-01")
NEWEST = VERSIONS[-1]
TYPES = {"Freeze": ("2017-03-01", 900), "Reboot": ("2017-03-01", 900),
         "Redeploy": ("2017-03-01", 600), "Preempt": ("2017-11-01", 30),
         "Terminate": ("2019-01-01", 300)}
HEADER = {"Metadata": "true"}
MACHINES = ("vm1", "web-0", "web-1", "web-2", "alone")
FAULTS = {"updating_404": 404, "updating_410": 410, "upstream_down": 500, "throttled": 429}
NOBODY = "00000000-0000-0000-0000-00000000dead"


@pytest.fixture(scope="module")
def service():
    listeners = [{"protocol": "imds", "address": "127.0.0.1:0", "machine": machine}
                 for machine in MACHINES]
    listeners += [{"protocol": "imds", "address": "127.0.0.1:0", "fault": fault}
                  for fault in FAULTS]
    with Service(listeners=listeners) as running:
        for machine in MACHINES[1:]:
            running.cli("machine", "create", machine)
        for number, group in enumerate(("a", "a", "b")):
            profile = {"compute": {"vmScaleSetName": "web", "placementGroupId": group}}
            path = running.folder / "profile.json"
            path.write_text(json.dumps(profile), encoding="utf-8")
            running.cli("machine", "update", f"web-{number}", "--file", str(path))
        yield running


@pytest.fixture(autouse=True)
def leave_nothing(service):
    yield
    for event in service.cli("event", "list"):
        verb = "cancel" if event["status"] == "Scheduled" else "complete"
        service.cli("event", verb, event["eventId"])


def address_of(service, machine):
    return service.endpoint("imds", MACHINES.index(machine)).address


def ask(service, machine="vm1", version=NEWEST, method="GET", headers=None, path=PATH, query=None,
        **parts):
    query = f"api-version={version}" if query is None else query
    return rawhttp.ask(address_of(service, machine), method, f"{path}?{query}",
                       headers=HEADER if headers is None else headers, **parts)


def read(service, machine="vm1", version=NEWEST):
    response = ask(service, machine, version)
    assert response.status == 200, response
    assert response.header("Content-Type") == "application/json; charset=utf-8"
    assert b"\n" not in response.body
    return response.json()


def seen(service, machine="vm1", version=NEWEST):
    return [event["EventId"].lower() for event in read(service, machine, version)["Events"]]


def incarnations(service, version=NEWEST):
    return [read(service, machine, version)["DocumentIncarnation"] for machine in MACHINES]


def raised(before, *machines):
    return [count + (machine in machines) for machine, count in zip(MACHINES, before)]


def approve(service, *ids, machine="vm1", version=NEWEST, **parts):
    body = json.dumps({"StartRequests": [{"EventId": one} for one in ids]})
    return ask(service, machine, version, "POST", body=body, **parts)


def create(service, kind="Reboot", *arguments, machine="vm1"):
    whom = ("--machine", machine) if machine else ()
    return service.cli("event", "create", "--type", kind, *whom, *arguments)["eventId"]


def test_document_of_an_event_in_each_version(service):
    made = service.cli("event", "create", "--type", "Freeze", "--machine", "vm1", "--machine",
                       "alone", "--duration", "9", "--description", "A \"pause\" é",
                       "--source", "User")
    for version in VERSIONS:
        prefix = "_" if version == "2017-03-01" else ""
        expected = {
            "EventId": made["eventId"].upper(), "EventStatus": "Scheduled", "EventType": "Freeze",
            "ResourceType": "VirtualMachine",
            "Resources": [f"{prefix}vm1", f"{prefix}alone"],
            "NotBefore": email.utils.format_datetime(
                email.utils.datetime.datetime.fromisoformat(made["notBefore"][:-1] + "+00:00"),
                usegmt=True)}
        if version >= "2019-04-01":
            expected["Description"] = "A \"pause\" é"
        if version >= "2019-08-01":
            expected["EventSource"] = "User"
        if version >= "2020-07-01":
            expected["DurationInSeconds"] = 9
        for machine in ("vm1", "alone"):
            event, = read(service, machine, version)["Events"]
            assert list(event.items()) == list(expected.items()), version
    assert list(read(service)) == ["DocumentIncarnation", "Events"]


@pytest.mark.parametrize("kind", TYPES)
def test_types_with_their_least_notice_from_the_version_that_brought_them(service, kind):
    since, notice = TYPES[kind]
    before = {version: read(service, version=version) for version in VERSIONS}
    earliest = int(time.time()) + notice
    event = create(service, kind)
    latest = int(time.time()) + 2 + notice
    for version in VERSIONS:
        document = read(service, version=version)
        if version < since:
            assert document == before[version]
            continue
        assert document["DocumentIncarnation"] == before[version]["DocumentIncarnation"] + 1
        found, = document["Events"]
        assert (found["EventId"], found["EventType"]) == (event.upper(), kind)
        not_before = email.utils.parsedate_to_datetime(found["NotBefore"]).timestamp()
        assert earliest <= not_before <= latest


def test_an_approved_event_begins_and_is_gone_when_it_has_ended(service):
    counts = incarnations(service)
    event = create(service)
    answer = approve(service, event)
    assert answer.status == 200
    assert answer.json() == read(service)
    found, = answer.json()["Events"]
    assert (found["EventStatus"], found["NotBefore"]) == ("Started", "")
    shown = service.cli("event", "show", event)
    assert shown["startedBy"].endswith("/virtualMachines/vm1")
    service.cli("event", "complete", event)
    assert read(service)["Events"] == []
    assert incarnations(service) == [counts[0] + 3, *counts[1:]]


def test_an_approval_may_be_said_again_and_late(service):
    event = create(service)
    counts = incarnations(service)
    answers = [approve(service, event), approve(service, event.upper()),
               approve(service, event, event)]
    assert [it.status for it in answers] == [200] * 3
    assert incarnations(service) == raised(counts, "vm1")
    service.cli("event", "complete", event)
    assert approve(service, event).status == 200
    assert service.cli("event", "show", event)["status"] == "Completed"
    canceled = create(service)
    service.cli("event", "cancel", canceled)
    assert approve(service, canceled).status == 200
    assert service.cli("event", "show", canceled)["status"] == "Canceled"
    assert approve(service).status == 200, "nothing is asked, nothing is done"


def test_approvals_of_many_at_once_count_as_one(service):
    event = create(service)
    counts = incarnations(service)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: approve(service, event), range(16)))
    assert {it.status for it in answers} == {200}
    assert incarnations(service) == raised(counts, "vm1")


def test_several_events_begin_together_or_not_at_all(service):
    first, second = create(service), create(service, "Freeze")
    counts = incarnations(service)
    refused = approve(service, first, NOBODY, second)
    assert refused.status == 400
    assert refused.json() == {
        "error": f"Bad request. EventId '{NOBODY}' is not a valid event of this machine"}
    assert incarnations(service) == counts
    assert approve(service, first, second).status == 200
    assert {it["EventStatus"] for it in read(service)["Events"]} == {"Started"}
    assert incarnations(service) == raised(counts, "vm1"), "one change"


def test_who_does_not_see_an_event_cannot_begin_it(service):
    event = create(service)
    refused = approve(service, event, machine="alone")
    unknown = approve(service, NOBODY, machine="alone")
    assert refused.status == unknown.status == 400
    assert refused.text.replace(event, NOBODY) == unknown.text
    assert read(service)["Events"][0]["EventStatus"] == "Scheduled"


def test_a_placement_group_hears_of_what_happens_to_one_of_it(service):
    counts = incarnations(service)
    event = create(service, machine="web-0")
    assert [seen(service, machine) for machine in MACHINES] == [[], [event], [event], [], []]
    assert read(service, "web-1")["Events"][0]["Resources"] == ["web-0"]
    assert incarnations(service) == raised(counts, "web-0", "web-1")
    assert approve(service, event, machine="web-1").status == 200
    assert read(service, "web-0")["Events"][0]["EventStatus"] == "Started"


def test_an_event_of_a_scale_set_is_about_all_its_machines(service):
    counts = incarnations(service)
    event = create(service, "Terminate", "--scale-set", "web", machine=None)
    assert [seen(service, machine) for machine in MACHINES] == [
        [], [event], [event], [event], []]
    assert read(service, "web-2")["Events"][0]["Resources"] == ["web-0", "web-1", "web-2"]
    assert incarnations(service) == raised(counts, "web-0", "web-1", "web-2")
    scale_set = service.cli("event", "show", event)["scaleSet"]
    other = create(service, "Freeze", "--scale-set", scale_set, machine=None)
    assert seen(service, "web-1") == [
        one["eventId"] for one in service.cli("event", "list", "--machine", "web-1")]
    assert set(seen(service, "web-1")) == {event, other}


def test_who_leaves_a_group_sees_its_events_no_more(service):
    event = create(service, machine="web-0")
    counts = incarnations(service)
    path = service.folder / "profile.json"
    for group, sees in (("c", []), ("a", [event])):
        profile = {"compute": {"vmScaleSetName": "web", "placementGroupId": group}}
        path.write_text(json.dumps(profile), encoding="utf-8")
        service.cli("machine", "update", "web-1", "--file", str(path))
        counts = raised(counts, "web-1")
        assert (seen(service, "web-1"), incarnations(service)) == (sees, counts)


def test_an_event_begins_at_its_time_and_not_before(service):
    made = service.cli("event", "create", "--type", "Preempt", "--machine", "vm1", "--in", "2s")
    not_before = email.utils.datetime.datetime.fromisoformat(
        made["notBefore"][:-1] + "+00:00").timestamp()
    counts = incarnations(service)

    def started():
        document = read(service)
        now = time.time()
        if document["Events"][0]["EventStatus"] == "Scheduled":
            assert document["DocumentIncarnation"] == counts[0]
            return None
        return now

    assert wait_until(started, 20, "the event has started") >= not_before
    assert incarnations(service) == raised(counts, "vm1")
    assert service.cli("event", "show", made["eventId"])["startedBy"] == "time"


def test_an_event_without_notice_has_started(service):
    create(service, "Reboot", "--in", "0s")
    event, = read(service)["Events"]
    assert (event["EventStatus"], event["NotBefore"]) == ("Started", "")


@pytest.mark.parametrize("end", ["kill", "stop"])
def test_everything_is_as_it_was_after_a_restart_and_what_became_due_has_started(service, end):
    kept = create(service, "Terminate", "--in", "2h", "--scale-set", "web", machine=None)
    started = create(service)
    assert approve(service, started).status == 200
    due = create(service, "Preempt", "--in", "1s", machine="alone")
    made = service.cli("event", "show", due)
    not_before = email.utils.datetime.datetime.fromisoformat(
        made["notBefore"][:-1] + "+00:00").timestamp()
    before = [read(service, machine) for machine in MACHINES[:-1]]
    getattr(service, end)()
    wait_until(lambda: time.time() > not_before, 20, "NotBefore")
    service.start()
    assert read(service, "alone")["Events"][0]["EventStatus"] == "Started"
    assert [read(service, machine) for machine in MACHINES[:-1]] == before
    assert seen(service, "web-1") == [kept]


def test_commands_work_without_a_service_and_the_service_sees_it(service):
    counts = incarnations(service)
    service.stop()
    event = create(service)
    assert service.cli("event", "start", event)["status"] == "Started"
    service.start()
    assert seen(service) == [event]
    assert incarnations(service) == [counts[0] + 2, *counts[1:]]


def test_a_deleted_machine_is_gone_from_events_and_a_new_one_does_not_inherit_them(service):
    service.cli("machine", "create", "brief")
    both = service.cli("event", "create", "--type", "Freeze", "--machine", "vm1", "--machine",
                       "brief")["eventId"]
    own = create(service, machine="brief")
    counts = incarnations(service)
    service.cli("machine", "delete", "brief")
    assert read(service)["Events"][0]["Resources"] == ["vm1"]
    assert incarnations(service) == raised(counts, "vm1")
    with pytest.raises(CliError) as failed:
        service.cli("event", "show", own)
    assert (failed.value.exit_code, failed.value.code) == (3, "registry.not_found")
    service.cli("machine", "create", "brief")
    assert service.cli("event", "list", "--machine", "brief") == []
    assert seen(service) == [both]


BAD_BODIES = ["", "{", "null", "[]", "{}", "StartRequests", '{"StartRequests":null}',
              '{"StartRequests":{}}', '{"StartRequests":[{}]}', '{"StartRequests":["%s"]}',
              '{"StartRequests":[{"EventId":""}]}', '{"StartRequests":[{"EventId":"1"}]}',
              '{"StartRequests":[{"EventId":null}]}', '{"StartRequests":[{"eventId":"%s"}]}',
              '{"startRequests":[{"EventId":"%s"}]}', '{"StartRequests":[{"EventId":"%s"}]}}',
              '{"StartRequests":[{"EventId":"%s"}],"StartRequests":[]}',
              '{"StartRequests":[{"EventId":"%s","EventId":"%s"}]}',
              '\ufeff{"StartRequests":[{"EventId":"%s"}]}',
              '{"StartRequests":[{"EventId":"%s"},{"EventId":"{%s}"}]}',
              '{"StartRequests":[{"EventId":"%s"}]', "[" * 5000]


def test_bad_bodies_begin_nothing(service):
    event = create(service)
    for body in BAD_BODIES:
        response = ask(service, method="POST", body=body.replace("%s", event))
        assert response.status == 400, body
        assert response.json()["error"].startswith("Bad request. Expected "), body
    assert ask(service, method="POST", body="x" * 70_000).status == 413
    assert read(service)["Events"][0]["EventStatus"] == "Scheduled"


def test_what_clients_send_beside_it_does_not_matter(service):
    event = create(service)
    body = json.dumps({"DocumentIncarnation": "5", "StartRequests": [{"EventId": event, "x": 1}]})
    response = ask(service, method="POST", body=body, version="2017-08-01",
                   headers={"Metadata": "True", "Content-Type": "application/x-www-form-urlencoded"})
    assert response.status == 200
    assert read(service)["Events"][0]["EventStatus"] == "Started"


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_refusals_come_in_the_order_of_the_token_endpoint(service, method):
    wrong = "2021-02-01"
    no_header = {"error": "Bad request. Required metadata header not specified"}
    for number in range(len(MACHINES) + len(FAULTS)):
        def there(headers, version=wrong, number=number):
            return rawhttp.ask(service.endpoint("imds", number).address, method,
                               f"{PATH}?api-version={version}", headers=headers)
        forwarded = there({**HEADER, "X-Forwarded-For": "1.2.3.4"})
        assert (forwarded.status, list(forwarded.json())) == (400, ["error"])
        for version in (wrong, "2017-03-01"):
            response = there({}, version)
            assert (response.status, response.json()) == (400, no_header)
    for number, (fault, status) in enumerate(FAULTS.items(), len(MACHINES)):
        response = rawhttp.ask(service.endpoint("imds", number).address, method, PATH,
                               headers=HEADER)
        assert response.status == status, fault
        assert bool(response.header("Retry-After")) == (fault == "throttled")
    for version in (wrong, "", "latest", "2020-07-02"):
        response = ask(service, version=version, method=method)
        assert response.status == 400
        assert response.json()["newest-versions"] == list(VERSIONS[:-4:-1])
    assert ask(service, query="", method=method).json()["newest-versions"]


def test_other_requests_of_the_category(service):
    for path in (PATH + "/", "/METADATA/scheduledevents"):
        assert ask(service, path=path).json() == read(service)
    for path in (PATH + "/x", "/metadata/scheduledEvents", "/metadata//scheduledevents"):
        assert ask(service, path=path).status == 404
    for method in ("PUT", "DELETE", "PATCH"):
        response = ask(service, method=method)
        assert (response.status, response.header("Allow")) == (405, "GET, POST")
    head = ask(service, method="HEAD")
    assert (head.status, head.body) == (200, b"")
    assert ask(service, query=f"api-version={NEWEST}&extended=true").status == 200
    assert ask(service, query=f"api-version={NEWEST}&format=json").status == 200
    assert ask(service, query=f"api-version={NEWEST}&format=text").status == 400
    assert ask(service, query=f"api-version={NEWEST}&api-version={NEWEST}").status == 400


def test_a_machine_that_is_not_there_is_not_found():
    listeners = [{"protocol": "imds", "address": "127.0.0.1:0", "machine": "later"}]
    with Service(listeners=listeners) as service:
        assert ask(service).status == 404
        assert approve(service, NOBODY).status == 404
        service.cli("machine", "create", "later")
        assert read(service) == {"DocumentIncarnation": 1, "Events": []}


@pytest.mark.parametrize("arguments, exit_code, code", [
    (("--type", "Melt", "--machine", "vm1"), 2, "control.argument_invalid"),
    (("--type", "Freeze"), 2, "control.argument_invalid"),
    (("--machine", "vm1"), 2, "control.argument_invalid"),
    (("--type", "Freeze", "--machine", "vm1", "--scale-set", "web"), 2,
     "control.argument_invalid"),
    (("--type", "Freeze", "--machine", "vm1", "--in", "soon"), 2, "control.argument_invalid"),
    (("--type", "Freeze", "--machine", "vm1", "--duration", "-2"), 2, "control.argument_invalid"),
    (("--type", "Freeze", "--machine", "nobody"), 3, "registry.not_found"),
    (("--type", "Freeze", "--scale-set", "none"), 3, "registry.not_found"),
])
def test_operators_are_told_what_is_wrong(service, arguments, exit_code, code):
    with pytest.raises(CliError) as failed:
        service.cli("event", "create", *arguments)
    assert (failed.value.exit_code, failed.value.code) == (exit_code, code)
    assert service.cli("event", "list") == []


def test_an_operator_can_do_only_what_an_events_status_allows(service):
    event = create(service)
    done = {"complete": 4, "start": 0, "cancel": 4}
    for verb, exit_code in done.items():
        assert service.run_cli("event", verb, event).returncode == exit_code, verb
    service.cli("event", "complete", event)
    for verb, exit_code in {"complete": 0, "start": 4, "cancel": 4, "show": 0}.items():
        assert service.run_cli("event", verb, event).returncode == exit_code, verb
    assert service.run_cli("event", "show", NOBODY).returncode == 3
    known = service.cli("event", "list", "--all")
    assert event in [it["eventId"] for it in known]


def test_an_approval_is_in_the_log_once(service):
    event = create(service)
    for _ in range(3):
        approve(service, event)
    lines = service.said("event.approved", events=event)
    assert [(it["level"], it["outcome"]) for it in lines] == [("info", "done")]


def test_a_machine_is_put_into_a_scale_set_and_taken_out_by_command(service):
    for machine in ("vm1", "alone"):
        service.cli("machine", "update", machine, "--scale-set", "db")
    event = create(service)
    assert seen(service, "alone") == [event]
    service.cli("machine", "update", "alone", "--scale-set", "")
    assert seen(service, "alone") == []
    service.cli("machine", "update", "vm1", "--scale-set", "")
