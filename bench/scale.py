#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What a request, a change and memory cost against the number of machines and identities.

For each size a new service is filled over its control socket, then measured in turns with all
others: requests for kept tokens over 16 connections, one assignment taken and given back, and
resident memory. Flat columns are the point; the ratios are to the smallest size.
"""

import argparse
import contextlib
import http.client
import json
import os
import pathlib
import select
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

import load
import servers

_ROOT = pathlib.Path(__file__).resolve().parent.parent
_SIZES = [(machines, identities) for machines in (1, 10, 100, 1000) for identities in (1, 32)]
_BIG = [(1, 1000), (10, 1000), (100, 1000), (1000, 1000)]
_CHANGES = 40
_TARGET = servers.QUESTIONS["token"].target


class Control(http.client.HTTPConnection):
    """Operations over the service's UNIX socket, on one connection."""

    def __init__(self, path):
        super().__init__("localhost", timeout=60)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(60)
        self.sock.connect(self.path)

    def run(self, operation, **arguments):
        self.request("POST", f"/v1/operations/{operation}", json.dumps(arguments),
                     {"Content-Type": "application/json"})
        response = self.getresponse()
        body = response.read()
        if response.status != 200:
            raise servers.BenchError(f"{operation}: {response.status} {body[:300]!r}")
        return json.loads(body)


class Sized:
    """A service with so many machines, each with the same so many identities."""

    def __init__(self, stack, binary, folder, machines, identities):
        self.machines, self.identities = machines, identities
        home = pathlib.Path(folder) / f"{machines}x{identities}"
        home.mkdir(mode=0o700)
        config = home / "openimds.toml"
        config.write_text(f'[state]\ndir = "{home}/state"\n[seed]\nmachine = "m0"\n'
                          '[[listener]]\nprotocol = "imds"\naddress = "127.0.0.1:0"\n'
                          '[server]\nio_threads = 1\n[log]\nlevel = "warn"\n')
        self.log = home / "log"
        with open(self.log, "ab") as errors:
            self.process = subprocess.Popen(
                ["taskset", "-c", str(load.cores()[0]), binary, "--config", config, "serve",
                 "--output", "json"], stdout=subprocess.PIPE, stderr=errors,
                stdin=subprocess.DEVNULL, start_new_session=True)
        stack.callback(self.end)
        if not select.select([self.process.stdout], [], [], 30)[0]:
            raise servers.BenchError("the service did not become ready")
        ready = json.loads(self.process.stdout.readline())
        self.control = Control(ready["control"])
        began = time.monotonic()
        self.fill()
        self.fill_seconds = time.monotonic() - began
        self.server = servers.Server(f"{machines}x{identities}", "", ready["listeners"][0]["url"] +
                                     _TARGET, [self.process.pid], self.log)
        self.rates, self.cpu, self.changes = [], [], []

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(30)
            return
        self.process.kill()

    def fill(self):
        names = [f"i{number}" for number in range(self.identities)]
        for name in names:
            self.control.run("identity.create", name=name)
        for number in range(self.machines):
            if number:
                self.control.run("machine.create", name=f"m{number}", systemAssigned=True)
            mine = names if number else names[: 999]  # the seed's machine has one already
            self.control.run("machine.identity.assign", machine=f"m{number}", identities=mine)

    def measure(self, seconds):
        self.control.close()  # the service has ended what was idle while others were filled
        sample = load.run(self.server, load.SHAPES[1], seconds)
        if sample.fault:
            raise servers.BenchError(f"{self.server.name}: {sample.fault}")
        self.rates.append(sample.rate)
        self.cpu.append(sample.cpu_us)
        last = f"m{self.machines - 1}"
        for _ in range(_CHANGES):
            began = time.perf_counter()
            self.control.run("machine.identity.remove", machine=last, identities=["i0"])
            self.control.run("machine.identity.assign", machine=last, identities=["i0"])
            self.changes.append((time.perf_counter() - began) / 2)

    def row(self):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        resident = int(next(line.split()[1] for line in status.splitlines()
                            if line.startswith("VmRSS")))
        return {"machines": self.machines, "identities": self.identities,
                "requests_per_second": statistics.median(self.rates),
                "cpu_us": statistics.median(self.cpu),
                "change_ms": statistics.median(self.changes) * 1000,
                "resident_mib": resident / 1024, "fill_s": self.fill_seconds}


def render(rows):
    first = rows[0]
    lines = [f"{'machines':>8}{'identities':>12}{'requests/s':>12}{'CPU µs/req':>12}{'÷ first':>9}"
             f"{'change ms':>11}{'÷ first':>9}{'memory MiB':>12}{'filled in s':>13}"]
    for row in rows:
        lines.append(f"{row['machines']:>8}{row['identities']:>12}"
                     f"{row['requests_per_second']:>12,.0f}{row['cpu_us']:>12.2f}"
                     f"{row['cpu_us'] / first['cpu_us']:>9.2f}{row['change_ms']:>11.2f}"
                     f"{row['change_ms'] / first['change_ms']:>9.2f}{row['resident_mib']:>12.0f}"
                     f"{row['fill_s']:>13.1f}")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", type=pathlib.Path, default=_ROOT / "build/bench/src/openimds")
    parser.add_argument("--big", action="store_true", help="with 1,000 identities as well")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=1)
    parser.add_argument("--output", choices=["table", "json"], default="table")
    options = parser.parse_args()
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-scale-"))
        try:
            sized = [Sized(stack, options.binary.resolve(), folder, *size)
                     for size in _SIZES + (_BIG if options.big else [])]
            for number in range(options.rounds):
                shift = number % len(sized)
                for one in sized[shift:] + sized[:shift]:
                    one.measure(options.seconds)
        except (servers.BenchError, subprocess.SubprocessError) as error:
            sys.exit(f"bench: {error}")
        rows = [one.row() for one in sized]
        load_now = os.getloadavg()[0]
    print(json.dumps(rows, indent=2) if options.output == "json" else render(rows))
    if load_now > 3:
        print(f"the machine was not quiet (load {load_now:.1f}): read the ratios with care")


if __name__ == "__main__":
    main()
