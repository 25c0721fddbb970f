# SPDX-License-Identifier: Apache-2.0
"""kill -9 at the worst moment: what was answered with success is there afterwards."""

import random
import shutil
import signal
import sqlite3
import subprocess
import time

import pytest

from harness import jwt
from harness.openimds import Service, binary
from harness.timing import scaled
from writers import Writers


@pytest.fixture
def service():
    with Service() as running:
        yield running


def kill_while_writing(service, operation, make, promises=40):
    with Writers(service.control_socket, operation, make) as writers:
        writers.wait_for_promises(promises)
        time.sleep(random.random() * 0.02)  # somewhere within a write
        service.kill()
    assert not writers.refused, writers.refused[:3]
    return writers


def expect_sound_database(service):
    """Read by SQLite itself, from a copy, since the service holds the original."""
    copy = service.folder / "copy"
    shutil.copytree(service.state_dir, copy, ignore=shutil.ignore_patterns("*.sock"))
    for path in copy.glob("*.db"):
        with sqlite3.connect(path) as database:
            assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            assert database.execute("PRAGMA foreign_key_check").fetchall() == []
    shutil.rmtree(copy)


def test_identities_that_were_created_are_there_after_kill(service):
    known = {it["name"]: it for it in service.cli("identity", "list")}
    for round_number in range(4):
        writers = kill_while_writing(service, "identity.create", lambda writer, number: {
            "name": f"r{round_number}-w{writer}-n{number}"})
        expect_sound_database(service)
        service.start()
        found = {it["name"]: it for it in service.cli("identity", "list")}
        for _, made in writers.promised:
            known[made["name"]] = made
        for name, made in known.items():
            assert found[name] == made
        extra = set(found) - set(known)
        assert extra <= {it["name"] for it in writers.tried}, "nobody asked for these"
        assert len(extra) <= len(writers.threads), "at most what was under way"
        known = found
    guids = [it[member] for it in known.values() for member in ("clientId", "principalId")]
    assert len(set(guids)) == len(guids)


def test_a_created_identity_serves_tokens_after_kill(service):
    made = service.cli("identity", "create", "ua1")
    service.cli("machine", "identity", "assign", "vm1", "ua1")
    service.kill()
    service.start()
    body = service.token(query=f"&client_id={made['clientId']}")
    assert service.verify(body["access_token"])["oid"] == made["principalId"]


def test_machines_and_assignments_are_whole_after_kill(service):
    """A machine made with a system-assigned identity has it, or is not there at all."""
    writers = kill_while_writing(service, "machine.create", lambda writer, number: {
        "name": f"m{writer}-{number}", "systemAssigned": True})
    service.start()
    found = {it["name"]: it for it in service.cli("machine", "list")}
    for _, made in writers.promised:
        assert found[made["name"]] == made
    for machine in found.values():
        assert "SystemAssigned" in machine["identity"]["type"]
        assert machine["identity"]["clientId"] and machine["identity"]["principalId"]


def test_deleted_identities_stay_deleted_after_kill(service):
    names = [f"gone-{number}" for number in range(120)]
    for name in names:
        assert service.control("identity.create", {"name": name}).status == 200
    chosen = iter(names)
    writers = kill_while_writing(service, "identity.delete",
                                 lambda *_: {"identity": next(chosen)}, promises=30)
    service.start()
    left = {it["name"] for it in service.cli("identity", "list")}
    gone = {arguments["identity"] for arguments, _ in writers.promised}
    assert not gone & left
    assert set(names) - {it["identity"] for it in writers.tried} <= left


def _kids(service):
    return {key["kid"] for key in service.jwks()["keys"]}


def test_authority_survives_kill_during_rotation(service):
    """Tokens handed out before stay verifiable, and there is always a key to sign with."""
    for round_number in range(3):
        tokens = [service.token(f"https://round-{round_number}.example/")["access_token"]]
        kid = jwt.read(tokens[0])[0]["kid"]
        assert kid in _kids(service)
        with Writers(service.control_socket, "authority.rotate", lambda *_: {}, count=1) as writers:
            time.sleep(random.random() * scaled(0.5))
            service.kill()
        service.start()
        assert kid in _kids(service)
        tokens.append(service.token("https://after.example/")["access_token"])
        for token in tokens:
            service.verify(token)
        newest = [entry[1] for entry in writers.promised][-1:]
        for answer in newest:
            assert set(_find_kids(answer)) <= _kids(service), "a rotation that was promised"


def _find_kids(document):
    if isinstance(document, dict):
        for name, value in document.items():
            if name == "kid":
                yield value
            yield from _find_kids(value)
    elif isinstance(document, list):
        for value in document:
            yield from _find_kids(value)


def test_kill_during_the_first_start():
    """Whenever it comes, the next start finds all of the seed or makes it."""
    rounds = 8
    for number in range(rounds):
        service = Service()
        service.write_config()
        process = service.spawn()
        time.sleep(scaled(0.4) * number / rounds)
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        with service:
            assert [it["name"] for it in service.cli("machine", "list")] == ["vm1"]
            assert [it["name"] for it in service.cli("identity", "list")] == ["openimds-identity"]
            service.verify(service.token()["access_token"])


def test_commands_without_a_service_are_one_writer_at_a_time():
    """Each succeeds or says that the state is in use; what succeeded is there."""
    with Service() as service:
        service.stop()
        command = [binary(), "--config", str(service.config_path), "--output", "json", "identity",
                   "create"]
        started = [subprocess.Popen([*command, f"ua{number}"], stdout=subprocess.PIPE,
                                    stderr=subprocess.PIPE) for number in range(8)]
        codes = {}
        for number, process in enumerate(started):
            process.communicate(timeout=scaled(20))
            codes[f"ua{number}"] = process.returncode
        assert set(codes.values()) <= {0, 5}, codes
        assert 0 in codes.values()
        service.start()
        found = {it["name"] for it in service.cli("identity", "list")}
        assert found - {"openimds-identity"} == {name for name, code in codes.items() if code == 0}


def test_commands_work_without_a_service_and_the_service_sees_it():
    with Service() as service:
        service.stop()
        made = service.cli("identity", "create", "offline")
        service.cli("machine", "identity", "assign", "vm1", "offline")
        assert service.cli("identity", "show", "offline") == made
        service.start()
        body = service.token(query=f"&client_id={made['clientId']}")
        assert body["client_id"] == made["clientId"]
