# SPDX-License-Identifier: Apache-2.0
"""Certificates for one test: an authority, one of it for `localhost`, and those of clients."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

LEAF_EXTENSIONS = """\
basicConstraints = CA:FALSE
keyUsage = critical, digitalSignature, keyEncipherment
extendedKeyUsage = serverAuth
subjectAltName = DNS:localhost, IP:127.0.0.1
"""


@dataclass(frozen=True)
class Certificates:
    authority: Path
    certificate: Path
    key: Path


@dataclass(frozen=True)
class ClientCertificate:
    whole: Path        # certificate and key in one file
    certificate: Path
    key: Path


def make_certificates(folder):
    made = Certificates(folder / "ca.pem", folder / "localhost.pem", folder / "localhost.key")
    (folder / "leaf.ext").write_text(LEAF_EXTENSIONS)
    _openssl(folder, "req -x509 -newkey rsa:2048 -nodes -days 2 -keyout ca.key -out ca.pem"
             " -subj /CN=test-authority -addext basicConstraints=critical,CA:TRUE"
             " -addext keyUsage=critical,keyCertSign,cRLSign")
    _openssl(folder, "req -newkey rsa:2048 -nodes -keyout localhost.key -out localhost.csr"
             " -subj /CN=localhost")
    _openssl(folder, "x509 -req -in localhost.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2"
             " -out localhost.pem -extfile leaf.ext")
    return made


def make_client_certificate(folder, name):
    """A self-signed certificate and its key in one PEM file, as SDKs want it."""
    _openssl(folder, f"req -x509 -newkey rsa:2048 -nodes -days 2 -keyout {name}.key"
             f" -out {name}.crt -subj /CN={name}")
    whole = folder / f"{name}.pem"
    whole.touch(mode=0o600)
    whole.write_text((folder / f"{name}.key").read_text() + (folder / f"{name}.crt").read_text())
    return ClientCertificate(whole, folder / f"{name}.crt", folder / f"{name}.key")


def _openssl(folder, arguments):
    subprocess.run(["openssl", *arguments.split()], cwd=folder, check=True, capture_output=True)
