# SPDX-License-Identifier: Apache-2.0
"""The platform's side of the Linux agent: wire server, host plugin and blob store, for one machine.

    with WireServer(folder) as wire:
        wire.publish(package)                       # a zip, as {name, version, path}
        wire.set_goal(Extension(name, "1.0.0.1", seq=0, settings={"port": 50342}))
        wire.wait_for(lambda report: report.status(name) == "success")

What the agent asks is answered out of one GoalState at a time; a new one has a new incarnation,
which is what makes the agent work. What the agent says of its extensions arrives as reports.
"""

import base64
import dataclasses
import html
import http.server
import json
import threading
import time
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

import envelopes
from harness import openssl
from harness.timing import scaled

WIRE_SERVER = "168.63.129.16"
WIRE_PORT, PLUGIN_PORT, BLOB_PORT = 80, 32526, 8081
BLOBS = f"http://{WIRE_SERVER}:{BLOB_PORT}"
CONTAINER = "9f1c4f58-0000-4000-8000-00000000c0de"
INSTANCE = "_machine_0"
XML = '<?xml version="1.0" encoding="utf-8"?>'


@dataclass(frozen=True)
class Extension:
    """What the goal state wants of one extension. `settings` None: it has none at all.
    `protected` is enveloped to the tenant's certificate; `raw` replaces the whole settings text."""
    name: str
    version: str
    seq: int = 0
    settings: dict = field(default_factory=dict)
    protected: dict = None
    raw: str = None
    state: str = "enabled"


@dataclass(frozen=True)
class GoalState:
    incarnation: int
    extensions: tuple
    certificates: tuple  # of (certificate, key), as paths


class Report:
    """The status that the agent has uploaded."""

    def __init__(self, document):
        self.document = document
        handlers = document["aggregateStatus"]["handlerAggregateStatus"]
        self.handlers = {entry["handlerName"]: entry for entry in handlers}

    def handler(self, name):
        """(version, Ready or NotReady, code, message); None if nothing is reported of it."""
        entry = self.handlers.get(name)
        if entry is None:
            return None
        text = entry.get("formattedMessage") or {}
        return entry["handlerVersion"], entry["status"], entry["code"], text.get("message", "")

    def settings_status(self, name):
        """(seq, status, code, message, operation) of its settings; None without."""
        entry = self.handlers.get(name, {}).get("runtimeSettingsStatus")
        if entry is None:
            return None
        status = entry["settingsStatus"]["status"]
        text = status.get("formattedMessage") or {}
        return (int(entry["sequenceNumber"]), status["status"], status["code"],
                text.get("message", ""), status.get("operation"))


