# SPDX-License-Identifier: Apache-2.0
"""An authority elsewhere that is down, slow, wrong or evil: what the caller sees, what the log
says, and that nothing leaks (attacks.md rows 5, 46 and 48)."""

import concurrent.futures
import socket
import subprocess
import threading
import time

import pytest

from harness import rawhttp
from harness.openimds import SEED, TOKEN_PATH, Service
from harness.timing import scaled, wait_until
from harness.upstream import Upstream

SECRET = "s3cret-Value-that-must-not-be-seen"
RESOURCE = "https://vault.azure.net"
QUICK = {"upstream": {"connect_timeout": 1, "timeout": 2}}


class Pair:
    """A service whose machine gets its tokens from a scripted authority."""

    def __init__(self, service, upstream):
        self.service = service
        self.upstream = upstream
        path = service.folder / "secret"
        path.write_text(SECRET + "\n", encoding="ascii")
        path.chmod(0o600)
        self.secret_file = path
        self.use(upstream.url)

    def use(self, authority, *more):
        return self.service.cli("identity", "credential", "set", "vm1", "client_secret",
                                "--secret-file", str(self.secret_file),
                                "--authority-host", authority, *more)

    def ask(self, resource=RESOURCE, query=""):
        return rawhttp.ask(self.service.imds, headers={"Metadata": "true"}, timeout=scaled(20),
                           target=f"{TOKEN_PATH}?api-version=2018-02-01&resource={resource}{query}")

    def failures(self):
        return self.service.events("upstream.failed")

    def expect_failure(self, reason, status=503, kind="upstream.failed"):
        response = self.ask()
        assert response.status == status, response
        failed = self.service.said(kind)[-1]
        assert failed["reason"] == reason, failed
        self.expect_no_leak(response)
        return response

    def expect_no_leak(self, *responses):
        for text in (self.service.log_text(), *(it.text for it in responses)):
            assert SECRET not in text
            for token in self.upstream.issued:
                assert token not in text


@pytest.fixture(name="pair")
def _pair():
    with Upstream() as upstream, Service(settings=QUICK) as service:
        yield Pair(service, upstream)


def test_a_token_comes_once_and_is_kept(pair):
    first = pair.ask()
    assert first.status == 200, first
    assert first.json()["access_token"] == pair.upstream.issued[0]
    assert first.json()["resource"] == RESOURCE
    assert pair.ask().json()["access_token"] == pair.upstream.issued[0]
    assert len(pair.upstream.calls) == 1
    call = pair.upstream.calls[0]
    assert call.target == f"/{SEED['tenant_id']}/oauth2/v2.0/token"
    assert call.form["scope"] == RESOURCE + "/.default"
    assert call.form["client_secret"] == SECRET
    assert call.headers["content-type"] == "application/x-www-form-urlencoded"
    pair.expect_no_leak()


def test_v1_asks_for_the_resource_letter_for_letter(pair):
    pair.use(pair.upstream.url, "--protocol", "v1")
    assert pair.ask("https://management.azure.com//").status == 200
    call = pair.upstream.calls[0]
    assert call.target == f"/{SEED['tenant_id']}/oauth2/token"
    assert call.form["resource"] == "https://management.azure.com//"


def test_connections_are_used_again(pair):
    for number in range(5):
        assert pair.ask(f"https://r{number}.example").status == 200
    assert pair.upstream.connections == 1


def test_fifteen_callers_on_a_cold_start_cause_one_call(pair):
    pair.upstream.script = Upstream.slow(0.3)
    with concurrent.futures.ThreadPoolExecutor(15) as pool:
        answers = list(pool.map(lambda _: pair.ask(), range(15)))
    assert {answer.status for answer in answers} == {200}
    assert {answer.json()["access_token"] for answer in answers} == set(pair.upstream.issued)
    assert len(pair.upstream.calls) == 1


def test_bypass_cache_asks_again(pair):
    assert pair.ask().status == 200
    assert pair.ask(query="&bypass_cache=true").json()["access_token"] == pair.upstream.issued[1]


@pytest.mark.parametrize("script, reason", [
    (Upstream.silence, "upstream.timeout"),
    (Upstream.endless, "upstream.too_large"),
    (Upstream.reset, "upstream.broken"),
    (Upstream.status(200, "<html>login</html>", "text/html"), "upstream.nonsense"),
    (Upstream.status(200, "<html>login</html>"), "upstream.nonsense"),
    (Upstream.status(302, "", Location="http://169.254.169.254/"), "upstream.nonsense"),
    (Upstream.status(500, "oops", "text/plain"), "upstream.trouble"),
    (Upstream.status(502, "<html>", "text/html"), "upstream.trouble"),
    (Upstream.token(aud="https://evil.example"), "upstream.nonsense"),
    (Upstream.token(exp=1), "upstream.nonsense"),
    (Upstream.token(expires_in=0), "upstream.nonsense"),
    (Upstream.token(token_type="mac"), "upstream.nonsense"),
], ids=["silence", "endless", "reset", "html", "html_as_json", "redirect", "500", "502",
        "wrong_audience", "expired", "no_lifetime", "wrong_type"])
