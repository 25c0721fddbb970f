// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>

#include "base/result.h"

namespace openimds::templates {

// A recent api-version of a type, for where none is known better.
std::string RecentApiVersion(std::string_view type);

struct ExportOptions {
  // Whether parameters have what is there now as their default, so that the template deploys as it
  // is. ARM's option IncludeParameterDefaultValue.
  bool with_defaults = true;
  // Whether names stand in the template itself. ARM's option SkipResourceNameParameterization.
  bool literal_names = false;
  // The api-version to write for a type; null: a recent one for each.
  std::function<std::string(std::string_view type)> api_version;
};

// A template that, deployed into another group, makes the same resources: what a GET shows of each,
// without what the service fills in and without secrets. Names become parameters; ids of exported
// resources become resourceId(…) of them with dependsOn, ids of principals become reference(…), and
// ids of other resources in the group become parameters.
//
// `resources` have `id`, `type` and the rest as ARM shows them; the order is kept. Fails with
// reasons::kResourceIdInvalid for an id that is no resource's.
Result<boost::json::object> ExportTemplate(const std::vector<boost::json::object>& resources,
                                           const ExportOptions& options = {});

}  // namespace openimds::templates
