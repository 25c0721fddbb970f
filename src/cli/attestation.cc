// SPDX-License-Identifier: Apache-2.0
#include <time.h>

#include <chrono>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "authority/attestation_verifier.h"
#include "base/reasons.h"
#include "base/text.h"
#include "cli/exit_codes.h"
#include "cli/operation_verb.h"
#include "cli/render.h"
#include "cli/verbs.h"

namespace openimds::cli {
namespace {

namespace json = boost::json;

struct VerifyOptions {
  std::string file;
  std::optional<std::string> ca_file, nonce, machine, vm_id, at;
};

tl::unexpected<Error> BadOption(const std::string& what) {
  return Fail(ErrorKind::kInvalidRequest, reasons::kArgumentInvalid, what);
}

Result<std::string> ReadInput(const std::string& path) {
  constexpr std::size_t kMaxBytes = 1 << 20;
  std::string bytes(kMaxBytes + 1, '\0');
  std::ifstream file(path == "-" ? "/dev/stdin" : path, std::ios::binary);
  file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  bytes.resize(static_cast<std::size_t>(file.gcount()));
  if (!bytes.empty() && bytes.size() <= kMaxBytes) return bytes;
  return BadOption("expected a readable file of 1 byte to 1 MiB, got '" + path + "'");
}

// Without a file, the root is that of the state here.
Result<std::string> ReadRoots(const Invocation& invocation, const VerifyOptions& options) {
  if (options.ca_file) return ReadInput(*options.ca_file);
  TRY(const json::value answer, invocation.Run("attestation.ca", {}));
  return MemberText(answer, "certificate");
}

Result<AttestationDemands> ReadDemands(const Invocation& invocation, const VerifyOptions& options) {
  AttestationDemands demands{options.nonce, std::nullopt};
  std::string vm_id = options.vm_id.value_or("");
  if (options.machine) {
    TRY(const json::value machine,
        invocation.Run("machine.show", json::object{{"machine", *options.machine}}));
    vm_id = MemberText(machine, "vmId");
  }
  if (!vm_id.empty()) demands.vm_id = Guid::Parse(vm_id);
  return demands;
}

Result<Time> ReadTime(const std::optional<std::string>& text) {
  if (!text) return std::chrono::system_clock::now();
  tm utc{};
  const char* const end = strptime(text->c_str(), "%Y-%m-%dT%H:%M:%SZ", &utc);
  const auto time = TimeFromNumber(timegm(&utc));
  // What would be written differently is no time.
  if (end != nullptr && time && FormatIsoTime(ToUnixSeconds(*time)) == *text) return *time;
  return BadOption("--at: expected a time such as 2026-11-25T03:05:32Z, got '" + *text + "'");
}

std::string Iso(Time time) { return FormatIsoTime(ToUnixSeconds(time)); }

json::object Document(const Attestation& attestation, const AttestationDemands& demands) {
  const AttestedDocument& document = attestation.document;
  json::array checked{"signature", "chain", "signer purpose", "signer time", "window"};
  if (demands.nonce) checked.emplace_back("nonce");
  if (demands.vm_id) checked.emplace_back("machine");
  json::object shown{{"vmId", document.vm_id.ToString()},
                     {"nonce", document.nonce},
                     {"createdOn", Iso(document.created_on)},
                     {"expiresOn", Iso(document.expires_on)},
                     {"plan", json::object{{"name", document.plan_name},
                                           {"product", document.plan_product},
                                           {"publisher", document.plan_publisher}}}};
  if (document.license_type) shown["licenseType"] = *document.license_type;
  if (document.subscription_id) shown["subscriptionId"] = *document.subscription_id;
  if (document.sku) shown["sku"] = *document.sku;
  shown["signer"] = attestation.signer;
  shown["checked"] = std::move(checked);
  return shown;
}

bool WasChecked(const json::value& shown, std::string_view check) {
  for (const json::value& one : shown.at("checked").as_array()) {
    if (std::string_view(one.as_string()) == check) return true;
  }
  return false;
}

std::string VerifiedTable(const json::value& shown) {
  const auto with_note = [&](const char* member, const char* check, const char* option) {
    const std::string text = MemberText(shown, member);
    return WasChecked(shown, check) ? text + " (as expected)"
                                    : text + " (not compared: no " + option + ")";
  };
  std::vector<std::pair<std::string, std::string>> facts{
      {"vm id", with_note("vmId", "machine", "--machine or --vm-id")},
      {"nonce", with_note("nonce", "nonce", "--nonce")},
      {"created", MemberText(shown, "createdOn")},
      {"expires", MemberText(shown, "expiresOn")}};
  for (const auto& [name, member] :
       {std::pair("subscription", "subscriptionId"), std::pair("sku", "sku"),
        std::pair("license type", "licenseType")}) {
    if (std::string text = MemberText(shown, member); !text.empty()) facts.emplace_back(name, text);
  }
  facts.emplace_back("signer", MemberText(shown, "signer"));
  return "believed: signature, chain, signer and window are good\n\n" + RenderFacts(facts);
}

Result<int> Verify(const Invocation& invocation, const VerifyOptions& options) {
  TRY(const Time now, ReadTime(options.at));
  TRY(const std::string answer, ReadInput(options.file));
  TRY(const AttestationDemands demands, ReadDemands(invocation, options));
  TRY(const std::string roots, ReadRoots(invocation, options));
  TRY(const Attestation attestation, VerifyAttestation(answer, roots, demands, now));
  invocation.Print(Document(attestation, demands), VerifiedTable);
  return kDone;
}

void AddVerify(CLI::App& group, Invocation& invocation) {
  CLI::App* verb = group.add_subcommand(
      "verify", "Whether an attested document is to be believed, and if not, why");
  verb->group(kVerbs);
  auto options = std::make_shared<VerifyOptions>();
  verb->add_option("FILE", options->file,
                   "What IMDS answered: its JSON, or the signature as base64 or DER; - reads "
                   "standard input")
      ->required();
  verb->add_option("--ca", options->ca_file,
                   "The roots to believe, as PEM; else the one of the state here")
      ->type_name("FILE");
  verb->add_option("--nonce", options->nonce, "The nonce that was asked with")->type_name("TEXT");
  CLI::Option* vm_id =
      verb->add_option("--vm-id", options->vm_id, "The vmId that it must be of")->check(kGuid);
  vm_id->option_text("GUID");
  verb->add_option("--machine", options->machine,
                   "The machine here that it must be of, by name or resource id")
      ->excludes(vm_id)
      ->option_text("TEXT");
  verb->add_option("--at", options->at, "Judge as if it were then, such as 2026-11-25T03:05:32Z")
      ->type_name("TIME");
  verb->callback([&invocation, options] {
    invocation.action = [&invocation, options] { return Verify(invocation, *options); };
  });
}

}  // namespace

void AddAttestation(CLI::App& app, Invocation& invocation) {
  CLI::App& group =
      AddGroup(app, "attestation", "Attested documents: their root, and what they say");
  OperationVerb ca(group, invocation, "ca", "The root certificate that relying parties must trust",
                   "attestation.ca",
                   [](const json::value& answer) { return MemberText(answer, "certificate"); });
  AddVerify(group, invocation);
}

}  // namespace openimds::cli
