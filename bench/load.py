# SPDX-License-Identifier: Apache-2.0
"""One load: wrk against one server for a fixed time, and what it cost the server."""

import ctypes
import json
import os
import pathlib
import resource
import subprocess
import time
from dataclasses import dataclass

_REPORT = pathlib.Path(__file__).with_name("report.lua")
_LIBC = ctypes.CDLL(None, use_errno=True)
_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Shape:
    """How the load asks: so many connections, kept or new for each request; and for what."""

    name: str
    title: str
    connections: int
    keep_alive: bool = True
    question: str = "token"  # one of servers.QUESTIONS


SHAPES = (
    Shape("c1", "1 connection, keep-alive", 1),
    Shape("c16", "16 connections, keep-alive", 16),
    Shape("c256", "256 connections, keep-alive", 256),
    Shape("close", "a new connection for each request (Connection: close), 16 at a time", 16, False),
    Shape("instance", "the instance document, 16 connections, keep-alive", 16, question="instance"),
)


@dataclass(frozen=True)
class Sample:
    """What one load saw. Times of a request are in microseconds."""

    requests: int
    rate: float
    cpu_us: float  # CPU time of the server for one request
    p50_us: float
    p99_us: float
    server_busy: float  # of one core, 0 to 1
    generator_busy: float
    others_busy: float  # everything else on the machine: the noise, in cores
    fault: str  # why this sample must not be used; empty if it may


def cores():
    """The server's core and the load generator's; the same one twice if there is only one."""
    allowed = sorted(os.sched_getaffinity(0))
    return allowed[0], allowed[1] if len(allowed) > 1 else allowed[0]


def run(server, shape, seconds):
    """Loads `server` for whole `seconds`."""
    before = _Meter(server.pids)
    report = json.loads(_wrk(server.url, shape, seconds, getattr(server, "enter", ())))
    spent = _Meter(server.pids).since(before)
    requests = report["requests"]
    rate = requests / (report["microseconds"] / 1e6)
    return Sample(
        requests=requests,
        rate=rate,
        cpu_us=spent.server / max(requests, 1) * 1e6,
        p50_us=report["p50_us"],
        p99_us=report["p99_us"],
        server_busy=spent.server / spent.wall,
        generator_busy=spent.generator / spent.wall,
        others_busy=max(0.0, (spent.machine - spent.server - spent.generator) / spent.wall),
        fault=_fault(report, server),
    )


def flood(server, shape, seconds):
    """The same load for its own sake, behind whoever is watched on that core."""
    _wrk(server.url, shape, seconds, getattr(server, "enter", ()), ("nice", "-n", "19"))


def _wrk(url, shape, seconds, enter=(), nice=()):
    command = [*enter, "taskset", "-c", str(cores()[1]), *nice, "wrk", "-t1", f"-c{shape.connections}",
               f"-d{seconds}s", "--timeout", "5s", "-s", str(_REPORT), "-H", "Metadata: true"]
    if not shape.keep_alive:
        command += ["-H", "Connection: close"]
    finished = subprocess.run(command + [url], capture_output=True, text=True, check=True,
                              timeout=seconds + 20, start_new_session=True)
    return finished.stdout.strip().splitlines()[-1]


def _fault(report, server):
    """wrk counts statuses from 400 on; the size of the answers shows any other that is wrong."""
    if report["status_errors"]:
        return f"{report['status_errors']} answers were not 2xx"
    if report["socket_errors"]:
        return f"{report['socket_errors']} connections failed or timed out"
    if report["requests"] < 100:
        return f"only {report['requests']} answers"
    size = report["bytes"] / report["requests"]
    if abs(size - server.answer_size) > server.answer_size * 0.03:
        return f"answers had {size:.0f} bytes on average, not {server.answer_size}"
    return ""


class _Meter:
    """CPU clocks at one moment, in seconds."""

    def __init__(self, pids):
        children = resource.getrusage(resource.RUSAGE_CHILDREN)
        self.wall = time.monotonic()
        self.server = sum(_cpu_seconds(pid) for pid in pids)
        self.generator = children.ru_utime + children.ru_stime
        self.machine = _machine_busy_seconds()

    def since(self, earlier):
        for name, value in vars(earlier).items():
            setattr(self, name, getattr(self, name) - value)
        return self


def _cpu_seconds(pid):
    """utime + stime of a whole process, read from its CPU clock: nanoseconds instead of ticks."""
    clock = ctypes.c_int()
    error = _LIBC.clock_getcpuclockid(pid, ctypes.byref(clock))
    if error:
        raise ProcessLookupError(error, f"process {pid} is gone")
    return time.clock_gettime(clock.value)


def _machine_busy_seconds():
    """Time that all cores spent on anything, stolen time included."""
    fields = [int(x) for x in pathlib.Path("/proc/stat").read_text().split("\n")[0].split()[1:9]]
    user, nice, system, _idle, _iowait, irq, softirq, steal = fields
    return (user + nice + system + irq + softirq + steal) / _TICKS_PER_SECOND
