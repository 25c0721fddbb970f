// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace openimds::imds {

// What a request to `/metadata/instance[/path]` asks for (protocol.md E.3).
struct InstanceQuestion {
  enum class Format { kUnsaid, kJson, kText };

  std::size_t version;  // index in ApiVersions()
  Format format;
  std::vector<std::string_view> path;  // names and indexes, outermost first; empty: all of it
};

// `tail` is what follows `/metadata/instance`: nothing, or a slash and raw segments. One slash may
// stand at the end; any other empty segment names nothing (kNoSuchElement). Names of the query that
// IMDS does not know (`extended=true`) are ignored.
//
// Fails with kApiVersionMissing, kApiVersionUnknown (also for the one listed version that is older
// than the instance category), kFormatInvalid, or as the query's grammar does. Pure; the question
// holds views into `tail`.
Result<InstanceQuestion> ParseInstanceRequest(std::string_view tail, std::string_view query);

}  // namespace openimds::imds
