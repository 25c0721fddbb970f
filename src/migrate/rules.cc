// SPDX-License-Identifier: Apache-2.0
#include "migrate/rules.h"

#include <algorithm>
#include <cstdlib>
#include <iterator>

namespace openimds::migrate {
namespace {

constexpr std::string_view kNobodyListens =
    "nothing listens there without the extension: the connection is refused";
constexpr std::string_view kClientAsksThere =
    "this client asks the extension's endpoint, which is gone with the extension";

constexpr Rule kRules[] = {
    {"endpoint-url", Level::kError, "A request to the VM extension's endpoint", kNobodyListens,
     "GET http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01&resource=…, "
     "with the header Metadata: true, past any proxy"},
    {"endpoint-port", Level::kWarning, "The VM extension's port", kNobodyListens,
     "host 169.254.169.254, port 80, GET /metadata/identity/oauth2/token with "
     "api-version=2018-02-01 "
     "and resource in the query, and the header Metadata: true"},
    {"endpoint-other-port", Level::kWarning,
     "A token request on loopback that looks like one to the VM extension", kNobodyListens,
     "as for endpoint-url; name the port with --port and it is treated as the extension's"},
    {"endpoint-mention", Level::kNote, "The old endpoint, in a comment or in prose",
     "it breaks nothing, but sends readers to an endpoint that is gone",
     "http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01"},
    {"env-msi-endpoint", Level::kWarning, "MSI_ENDPOINT",
     "on a machine it names the extension's endpoint; SDKs that see it set do not ask IMDS",
     "no variable at all: SDKs ask IMDS by themselves. AZURE_POD_IDENTITY_AUTHORITY_HOST where the "
     "host has to be another one"},
    {"env-msi-vm", Level::kWarning, "MSI_VM, which makes Ruby's ms_rest_azure ask the extension",
     kClientAsksThere, "no variable: without it the same client asks IMDS"},
    {"settings-file", Level::kWarning, "The extension's discovery file, ManagedIdentity-Settings",
     "the extension writes it; IMDS has no such file",
     "no file, and no mount of it: the address of IMDS is the same on every machine"},
    {"extension-service", Level::kWarning, "The extension's process or unit",
     "there is none without the extension", "nothing: IMDS is not a process of the machine"},
    {"sdk-python", Level::kWarning, "msrestazure, the old client for Python", kClientAsksThere,
     "azure.identity.ManagedIdentityCredential(client_id=…)"},
    {"sdk-node", Level::kWarning, "ms-rest-azure or ms-rest-nodeauth, the old clients for Node.js",
     kClientAsksThere, "new ManagedIdentityCredential({ clientId }) of @azure/identity"},
    {"sdk-go", Level::kWarning, "adal of go-autorest, the old client for Go",
     "its early releases read the extension's discovery file or ask its endpoint",
     "azidentity.NewManagedIdentityCredential(…)"},
    {"sdk-java", Level::kWarning, "MSICredentials of the old client runtime for Java",
     "its early releases ask the extension's endpoint",
     "new ManagedIdentityCredentialBuilder().clientId(…).build() of azure-identity"},
    {"sdk-dotnet", Level::kWarning, "MSILoginInformation of the old Fluent libraries for .NET",
     "their early releases ask the extension's endpoint",
     "new ManagedIdentityCredential(…) of Azure.Identity"},
    {"sdk-ruby", Level::kWarning, "MSITokenProvider of ms_rest_azure, the old client for Ruby",
     "with a port or MSI_VM it asks the extension's endpoint",
     "a GET to IMDS (see endpoint-url); its libraries are no longer maintained"},
    {"terraform-msi-endpoint", Level::kWarning,
     "An explicit managed-identity endpoint of Terraform", "it names the extension's endpoint",
     "no msi_endpoint: use_msi = true alone asks IMDS"},
    {"template-vm-extension", Level::kError, "The extension on a virtual machine, in a template",
     "the extension is retired; a deployment that asks for it fails",
     "no extension; \"identity\": {\"type\": \"SystemAssigned\"} on the machine"},
    {"template-scale-set-extension", Level::kError, "The extension on a scale set, in a template",
     "the extension is retired; a deployment that asks for it fails",
     "no extension; \"identity\": {\"type\": \"SystemAssigned\"} on the scale set"},
    {"command-extension", Level::kError, "A command that installs or restarts the extension",
     "the extension is retired; the command fails",
     "az vm identity assign, az vmss identity assign, or Update-AzVM -IdentityType"},
    {"extension-name", Level::kWarning, "The extension, by its name or publisher",
     "the extension is retired; what asks for it fails", "no extension: an identity is enough"},
};

constexpr std::string_view kPythonClient = "msrestazure";
constexpr std::string_view kNodeClients = "ms-rest-azure|ms-rest-nodeauth";
constexpr std::string_view kGoClient = "go-autorest";

constexpr Symbol kSymbols[] = {
    {"MSI_VM", "env-msi-vm", "ms_rest_azure|msrestazure|ruby|bundle"},
    {"ARM_MSI_ENDPOINT", "terraform-msi-endpoint", ""},
    {"ManagedIdentity-Settings", "settings-file", "", false},
    {"azuremsixtn", "extension-service", ""},
    {"msi-extension-handler", "extension-service", ""},
    {"msi-extension", "extension-service", ""},
    {"MSIAuthentication", "sdk-python", ""},
    {"get_msi_token", "sdk-python", kPythonClient},
    {"loginWithMSI", "sdk-node", kNodeClients},
    {"loginwithMSI", "sdk-node", kNodeClients},
    {"loginWithVmMSI", "sdk-node", kNodeClients},
    {"loginWithVmMSIWithAuthResponse", "sdk-node", kNodeClients},
    {"MSIVmTokenCredentials", "sdk-node", kNodeClients},
    {"GetMSIVMEndpoint", "sdk-go", ""},
    {"GetMSIEndpoint", "sdk-go", kGoClient},
    {"NewServicePrincipalTokenFromMSI", "sdk-go", kGoClient},
    {"NewServicePrincipalTokenFromMSIWithUserAssignedID", "sdk-go", kGoClient},
    {"NewServicePrincipalTokenFromManagedIdentity", "sdk-go", kGoClient},
    {"NewMSIConfig", "sdk-go", kGoClient},
    {"MSICredentials", "sdk-java", "com.microsoft.azure"},
    {"MSILoginInformation", "sdk-dotnet", "MSIResourceType.VirtualMachine"},
    {"MSITokenProvider", "sdk-ruby", "ms_rest_azure|MsRestAzure"},
};

}  // namespace

std::string_view NameOf(Level level) {
  switch (level) {
    case Level::kNote:
      return "note";
    case Level::kWarning:
      return "warning";
    case Level::kError:
      return "error";
  }
  return "error";
}

std::span<const Rule> AllRules() { return kRules; }

std::span<const Symbol> AllSymbols() { return kSymbols; }

const Rule& RuleOf(std::string_view id) {
  const auto* found = std::find_if(std::begin(kRules), std::end(kRules),
                                   [id](const Rule& rule) { return rule.id == id; });
  if (found == std::end(kRules)) std::abort();
  return *found;
}

}  // namespace openimds::migrate
