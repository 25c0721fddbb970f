// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/json.hpp>

#include "base/guid.h"
#include "base/result.h"
#include "model/resource_id.h"
#include "store/store.h"

namespace openimds {

// The members of a record's JSON object, taken out one by one; CheckNoneLeft() at the end makes
// the reading strict. Failures name the record and the member.
class JsonMembers {
 public:
  static Result<JsonMembers> Parse(const Record& record);

  Result<std::string> TakeText(std::string_view name);
  Result<std::int64_t> TakeInteger(std::string_view name);
  Result<Guid> TakeGuid(std::string_view name);
  Result<ResourceId> TakeId(std::string_view name);
  Result<std::vector<ResourceId>> TakeIds(std::string_view name);
  // An object, or nothing where there is no such member: records of before it have none.
  Result<std::optional<boost::json::object>> TakeObjectIfThere(std::string_view name);
  // An object, or nothing where `null` is written.
  Result<std::optional<JsonMembers>> TakeObjectOrNull(std::string_view name);

  Result<std::vector<JsonMembers>> TakeObjects(std::string_view name);
  // An object whose values are all strings.
  Result<std::map<std::string, std::string, std::less<>>> TakeTexts(std::string_view name);

  Result<void> CheckNoneLeft() const;

  // The failure of a record whose members do not make sense together.
  tl::unexpected<Error> Damaged(std::string_view what) const;

 private:
  JsonMembers(std::string kind, std::string key, std::string path, boost::json::object members)
      : kind_(std::move(kind)),
        key_(std::move(key)),
        path_(std::move(path)),
        members_(std::move(members)) {}

  Result<boost::json::value> Take(std::string_view name);
  tl::unexpected<Error> Wrong(std::string_view name, std::string_view expected) const;

  std::string kind_;  // kind and key are the record's, for messages
  std::string key_;
  std::string path_;  // `system_assigned.` in front of the names of an inner object's members
  boost::json::object members_;
};

}  // namespace openimds
