# SPDX-License-Identifier: Apache-2.0
"""What the real openssl program says about signed messages."""

import subprocess


class Refused(Exception):
    """openssl did not accept something; the text is what it wrote."""


def run(*arguments, data=b""):
    """Standard output, as bytes."""
    done = subprocess.run(["openssl", *map(str, arguments)], input=data, capture_output=True,
                          timeout=30, check=False)
    if done.returncode != 0:
        raise Refused(done.stderr.decode(errors="replace"))
    return done.stdout


def verified_content(der, ca_file, *arguments):
    """The content of a CMS message whose signature and chain openssl has checked."""
    return run("cms", "-verify", "-inform", "DER", "-CAfile", ca_file, *arguments, data=der)


def content(der):
    """The content of a CMS message whose signature is good, whoever made it."""
    return run("cms", "-verify", "-inform", "DER", "-noverify", data=der)


def make_signer(folder, name, *, days=1, issuer=None, usage="emailProtection"):
    """A certificate and its key, self-signed or under `issuer`: (certificate, key) as paths."""
    certificate, key = folder / f"{name}.pem", folder / f"{name}.key"
    under = ["-CA", issuer[0], "-CAkey", issuer[1]] if issuer else []
    run("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={name}", "-days", days,
        "-keyout", key, "-out", certificate, *under,
        "-addext", f"basicConstraints=critical,CA:{'FALSE' if issuer else 'TRUE'}",
        *(["-addext", f"extendedKeyUsage={usage}"] if issuer else []))
    return certificate, key


def signed(data, signer, chain=None):
    """A CMS message in DER with its content inside, and the certificates of the file `chain`."""
    certificate, key = signer
    extra = ["-certfile", chain] if chain else []
    return run("cms", "-sign", "-binary", "-nodetach", "-outform", "DER", "-md", "sha256",
               "-signer", certificate, "-inkey", key, *extra, data=data)
