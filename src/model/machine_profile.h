// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>
#include <utility>

#include <boost/json/object.hpp>

#include "base/result.h"

namespace openimds {

// What an administrator says that a machine shows of itself: size, image, disks, interfaces, tags,
// user data and the like; and the load balancer that it is behind, if it is. It has the shape of
// the documents themselves (`{"compute": {…}, "network": {…}, "loadbalancer": {…}}`) and holds only
// fields of InstanceFields() that come from a profile and of LoadBalancerFields(), each in the
// spelling that goes out: all values but ports are strings, MAC addresses are twelve upper-case
// digits. What it does not say, a machine shows as MachineDocument() and LoadBalancerDocument()
// have it.
//
// A plain value. Reading is strict: a member that is unknown, of another kind, or too long fails
// with kProfileInvalid, naming it. Booleans and whole numbers may be written as such.
class MachineProfile {
 public:
  static constexpr std::size_t kMaxTextBytes = 16'384;  // a certificate as `keyData` fits
  static constexpr std::size_t kMaxDataBytes = 65'536;  // of user data, before base64
  static constexpr std::size_t kMaxElements = 64;       // of one array

  MachineProfile() = default;  // says nothing

  static Result<MachineProfile> Parse(std::string_view text);
  static Result<MachineProfile> FromJson(const boost::json::object& given);

  const boost::json::object& json() const { return values_; }

  // Says one value: `compute.vmSize`, `network.interface.0.macAddress`. An element may be the one
  // after an array's last, and is made then. REQUIRES: the path is that of a field.
  Result<void> Set(std::string_view path, std::string_view value);
  // Merges in what a JSON merge patch (RFC 7396) says: members of objects one by one, arrays as a
  // whole, `null` takes away.
  Result<void> Patch(std::string_view patch);
  // Adds a tag, or gives the one of that name (in any case, as Azure has it) another value.
  Result<void> SetTag(std::string_view name, std::string_view value);

 private:
  explicit MachineProfile(boost::json::object values) : values_(std::move(values)) {}

  boost::json::object values_;
};

}  // namespace openimds
