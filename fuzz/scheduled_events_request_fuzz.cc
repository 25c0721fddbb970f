// SPDX-License-Identifier: Apache-2.0
// A request to begin scheduled events, `query\nbody`: what is read is what stands there, written
// again it reads the same, and a refusal says why.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/guid.h"
#include "frontends/imds/scheduled_events_request.h"

namespace openimds {
namespace {

void Check(bool good) {
  if (!good) std::abort();
}

template <class T>
void CheckRefusal(const Result<T>& refused) {
  Check(!refused.error().message.empty() && !refused.error().reason.empty());
}

void ReadQuery(std::string_view query) {
  const auto version = imds::ParseEventsQuery(query);
  if (!version) return CheckRefusal(version);
  const auto versions = imds::EventsApiVersions();
  Check(std::find(versions.begin(), versions.end(), *version) != versions.end());
}

void ReadBody(std::string_view body) {
  const auto ids = imds::ParseStartRequests(body);
  if (!ids) return CheckRefusal(ids);
  std::string again = R"({"StartRequests":[)";
  for (const Guid& id : *ids) {
    if (again.back() == '}') again.push_back(',');
    again.append(R"({"EventId":")").append(id.ToString()).append("\"}");
  }
  Check(imds::ParseStartRequests(again + "]}").value() == *ids);
}

}  // namespace
}  // namespace openimds

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::size_t cut = std::min(text.find('\n'), size);
  openimds::ReadQuery(text.substr(0, cut));
  openimds::ReadBody(text.substr(std::min(cut + 1, size)));
  return 0;
}
