// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.h"
#include "http/request.h"

namespace openimds::http {

// Refuses what no workload sends by itself: a request that came through a proxy (`X-Forwarded-For`,
// even empty: kForwarded) or from a browser (`Origin`, or `Sec-Fetch-*` other than the lone
// `Sec-Fetch-Mode: cors` of Node's fetch: kBrowser). attacks.md 2, 6.
Result<void> CheckDirectCaller(const Request& request);

// `Metadata: true`: exactly one line, `true` in any letter case, as Azure's own agent sends `True`
// (decisions.md). Fails with kMetadataHeader and Azure's text.
Result<void> CheckMetadataHeader(const Request& request);

}  // namespace openimds::http
