# SPDX-License-Identifier: Apache-2.0
"""Medians, ratios and goals, as a structure and as text."""

import statistics

import mint
from servers import GO, NGINX, NGINX_LOG, OURS, OURS_QUIET

# (one, peer, what, least, stretch): how many requests `one` answers with the CPU time that `peer`
# needs for one.
_CPU_GOALS = (
    (OURS, NGINX, "rate per core beside nginx, no access log", 1.0, 1.15),
    (OURS, NGINX_LOG, "rate per core beside nginx, access log", None, None),
    (OURS_QUIET, NGINX, "rate per core beside nginx, neither logs", None, None),
    (OURS, GO, "rate per core beside Go net/http", 2.5, None),
    (NGINX, GO, "nginx's own beside Go net/http", None, None),
)


def summarise_load(shape, samples, titles):
    """`samples` is one {server: Sample} a round. The row of a server with a fault is invalid."""
    rows = [_row(name, titles[name], [s[name] for s in samples]) for name in titles]
    invalid = {row["server"] for row in rows if row["fault"]}
    goals = [_goal(f"{shape.name}.cpu.{one}.{peer}", text, least, stretch,
                   [s[peer].cpu_us / s[one].cpu_us for s in samples], {one, peer} & invalid)
             for one, peer, text, least, stretch in _CPU_GOALS]
    goals.append(_goal(f"{shape.name}.p99", "p99 of nginx, no access log ÷ ours", 1.0, None,
                       [s[NGINX].p99_us / s[OURS].p99_us for s in samples],
                       {OURS, NGINX} & invalid))
    return {"load": shape.name, "title": shape.title, "rows": rows, "goals": goals}


def summarise_mint(samples):
    return {
        "mints_per_second": _median(s[mint.MINT] for s in samples),
        "openssl_signatures_per_second": _median(s[mint.OPENSSL] for s in samples),
        "goals": [_goal("mint", "mints beside openssl's bare signatures", 0.95, None,
                        [s[mint.MINT] / s[mint.OPENSSL] for s in samples], set())],
    }


def _row(name, title, samples):
    fields = ("rate", "cpu_us", "p50_us", "p99_us", "server_busy", "generator_busy", "others_busy")
    row = {key: _median(getattr(s, key) for s in samples) for key in fields}
    return {"server": name, "title": title, **row,
            "requests": sum(s.requests for s in samples),
            "fault": next((s.fault for s in samples if s.fault), "")}


def _goal(name, text, least, stretch, ratios, invalid):
    ratio = _median(ratios)
    return {"name": name, "text": text, "least": least, "stretch": stretch, "ratio": ratio,
            "lowest": min(ratios), "highest": max(ratios),
            "verdict": _verdict(ratios, least, stretch, invalid)}


def _verdict(ratios, least, stretch, invalid):
    if invalid:
        return "invalid: a server answered wrongly"
    if least is None:
        return "for comparison"
    ratio = _median(ratios)
    doubt = " (the rounds disagree)" if min(ratios) < least <= max(ratios) else ""
    if ratio < least:
        return f"NOT MET, {(1 - ratio / least) * 100:.1f} % short{doubt}"
    if stretch is None:
        return f"met{doubt}"
    return f"met, the stretch {'too' if ratio >= stretch else 'not'}{doubt}"


def _median(values):
    return statistics.median(list(values))


def render(result):
    parts = [_render_head(result)]
    parts += [_render_load(x) for x in result["loads"]]
    if result["mint"]:
        parts.append(_render_mint(result["mint"]))
    parts.append(_render_noise(result))
    return "\n\n".join(parts)


def _render_head(result):
    machine = result["machine"]
    where = (f"servers on core {machine['server_core']}, wrk on core {machine['generator_core']}"
             if machine["server_core"] != machine["generator_core"]
             else "ONE CORE for servers and wrk together: rates mean little, CPU time still counts")
    head = (f"{machine['cpu']}, {machine['cores']} cores, Linux {machine['kernel']}\n"
            f"one server thread each; {where}")
    if not result["answers"]:
        return head
    same = "; ".join(f"{name}: the same {answer['body_bytes']}-byte body and "
                     f"{answer['headers']} headers from each"
                     for name, answer in result["answers"].items())
    return f"{head}\n{same}\n{result['rounds']} rounds of {result['seconds']} s in turns, medians"


def _render_load(part):
    lines = [part["title"], f"  {'server':<26}{'requests/s':>11}{'CPU µs/req':>12}"
             f"{'p50 ms':>9}{'p99 ms':>9}{'server busy':>13}{'wrk busy':>10}"]
    for row in part["rows"]:
        lines.append(f"  {row['title']:<26}{row['rate']:>11,.0f}{row['cpu_us']:>12.2f}"
                     f"{row['p50_us'] / 1000:>9.3f}{row['p99_us'] / 1000:>9.3f}"
                     f"{row['server_busy'] * 100:>11.0f} %{row['generator_busy'] * 100:>8.0f} %"
                     + (f"   INVALID: {row['fault']}" if row["fault"] else ""))
    return "\n".join(lines + _render_goals(part["goals"]))


def _render_mint(part):
    return "\n".join([
        "signing with RSA-2048, one thread, per second of CPU time",
        f"  tokens minted          {part['mints_per_second']:>9,.0f}",
        f"  openssl speed rsa2048  {part['openssl_signatures_per_second']:>9,.0f}",
        *_render_goals(part["goals"])])


def _render_goals(goals):
    lines = [f"  {'ratio':<44}{'here':>6}{'rounds':>15}{'goal':>8}"]
    for goal in goals:
        least = "" if goal["least"] is None else f"≥ {goal['least']:.2f}"
        spread = f"{goal['lowest']:.2f}–{goal['highest']:.2f}"
        lines.append(f"  {goal['text']:<44}{goal['ratio']:>6.2f}{spread:>15}{least:>8}  "
                     f"{goal['verdict']}")
    return lines


def _render_noise(result):
    rows = [row for part in result["loads"] for row in part["rows"]]
    lines = []
    if rows:
        others = [row["others_busy"] for row in rows]
        lines.append(f"noise: everything else on the machine used {_median(others):.2f} of a core "
                     f"(at most {max(others):.2f}); load average "
                     f"{result['machine']['load_before']:.2f} before, "
                     f"{result['machine']['load_after']:.2f} after")
        if max(others) > 0.1:
            lines.append("the machine was not quiet: run it again before quoting a number")
        if _median(row["generator_busy"] for row in rows) > 0.9:
            lines.append("wrk's core is full, so requests/s is partly wrk's limit: "
                         "read the ratios of CPU time per request")
    return "\n".join(lines)