class WireServer:
    def __init__(self, folder):
        self.folder = folder
        self.tenant = openssl.make_signer(folder, "tenant", days=400)
        self.packages = []
        self.goal = GoalState(1, (), ())
        self.requests = []  # (port, method, target) of all, in order
        self.failing = set()  # targets that are answered 503 for now
        self.changed = threading.Condition()
        self.reports = []
        self.servers = []

    def __enter__(self):
        for port, answer in ((WIRE_PORT, self._wire), (PLUGIN_PORT, self._host_plugin),
                             (BLOB_PORT, self._blob)):
            server = http.server.ThreadingHTTPServer((WIRE_SERVER, port), _exchange(self, answer))
            server.daemon_threads = True
            threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
            self.servers.append(server)
        return self

    def __exit__(self, *_):
        for server in self.servers:
            server.shutdown()
            server.server_close()

    # What a test says and asks.

    def publish(self, name, version, path):
        self.packages.append((name, version, path))

    def set_goal(self, *extensions, certificates=None):
        """A new goal state; certificates stay as they were unless given."""
        with self.changed:
            kept = self.goal.certificates if certificates is None else tuple(certificates)
            self.goal = GoalState(self.goal.incarnation + 1, extensions, kept)
            self.reports.clear()  # of the goal before

    def wait_for(self, holds, timeout=60):
        """The first report since the last set_goal() that `holds`."""
        deadline = time.monotonic() + scaled(timeout)
        with self.changed:
            seen = 0
            while True:
                for report in self.reports[seen:]:
                    if holds(report):
                        return report
                seen = len(self.reports)
                left = deadline - time.monotonic()
                assert left > 0, f"no such report; the last: {self._last_report()}"
                self.changed.wait(left)

    def _last_report(self):
        return json.dumps(self.reports[-1].document, indent=1) if self.reports else "none"

    # What the agent asks.

    def _wire(self, request):
        asked = {name: values[0] for name, values in parse_qs(urlsplit(request.path).query).items()}
        documents = {
            "versions": self._versions, "goalstate": self._goal_state,
            "hostingEnvironmentConfig": self._hosting_environment,
            "sharedConfig": lambda _: f'{XML}<SharedConfig version="1.0.0.0"/>',
            "certificates": self._certificates, "extensionsConfig": self._extensions_config}
        render = documents.get(asked.get("type") or asked.get("comp"))
        return 200, render(request) if render else ""  # the others: telemetry, health, properties

    @staticmethod
    def _versions(_):
        version = "<Version>2012-11-30</Version>"
        return (f"{XML}<Versions><Preferred>{version}</Preferred>"
                f"<Supported>{version}</Supported></Versions>")

    def _goal_state(self, _):
        where = f"http://{WIRE_SERVER}:{WIRE_PORT}/machine/{CONTAINER}/{INSTANCE}?comp=config&amp;type="
        documents = "".join(
            f"<{tag}>{where}{tag[0].lower()}{tag[1:]}</{tag}>"
            for tag in ("HostingEnvironmentConfig", "SharedConfig", "Certificates",
                        "ExtensionsConfig"))
        return (f"{XML}<GoalState><Version>2012-11-30</Version>"
                f"<Incarnation>{self.goal.incarnation}</Incarnation>"
                "<Machine><ExpectedState>Started</ExpectedState></Machine>"
                f"<Container><ContainerId>{CONTAINER}</ContainerId><RoleInstanceList><RoleInstance>"
                f"<InstanceId>{INSTANCE}</InstanceId><State>Started</State><Configuration>{documents}"
                "<ConfigName>test.0.test.0._machine.1.xml</ConfigName></Configuration>"
                "</RoleInstance></RoleInstanceList></Container></GoalState>")

    @staticmethod
    def _hosting_environment(_):
        return (f'{XML}<HostingEnvironmentConfig version="1.0.0.0"><Deployment name="test"/>'
                f'<Incarnation number="1" instance="{INSTANCE}"/><Role name="machine"/>'
                "</HostingEnvironmentConfig>")

    def _certificates(self, request):
        """The tenant's and the goal state's certificates with their keys: a PFX without password,
        enveloped to the certificate that the agent sends along."""
        body = request.headers["x-ms-guest-agent-public-x509-cert"]
        recipient = self.folder / "transport.pem"
        recipient.write_text(f"-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n")
        box = envelopes.pfx_of([self.tenant, *self.goal.certificates])
        data = base64.encodebytes(envelopes.enveloped(box, recipient)).decode()
        return (f"{XML}<CertificateFile><Version>2010-12-15</Version>"
                f"<Incarnation>{self.goal.incarnation}</Incarnation>"
                f"<Format>Pkcs7BlobWithPfxContents</Format><Data>{data}</Data></CertificateFile>")

    def _extensions_config(self, _):
        plugins = "".join(
            f'<Plugin name="{it.name}" version="{it.version}" location="{BLOBS}/manifest/{it.name}" '
            f'state="{it.state}" autoUpgrade="false" runAsStartupTask="false" isJson="true" '
            'useExactVersion="true"/>' for it in self.goal.extensions)
        settings = "".join(
            f'<Plugin name="{it.name}" version="{it.version}"><RuntimeSettings seqNo="{it.seq}">'
            f"{html.escape(self._settings_text(it), quote=False)}</RuntimeSettings></Plugin>"
            for it in self.goal.extensions if it.settings is not None)
        return (f'{XML}<Extensions version="1.0.0.0" goalStateIncarnation="{self.goal.incarnation}">'
                "<GuestAgentExtension><GAFamilies></GAFamilies></GuestAgentExtension>"
                f"<Plugins>{plugins}</Plugins><PluginSettings>{settings}</PluginSettings>"
                f'<StatusUploadBlob statusBlobType="BlockBlob">{BLOBS}/status</StatusUploadBlob>'
                "</Extensions>")

    def _settings_text(self, extension):
        if extension.raw is not None:
            return extension.raw
        settings = {"publicSettings": extension.settings}
        if extension.protected is not None:
            certificate, _ = self.tenant
            plain = json.dumps(extension.protected).encode()
            settings["protectedSettings"] = base64.b64encode(
                envelopes.enveloped(plain, certificate)).decode()
            settings["protectedSettingsCertThumbprint"] = envelopes.thumbprint(certificate)
        return json.dumps({"runtimeSettings": [{"handlerSettings": settings}]})

    # The agent's other two.

    def _host_plugin(self, request):
        path = urlsplit(request.path).path
        if path == "/versions":
            return 200, '["2015-09-01"]'
        if path == "/status":
            upload = json.loads(request.content)
            self._take_report(base64.b64decode(upload.get("content", "")))
            return 200, ""
        if path == "/extensionArtifact":
            return self._download(urlsplit(request.headers["x-ms-artifact-location"]).path)
        return (404, "") if path == "/vmSettings" else (200, "")

    def _take_report(self, blob):
        if not blob:
            return
        report = Report(json.loads(blob))
        with self.changed:
            self.reports.append(report)
            self.changed.notify_all()

    def _blob(self, request):
        path = urlsplit(request.path).path
        if path == "/status":
            self._take_report(request.content)
            return 201, ""
        return self._download(path)

    def _download(self, path):
        kind, _, name = path.strip("/").partition("/")
        if kind == "manifest":
            return 200, self._manifest(name)
        for package, version, file in self.packages:
            if (kind, name) == ("package", f"{package}-{version}.zip"):
                return 200, file.read_bytes()
        return 404, ""

    def _manifest(self, name):
        versions = "".join(
            f"<Plugin><Version>{version}</Version><Uris><Uri>{BLOBS}/package/{name}-{version}.zip"
            "</Uri></Uris></Plugin>"
            for package, version, _ in self.packages if package == name)
        return f"{XML}<PluginVersionManifest><Plugins>{versions}</Plugins></PluginVersionManifest>"


def _exchange(wire, answer):
    """One request of the agent, as http.server wants it."""

    class Exchange(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        content = b""

        def _run(self):
            self.content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            wire.requests.append((self.server.server_address[1], self.command, self.path))
            status, body = (503, "") if self.path in wire.failing else answer(self)
            body = body.encode() if isinstance(body, str) else body
            self.send_response(status)
            self.send_header("Content-Type", "text/xml; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_PUT = do_POST = _run  # noqa: N815

        def log_message(self, *_):
            """The test has `requests`."""

    return Exchange
