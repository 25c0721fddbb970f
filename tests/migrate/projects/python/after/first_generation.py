import requests


def token():
    return requests.get("http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01", params={
        "resource": "https://management.azure.com/",
    }, headers={"Metadata": "true"}).json()
