# SPDX-License-Identifier: Apache-2.0
"""What the attack tests share. Every attack must fail, and must leave the service as it was."""

from harness import rawhttp
from harness.openimds import TOKEN_PATH

ARM = "https://management.azure.com/"
ASK = f"{TOKEN_PATH}?api-version=2018-02-01&resource={ARM}"
ASK_EXTENSION = f"/oauth2/token?resource={ARM}"
HEADER = {"Metadata": "true"}

# Rows 6, 19 and 20: no name of ours, and other spellings of one.
FOREIGN_HOSTS = ("0xa9fea9fe", "2852039166", "0251.0376.0251.0376", "evil.example",
                 "[::ffff:169.254.169.254]", "169.254.43518", "localhost@evil", "127.0.0.1:99999")
# Rows 2, 6 and 23: through a proxy, from a browser, or without the one header.
UNTRUSTED_HEADERS = ({}, {"Metadata": "false"}, {"Metadata": ""}, {"Metadata_": "true"},
                     [("Metadata", "true"), ("Metadata", "true")],
                     {**HEADER, "X-Forwarded-For": ""}, {**HEADER, "x-forwarded-for": "127.0.0.1"},
                     {**HEADER, "Origin": "null"}, {**HEADER, "Sec-Fetch-Site": "none"})

# A well-formed request, to be smuggled behind a bad one: whoever answers it has been desynced.
SECOND = rawhttp.request(target=ASK, headers=HEADER)


def ask(address, target=ASK, headers=None, **parts):
    return rawhttp.ask(address, target=target, headers=HEADER if headers is None else headers,
                       **parts)


def expect_works(service):
    """The control run: an ordinary request on a connection of its own."""
    assert service.is_running(), service.log_tail()
    response = ask(service.imds)
    assert response.status == 200 and response.json()["access_token"]


def expect_no_token(response):
    assert response.status >= 400, response
    assert b"access_token" not in response.body and b"eyJ" not in response.body


def expect_refused(response, *statuses):
    expect_no_token(response)
    assert response.status in statuses, response
    assert response.json()["error"]
    return response


def expect_refused_and_ended(address, data, *statuses):
    """The bytes are answered once, with a refusal, and nothing behind them is read."""
    with rawhttp.Connection(address) as connection:
        connection.send_what_it_takes(data + SECOND)
        responses = connection.receive_all()
    assert len(responses) == 1, responses
    assert not responses[0].keeps_alive
    return expect_refused(responses[0], *(statuses or (400,)))
