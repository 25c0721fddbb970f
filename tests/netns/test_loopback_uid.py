# SPDX-License-Identifier: Apache-2.0
"""Way `loopback_uid`: on a machine that several users share, who may ask for which identity."""

import json
import subprocess
import sys

import pytest

from harness import jwt
from harness.openimds import TOKEN_PATH, Service
from harness.timing import wait_until

USER, OTHER, NOBODY = 2001, 2002, 2003
QUERY = "api-version=2018-02-01&resource=https://management.azure.com/"
PROGRAM = """
import json, os, socket, sys
host, port, uid, target = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
os.setgroups([]); os.setgid(uid); os.setuid(uid)
stream = socket.create_connection((host, port), timeout=10)
stream.sendall(f"GET {target} HTTP/1.1\\r\\nHost: localhost\\r\\nMetadata: true\\r\\n"
               f"Connection: close\\r\\n\\r\\n".encode())
data = b""
while part := stream.recv(65536):
    data += part
head, body = data.split(b"\\r\\n\\r\\n", 1)
print(json.dumps([int(head.split()[1]), body.decode()]))
"""


@pytest.fixture(scope="module", params=["imds", "vm_extension"])
def shared(request):
    listeners = [{"protocol": request.param, "address": "127.0.0.1:0",
                  "users": [f"{USER}: web", f"{OTHER}: web, api, system", "0"]}]
    with Service(listeners=listeners) as service:
        for name in ("web", "api"):
            service.cli("identity", "create", name)
        service.cli("machine", "identity", "assign", "vm1", "web", "api")
        service.path = TOKEN_PATH if request.param == "imds" else "/oauth2/token"
        yield service


def ask(service, uid, more=""):
    address = service.endpoints[0].address
    done = subprocess.run([sys.executable, "-c", PROGRAM, address[0], str(address[1]), str(uid),
                           f"{service.path}?{QUERY}{more}"],
                          capture_output=True, text=True, check=True)
    status, body = json.loads(done.stdout)
    if status != 200:
        return status, None
    return status, jwt.read(json.loads(body)["access_token"])[1]["appid"]


def client_id(service, name):
    return service.cli("identity", "show", name)["clientId"]


def test_a_user_gets_the_one_identity_of_its_rule(shared):
    assert ask(shared, USER) == (200, client_id(shared, "web"))


def test_a_user_with_several_says_which(shared):
    for name in ("web", "api"):
        given = client_id(shared, name)
        assert ask(shared, OTHER, f"&client_id={given}") == (200, given)


def test_an_identity_outside_the_rule_is_not_there(shared):
    status, _ = ask(shared, USER, f"&client_id={client_id(shared, 'api')}")
    assert status == 400


def test_a_user_without_a_rule_gets_nothing_and_is_audited(shared):
    status, _ = ask(shared, NOBODY)
    assert status >= 400
    assert [line for line in shared.log_lines()
            if line.get("reason") == "caller.user_not_allowed"]


def test_a_rule_without_identities_means_all(shared):
    api = client_id(shared, "api")
    assert ask(shared, 0, f"&client_id={api}") == (200, api)


def test_rules_change_with_a_reload(shared):
    before = shared.listeners[0]["users"]
    shared.listeners[0]["users"] = [f"{NOBODY}: api"]
    shared.write_config()
    shared.reload()
    try:
        wait_until(lambda: ask(shared, NOBODY)[0] == 200, 5, "the new rule")
        assert ask(shared, USER)[0] >= 400
    finally:
        shared.listeners[0]["users"] = before
        shared.write_config()
        shared.reload()
        wait_until(lambda: ask(shared, USER)[0] == 200, 5, "the old rule")
