# SPDX-License-Identifier: Apache-2.0
"""The servers that are compared: each is started on a free port, checked, and ended by its pid.

Ours answers first. nginx and Go then get the bytes of that answer's body and as many headers, so
all of them send the same thing.
"""

import contextlib
import http.client
import json
import os
import pathlib
import select
import socket
import subprocess
import time
from dataclasses import dataclass, field

import load

_HERE = pathlib.Path(__file__).parent
_MACHINE = _HERE.parent / "tests/contract/golden/machine.json"  # one that says all it can
_FROM_NGINX = {"server", "date", "content-type", "content-length", "connection"}
_FROM_GO = {"date", "content-length"}


class BenchError(Exception):
    """Something without which there is nothing to measure; the text is for people."""


@dataclass
class Answer:
    status: int
    headers: list
    body: bytes

    def header(self, name):
        return next((v for n, v in self.headers if n.lower() == name), "")

    def size(self):
        """Bytes on the wire, status line and header separators included."""
        head = sum(len(n) + len(v) + 4 for n, v in self.headers)
        return head + len("HTTP/1.1 200 OK\r\n\r\n") + len(self.body)


@dataclass(frozen=True)
class Question:
    """What all servers are asked. `check(first, second)` says what is wrong with two answers."""

    path: str
    query: str
    check: object

    @property
    def target(self):
        return f"{self.path}?{self.query}"


def _check_token(first, second):
    if not first.get("access_token") or first["access_token"] != second.get("access_token"):
        return "it does not hand out a kept token"
    return ""


def _check_document(first, second):
    if first != second or first["compute"]["vmSize"] != "Standard_D4s_v5":
        return "it does not show the machine that was described"
    return ""


QUESTIONS = {
    "token": Question("/metadata/identity/oauth2/token",
                      "api-version=2018-02-01&resource=https%3A%2F%2Fmanagement.azure.com%2F",
                      _check_token),
    "instance": Question("/metadata/instance", "api-version=2021-02-01", _check_document),
}


@dataclass
class Server:
    name: str
    title: str
    url: str
    pids: list
    log: pathlib.Path
    answer: Answer = field(init=False)

    def __post_init__(self):
        self.answer = _fetch(self.url)

    @property
    def answer_size(self):
        return self.answer.size()


# Ours, twice: as it is shipped, and without its log.
OURS, OURS_QUIET, NGINX, NGINX_LOG, GO = "openimds", "openimds-quiet", "nginx", "nginx-log", "go"


def start_all(stack, binary, folder, question):
    """Starts all servers; `stack` ends them. Returns them by name, every answer checked."""
    ours = _start_ours(stack, OURS, "openimds", binary, folder, "info", question)
    quiet = _start_ours(stack, OURS_QUIET, "openimds, no audit log", binary, folder, "warn", question)
    model = ours.answer
    peers = [
        _start_nginx(stack, NGINX, "nginx, no access log", folder, model, "off", question),
        _start_nginx(stack, NGINX_LOG, "nginx, access log", folder, model, "access.log", question),
        _start_go(stack, folder, model, question),
    ]
    for server in (ours, quiet):
        _check_ours(server, _fetch(server.url), question)
    for peer in peers:
        _check_same(peer, model)
    return {server.name: server for server in [ours, quiet, *peers]}


def _start_ours(stack, name, title, binary, folder, log_level, question):
    home = folder / name
    home.mkdir(mode=0o700)
    config = home / "openimds.toml"
    config.write_text(f'''
[state]
dir = "{home}/state"
[seed]
machine = "bench"
[[listener]]
protocol = "imds"
address = "127.0.0.1:0"
[[listener]]
protocol = "authority"
address = "127.0.0.1:0"
[server]
io_threads = 1
[log]
level = "{log_level}"
format = "json"
''')
    log = home / "log"
    command = [binary, "--config", config, "serve", "--output", "json"]
    process = _spawn(stack, command, log, stdout=subprocess.PIPE)
    ready = json.loads(_read_line(process, log))
    url = next(x["url"] for x in ready["listeners"] if x["protocol"] == "imds")
    subprocess.run([binary, "--config", config, "machine", "update", "bench", "--file", _MACHINE],
                   capture_output=True, check=True, timeout=20)
    return Server(name, title, url + question.target, [process.pid], log)


