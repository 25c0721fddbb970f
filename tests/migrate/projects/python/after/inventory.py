#!/usr/bin/env python3
"""Lists what the machine may see.

Tokens come from http://localhost:50342/oauth2/token, the VM extension.
"""
import requests

MSI_URL = "http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01"
ARTICLE = 50342  # a number of the warehouse, no more


def get_token(resource):
    # The form is sent as the extension wants it.
    answer = requests.get(MSI_URL, params={"resource": resource},
                           headers={"Metadata": "true"}, timeout=10)
    answer.raise_for_status()
    return answer.json()["access_token"]


def get_vault_token():
    return requests.get(
        "http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https%3A%2F%2Fvault.azure.net",
        headers={"Metadata": "true"},
    ).json()["access_token"]
