// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "base/guid.h"
#include "base/result.h"

namespace openimds::extension {

// One object of a settings file, read member by member; what nobody has asked for is refused in the
// end. The first thing that is wrong is kept, and all that is read after it means nothing. One
// thread; `object` must outlive it.
class SettingsObject {
 public:
  // `where` is what messages call it: `authority`, `identities[2]`; empty for the whole.
  SettingsObject(const boost::json::object& object, std::string where)
      : object_(object), where_(std::move(where)) {}

  bool Has(std::string_view name) const;

  // Absent: `otherwise`. Visible ASCII text of 1 to 2,048 bytes.
  std::string Text(std::string_view name, std::string_view otherwise = {});
  std::filesystem::path Path(std::string_view name);  // absolute; empty if absent
  std::optional<Guid> Id(std::string_view name);
  bool Flag(std::string_view name, bool otherwise);
  std::uint64_t Number(std::string_view name, std::uint64_t least, std::uint64_t most,
                       std::uint64_t otherwise);
  const boost::json::object* Object(std::string_view name);  // null if absent
  const boost::json::array* List(std::string_view name);     // null if absent
  const boost::json::value* Any(std::string_view name);      // null if absent

  // For what the caller checks itself.
  void Refuse(std::string_view name, std::string_view expected, std::string_view came);
  Result<void> Finish();

 private:
  std::string Place(std::string_view name) const;

  const boost::json::object& object_;
  const std::string where_;
  std::set<std::string, std::less<>> known_;
  std::optional<Error> wrong_;
};

}  // namespace openimds::extension
