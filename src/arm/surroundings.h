// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include <boost/json/object.hpp>

#include "base/clock.h"
#include "base/guid.h"

namespace openimds::templates {

// What a template may ask about where it is deployed. Plain values, filled by the caller.
struct Surroundings {
  std::string subscription_id;  // a GUID
  std::string subscription_name;
  std::string tenant_id;       // a GUID
  std::string resource_group;  // empty: a deployment to the subscription itself
  std::string location;        // of the resource group, or of the deployment
  boost::json::object tags{};  // of the resource group
  std::string management_url = "https://management.azure.com/";
  std::string authority_url = "https://login.microsoftonline.com/";
  Time now{};  // what utcNow() says: one moment for the whole deployment

  std::function<Guid()> new_guid = &Guid::Random;
  // What providers() answers for a type: `{"resourceType","locations","apiVersions"}`. None, or no
  // function at all: there is no such type.
  std::function<std::optional<boost::json::object>(std::string_view provider,
                                                   std::string_view type)>
      find_provider{};

  // `/subscriptions/…[/resourceGroups/…]`: what the ids of resources begin with.
  std::string ScopeId() const {
    const std::string subscription = "/subscriptions/" + subscription_id;
    return resource_group.empty() ? subscription
                                  : subscription + "/resourceGroups/" + resource_group;
  }
};

}  // namespace openimds::templates
