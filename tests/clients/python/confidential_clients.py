# SPDX-License-Identifier: Apache-2.0
"""Applications that prove themselves to an authority with Debian's Python SDKs, unmodified.

The protocol is described in client_program.py; `endpoint` is the authority here, and one
application object asks for all `resources`, one after the other. Its proof is `secret`,
`certificate` (a PEM file with the key) or `assertion` (a file).
"""

import json
import os
import sys
import time
from pathlib import Path


class Refused(Exception):
    """MSAL says what went wrong in a dict."""


def thumbprint(certificate):
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    parsed = x509.load_pem_x509_certificate(Path(certificate).read_bytes())
    return parsed.fingerprint(hashes.SHA1()).hex()


def msal_proof(secret=None, certificate=None, assertion=None):
    if secret:
        return secret
    if certificate:
        return {"thumbprint": thumbprint(certificate),
                "private_key": Path(certificate).read_text(encoding="ascii")}
    return {"client_assertion": Path(assertion).read_text(encoding="ascii")}


def msal(endpoint, tenant, client_id, **proof):
    from msal import ConfidentialClientApplication
    application = ConfidentialClientApplication(
        client_id, client_credential=msal_proof(**proof), authority=f"{endpoint}/{tenant}",
        instance_discovery=False)

    def acquire(resource):
        answer = application.acquire_token_for_client([f"{resource}/.default"])
        if "error" in answer:
            raise Refused(answer["error_description"])
        return answer["access_token"], time.time() + answer["expires_in"]
    return acquire


def adal(endpoint, tenant, client_id, secret=None, certificate=None):
    from adal import AuthenticationContext
    context = AuthenticationContext(f"{endpoint}/{tenant}", validate_authority=False)

    def acquire(resource):
        if secret:
            token = context.acquire_token_with_client_credentials(resource, client_id, secret)
        else:
            token = context.acquire_token_with_client_certificate(
                resource, client_id, Path(certificate).read_text(encoding="ascii"),
                thumbprint(certificate))
        assert token["resource"] == resource
        return token["accessToken"], time.time() + token["expiresIn"]
    return acquire


def azure_identity(endpoint, tenant, client_id, secret=None, certificate=None, assertion=None):
    from azure import identity
    options = {"authority": endpoint, "instance_discovery": False}
    if secret:
        credential = identity.ClientSecretCredential(tenant, client_id, secret, **options)
    elif certificate:
        credential = identity.CertificateCredential(tenant, client_id, certificate, **options)
    else:
        os.environ["AZURE_AUTHORITY_HOST"] = endpoint  # an option breaks it in this release
        credential = identity.ClientAssertionCredential(
            tenant, client_id, Path(assertion).read_text)
    return lambda resource: credential.get_token(f"{resource}/.default")


CLIENTS = {"msal": msal, "adal": adal, "azure-identity": azure_identity}


def answer(client, resources, **request):
    try:
        acquire = CLIENTS[client](**request)
        tokens = [acquire(resource) for resource in resources]
        return {"tokens": [{"value": value, "expires_on": expires_on}
                           for value, expires_on in tokens]}
    except Exception as error:  # pylint: disable=broad-except
        return {"error": {"type": type(error).__name__, "message": str(error)}}


for line in sys.stdin:
    print(json.dumps(answer(**json.loads(line))), flush=True)