def _start_nginx(stack, name, title, folder, model, access_log, question, address="127.0.0.1",
                 port=None):
    home = folder / name
    home.mkdir()
    port = port or _free_port()
    body = model.body.decode().replace("\\", "\\\\").replace("'", "\\'")
    extra = "".join(f"add_header {n} '{v}';\n" for n, v in _headers_to_add(model, _FROM_NGINX))
    temporary = "".join(f"{kind}_temp_path temporary;\n" for kind in
                        ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    (home / "nginx.conf").write_text(f'''
worker_processes 1;
daemon off;
pid nginx.pid;
error_log log warn;
events {{ worker_connections 4096; }}
http {{
{temporary}
access_log {access_log};
keepalive_requests 100000000;
server {{
listen {address}:{port};
location = {question.path} {{
default_type '{model.header("content-type")}';
{extra}
return 200 '{body}';
}} }} }}
''')
    log = home / "access.log"
    process = _spawn(stack, ["nginx", "-p", home, "-e", "log", "-c", "nginx.conf"], home / "log")
    url = f"http://{address}:{port}{question.target}"
    _wait_for(port, process, home / "log", address)
    return Server(name, title, url, [process.pid, *_children(process.pid)], log)


def _start_go(stack, folder, model, question):
    home = folder / GO
    home.mkdir()
    program = home / "go_server"
    environment = dict(os.environ, GO111MODULE="off", GOPROXY="off", GOMAXPROCS="1")
    built = subprocess.run(["go", "build", "-o", program, _HERE / "go_server.go"],
                           env=dict(environment, GOMAXPROCS="2"), capture_output=True, text=True,
                           check=False, timeout=120)
    if built.returncode:
        raise BenchError(f"go build failed: {built.stderr.strip()}")
    (home / "body").write_bytes(model.body)
    port = _free_port()
    extra = [text for header in _headers_to_add(model, _FROM_GO) for text in header]
    process = _spawn(stack, [program, f"127.0.0.1:{port}", home / "body", *extra], home / "log",
                     env=environment)
    _wait_for(port, process, home / "log")
    return Server(GO, "Go net/http", f"http://127.0.0.1:{port}{question.target}", [process.pid],
                  home / "log")


def _headers_to_add(model, automatic):
    """So many of our headers that the peer sends as many as we do; the server adds `automatic`."""
    own = [(n, v) for n, v in model.headers if n.lower() not in automatic]
    return own[: max(0, len(model.headers) - len(automatic))]


def _check_ours(server, again, question):
    for answer in (server.answer, again):
        if answer.status != 200:
            raise BenchError(f"{server.title} answered {answer.status}: {answer.body[:200]!r}")
    problem = question.check(json.loads(server.answer.body), json.loads(again.body))
    if problem:
        raise BenchError(f"{server.title}: {problem}")


def _check_same(peer, model):
    if peer.answer.status != 200 or peer.answer.body != model.body:
        raise BenchError(f"{peer.title} does not send our body: {peer.answer}")
    if len(peer.answer.headers) != len(model.headers):
        raise BenchError(f"{peer.title} sends {len(peer.answer.headers)} headers, "
                         f"ours {len(model.headers)}")


def _fetch(url):
    host, _, target = url.removeprefix("http://").partition("/")
    with contextlib.closing(http.client.HTTPConnection(host, timeout=10)) as connection:
        connection.request("GET", "/" + target, headers={"Metadata": "true"})
        response = connection.getresponse()
        return Answer(response.status, response.getheaders(), response.read())


def _spawn(stack, command, log, **options):
    """Starts a server on its core in a session of its own, its stderr appended to `log`."""
    pinned = ["taskset", "-c", str(load.cores()[0]), *map(str, command)]
    with open(log, "ab") as errors:
        options.setdefault("stdout", errors)
        process = subprocess.Popen(pinned, stderr=errors, stdin=subprocess.DEVNULL,
                                   start_new_session=True, **options)
    stack.callback(_end, process)
    return process


def _end(process):
    """Asks the process to end, then makes it and its children end."""
    children = _children(process.pid)
    process.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(10)
        return
    for pid in [process.pid, *children]:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, 9)
    process.wait()


def _children(pid):
    try:
        return [int(x) for x in
                pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def _free_port():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


def _read_line(process, log):
    if select.select([process.stdout], [], [], 20)[0]:
        line = process.stdout.readline()
        if line:
            return line
    raise BenchError(f"the service did not become ready: {_tail(log)}")


def _wait_for(port, process, log, address="127.0.0.1"):
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection((address, port), 1):
            return
        time.sleep(0.02)
    raise BenchError(f"a server did not start: {_tail(log)}")


def _tail(log):
    return log.read_text(errors="replace")[-600:].strip()
