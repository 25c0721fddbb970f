// SPDX-License-Identifier: Apache-2.0
#include "frontends/imds/instance_document.h"

#include <algorithm>
#include <set>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "base/kept_once.h"
#include "broker/flat_answer.h"
#include "frontends/imds/api_version.h"
#include "model/machine_document.h"

namespace openimds::imds {
namespace {

namespace json = boost::json;

// What is kept with a machine's entry.
struct Documents {
  std::vector<KeptOnce> by_version = std::vector<KeptOnce>(ApiVersions().size());
};

// For each version the last one, up to it, that brought a field: their documents are the same, and
// a workload that asks for all versions costs us no more memory than it must.
std::vector<std::size_t> VersionsThatCount() {
  std::set<std::string_view> brought;
  for (const InstanceField& field : InstanceFields()) brought.insert(field.since);
  std::vector<std::size_t> counting;
  for (std::size_t i = 0; i < ApiVersions().size(); ++i) {
    const bool counts = counting.empty() || brought.contains(ApiVersions()[i]);
    counting.push_back(counts ? i : counting.back());
  }
  return counting;
}

}  // namespace

InstanceDocument::InstanceDocument(const Machine& machine, std::string_view api_version) {
  Write(InstanceRoot(), MachineDocument(machine), api_version, &root_);
}

void InstanceDocument::Write(const FieldNode& node, const json::value& value,
                             std::string_view api_version, Part* part) {
  part->begin_ = json_.size();
  if (node.field) {
    const std::string text(value.as_string());
    const std::string quoted = JsonQuoted(text);
    json_ += quoted;
    if (quoted.size() != text.size() + 2) part->unescaped_ = text;
  } else if (node.is_array) {
    WriteElements(node, value, api_version, part);
  } else {
    WriteMembers(node, value, api_version, part);
  }
  part->end_ = json_.size();
}

void InstanceDocument::WriteMembers(const FieldNode& node, const json::value& value,
                                    std::string_view api_version, Part* part) {
  part->kind_ = Part::Kind::kObject;
  json_.push_back('{');
  for (const FieldNode& child : node.children) {
    if (child.since > api_version) continue;
    Part& member = part->parts_.emplace_back();
    member.name_ = child.name;
    if (part->parts_.size() > 1) json_.push_back(',');
    json_.append(JsonQuoted(child.name)).push_back(':');
    Write(child, value.as_object().at(child.name), api_version, &member);
  }
  json_.push_back('}');
}

void InstanceDocument::WriteElements(const FieldNode& node, const json::value& value,
                                     std::string_view api_version, Part* part) {
  part->kind_ = Part::Kind::kArray;
  json_.push_back('[');
  for (const json::value& said : value.as_array()) {
    Part& element = part->parts_.emplace_back();
    element.name_ = std::to_string(part->parts_.size() - 1);
    if (part->parts_.size() > 1) json_.push_back(',');
    element.begin_ = json_.size();
    WriteMembers(node, said, api_version, &element);
    element.end_ = json_.size();
  }
  json_.push_back(']');
}

const InstanceDocument::Part* InstanceDocument::Find(std::span<const std::string_view> path) const {
  const Part* part = &root_;
  for (const std::string_view segment : path) {
    const auto found = std::find_if(part->parts_.begin(), part->parts_.end(),
                                    [&](const Part& inner) { return inner.name_ == segment; });
    if (found == part->parts_.end()) return nullptr;
    part = &*found;
  }
  return part;
}

std::string_view InstanceDocument::JsonOf(const Part& part) const {
  return std::string_view(json_).substr(part.begin_, part.end_ - part.begin_);
}

std::string_view InstanceDocument::TextOf(const Part& part) const {
  if (!part.unescaped_.empty()) return part.unescaped_;
  const std::string_view quoted = JsonOf(part);
  return quoted.substr(1, quoted.size() - 2);
}

std::string InstanceDocument::ListingOf(const Part& part) const {
  std::string listing;
  for (const Part& inner : part.parts_) {
    listing.append(listing.empty() ? "" : "\n").append(inner.name_);
    if (!inner.is_leaf()) listing.push_back('/');
  }
  return listing;
}

const InstanceDocument& InstanceDocumentOf(const MachineEntry& entry, std::size_t version) {
  static const std::vector<std::size_t> counting = VersionsThatCount();
  const std::size_t slot = counting.at(version);
  const auto& documents =
      entry.documents.Get<Documents>([] { return std::make_shared<const Documents>(); });
  return documents.by_version[slot].Get<InstanceDocument>([&] {
    return std::make_shared<const InstanceDocument>(*entry.machine, ApiVersions()[slot]);
  });
}

}  // namespace openimds::imds
