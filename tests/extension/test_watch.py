# SPDX-License-Identifier: Apache-2.0
"""`openimds migrate watch`: who still asks the old endpoint of this machine."""

import json
import os
import pwd
import subprocess

import pytest

from guest_daemon import PATH, RESOURCE, GuestDaemon, bridge_settings
from harness.openimds import Service, binary
from harness.timing import scaled, wait_until


@pytest.fixture(scope="module")
def service():
    with Service() as running:
        yield running


@pytest.fixture
def daemon(service):
    with GuestDaemon(bridge_settings(service)) as running:
        yield running


def watch(daemon, file=None):
    return subprocess.run([binary(), "--output", "json", "migrate", "watch", "--file",
                           file or daemon.state_dir / "callers.json"],
                          capture_output=True, text=True, timeout=scaled(20), check=False)


def call_by_curl(daemon):
    subprocess.run(["curl", "-s", "--fail", "-H", "Metadata: true", "-o", os.devnull,
                    f"{daemon.url}{PATH}?resource={RESOURCE}"], check=True)


def test_shows_each_program_with_its_user_and_count(daemon):
    daemon.token()
    call_by_curl(daemon)
    call_by_curl(daemon)

    def all_seen():
        done = watch(daemon)
        callers = json.loads(done.stdout)["callers"] if done.stdout else []
        return done if sum(it["requests"] for it in callers) == 3 else None
    done = wait_until(all_seen, what="three requests")
    assert done.returncode == 1  # somebody asks: the extension is to stay
    shown = json.loads(done.stdout)
    assert shown["quiet"] is False
    by_name = {it["process"]: it for it in shown["callers"]}
    assert by_name["curl"]["requests"] == 2
    assert by_name["curl"]["user"] == pwd.getpwuid(os.getuid()).pw_name
    [own] = [it for it in shown["callers"] if it["pid"] == os.getpid()]
    assert own["requests"] == 1


def test_a_table_for_people_says_what_it_means(daemon):
    call_by_curl(daemon)
    wait_until(daemon.callers, what="a caller written down")
    seen = subprocess.run([binary(), "migrate", "watch", "--file",
                           daemon.state_dir / "callers.json", "--days", "3"],
                          capture_output=True, text=True, check=False).stdout
    lines = seen.splitlines()
    assert lines[0].split() == ["PROCESS", "USER", "REQUESTS", "LAST", "PID", "EXECUTABLE"]
    assert lines[1].startswith("curl ") and lines[1].endswith("/curl")
    assert lines[-1] == "The old endpoint was asked within the last 3 days."


def test_quiet_is_said_only_of_a_time_that_was_watched(daemon):
    book = {"since": 1_700_000_000, "callers": []}
    file = daemon.state_dir / "callers.json"
    file.write_text(json.dumps(book))
    done = watch(daemon)
    assert (done.returncode, json.loads(done.stdout)["quiet"]) == (0, True)
    call_by_curl(daemon)  # the bridge writes its own book over it
    wait_until(lambda: watch(daemon).returncode == 1, what="the caller in the book")
    book["since"] = 4_000_000_000
    other = daemon.folder / "other.json"
    other.write_text(json.dumps(book))
    done = watch(daemon, other)
    assert (done.returncode, json.loads(done.stdout)["quiet"]) == (1, None)


def test_follows_with_a_line_for_each_call(daemon):
    daemon.token()
    wait_until(daemon.callers, what="a caller written down")
    follower = subprocess.Popen(
        [binary(), "--output", "json", "migrate", "watch", "--follow", "--file",
         daemon.state_dir / "callers.json"], stdout=subprocess.PIPE, text=True)
    try:
        first = json.loads(follower.stdout.readline())
        assert sum(it["requests"] for it in first["callers"]) == 1
        call_by_curl(daemon)
        line = json.loads(follower.stdout.readline())
        assert (line["process"], line["requests"]) == ("curl", 1)
    finally:
        follower.terminate()
        follower.wait()
        follower.stdout.close()


def test_without_a_book_it_says_where_it_looked(tmp_path):
    done = subprocess.run([binary(), "--output", "json", "migrate", "watch", "--file",
                           tmp_path / "none.json"], capture_output=True, text=True, check=False)
    assert done.returncode == 3
    error = json.loads(done.stderr)["error"]
    assert error["code"] == "migrate.file_unreadable" and "none.json" in error["message"]
