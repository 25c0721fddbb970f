// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "migrate/endpoint_url.h"
#include "migrate/finding.h"
#include "migrate/source_text.h"

// How a request to the old endpoint becomes one to IMDS. What changes: the URL, an api-version in
// the query, GET for POST, the header `Metadata: true` where none is sent.
namespace openimds::migrate {

// Either edits, or why there are none.
struct Rewriting {
  std::vector<Edit> edits;
  std::string by_hand;
};
Rewriting ByHand(std::string reason);

// Each looks at one URL; nothing if the URL is not in a request of its kind.
std::optional<Rewriting> RewriteCurl(const SourceText& source, const EndpointUrl& url);
std::optional<Rewriting> RewritePowerShell(const SourceText& source, const EndpointUrl& url);
std::optional<Rewriting> RewritePythonRequests(const SourceText& source, const EndpointUrl& url);
// For any language; always has an answer.
Rewriting RewriteLiteral(const SourceText& source, const EndpointUrl& url);

// The new URL in place of the old one, its query with an api-version; one is begun if
// `begin_query` and there is none.
std::vector<Edit> ReplaceUrl(const SourceText& source, const EndpointUrl& url, bool begin_query);

// Whether something in the file sends the header that IMDS wants.
bool SendsMetadataHeader(const SourceText& source);

}  // namespace openimds::migrate
