import requests


def token():
    return requests.post("http://localhost:50342/oauth2/token", data={
        "resource": "https://management.azure.com/",
    }).json()
