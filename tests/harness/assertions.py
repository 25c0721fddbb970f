# SPDX-License-Identifier: Apache-2.0
"""Certificates and client assertions, made with another library than the program's."""

import base64
import datetime
import json
import time
import uuid
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@dataclass
class Client:
    """A key with its self-signed certificate."""

    key: object
    certificate: object

    @property
    def certificate_pem(self):
        return self.certificate.public_bytes(serialization.Encoding.PEM).decode()

    @property
    def key_pem(self):
        return self.key.private_bytes(serialization.Encoding.PEM,
                                      serialization.PrivateFormat.PKCS8,
                                      serialization.NoEncryption()).decode()

    def jwks(self, kid="k1"):
        numbers = self.key.public_key().public_numbers()
        size = (self.key.key_size + 7) // 8
        return {"keys": [{"kty": "RSA", "use": "sig", "kid": kid,
                          "n": encode(numbers.n.to_bytes(size, "big")),
                          "e": encode(numbers.e.to_bytes(3, "big"))}]}

    def sign(self, claims, algorithm="PS256", **header):
        """A JWT; without a `header` it names the certificate by the usual thumbprint."""
        if not header:
            digest, name = ((hashes.SHA256(), "x5t#S256") if algorithm == "PS256"
                            else (hashes.SHA1(), "x5t"))
            header = {name: encode(self.certificate.fingerprint(digest))}
        parts = [{"typ": "JWT", "alg": algorithm, **header}, claims]
        text = ".".join(encode(json.dumps(part).encode()) for part in parts)
        pad = (padding.PSS(padding.MGF1(hashes.SHA256()), 32) if algorithm == "PS256"
               else padding.PKCS1v15())
        return text + "." + encode(self.key.sign(text.encode(), pad, hashes.SHA256()))

    def assertion(self, client_id, endpoint, algorithm="PS256", **changed):
        now = int(time.time())
        claims = {"aud": endpoint, "iss": client_id, "sub": client_id, "jti": str(uuid.uuid4()),
                  "nbf": now, "exp": now + 540, **changed}
        return self.sign(claims, algorithm)


def make_client(name="test-client", days=2, begins_days_ago=1):
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    begin = datetime.datetime.utcnow() - datetime.timedelta(days=begins_days_ago)
    certificate = (x509.CertificateBuilder().subject_name(subject).issuer_name(subject)
                   .public_key(key.public_key()).serial_number(x509.random_serial_number())
                   .not_valid_before(begin).not_valid_after(begin + datetime.timedelta(days=days))
                   .sign(key, hashes.SHA256()))
    return Client(key, certificate)
