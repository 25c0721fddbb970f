# SPDX-License-Identifier: Apache-2.0
"""One client in a test table: which SDK, through which door, how it is pointed there."""

from dataclasses import dataclass

from harness.openimds import TOKEN_PATH

EVERY_SELECTOR = ("client_id", "object_id", "resource_id")


@dataclass(frozen=True)
class Client:
    sdk: str                # its name in the client program
    door: str               # "imds" or "vm_extension": how the service's log names the protocol
    selectors: tuple = ()   # by which a user-assigned identity can be named
    refusal: str = ""       # pattern of what the SDK says when the service has no such identity
    variables: tuple = ()   # (name, value) pairs; `{imds}` and `{vm_extension}` are base URLs
    arguments: tuple = ()   # (name, value) pairs that go into every request, filled in likewise
    keeps_tokens: bool = False  # in the process, until 5 minutes before they expire
    note: str = ""          # tells two entries of one SDK and door apart

    @property
    def name(self):
        return "-".join(filter(None, (self.sdk, self.door, self.note)))

    def environment(self, service):
        return {name: _fill(value, service) for name, value in self.variables}

    def request(self, service, **more):
        pointers = {name: _fill(value, service) for name, value in self.arguments}
        return {"client": self.sdk, **pointers, **more}


def _fill(value, service):
    if value == "{port}":
        return service.extension[1]
    extension = f"http://localhost:{service.extension[1]}"
    return value.format(imds=service.url("imds"), vm_extension=extension)


# How SDKs are pointed at the service, for the tables.
POD_IDENTITY = (("AZURE_POD_IDENTITY_AUTHORITY_HOST", "{imds}"),)
MSI_ENDPOINT = (("MSI_ENDPOINT", "{vm_extension}/oauth2/token"),)
IMDS_ARGUMENT = (("endpoint", "{imds}" + TOKEN_PATH),)
EXTENSION_ARGUMENT = (("endpoint", "{vm_extension}/oauth2/token"),)
PORT_ARGUMENT = (("port", "{port}"),)
