# SPDX-License-Identifier: Apache-2.0
"""What a vector may expect of a response: one small check per key of `expect`.

A key that is not listed here is an error, so no expectation is passed over in silence.
"""

import base64
import datetime
import json
import re
import uuid

from harness import openssl
from harness.timing import scaled

RETRYABLE = {404, 408, 410, 429} | set(range(500, 600))  # protocol.md C.4
MISSING = object()


def check(expect, response, elapsed):
    """Raises AssertionError with the first expectation that does not hold."""
    for key, wanted in expect.items():
        assert key in CHECKS, f"no check for the expectation {key!r}"
        CHECKS[key](wanted, response, elapsed)


def _status(wanted, response, _):
    assert response.status == wanted


def _status_any(wanted, response, _):
    assert response.status in wanted


def _headers(wanted, response, _):
    for name, value in wanted.items():
        assert response.header(name) == value


def _headers_contain_ci(wanted, response, _):
    for name, part in wanted.items():
        assert part.lower() in (response.header(name) or "").lower()


def _headers_regex_ci(wanted, response, _):
    for name, pattern in wanted.items():
        assert re.search(pattern, response.header(name) or "", re.IGNORECASE)


def _headers_present(wanted, response, _):
    for name in wanted:
        assert response.header(name) is not None, name


def _headers_absent_prefix(wanted, response, _):
    for name, prefix in wanted.items():
        assert not any(value.startswith(prefix) for value in response.all(name)), name


def _json(wanted, response, _):
    assert _is_part(wanted, response.json()), response.text


def _is_part(wanted, found):
    if isinstance(wanted, dict):
        return isinstance(found, dict) and all(
            _is_part(value, found.get(key, MISSING)) for key, value in wanted.items())
    return wanted == found and type(wanted) is type(found)


def _json_types(wanted, response, _):
    document = response.json()
    for path, kind in wanted.items():
        value = find(document, path)
        assert value is not MISSING, f"{path} is missing"
        assert has_type(value, kind), f"{path} = {value!r} is no {kind}"


def _json_contains(wanted, response, _):
    for path, part in wanted.items():
        assert part in find(response.json(), path)


def _json_absent(wanted, response, _):
    try:
        document = response.json()
    except ValueError:  # not JSON at all: then not as text either
        document = {}
    for path in wanted:
        name = path.split(" ")[0]  # `cuId.vmssId (on a single VM)`
        assert find(document, name) is MISSING, f"{name} in {response.text}"
        assert f'"{name}"'.encode() not in response.body


def _json_nonempty(wanted, response, _):
    for path in wanted:
        assert find(response.json(), path) not in (MISSING, "", None, [], {}), path


def _json_keys_exact(wanted, response, _):
    assert sorted(response.json()) == sorted(wanted)


def _json_key_order(wanted, response, _):
    assert list(response.json()) == wanted


def _key_fields(wanted, response, _):
    keys = response.json()["keys"]
    assert keys
    for key in keys:
        assert set(wanted) <= set(key), key


def _body_contains(wanted, response, _):
    for part in wanted:
        assert part in response.text


def _body_not_contains(wanted, response, _):
    for part in wanted:
        assert part not in response.text


def _body_regex(wanted, response, _):
    assert re.search(wanted, response.text)


def _body_single_line(wanted, response, _):
    assert wanted is True
    assert response.body and not re.search(rb"[\r\n]", response.body)


def _body_first_line_is_full_json(wanted, response, _):
    assert wanted is True
    assert isinstance(json.loads(response.text.splitlines()[0]), dict)


def _body_empty(wanted, response, _):
    assert wanted is True
    assert response.body == b""


def _retryable(wanted, response, _):
    assert (response.status in RETRYABLE) == wanted


def _retry_within_s(wanted, response, _):
    assert int(response.header("Retry-After") or "0") <= wanted


def _max_ms(wanted, _, elapsed):
    assert elapsed * 1000 <= scaled(wanted)


def _pkcs7_payload(wanted, response, _):
    signed = base64.b64decode(response.json()["signature"], validate=True)
    assert _is_part(wanted, json.loads(openssl.content(signed)))


def _meaning(wanted, _, __):
    assert isinstance(wanted, str)  # a word to the reader


CHECKS = {
    "status": _status,
    "status_any": _status_any,
    "headers": _headers,
    "headers_contain_ci": _headers_contain_ci,
    "headers_regex_ci": _headers_regex_ci,
    "headers_present": _headers_present,
    "headers_absent_prefix": _headers_absent_prefix,
    "json": _json,
    "json_types": _json_types,
    "json_contains": _json_contains,
    "json_absent": _json_absent,
    "json_nonempty": _json_nonempty,
    "json_keys_exact": _json_keys_exact,
    "json_key_order": _json_key_order,
    "key_fields": _key_fields,
    "body_contains": _body_contains,
    "body_not_contains": _body_not_contains,
    "body_regex": _body_regex,
    "body_single_line": _body_single_line,
    "body_first_line_is_full_json": _body_first_line_is_full_json,
    "body_empty": _body_empty,
    "retryable": _retryable,
    "retry_within_s": _retry_within_s,
    "max_ms": _max_ms,
    "pkcs7_payload": _pkcs7_payload,
    "meaning": _meaning,
}


def find(document, path):
    """The value under a dotted path (`keys.0.kid`), or MISSING."""
    for step in path.split("."):
        if isinstance(document, list) and step.isdigit() and int(step) < len(document):
            document = document[int(step)]
        elif isinstance(document, dict) and step in document:
            document = document[step]
        else:
            return MISSING
    return document


def has_type(value, kind):
    kind, _, detail = kind.partition(":")
    if kind == "array":
        return isinstance(value, list) and _entries_have_type(value, detail)
    if detail:
        return has_type(value, kind) and DETAILS[kind, detail](value)
    return KINDS[kind](value)


def _entries_have_type(entries, detail):
    if not detail:
        return True
    kind, _, count = detail.partition(":")
    return (not count or len(entries) == int(count)) and all(has_type(it, kind) for it in entries)


def _is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _is_guid(text):
    try:
        return str(uuid.UUID(text)) == text.lower()
    except ValueError:
        return False


def _is_datetime(text):
    try:
        return bool(datetime.datetime.fromisoformat(text))
    except ValueError:
        return False


def _is_base64(text):
    try:
        return bool(base64.b64decode(text, validate=True))
    except ValueError:
        return False


KINDS = {
    "string": lambda value: isinstance(value, str),
    "number": _is_number,
    "number|string": lambda value: _is_number(value) or isinstance(value, str),
    "object": lambda value: isinstance(value, dict),
}
DETAILS = {
    ("string", "int"): lambda text: re.fullmatch("0|[1-9][0-9]*", text) is not None,
    ("string", "epoch"): lambda text: re.fullmatch("1[0-9]{9}|[2-9][0-9]{9}", text) is not None,
    ("string", "guid"): _is_guid,
    ("string", "datetime"): _is_datetime,
    ("string", "base64"): _is_base64,
    ("string", "url"): lambda text: re.fullmatch("https?://[^/ ]+(/[^ ]*)?", text) is not None,
    ("number", "int"): lambda value: isinstance(value, int),
}
