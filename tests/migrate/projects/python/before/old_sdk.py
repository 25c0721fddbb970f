import os

from msrestazure.azure_active_directory import MSIAuthentication
from msrestazure.azure_active_directory import get_msi_token

credentials = MSIAuthentication(client_id=os.environ["CLIENT"])
legacy = get_msi_token("https://vault.azure.net", port=50342)
endpoint = os.environ.get("MSI_ENDPOINT", "http://localhost:50342/oauth2/token")
kept = "http://localhost:50342/oauth2/token"  # openimds-migrate: ignore
