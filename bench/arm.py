#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What a request to the resource manager costs against the number of resources.

For each size a service of its own is filled with user-assigned identities over HTTPS, as a client
would; then all sizes are asked in turns, over one connection each: a machine is made, shown,
given an identity, listed with the few others of its group, and deleted; the first hundred
identities are listed. At last each deploys a template of 800 identities. Flat columns are the
point; the ratios are to the smallest size.
"""

import argparse
import contextlib
import http.client
import json
import pathlib
import select
import signal
import ssl
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse

import servers

_SIZES = (10, 1_000, 100_000)
_QUICK = (10, 1_000)
_API = "2022-09-01"
_IDENTITIES = "/providers/Microsoft.ManagedIdentity/userAssignedIdentities"
_MACHINES = "/providers/Microsoft.Compute/virtualMachines"
_COLUMNS = ("put", "get", "patch", "list", "page", "delete")
_TEMPLATE_RESOURCES = 800


class Client(http.client.HTTPSConnection):
    """One connection of the first administrator."""

    def __init__(self, address, ca, admin):
        super().__init__("localhost", address, timeout=600,
                         context=ssl.create_default_context(cadata=ca))
        self.token = None
        form = urllib.parse.urlencode({
            "grant_type": "client_credentials", "client_id": admin["clientId"],
            "client_secret": admin["secret"], "scope": f"https://localhost:{address}//.default"})
        self.token = self._send("POST", "/adfs/oauth2/token", form,
                                "application/x-www-form-urlencoded")["access_token"]

    def ask(self, method, path, body=None, query=""):
        return self._send(method, f"{path}?api-version={_API}{query}",
                          json.dumps(body) if body is not None else None, "application/json")

    def _send(self, method, target, body, kind):
        headers = {"Content-Type": kind}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        self.request(method, target, body, headers)
        response = self.getresponse()
        text = response.read()
        if response.status >= 300:
            raise servers.BenchError(f"{method} {target}: {response.status} {text[:300]!r}")
        return json.loads(text) if text else None


class Filled:
    """A service with so many identities in ten groups, and a group for what is measured."""

    def __init__(self, stack, binary, folder, size):
        self.size = size
        home = pathlib.Path(folder) / str(size)
        home.mkdir(mode=0o700)
        config = home / "openimds.toml"
        config.write_text(f'[state]\ndir = "{home}/state"\n[log]\nlevel = "error"\n'
                          '[[listener]]\nprotocol = "arm"\naddress = "127.0.0.1:0"\n'
                          '[[listener]]\nprotocol = "authority"\naddress = "127.0.0.1:0"\n')
        self.binary, self.config = binary, config
        with open(home / "log", "ab") as errors:
            self.process = subprocess.Popen(
                [binary, "--config", config, "serve", "--output", "json"], stdout=subprocess.PIPE,
                stderr=errors, stdin=subprocess.DEVNULL, start_new_session=True)
        stack.callback(self.end)
        if not select.select([self.process.stdout], [], [], 30)[0]:
            raise servers.BenchError("the service did not become ready")
        ready = json.loads(self.process.stdout.readline())
        port = next(urllib.parse.urlsplit(one["url"]).port for one in ready["listeners"]
                    if one["protocol"] == "arm")
        ca = json.loads(subprocess.run(
            [binary, "--config", config, "--output", "json", "authority", "ca"], check=True,
            capture_output=True, text=True).stdout)["certificate"]
        admin = json.loads((home / "state/admin/admin.json").read_text())
        self.client = Client(port, ca, admin)
        [subscription] = self.client.ask("GET", "/subscriptions")["value"]
        self.root = subscription["id"]
        self.group = f"{self.root}/resourceGroups/measured"
        self.times = {column: [] for column in _COLUMNS}
        began = time.monotonic()
        self.fill()
        self.fill_seconds = time.monotonic() - began

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(60)
            return
        self.process.kill()

    def fill(self):
        place = {"location": "local"}
        self.client.ask("PUT", self.group, place)
        for number in range(10):
            self.client.ask("PUT", f"{self.root}/resourceGroups/g{number}", place)
        for number in range(self.size):
            self.client.ask("PUT", f"{self.root}/resourceGroups/g{number % 10}{_IDENTITIES}/"
                                   f"i{number}", place)
        for number in range(10):
            self.client.ask("PUT", f"{self.group}{_MACHINES}/there-{number}", place)

    def round(self):
        self.client.close()  # the service has ended what was idle while others were filled
        self.client.ask("GET", "/subscriptions")
        vm = f"{self.group}{_MACHINES}/new"
        identity = f"{self.root}/resourceGroups/g1{_IDENTITIES}/i1"
        self.take("put", "PUT", vm, {"location": "local", "tags": {"a": "1"}})
        self.take("get", "GET", vm)
        self.take("patch", "PATCH", vm, {"identity": {
            "type": "UserAssigned", "userAssignedIdentities": {identity: {}}}})
        self.take("list", "GET", f"{self.group}{_MACHINES}")
        self.take("page", "GET", f"{self.root}{_IDENTITIES}", query="&$top=100")
        self.take("delete", "DELETE", vm)

    def take(self, column, *request, query=""):
        began = time.perf_counter()
        self.client.ask(*request, query=query)
        self.times[column].append(time.perf_counter() - began)

    def deploy(self):
        template = {
            "$schema": "https://schema.management.azure.com/schemas/2019-04-01/"
                       "deploymentTemplate.json#", "contentVersion": "1.0.0.0",
            "resources": [{"type": "Microsoft.ManagedIdentity/userAssignedIdentities",
                           "name": "[concat('t', copyIndex())]", "apiVersion": "2018-11-30",
                           "location": "local",
                           "copy": {"name": "all", "count": _TEMPLATE_RESOURCES}}]}
        began = time.perf_counter()
        done = self.client.ask(
            "PUT", f"{self.group}/providers/Microsoft.Resources/deployments/many",
            {"properties": {"mode": "Incremental", "template": template}})
        if done["properties"]["provisioningState"] != "Succeeded":
            raise servers.BenchError(f"the deployment: {done['properties']['provisioningState']}")
        return time.perf_counter() - began

    def row(self):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        resident = int(next(line.split()[1] for line in status.splitlines()
                            if line.startswith("VmRSS")))
        return {"resources": self.size,
                **{f"{column}_ms": statistics.median(self.times[column]) * 1000
                   for column in _COLUMNS},
                "fill_ms_each": self.fill_seconds / (self.size + 21) * 1000,
                "resident_mib": resident / 1024, "template_s": self.template_seconds}


def table(rows):
    names = ["resources", *(f"{column}_ms" for column in _COLUMNS), "fill_ms_each", "template_s",
             "resident_mib"]
    print("  ".join(f"{name:>12}" for name in names))
    for row in rows:
        print("  ".join(f"{row[name]:>12,.0f}" if name in ("resources", "resident_mib")
                        else f"{row[name]:>12.2f}" for name in names))
    print("\nratios to the smallest size:")
    for row in rows[1:]:
        print("  ".join([f"{row['resources']:>12,}"] +
                        [f"{row[name] / rows[0][name]:>12.2f}" for name in names[1:]]))


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", required=True)
    parser.add_argument("--quick", action="store_true", help="without the largest size")
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--output", choices=("table", "json"), default="table")
    options = parser.parse_args()
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="openimds-bench-"))
        filled = [Filled(stack, options.binary, folder, size)
                  for size in (_QUICK if options.quick else _SIZES)]
        for number in range(options.rounds):
            shift = number % len(filled)
            for one in filled[shift:] + filled[:shift]:
                one.round()
        for one in filled:
            one.template_seconds = one.deploy()
        rows = [one.row() for one in filled]
    if options.output == "json":
        print(json.dumps(rows, indent=2))
    else:
        table(rows)


if __name__ == "__main__":
    try:
        main()
    except servers.BenchError as error:
        sys.exit(f"bench/arm.py: {error}")
