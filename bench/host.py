#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A host and two guests, each in a network namespace of its own, with no way out: what a request
costs by a guest's interface, and what a guest notices when its neighbour asks all the time.

Ours listens on 169.254.169.254:80 at each guest's interface; nginx, on the same host and reached by
the same interface, sends the same bytes from port 8080. Needs root.

Fairness: one guest asks 200 times a second over one connection, and the times of its answers are
taken; the other guest is silent, or keeps 256 connections busy. Medians over the rounds.
"""

import argparse
import contextlib
import ctypes
import http.client
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import threading
import time

import load
import servers

_ROOT = pathlib.Path(__file__).resolve().parent.parent
_IMDS = "169.254.169.254"
_NGINX_PORT = 8080
_QUESTION = servers.QUESTIONS["token"]
_CLONE_NEWNET = 0x40000000
_RATE = 200  # of the guest that is watched, in a second
_FLOOD = load.Shape("flood", "256 connections", 256)
_LIBC = ctypes.CDLL(None, use_errno=True)


def _enter(namespace):
    with open(f"/run/netns/{namespace}", "rb") as there:
        if _LIBC.setns(there.fileno(), _CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), "setns")


def _inside(namespace, work):
    """What `work` returns on a thread that is in there."""
    result = []

    def body():
        try:
            _enter(namespace)
            result.append((work(), None))
        except Exception as error:
            result.append((None, error))

    thread = threading.Thread(target=body)
    thread.start()
    thread.join()
    value, error = result[0]
    if error is not None:
        raise error
    return value


def _ip(*words):
    subprocess.run(["ip", *words], check=True, capture_output=True, timeout=20)


class Network:
    """The host's namespace and the guests'; all removed by `stack`."""

    def __init__(self, stack):
        prefix = f"openimds-bench-{os.getpid()}"
        self.host, self.guests = f"{prefix}-host", [f"{prefix}-guest{n}" for n in (1, 2)]
        for name in (self.host, *self.guests):
            _ip("netns", "add", name)
            stack.callback(subprocess.run, ["ip", "netns", "del", name], check=False)
            _ip("-n", name, "link", "set", "lo", "up")
        _ip("-n", self.host, "addr", "add", f"{_IMDS}/32", "dev", "lo")
        for number, guest in enumerate(self.guests, 1):
            tap = f"tap{number}"
            _ip("link", "add", tap, "netns", self.host, "type", "veth", "peer", "name", "eth0",
                "netns", guest)
            _ip("-n", self.host, "addr", "add", f"10.0.{number}.1/24", "dev", tap)
            _ip("-n", self.host, "link", "set", tap, "up")
            _ip("-n", guest, "addr", "add", f"10.0.{number}.4/24", "dev", "eth0")
            _ip("-n", guest, "link", "set", "eth0", "up")
            _ip("-n", guest, "route", "add", "default", "via", f"10.0.{number}.1")


class Contender:
    """A server as guest 1's load generator sees it, and what was measured of it."""

    def __init__(self, title, port, pids, log, network):
        self.title, self.port, self.pids, self.network, self.log = title, port, pids, network, log
        self.enter = ("nsenter", f"--net=/run/netns/{network.guests[0]}", "--")
        self.url = f"http://{_IMDS}:{port}{_QUESTION.target}"
        self.name = title
        self.answer = _inside(network.guests[0], lambda: servers._fetch(self.url))
        self.answer_size = self.answer.size()
        self.samples, self.alone, self.beside = [], [], []

    def measure(self, seconds):
        sample = load.run(self, load.SHAPES[1], seconds)
        if sample.fault:
            raise servers.BenchError(f"{self.title}: {sample.fault}")
        self.samples.append(sample)
        self.alone.append(self.watch(seconds))
        flood = threading.Thread(target=load.flood, args=(self, _FLOOD, seconds + 1))
        flood.start()
        time.sleep(0.5)
        self.beside.append(self.watch(seconds))
        flood.join()

    def watch(self, seconds):
        """p50 and p99 of guest 2's answers, in microseconds."""
        return _inside(self.network.guests[1], lambda: self._watch(seconds))

    def _watch(self, seconds):
        taken = []
        connection = http.client.HTTPConnection(_IMDS, self.port, timeout=10)
        with contextlib.closing(connection):
            for number in range(seconds * _RATE):
                if number == 0:
                    began = time.perf_counter()
                time.sleep(max(0.0, began + number / _RATE - time.perf_counter()))
                asked = time.perf_counter()
                connection.request("GET", _QUESTION.target, headers={"Metadata": "true"})
                response = connection.getresponse()
                response.read()
                if response.status != 200:
                    raise servers.BenchError(f"{self.title}: {response.status}")
                taken.append((time.perf_counter() - asked) * 1e6)
        taken.sort()
        return taken[len(taken) // 2], taken[len(taken) * 99 // 100]

    def row(self):
        def middle(pairs, place):
            return statistics.median(pair[place] for pair in pairs)
        return {"server": self.title,
                "requests_per_second": statistics.median(s.rate for s in self.samples),
                "cpu_us": statistics.median(s.cpu_us for s in self.samples),
                "alone_p50_us": middle(self.alone, 0), "alone_p99_us": middle(self.alone, 1),
                "beside_p50_us": middle(self.beside, 0), "beside_p99_us": middle(self.beside, 1)}


def _start_ours(stack, title, binary, folder, network, throttle, addresses):
    home = folder / title.replace(" ", "-").replace(",", "")
    home.mkdir(mode=0o700)
    config = home / "openimds.toml"
    port = int(addresses.rsplit(":", 1)[1])
    config.write_text(f'[state]\ndir = "{home}/state"\n[guests]\naddresses = ["{addresses}"]\n'
                      '[[listener]]\nprotocol = "authority"\naddress = "127.0.0.1:0"\n'
                      f'[server]\nio_threads = 1\n[throttle]\nprofile = "{throttle}"\n'
                      '[log]\nlevel = "warn"\n')
    log = home / "log"
    process = servers._spawn(stack, [binary, "--config", config, "serve", "--output", "json"], log,
                             stdout=subprocess.PIPE)
    servers._read_line(process, log)
    for number in (1, 2):
        for verb in (("create", f"web{number}", "--system-assigned"),
                     ("attach", f"web{number}", "--interface", f"tap{number}")):
            subprocess.run([binary, "--config", config, "machine", *verb], check=True,
                           capture_output=True, timeout=20)
    return Contender(title, port, [process.pid], log, network)


def _start_nginx(stack, folder, network, model):
    started = servers._start_nginx(stack, servers.NGINX, "nginx, no access log", folder, model,
                                   "off", _QUESTION, address=_IMDS, port=_NGINX_PORT)
    return Contender(started.title, _NGINX_PORT, started.pids, started.log, network)


def render(rows):
    ours, nginx = rows[0], rows[-1]
    lines = [f"{'server':<28}{'requests/s':>11}{'CPU µs/req':>12}{'p50 µs':>9}{'p99':>8}"
             f"{'flooded p50':>13}{'p99':>8}{'÷ alone':>16}"]
    for row in rows:
        ratios = (f"{row['beside_p50_us'] / row['alone_p50_us']:.2f}, "
                  f"{row['beside_p99_us'] / row['alone_p99_us']:.2f}")
        lines.append(f"{row['server']:<28}{row['requests_per_second']:>11,.0f}{row['cpu_us']:>12.2f}"
                     f"{row['alone_p50_us']:>9.0f}{row['alone_p99_us']:>8.0f}"
                     f"{row['beside_p50_us']:>13.0f}{row['beside_p99_us']:>8.0f}{ratios:>16}")
    lines.append("")
    lines.append(f"CPU for a request, nginx ÷ ours, by a guest's interface: "
                 f"{nginx['cpu_us'] / ours['cpu_us']:.2f}")
    lines.append(f"p99 of a flooded guest's neighbour, nginx ÷ ours: "
                 f"{nginx['beside_p99_us'] / ours['beside_p99_us']:.2f}")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", type=pathlib.Path, default=_ROOT / "build/bench/src/openimds")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=2)
    parser.add_argument("--output", choices=["table", "json"], default="table")
    options = parser.parse_args()
    if os.geteuid() != 0:
        sys.exit("bench: network namespaces need root")
    with contextlib.ExitStack() as stack:
        folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-host-")))
        try:
            network = Network(stack)
            _enter(network.host)  # all that is started from here on is on that host
            binary = options.binary.resolve()
            ours = _start_ours(stack, "openimds", binary, folder, network, "none", f"{_IMDS}:80")
            contenders = [ours, _start_nginx(stack, folder, network, ours.answer)]
            for number in range(options.rounds):
                for one in contenders if number % 2 == 0 else contenders[::-1]:
                    one.measure(options.seconds)
        except (servers.BenchError, subprocess.SubprocessError, OSError) as error:
            sys.exit(f"bench: {error}")
        rows = [one.row() for one in contenders]
        load_now = os.getloadavg()[0]
    print(json.dumps(rows, indent=2) if options.output == "json" else render(rows))
    if load_now > 3:
        print(f"the machine was not quiet (load {load_now:.1f}): read the ratios with care")


if __name__ == "__main__":
    main()
