# SPDX-License-Identifier: Apache-2.0
"""Reads and checks RS256 tokens with nothing but arithmetic: no library's leniency in between."""

import base64
import hashlib
import hmac
import json
import re

# RFC 8017, 9.2: the DER prefix of a SHA-256 DigestInfo.
SHA256_PREFIX = bytes.fromhex("3031300d060960864801650304020105000420")


def decode_base64url(text):
    assert re.fullmatch("[A-Za-z0-9_-]*", text), f"not base64url: {text[:80]!r}"
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def read(token):
    """(header, claims) without looking at the signature."""
    header, claims, _ = token.split(".")
    return json.loads(decode_base64url(header)), json.loads(decode_base64url(claims))


def verify(token, jwks):
    """The claims, if one key of the set made the signature; else an AssertionError."""
    header, claims = read(token)
    assert header["alg"] == "RS256", header
    assert header["typ"] == "JWT", header
    keys = [key for key in jwks["keys"] if key["kid"] == header["kid"]]
    assert len(keys) == 1, f"{len(keys)} keys with the kid {header['kid']!r}"
    signed, signature = token.rsplit(".", 1)
    assert signature_is_good(keys[0], signed.encode(), decode_base64url(signature))
    return claims


def signature_is_good(key, signed, signature):
    modulus = int.from_bytes(decode_base64url(key["n"]), "big")
    exponent = int.from_bytes(decode_base64url(key["e"]), "big")
    size = (modulus.bit_length() + 7) // 8
    if len(signature) != size:
        return False
    found = pow(int.from_bytes(signature, "big"), exponent, modulus).to_bytes(size, "big")
    tail = SHA256_PREFIX + hashlib.sha256(signed).digest()
    return hmac.compare_digest(found, b"\0\1" + b"\xff" * (size - len(tail) - 3) + b"\0" + tail)
