// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

// A resource as its owner wrote it, from what a GET shows of it.
namespace openimds::templates {

// Whether a member of this name holds a secret, at any depth: passwords, protected settings, keys.
bool IsSecretName(std::string_view name);

// Without what the service fills in (states, ids of principals, times, references back), without
// secrets, and without members that are null. `id`, `name` and `type` stay.
boost::json::object WithoutReadOnly(const boost::json::object& resource);

// Without members that hold secrets or are null.
boost::json::value WithoutSecrets(const boost::json::value& value);

}  // namespace openimds::templates
