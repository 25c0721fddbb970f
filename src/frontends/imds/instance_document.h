// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/value.hpp>

#include "model/entities.h"
#include "model/instance_fields.h"
#include "registry/snapshot.h"

namespace openimds::imds {

// A machine's instance document for one api-version, rendered once: the JSON of every part of it is
// a piece of the same text. Immutable; every thread may read it.
class InstanceDocument {
 public:
  // A value, an object, or an array; or what one of these holds.
  class Part {
   public:
    bool is_leaf() const { return kind_ == Kind::kLeaf; }

   private:
    friend class InstanceDocument;
    enum class Kind { kLeaf, kObject, kArray };

    std::string name_;
    Kind kind_ = Kind::kLeaf;
    std::string unescaped_;  // of a leaf that JSON has to escape
    std::size_t begin_ = 0;  // in json_
    std::size_t end_ = 0;
    std::vector<Part> parts_;
  };

  InstanceDocument(const Machine& machine, std::string_view api_version);

  // Names are compared byte by byte; an index is written as in JSON, without leading zeros. Null if
  // there is no such part.
  const Part* Find(std::span<const std::string_view> path) const;

  std::string_view JsonOf(const Part& part) const;  // one line
  std::string_view TextOf(const Part& part) const;  // without quotes. REQUIRES: it is a leaf.
  // The names of what an object or array holds, one a line; those that hold something themselves
  // end with a slash. REQUIRES: it is no leaf.
  std::string ListingOf(const Part& part) const;

 private:
  void Write(const FieldNode& node, const boost::json::value& value, std::string_view api_version,
             Part* part);
  void WriteMembers(const FieldNode& node, const boost::json::value& value,
                    std::string_view api_version, Part* part);
  void WriteElements(const FieldNode& node, const boost::json::value& value,
                     std::string_view api_version, Part* part);

  std::string json_;
  Part root_;
};

// The document of `entry` for the version of that index in ApiVersions(). Made at the first
// request and kept with the entry, which must outlive the reference: nothing is rendered again
// until the machine changes.
const InstanceDocument& InstanceDocumentOf(const MachineEntry& entry, std::size_t version);

}  // namespace openimds::imds
