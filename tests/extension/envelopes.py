# SPDX-License-Identifier: Apache-2.0
"""Certificates as the platform hands them out: several pairs in one PFX, and CMS envelopes."""

import ctypes
import ctypes.util

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from harness import openssl


def thumbprint(certificate):
    """SHA-1 in capitals, as the agent names its files."""
    parsed = x509.load_pem_x509_certificate(certificate.read_bytes())
    return parsed.fingerprint(hashes.SHA1()).hex().upper()


def enveloped(data, certificate):
    """A CMS message in DER that only the key of `certificate` opens, with the platform's cipher."""
    return openssl.run("cms", "-encrypt", "-binary", "-outform", "DER", "-des3", certificate,
                       data=data)


def pfx_of(pairs):
    """One PFX without a password that holds all (certificate, key) pairs. The programs and
    libraries at hand put one key into a file, so this calls OpenSSL's pieces."""
    crypto = ctypes.CDLL(ctypes.util.find_library("crypto"))
    for function in ("d2i_X509", "d2i_AutoPrivateKey", "PKCS12_add_cert", "PKCS12_add_key",
                     "PKCS12_add_safes"):
        getattr(crypto, function).restype = ctypes.c_void_p
    bags, safes = ctypes.c_void_p(), ctypes.c_void_p()
    for certificate, key in pairs:
        assert crypto.PKCS12_add_cert(ctypes.byref(bags), _parse(crypto.d2i_X509, _der(certificate)))
        assert crypto.PKCS12_add_key(ctypes.byref(bags),
                                     _parse(crypto.d2i_AutoPrivateKey, _key_der(key)), 0, 1, -1, None)
    assert crypto.PKCS12_add_safe(ctypes.byref(safes), bags, -1, 1, None) == 1
    box = ctypes.c_void_p(crypto.PKCS12_add_safes(safes, 0))
    assert crypto.PKCS12_set_mac(box, b"", -1, None, 0, 2048, None) == 1
    out = ctypes.c_void_p()
    size = crypto.i2d_PKCS12(box, ctypes.byref(out))
    assert size > 0
    return ctypes.string_at(out, size)


def _der(certificate):
    parsed = x509.load_pem_x509_certificate(certificate.read_bytes())
    return parsed.public_bytes(serialization.Encoding.DER)


def _key_der(key):
    parsed = serialization.load_pem_private_key(key.read_bytes(), None)
    return parsed.private_bytes(serialization.Encoding.DER, serialization.PrivateFormat.PKCS8,
                                serialization.NoEncryption())


def _parse(function, der):
    at = ctypes.cast(ctypes.create_string_buffer(der, len(der)), ctypes.c_void_p)
    parsed = ctypes.c_void_p(function(None, ctypes.byref(at), ctypes.c_long(len(der))))
    assert parsed
    return parsed
