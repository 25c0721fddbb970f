// SPDX-License-Identifier: Apache-2.0
// Verbs under `identity` that are about credentials.
#include <set>
#include <string>

#include <boost/json/array.hpp>

#include "cli/operation_verb.h"
#include "cli/render.h"
#include "cli/tables.h"
#include "cli/verbs.h"
#include "model/credential_settings.h"

namespace openimds::cli {
namespace {

namespace json = boost::json;

// ---- how tokens are got ----------------------------------------------------------------------

std::string ShowCredential(const json::value& credential) {
  std::vector<std::pair<std::string, std::string>> facts{
      {"identity", MemberText(credential, "identity")},
      {"kind", MemberText(credential, "kind")},
      {"set by", MemberText(credential, "source")}};
  for (const auto& [name, value] : credential.at("options").as_object()) {
    facts.emplace_back(std::string(name), std::string(value.as_string()));
  }
  return RenderFacts(facts);
}

std::string KindList() {
  std::string names;
  for (const std::string_view name : kCredentialKindNames) {
    names.append(names.empty() ? "" : ", ").append(name);
  }
  return names;
}

// `--certificate-file` for `certificate_file`, with the kinds that know it.
void AddOptions(OperationVerb& set) {
  std::set<std::string_view> added;
  for (std::size_t kind = 0; kind < kCredentialKindNames.size(); ++kind) {
    for (const CredentialOption& option : OptionsOf(static_cast<CredentialKind>(kind))) {
      if (!added.insert(option.name).second) continue;
      std::string flag = "--" + std::string(option.name);
      for (char& c : flag) c = c == '_' ? '-' : c;
      set.Text(flag, option.name.data(), std::string(option.meaning));
    }
  }
}

void AddCredential(CLI::App& group, Invocation& invocation) {
  CLI::App& credential = AddGroup(group, "credential", "How an identity's tokens are got");
  OperationVerb set(credential, invocation, "set", "Choose how; counts from the next token on",
                    "identity.credential.set", ShowCredential);
  set.Text("IDENTITY", "identity", "Its name or resource id, or its machine's")->required();
  set.Text("KIND", "kind", "One of " + KindList())->required();
  AddOptions(set);

  OperationVerb show(credential, invocation, "show", "What was chosen", "identity.credential.show",
                     ShowCredential);
  show.Text("IDENTITY", "identity", "Its name or resource id, or its machine's")->required();

  OperationVerb reset(credential, invocation, "reset", "Back to the embedded authority",
                      "identity.credential.reset", ShowCredential);
  reset.Text("IDENTITY", "identity", "Its name or resource id, or its machine's")->required();
}

// ---- how an identity proves itself to our authority ------------------------------------------

std::string SecretsTable(const json::value& secrets) {
  Table table{{"KEY ID", "NAME", "HINT", "EXPIRES"}, {}};
  for (const json::value& secret : secrets.as_array()) {
    table.rows.push_back({MemberText(secret, "keyId"), MemberText(secret, "displayName"),
                          MemberText(secret, "hint"), MemberText(secret, "endDateTime")});
  }
  return RenderTable(table);
}

std::string NewSecret(const json::value& secret) {
  return RenderFacts({{"tenant", MemberText(secret, "tenantId")},
                      {"client id", MemberText(secret, "clientId")},
                      {"key id", MemberText(secret, "keyId")},
                      {"expires", MemberText(secret, "endDateTime")},
                      {"secret", MemberText(secret, "secretText")}}) +
         "\nThe secret is shown this once and kept nowhere.\n";
}

std::string CertificatesTable(const json::value& certificates) {
  Table table{{"KEY ID", "NAME", "SUBJECT", "THUMBPRINT", "EXPIRES"}, {}};
  for (const json::value& one : certificates.as_array()) {
    table.rows.push_back({MemberText(one, "keyId"), MemberText(one, "displayName"),
                          MemberText(one, "subject"), MemberText(one, "thumbprint"),
                          MemberText(one, "endDateTime")});
  }
  return RenderTable(table);
}

std::string OneCertificate(const json::value& certificate) {
  return CertificatesTable(json::array{certificate});
}

std::string FederatedTable(const json::value& credentials) {
  Table table{{"NAME", "ISSUER", "SUBJECT", "AUDIENCE"}, {}};
  for (const json::value& one : credentials.as_array()) {
    table.rows.push_back({MemberText(one, "name"), MemberText(one, "issuer"),
                          MemberText(one, "subject"),
                          std::string(one.at("audiences").at(0).as_string())});
  }
  return RenderTable(table);
}

std::string OneFederated(const json::value& credential) {
  return FederatedTable(json::array{credential});
}

void WithIdentity(OperationVerb& verb) {
  verb.Text("IDENTITY", "identity", "Its name or resource id, or its machine's")->required();
}

void AddSecret(CLI::App& group, Invocation& invocation) {
  CLI::App& secret = AddGroup(group, "secret", "Secrets that our authority takes for an identity");
  OperationVerb create(secret, invocation, "create", "Make a secret, and show it once",
                       "identity.secret.create", NewSecret);
  WithIdentity(create);
  create.Text("--display-name", "displayName", "What it is for");
  create.Text("--days", "days", "How long it is good: 1 to 730 days, else 180");
  OperationVerb list(secret, invocation, "list", "All of an identity", "identity.secret.list",
                     SecretsTable);
  WithIdentity(list);
  OperationVerb remove(secret, invocation, "delete", "Take one away; counts at once",
                       "identity.secret.delete", DeletedLine);
  WithIdentity(remove);
  remove.Guid("KEY-ID", "keyId", "Which one")->required();
}

void AddCertificate(CLI::App& group, Invocation& invocation) {
  CLI::App& certificate =
      AddGroup(group, "certificate", "Certificates that our authority takes for an identity");
  OperationVerb create(certificate, invocation, "create", "Register a certificate",
                       "identity.certificate.create", OneCertificate);
  WithIdentity(create);
  create.FileText("--file", "certificate", "Its PEM, without the private key")->required();
  create.Text("--display-name", "displayName", "What it is for");
  OperationVerb list(certificate, invocation, "list", "All of an identity",
                     "identity.certificate.list", CertificatesTable);
  WithIdentity(list);
  OperationVerb remove(certificate, invocation, "delete", "Take one away; counts at once",
                       "identity.certificate.delete", DeletedLine);
  WithIdentity(remove);
  remove.Guid("KEY-ID", "keyId", "Which one")->required();
}

void AddFederated(CLI::App& group, Invocation& invocation) {
  CLI::App& federated = AddGroup(group, "federated-credential",
                                 "Foreign issuers that our authority believes for an identity");
  OperationVerb create(federated, invocation, "create", "Trust one subject of an issuer",
                       "identity.federated.create", OneFederated);
  WithIdentity(create);
  create.Text("--name", "name", "What to call it")->required();
  create.Text("--issuer", "issuer", "Its URL, letter for letter as in `iss`")->required();
  create.Text("--subject", "subject", "Whom it means, as in `sub`")->required();
  create.Text("--audience", "audience", "As in `aud`; else api://AzureADTokenExchange");
  create.Text("--keys-file", "keysFile", "Its JWKS as a file on the service's host");
  OperationVerb list(federated, invocation, "list", "All of an identity", "identity.federated.list",
                     FederatedTable);
  WithIdentity(list);
  OperationVerb remove(federated, invocation, "delete", "Trust it no longer; counts at once",
                       "identity.federated.delete", DeletedLine);
  WithIdentity(remove);
  remove.Text("NAME", "name", "Which one")->required();
}

}  // namespace

void AddIdentityCredentials(CLI::App& identity, Invocation& invocation) {
  AddCredential(identity, invocation);
  AddSecret(identity, invocation);
  AddCertificate(identity, invocation);
  AddFederated(identity, invocation);
}

}  // namespace openimds::cli
