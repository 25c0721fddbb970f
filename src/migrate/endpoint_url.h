// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <set>
#include <string_view>
#include <vector>

#include "migrate/finding.h"
#include "migrate/source_text.h"

namespace openimds::migrate {

inline constexpr std::uint16_t kDefaultExtensionPort = 50342;
// The ports that the extension has; it may be configured to others than the default.
using ExtensionPorts = std::set<std::uint16_t>;

inline constexpr std::string_view kNewUrl = "http://169.254.169.254/metadata/identity/oauth2/token";
inline constexpr std::string_view kApiVersion = "api-version=2018-02-01";

// An address of the old endpoint as it stands in a text: `http://localhost:50342/oauth2/token?…`.
struct EndpointUrl {
  enum class Path { kNone, kToken, kImds, kOther };

  Span span;   // without the query
  Span query;  // from the question mark to where the URL ends; empty if there is none
  bool has_scheme = false;
  bool on_known_port = false;  // else it only looks like one
  Path path = Path::kNone;
};

// All of them, in order. Addresses of loopback on a known port, whatever their path, and token URLs
// of loopback on another one.
std::vector<EndpointUrl> FindEndpointUrls(const SourceText& source, const ExtensionPorts& ports);

// Whether the code around, or the file by its name, is about Azure's Cloud Shell. That has had an
// endpoint of its own on the same port from the beginning, and keeps it.
bool IsOfCloudShell(const SourceText& source, std::size_t offset);

}  // namespace openimds::migrate
