// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <memory>
#include <string>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

#include "base/reasons.h"
#include "cli/exit_codes.h"
#include "cli/render.h"
#include "cli/tables.h"
#include "cli/verbs.h"
#include "http/client.h"
#include "net/address.h"

namespace openimds::cli {
namespace {

namespace json = boost::json;

constexpr char kAddress[] = "169.254.169.254:80";
constexpr std::chrono::seconds kTimeLimit{5};

struct WhoisOptions {
  std::string peer;
  std::string address = kAddress;
};

std::string PeerFacts(const json::value& answer) {
  return RenderFacts({{"machine", NameInId(answer, "machine")},
                      {"vm id", MemberText(answer, "vmId")},
                      {"way", MemberText(answer, "way")},
                      {"why", MemberText(answer, "why")},
                      {"state", MemberText(answer, "state")}});
}

std::string OwnFacts(const json::value& answer) {
  return RenderFacts({{"machine", MemberText(answer, "machine")},
                      {"vm id", MemberText(answer, "vmId")},
                      {"way", MemberText(answer, "way")},
                      {"called from", MemberText(answer, "address")}});
}

tl::unexpected<Error> Nobody(const std::string& address, unsigned status) {
  return Fail(ErrorKind::kForbidden, reasons::kNotAttached,
              "the service at " + address + " takes this caller for no machine (HTTP " +
                  std::to_string(status) + "); its log says why");
}

// From a guest's view: whatever this process is, is asked of the service itself.
Result<json::value> AskAsGuest(const std::string& text) {
  TRY(const ListenAddress address, ListenAddress::Parse(text));
  if (address.family != ListenAddress::Family::kTcp) {
    return Fail(ErrorKind::kInvalidRequest, reasons::kArgumentInvalid,
                "expected an address such as " + std::string(kAddress) + ", got '" + text + "'");
  }
  TRY(const http::ClientResponse response,
      http::CallMetadata(address, "/openimds/whois", kTimeLimit));
  json::error_code failure;
  json::value answer = json::parse(response.body, failure);
  if (response.status == 200 && !failure && answer.is_object()) return answer;
  return Nobody(text, response.status);
}

Result<int> Whois(const Invocation& invocation, const WhoisOptions& options) {
  if (options.peer.empty()) {
    TRY(const json::value answer, AskAsGuest(options.address));
    invocation.Print(answer, OwnFacts);
    return kDone;
  }
  TRY(const json::value answer, invocation.Run("whois", {{"peer", options.peer}}));
  invocation.Print(answer, PeerFacts);
  return kDone;
}

}  // namespace

void AddWhois(CLI::App& app, Invocation& invocation) {
  CLI::App* verb = app.add_subcommand("whois", "Which machine a caller is taken for, and why");
  auto options = std::make_shared<WhoisOptions>();
  CLI::Option* peer = verb->add_option("--peer", options->peer,
                                       "A device, namespace, address, socket's path or cid:N; "
                                       "else this process itself, as a guest")
                          ->type_name("PEER");
  verb->add_option("--address", options->address, "Where a guest finds the service")
      ->type_name("ADDRESS")
      ->capture_default_str()
      ->excludes(peer);
  verb->callback([&invocation, options] {
    invocation.action = [&invocation, options] { return Whois(invocation, *options); };
  });
}

}  // namespace openimds::cli