def test_attack_46_nonsense_is_503_and_never_a_token(pair, script, reason):
    pair.upstream.script = script
    response = pair.expect_failure(reason)
    assert int(response.header("Retry-After")) >= 1
    assert "access_token" not in response.text
    assert response.json()["error"] == "service_unavailable"


def test_a_token_with_less_to_live_than_must_remain_is_refused(pair):
    pair.upstream.script = Upstream.token(lifetime=30)
    pair.expect_failure("upstream.nonsense", kind="token.refused")


def test_attack_5_a_redirect_is_not_followed(pair):
    with Upstream() as other:
        pair.upstream.script = Upstream.status(307, "", Location=other.url + "/token")
        pair.expect_failure("upstream.nonsense")
        assert not other.calls


def test_a_refusal_passes_through_with_the_authoritys_words(pair):
    pair.upstream.script = Upstream.refusal(401, "invalid_client", "AADSTS7000215: wrong secret")
    response = pair.expect_failure("upstream.refused", status=400)
    assert response.json() == {"error": "invalid_client",
                               "error_description": "AADSTS7000215: wrong secret"}


def test_bb_14_an_unknown_audience_passes_through_as_400(pair):
    text = f"AADSTS500011: The resource principal named x was not found in {SEED['tenant_id']}"
    pair.upstream.script = Upstream.refusal(400, "invalid_resource", text)
    response = pair.expect_failure("upstream.refused", status=400)
    assert response.json() == {"error": "invalid_resource", "error_description": text}


def test_an_authority_that_repeats_the_secret_does_not_make_us_tell_it(pair):
    pair.upstream.script = Upstream.echo_refusal
    response = pair.expect_failure("upstream.refused", status=400)
    assert "[secret]" in response.text


def test_a_final_refusal_is_not_hammered_and_a_new_secret_counts_at_once(pair):
    pair.upstream.script = Upstream.refusal(401, "invalid_client", "wrong")
    for _ in range(20):
        assert pair.ask().status == 400
    assert len(pair.upstream.calls) == 1
    pair.upstream.script = Upstream.token()
    pair.use(pair.upstream.url)
    assert pair.ask().status == 200


def test_a_storm_of_429_is_answered_without_another_call(pair):
    pair.upstream.script = Upstream.status(429, "{}", Retry_After="30")
    first = pair.ask()
    assert first.status == 429
    assert int(first.header("Retry-After")) == 30
    with concurrent.futures.ThreadPoolExecutor(15) as pool:
        answers = list(pool.map(lambda n: pair.ask(f"https://r{n % 5}.example"), range(30)))
    assert {answer.status for answer in answers} == {429}
    assert all(25 <= int(answer.header("Retry-After")) <= 30 for answer in answers)
    assert len(pair.upstream.calls) == 1, "the authority asked to be left alone"


def test_503_with_retry_after_is_respected(pair):
    pair.upstream.script = Upstream.status(503, "{}", Retry_After="20")
    response = pair.expect_failure("upstream.trouble")
    assert int(response.header("Retry-After")) == 20
    pair.upstream.script = Upstream.token()
    assert pair.ask("https://another.example").status == 503
    assert len(pair.upstream.calls) == 1


def test_an_identity_whose_authority_hangs_does_not_slow_another(pair):
    pair.upstream.script = Upstream.silence
    with Upstream() as healthy:
        pair.service.cli("identity", "credential", "set", "openimds-identity", "client_secret",
                         "--secret-file", str(pair.secret_file), "--authority-host", healthy.url)
        client_id = pair.service.cli("identity", "show", "openimds-identity")["clientId"]
        with concurrent.futures.ThreadPoolExecutor(40) as pool:
            stuck = [pool.submit(pair.ask, f"https://stuck{n}.example") for n in range(40)]
            wait_until(lambda: pair.upstream.calls, what="a call that hangs")
            quick = pair.ask("https://quick.example", f"&client_id={client_id}")
            assert quick.status == 200
            assert not all(future.done() for future in stuck), "it was answered while those hung"
            assert {future.result().status for future in stuck} == {503}


def test_name_that_cannot_be_looked_up(pair):
    pair.use("https://login.invalid")
    pair.expect_failure("upstream.name_lookup")


def test_authority_where_nobody_listens(pair):
    pair.use("http://127.0.0.1:1")
    pair.expect_failure("upstream.connect")


