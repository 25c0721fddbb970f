# SPDX-License-Identifier: Apache-2.0
"""What MSAL learns about an authority: `discover.py URL` prints it as JSON."""

import json
import sys

import msal

application = msal.ConfidentialClientApplication(
    "33333333-3333-3333-3333-333333333333", client_credential="unused", authority=sys.argv[1],
    instance_discovery=False)
print(json.dumps({"tenant": application.authority.tenant,
                  "token_endpoint": application.authority.token_endpoint,
                  "authorization_endpoint": application.authority.authorization_endpoint}))
