#!/usr/bin/env python3
"""Lists what the machine may see.

Tokens come from http://localhost:50342/oauth2/token, the VM extension.
"""
import requests

MSI_URL = "http://localhost:50342/oauth2/token"
ARTICLE = 50342  # a number of the warehouse, no more


def get_token(resource):
    # The form is sent as the extension wants it.
    answer = requests.post(MSI_URL, data={"resource": resource},
                           headers={"Metadata": "true"}, timeout=10)
    answer.raise_for_status()
    return answer.json()["access_token"]


def get_vault_token():
    return requests.get(
        "http://127.0.0.1:50342/oauth2/token?resource=https%3A%2F%2Fvault.azure.net",
        headers={"Metadata": "true"},
    ).json()["access_token"]
