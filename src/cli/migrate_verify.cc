// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>

#include "base/reasons.h"
#include "cli/exit_codes.h"
#include "cli/invocation.h"
#include "cli/operation_verb.h"
#include "cli/render.h"
#include "cli/verbs.h"
#include "http/outbound_client.h"
#include "migrate/endpoint_url.h"
#include "migrate/verify.h"

namespace openimds::cli {
namespace {

namespace json = boost::json;

struct VerifyOptions {
  std::string old_url = "http://localhost:50342/oauth2/token";
  std::string new_url = std::string(migrate::kNewUrl);
  std::vector<std::string> resources;
  std::vector<std::string> client_ids;
  std::vector<std::string> object_ids;
  std::vector<std::string> resource_ids;
};

// `error_description` of an answer, on one line: the words of the endpoint itself.
std::string Refusal(const http::OutboundResponse& response) {
  json::error_code failure;
  const json::value body = json::parse(response.body.RevealSecret(), failure);
  std::string text = failure ? std::string() : MemberText(body, "error_description");
  for (char& c : text) c = static_cast<unsigned char>(c) < 0x20 || c == '\x7F' ? ' ' : c;
  const std::string status = "status " + std::to_string(response.status);
  return text.empty() ? status : status + ", " + text;
}

migrate::AskEndpoint AskOver(http::OutboundClient& client) {
  return [&client](const std::string& url) -> Result<Secret> {
    http::OutboundRequest request;
    request.url = url;
    request.headers = {{"Metadata", "true"}};
    TRY(http::OutboundResponse response, client.Send(request));
    if (response.status == 200) return std::move(response.body);
    return Fail(ErrorKind::kUnavailable, reasons::kUpstreamRefused, Refusal(response));
  };
}

std::vector<migrate::VerifyQuestion> QuestionsOf(const VerifyOptions& options) {
  std::vector<migrate::VerifyQuestion> questions;
  for (const std::string& resource : options.resources) {
    const auto add = [&](const char* selector, const std::vector<std::string>& values) {
      for (const std::string& value : values) questions.push_back({resource, selector, value});
    };
    add("client_id", options.client_ids);
    add("object_id", options.object_ids);
    add("msi_res_id", options.resource_ids);
    if (questions.empty() || questions.back().resource != resource) add("", {""});
  }
  return questions;
}

json::value FactsDocument(const std::optional<migrate::TokenFacts>& facts) {
  if (!facts) return nullptr;
  return json::object{
      {"audience", facts->audience}, {"subject", facts->subject}, {"tenant", facts->tenant}};
}

json::object VerificationDocument(const migrate::Verification& it) {
  return {
      {"identity",
       it.question.selector.empty() ? "default" : it.question.selector + "=" + it.question.value},
      {"resource", it.question.resource},
      {"old", FactsDocument(it.old_token)},
      {"new", FactsDocument(it.new_token)},
      {"equivalent", it.is_equivalent()},
      {"problem", it.problem}};
}

std::string VerifyTable(const json::value& answer) {
  Table table{{"IDENTITY", "RESOURCE", "SUBJECT", "TENANT", "RESULT"}, {}};
  for (const json::value& it : answer.at("checks").as_array()) {
    const bool equivalent = it.at("equivalent").as_bool();
    table.rows.push_back({MemberText(it, "identity"), MemberText(it, "resource"),
                          MemberText(it.at("new"), "subject"), MemberText(it.at("new"), "tenant"),
                          equivalent ? "equivalent" : MemberText(it, "problem")});
  }
  const bool may_go = answer.at("extensionMayGo").as_bool();
  return RenderTable(table) +
         (may_go ? "\nBoth endpoints give equivalent tokens: the extension may go, once nothing "
                   "asks it any more (openimds migrate scan).\n"
                 : "\nThe extension has to stay for now.\n");
}

Result<int> Verify(const Invocation& invocation, const VerifyOptions& options) {
  http::OutboundSettings settings;
  settings.to_imds = true;
  http::OutboundClient client(settings);
  json::array checks;
  bool may_go = true;
  for (const migrate::VerifyQuestion& question : QuestionsOf(options)) {
    const migrate::Verification verification =
        migrate::VerifyEndpoints(question, options.old_url, options.new_url, AskOver(client));
    may_go = may_go && verification.is_equivalent();
    checks.push_back(VerificationDocument(verification));
  }
  invocation.Print(json::object{{"checks", std::move(checks)}, {"extensionMayGo", may_go}},
                   VerifyTable);
  return may_go ? kDone : kRefused;
}

void AddList(CLI::App& verb, const std::string& name, std::vector<std::string>& values,
             const std::string& type, const std::string& description) {
  verb.add_option(name, values, description)->type_name(type)->allow_extra_args(false);
}

}  // namespace

void AddMigrateVerify(CLI::App& group, Invocation& invocation) {
  CLI::App* verb = group.add_subcommand(
      "verify", "Ask both endpoints of this machine, and compare whose tokens they give");
  verb->group(kVerbs);
  const auto options = std::make_shared<VerifyOptions>();
  verb->add_option("--old", options->old_url, "Else http://localhost:50342/oauth2/token")
      ->type_name("URL");
  verb->add_option("--new", options->new_url, "Else " + std::string(migrate::kNewUrl))
      ->type_name("URL");
  AddList(*verb, "--resource", options->resources, "URI",
          "For what; again for more; else https://management.azure.com/");
  AddList(*verb, "--client-id", options->client_ids, "ID", "The identity with it; again for more");
  AddList(*verb, "--object-id", options->object_ids, "ID", "The identity with it; again for more");
  AddList(*verb, "--msi-res-id", options->resource_ids, "ID",
          "The identity with this resource id; again for more");
  verb->callback([&invocation, options] {
    if (options->resources.empty()) options->resources = {"https://management.azure.com/"};
    invocation.action = [&invocation, options] { return Verify(invocation, *options); };
  });
}

}  // namespace openimds::cli
