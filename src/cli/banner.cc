// SPDX-License-Identifier: Apache-2.0
#include "cli/banner.h"

#include "cli/endpoints.h"
#include "cli/env_block.h"
#include "cli/render.h"

namespace openimds::cli {
namespace {

constexpr char kResource[] = "resource=https%3A%2F%2Fmanagement.azure.com%2F";

std::string ListenersTable(const control::ServiceFacts& facts) {
  Table table{{"PROTOCOL", "ADDRESS", "MACHINE"}, {}};
  for (const control::ListenerFacts& listener : facts.listeners) {
    table.rows.push_back({listener.protocol, listener.url.empty() ? listener.address : listener.url,
                          listener.machine});
  }
  return RenderTable(table);
}

std::string TryLine(const Endpoints& endpoints) {
  std::string url = endpoints.vm_extension + "/oauth2/token?" + kResource;
  if (!endpoints.imds.empty()) {
    url = endpoints.imds + "/metadata/identity/oauth2/token?api-version=2018-02-01&" + kResource;
  }
  return "curl --noproxy '*' -H 'Metadata: true' '" + url + "'\n";
}

}  // namespace

std::string RenderBanner(const control::ServiceFacts& facts, const Surroundings& surroundings) {
  std::string text =
      "OpenIMDS is ready. State: " + facts.state_dir + "\n\n" + ListenersTable(facts);
  const Endpoints endpoints = EndpointsOf(control::ToJson(facts));
  if (endpoints.imds.empty() && endpoints.vm_extension.empty()) return text;
  const auto sdk = endpoints.imds.empty() ? Sdk::kCloudShell : Sdk::kAzureIdentity;
  if (const auto block = BlockFor(sdk, endpoints, surroundings)) {
    text += "\nFor SDKs (`openimds env` writes it for other shells and clients):\n\n" +
            RenderBlock(*block, Shell::kBash);
  }
  return text + "\nTry it:\n\n" + TryLine(endpoints);
}

}  // namespace openimds::cli