def test_secret_file_that_is_gone_is_503_and_names_the_file_only(pair):
    pair.secret_file.unlink()
    response = pair.ask()
    assert response.status == 503
    failed = wait_until(pair.failures)[-1]
    assert failed["reason"] == "credential.unreadable"
    assert str(pair.secret_file) in failed["message"]
    assert not pair.upstream.calls


def test_old_token_is_served_while_the_authority_is_down_and_replaced_when_it_is_back():
    settings = {**QUICK, "tokens": {"refresh_percent": 10, "min_remaining": 1}}
    with Upstream() as upstream, Service(settings=settings) as service:
        pair = Pair(service, upstream)
        upstream.script = Upstream.token(lifetime=12)
        first = pair.ask().json()["access_token"]
        upstream.script = Upstream.status(500)
        end = time.monotonic() + 5  # refreshing began after 1.2 to 2.4 s
        while time.monotonic() < end:
            answer = pair.ask()
            assert (answer.status, answer.json()["access_token"]) == (200, first)
            time.sleep(0.05)
        tried = len(upstream.calls)
        assert 2 <= tried <= 8, "it tries again, with pauses"
        upstream.script = Upstream.token(lifetime=120)
        wait_until(lambda: pair.ask().json()["access_token"] != first, 8, "the new token")


def test_revoked_in_mid_flight_valid_tokens_are_served_until_they_end():
    settings = {**QUICK, "tokens": {"refresh_percent": 10, "min_remaining": 1}}
    with Upstream() as upstream, Service(settings=settings) as service:
        pair = Pair(service, upstream)
        upstream.script = Upstream.token(lifetime=5)
        assert pair.ask().status == 200
        upstream.script = Upstream.refusal(401, "invalid_client", "AADSTS700027: revoked")
        wait_until(lambda: pair.ask() and len(upstream.calls) > 1, 8, "a refresh")
        wait_until(lambda: pair.ask().status == 400, 8, "the end of the last token")
        assert "AADSTS700027" in pair.ask().text


def make_certificate(folder, name, *, days="2", subject="localhost"):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", days,
                    "-keyout", folder / f"{name}.key", "-out", folder / f"{name}.pem",
                    "-subj", f"/CN={subject}", "-addext", f"subjectAltName=DNS:{subject}"],
                   check=True, capture_output=True)

    class Files:
        certificate = folder / f"{name}.pem"
        key = folder / f"{name}.key"
    return Files


@pytest.mark.parametrize("subject, trusted", [("localhost", True), ("localhost", False),
                                              ("other.example", True)])
def test_only_a_certificate_that_is_trusted_and_names_the_host_gets_the_secret(
        tmp_path, subject, trusted):
    files = make_certificate(tmp_path, "server", subject=subject)
    authority = files.certificate if trusted else make_certificate(tmp_path, "ca").certificate
    settings = {"upstream": {**QUICK["upstream"], "ca_file": str(authority)}}
    with Upstream(files) as upstream, Service(settings=settings) as service:
        pair = Pair(service, upstream)
        if trusted and subject == "localhost":
            assert pair.ask().status == 200
            return
        pair.expect_failure("upstream.tls")
        assert not upstream.calls


class Proxy:
    """Takes connections, keeps the first line of each, and says that it will not."""

    def __init__(self):
        self.lines = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection:
                self.lines.append(connection.recv(65536).split(b"\r\n")[0].decode())
                connection.sendall(b"HTTP/1.1 502 No\r\nContent-Length: 0\r\n\r\n")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._listener.close()


@pytest.mark.parametrize("no_proxy, through", [("", True), ("login.invalid", False)])
def test_https_proxy_and_no_proxy_count_for_authorities(no_proxy, through):
    with Proxy() as proxy, Upstream() as upstream, \
            Service(settings=QUICK, environment={"HTTPS_PROXY": proxy.url,
                                                 "NO_PROXY": no_proxy}) as service:
        pair = Pair(service, upstream)
        pair.use("https://login.invalid")
        pair.expect_failure("upstream.connect" if through else "upstream.name_lookup")
        assert proxy.lines == (["CONNECT login.invalid:443 HTTP/1.1"] if through else [])


def test_no_proxy_stands_between_us_and_an_authority_on_this_host():
    with Proxy() as proxy, Upstream() as upstream, \
            Service(settings=QUICK, environment={
                name: proxy.url for name in ("HTTPS_PROXY", "https_proxy", "http_proxy",
                                             "ALL_PROXY")}) as service:
        assert Pair(service, upstream).ask().status == 200
        assert not proxy.lines


def test_stopping_does_not_wait_for_an_authority_that_hangs(pair):
    pair.upstream.script = Upstream.silence
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        asked = pool.submit(pair.ask)
        wait_until(lambda: pair.upstream.calls, what="the call")
        pair.service.stop()
        assert asked.result().status == 503
