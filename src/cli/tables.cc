// SPDX-License-Identifier: Apache-2.0
#include "cli/tables.h"

#include "cli/render.h"
#include "model/resource_id.h"

namespace openimds::cli {

std::string ResourceGroupOf(const boost::json::value& resource) {
  const auto id = ResourceId::Parse(MemberText(resource, "id"));
  return id ? std::string(id->resource_group()) : std::string();
}

std::string DeletedLine(const boost::json::value& answer) {
  return "deleted " + MemberText(answer, "deleted") + "\n";
}

std::string NameInId(const boost::json::value& object, std::string_view member) {
  const std::string id = MemberText(object, member);
  return id.substr(id.rfind('/') + 1);
}

}  // namespace openimds::cli
