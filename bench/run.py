#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Measures the service beside nginx and Go, and minting beside openssl, in one run."""

import argparse
import contextlib
import json
import os
import pathlib
import platform
import shutil
import signal
import subprocess
import sys
import tempfile

import load
import mint
import report
import servers

_ROOT = pathlib.Path(__file__).resolve().parent.parent
_NEEDED = {"wrk": "wrk", "nginx": "nginx", "go": "golang-go", "openssl": "openssl",
           "taskset": "util-linux"}


def main():
    options = _parse_arguments()
    os.environ["PATH"] += os.pathsep + "/usr/sbin"  # nginx, for people who are not root
    # SIGTERM becomes an exception, so that it cleans up like Ctrl-C does.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        _check_tools(options)
        result = _measure(options)
    except (servers.BenchError, subprocess.SubprocessError, ConnectionError,
            ProcessLookupError) as error:
        sys.exit(f"bench: {error} {getattr(error, 'stderr', None) or ''}".rstrip())
    except KeyboardInterrupt:
        sys.exit(130)
    print(json.dumps(result, indent=2) if options.output == "json" else report.render(result))
    faults = [row for part in result["loads"] for row in part["rows"] if row["fault"]]
    sys.exit(1 if faults else 0)


def _parse_arguments():
    shapes = [shape.name for shape in load.SHAPES]
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", type=pathlib.Path, default=_ROOT / "build/release/src/openimds",
                        help="the service, a release build")
    parser.add_argument("--mint-binary", type=pathlib.Path,
                        default=_ROOT / "build/bench/bench/openimds_mint_bench")
    parser.add_argument("--only", nargs="+", choices=[*shapes, "mint"], default=[*shapes, "mint"],
                        help="a part of the run")
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--seconds", type=int, default=2, help="of each load")
    parser.add_argument("--quick", action="store_true",
                        help="one round of one second: shows that all works, proves nothing")
    parser.add_argument("--output", choices=["table", "json"], default="table")
    options = parser.parse_args()
    if options.quick:
        options.rounds, options.seconds = 1, 1
    return options


def _check_tools(options):
    missing = [package for tool, package in _NEEDED.items() if not shutil.which(tool)]
    if missing:
        raise servers.BenchError(f"please install {' '.join(missing)}")
    programs = [] if options.only == ["mint"] else [options.binary]
    programs += [options.mint_binary] if "mint" in options.only else []
    for program in programs:
        if not os.access(program, os.X_OK):
            raise servers.BenchError(f"there is no {program}: please build it first")


def _measure(options):
    machine = _describe_machine()
    shapes = [shape for shape in load.SHAPES if shape.name in options.only]
    loads, answers = _measure_loads(options, shapes)
    minted = None
    if "mint" in options.only:
        rounds = 2 if options.quick else 10
        samples = mint.measure(options.mint_binary, rounds, 1, _progress)
        minted = report.summarise_mint(samples)
    _progress("")
    machine["load_after"] = os.getloadavg()[0]
    return {"machine": machine, "rounds": options.rounds, "seconds": options.seconds,
            "answers": answers, "loads": loads, "mint": minted}


def _measure_loads(options, shapes):
    loads, answers = [], {}
    for name, question in servers.QUESTIONS.items():
        asking = [shape for shape in shapes if shape.question == name]
        if asking:
            measured, answers[name] = _measure_question(options, asking, question)
            loads += measured
    return loads, answers


def _measure_question(options, shapes, question):
    with contextlib.ExitStack() as stack:
        folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
        _progress("starting the servers")
        started = servers.start_all(stack, options.binary.resolve(), folder, question)
        samples = {shape: _rounds(options, shape, started) for shape in shapes}
        titles = {name: server.title for name, server in started.items()}
        model = started[servers.OURS].answer
    loads = [report.summarise_load(shape, samples[shape], titles) for shape in shapes]
    return loads, {"body_bytes": len(model.body), "headers": len(model.headers)}


def _rounds(options, shape, started):
    """Everybody takes turns, and each round begins with another one."""
    samples, names = [], list(started)
    for number in range(options.rounds):
        _progress(f"{shape.name}, round {number + 1} of {options.rounds}")
        shift = number % len(names)
        sample = {}
        for name in names[shift:] + names[:shift]:
            sample[name] = load.run(started[name], shape, options.seconds)
            # Nobody's log may fill the disk; all of them append, so it can be cut at any time.
            with contextlib.suppress(FileNotFoundError):
                os.truncate(started[name].log, 0)
        samples.append(sample)
    return samples


def _describe_machine():
    server_core, generator_core = load.cores()
    lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
    cpu = next((x.split(":")[1].strip() for x in lines if x.startswith("model name")), "unknown CPU")
    return {"cpu": cpu, "cores": os.cpu_count(), "kernel": platform.release(),
            "server_core": server_core, "generator_core": generator_core,
            "load_before": os.getloadavg()[0]}


def _progress(text):
    """One line that is written over, on a terminal only."""
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
