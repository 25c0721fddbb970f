# SPDX-License-Identifier: Apache-2.0
"""A herd of processes that ask for the same few tokens, and how often the authority is asked.

Ours and a server without a cache (no_cache.go) stand before the same scripted authority, which
takes 50 ms for an answer. See README.md.
"""

import argparse
import json
import multiprocessing
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "tests"))

from harness.openimds import TOKEN_PATH, Service  # noqa: E402
from harness.upstream import Upstream  # noqa: E402

AUTHORITY_TAKES = 0.05


def ask(url, resource):
    query = f"{url}{TOKEN_PATH}?api-version=2018-02-01&resource={resource}"
    request = urllib.request.Request(query, headers={"Metadata": "true"})
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request) as answer:
        return json.load(answer)["access_token"]


def member(url, resources, rounds, start, results):
    """One process of the herd: times of its requests, in seconds."""
    times, failed = [], 0
    start.wait()
    for _ in range(rounds):
        for resource in resources:
            began = time.monotonic()
            try:
                ask(url, resource)
                times.append(time.monotonic() - began)
            except (OSError, ValueError, KeyError):
                failed += 1
    results.put((times, failed))


def run_herd(url, upstream, options):
    resources = [f"https://r{number}.example" for number in range(options.resources)]
    before = len(upstream.calls)
    start, results = multiprocessing.Event(), multiprocessing.Queue()
    herd = [multiprocessing.Process(target=member,
                                    args=(url, resources, options.rounds, start, results))
            for _ in range(options.processes)]
    for process in herd:
        process.start()
    began = time.monotonic()
    start.set()
    outcomes = [results.get(timeout=120) for _ in herd]
    took = time.monotonic() - began
    for process in herd:
        process.join()
    times = sorted(it for outcome in outcomes for it in outcome[0])
    return {"served": len(times), "failed": sum(outcome[1] for outcome in outcomes),
            "upstream_calls": len(upstream.calls) - before, "seconds": round(took, 2),
            "p50_ms": round(times[len(times) // 2] * 1000, 1) if times else None,
            "p99_ms": round(times[len(times) * 99 // 100] * 1000, 1) if times else None}


def run_ours(upstream, options):
    with Service(listeners=[{"protocol": "imds", "address": "127.0.0.1:0"}]) as service:
        secret = service.folder / "secret"
        secret.write_text("a secret\n", encoding="ascii")
        secret.chmod(0o600)
        service.cli("identity", "credential", "set", "vm1", "client_secret", "--secret-file",
                    str(secret), "--authority-host", upstream.url)
        return run_herd(service.url("imds"), upstream, options)


def run_without_cache(upstream, options):
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder) / "no_cache"
        subprocess.run(["go", "build", "-o", program, HERE / "no_cache.go"], check=True,
                       env={**os.environ, "GOCACHE": folder + "/cache", "GO111MODULE": "off"})
        environment = {**os.environ, "AUTHORITY": upstream.url + "/t/oauth2/v2.0/token"}
        with subprocess.Popen([program], stdout=subprocess.PIPE, text=True,
                              env=environment) as server:
            try:
                return run_herd(server.stdout.readline().strip(), upstream, options)
            finally:
                server.kill()


def show(rows, options):
    print(f"{options.processes} processes, {options.resources} resources, {options.rounds} rounds; "
          f"the authority takes {AUTHORITY_TAKES * 1000:.0f} ms\n")
    print(f"{'':22}{'served':>8}{'failed':>8}{'upstream calls':>16}{'seconds':>9}"
          f"{'p50 ms':>9}{'p99 ms':>9}")
    for name, row in rows.items():
        print(f"{name:22}{row['served']:>8}{row['failed']:>8}{row['upstream_calls']:>16}"
              f"{row['seconds']:>9}{row['p50_ms']:>9}{row['p99_ms']:>9}")
    ours, other = rows["openimds"], rows["without a cache"]
    print(f"\nupstream calls, ours beside none: {ours['upstream_calls']} : "
          f"{other['upstream_calls']} (one for each resource is the least)")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", default=os.environ.get("OPENIMDS_BINARY"))
    parser.add_argument("--processes", type=int, default=60)
    parser.add_argument("--resources", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--output", choices=("text", "json"), default="text")
    options = parser.parse_args()
    os.environ["OPENIMDS_BINARY"] = str(Path(options.binary).resolve())
    multiprocessing.set_start_method("fork")
    with Upstream() as upstream:
        upstream.script = Upstream.slow(AUTHORITY_TAKES)
        rows = {"openimds": run_ours(upstream, options),
                "without a cache": run_without_cache(upstream, options)}
    if options.output == "json":
        print(json.dumps(rows))
    else:
        show(rows, options)
    good = rows["openimds"]["failed"] == 0 and \
        rows["openimds"]["upstream_calls"] == options.resources
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
