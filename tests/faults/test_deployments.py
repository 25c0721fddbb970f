# SPDX-License-Identifier: Apache-2.0
"""kill -9 and SIGTERM in the middle of a deployment: it is never half forgotten."""

import random
import threading
import time

import pytest

from harness.arm import S, Arm, arm_listeners
from harness.openimds import Service
from harness.timing import wait_until

SCHEMA = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#"
GROUP = f"{S}/resourceGroups/rg1"
DEPLOYMENT = f"{GROUP}/providers/Microsoft.Resources/deployments/d1"
COUNT = 100
MANY = {"properties": {"mode": "Incremental", "template": {
    "$schema": SCHEMA, "contentVersion": "1.0.0.0",
    "parameters": {"key": {"type": "secureString"}},
    "resources": [{"type": "Microsoft.Network/virtualNetworks", "apiVersion": "2022-01-01",
                   "name": "[concat('n', copyIndex())]", "location": "westeurope",
                   "properties": {}, "copy": {"name": "loop", "count": COUNT}}]},
    "parameters": {"key": {"value": "hush"}}}}


def service(**arm):
    return Service(listeners=arm_listeners(), settings={"arm": arm} if arm else None)


def networks(arm):
    found = arm.get(f"{GROUP}/resources",
                    query="&$filter=resourceType%20eq%20'Microsoft.Network/virtualNetworks'")
    return {one["name"] for one in found.json()["value"]}


def operations(arm):
    listed = arm.get(f"{DEPLOYMENT}/operations").json()["value"]
    return {one["properties"]["targetResource"]["resourceName"]: one["properties"]
            for one in listed}


def begin(arm):
    """A deployment under way, whoever waits for it; `answers` gets what it was answered with."""
    answers = []

    def put():
        try:
            answers.append(arm.put(DEPLOYMENT, MANY))
        except OSError:
            pass  # nobody answers any more
    thread = threading.Thread(target=put)
    thread.start()
    wait_until(lambda: len(networks(arm)) > 5, what="a few resources")
    return thread, answers


def expect_interrupted(arm, code):
    shown = arm.get(DEPLOYMENT).json()["properties"]
    assert (shown["provisioningState"], shown["error"]["code"]) == ("Failed", code)
    found = operations(arm)
    done = {name for name, one in found.items() if one["provisioningState"] == "Succeeded"}
    failed = {name: one for name, one in found.items() if one["provisioningState"] == "Failed"}
    assert len(done) + len(failed) == len(found), "an operation that is nowhere"
    there = networks(arm)
    assert done <= there, "what was written down as done is there"
    assert there <= done | set(failed), "nothing is there that is not written down"
    assert 0 < len(done) < COUNT
    return failed


def expect_it_can_be_deployed_again(arm):
    assert arm.put(DEPLOYMENT, MANY).status == 200
    assert len(networks(arm)) == COUNT
    states = [one["provisioningState"] for one in operations(arm).values()]
    assert states == ["Succeeded"] * COUNT


@pytest.mark.parametrize("round_number", range(3))
def test_a_killed_deployment_has_failed_at_the_next_start_and_says_how_far_it_came(round_number):
    with service() as running:
        arm = Arm(running)
        thread, answers = begin(arm)
        time.sleep(random.random() * 0.05)  # somewhere within a step
        running.kill()
        thread.join()
        assert answers == []
        running.start()
        arm.__init__(running)
        failed = expect_interrupted(arm, "DeploymentInterrupted")
        assert len(failed) <= 1, "only one step was under way"
        for one in failed.values():
            assert one["statusMessage"]["error"]["code"] == "DeploymentInterrupted"
        expect_it_can_be_deployed_again(arm)


def test_a_killed_deployment_that_nobody_waits_for_is_reported_to_who_polls():
    with service(operation_time=1) as running:
        arm = Arm(running)
        thread, answers = begin(arm)
        thread.join()
        [answer] = answers
        status = answer.headers["azure-asyncoperation"].split("/subscriptions", 1)[1]
        running.kill()
        running.start()
        arm.__init__(running)
        path = f"/subscriptions{status.split('?')[0]}"
        wait_until(lambda: arm.get(path).json()["status"] != "Running", what="the operation's time")
        polled = arm.get(path).json()
        assert (polled["status"], polled["error"]["code"]) == ("Failed", "DeploymentInterrupted")
        expect_interrupted(arm, "DeploymentInterrupted")


def test_a_service_that_is_told_to_stop_ends_its_deployments_between_two_steps():
    with service(operation_time=1) as running:
        arm = Arm(running)
        begin(arm)[0].join()
        running.restart()
        arm.__init__(running)
        for one in expect_interrupted(arm, "DeploymentInterrupted").values():
            assert one["statusMessage"]["error"]["code"] == "DeploymentCanceled"
        # Nobody had to find it at the start: it was written while the service stopped.
        assert "deployment.interrupted" not in running.log_text()


def test_a_cancelled_deployment_that_is_killed_is_cancelled():
    with service(operation_time=1) as running:
        arm = Arm(running)
        begin(arm)[0].join()
        assert arm.post(f"{DEPLOYMENT}/cancel").status == 204
        running.kill()
        running.start()
        arm.__init__(running)
        assert arm.get(DEPLOYMENT).json()["properties"]["provisioningState"] == "Canceled"
