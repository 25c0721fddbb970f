# Nothing in here asks the extension.
import os

TICKETS = [50342, 150342, 503421]
PRICE = 50342.50
MESSAGE = "50342 items were imported and reported"
# MSI_ENDPOINT and MSIAuthentication were used before.
CONTROLLER = "http://localhost:8080/oauth2/token"
NOT_HERE = "http://example.localhost.test:50342x/"
LOGIN = "http://login.example.com:5034/oauth2/token"
NAME = os.environ.get("MY_MSI_ENDPOINT_NAME")


def app_service():
    return "loginWithAppServiceMSI"
