// SPDX-License-Identifier: Apache-2.0
// The path and query of an instance request, `tail?query`, and the walk over a document: what is
// found is a piece of the whole, and is found under its own name only.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include "frontends/imds/instance_document.h"
#include "frontends/imds/instance_request.h"
#include "model/resource_id.h"

namespace openimds {
namespace {

std::shared_ptr<const MachineEntry> MakeEntry() {
  const auto group = ResourceId::ForResourceGroup("11111111-1111-1111-1111-111111111111", "rg1");
  const auto id = ResourceId::ForMachine(*group, "vm1");
  return MakeMachineEntry(Machine{*id, "local", Guid(), std::nullopt, {}}, {});
}

void Check(bool good) {
  if (!good) std::abort();
}

void Walk(const imds::InstanceQuestion& question) {
  static const std::shared_ptr<const MachineEntry> entry = MakeEntry();
  const auto& document = imds::InstanceDocumentOf(*entry, question.version);
  const auto* part = document.Find(question.path);
  if (!part) return;
  const std::string_view json = document.JsonOf(*part);
  const std::string_view whole = document.JsonOf(*document.Find({}));
  Check(!json.empty() && json.data() >= whole.data() &&
        json.data() + json.size() <= whole.data() + whole.size());
  if (!part->is_leaf()) document.ListingOf(*part);
  if (question.path.empty()) return;
  const std::string last(question.path.back());
  const bool is_index = last.find_first_not_of("0123456789") == std::string::npos;
  Check(is_index || whole.find("\"" + last + "\":" + std::string(json)) != std::string_view::npos);
}

}  // namespace
}  // namespace openimds

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::size_t cut = std::min(text.find('?'), size);
  const std::string_view tail = text.substr(0, cut);
  if (!tail.empty() && tail.front() != '/') return 0;  // the router lets nothing else through
  const auto question =
      openimds::imds::ParseInstanceRequest(tail, text.substr(std::min(cut + 1, size)));
  if (question) {
    openimds::Walk(*question);
  } else if (question.error().message.empty() || question.error().reason.empty()) {
    std::abort();
  }
  return 0;
}
