// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include "http/request.h"
#include "http/response.h"
#include "http/router.h"
#include "http/worker_pool.h"

namespace openimds::extension {

// Calls `note` with the caller while the caller waits for its answer, so that its process is still
// there to be looked at, and then `answer`; both on a thread of `pool`, with a copy of the request.
// A pool that is full is no reason to refuse anybody: then `answer` is called at once, and nothing
// noted. What is given must outlive the reply.
http::Reply CountedReply(http::WorkerPool& pool, const std::function<void(const Peer&)>& note,
                         const http::Handler& answer, const http::Request& request);

}  // namespace openimds::extension
