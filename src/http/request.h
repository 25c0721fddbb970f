// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "net/peer.h"

namespace openimds::http {

struct Header {
  std::string_view name;   // as sent
  std::string_view value;  // without the white space around it
};

// One request, whole and already strict: request line, headers and body follow RFC 9112 and the
// server's limits, `Host` names an authority that is allowed, and the target is in origin form
// (an absolute form for our own authority was reduced to it).
//
// Everything is a view into the connection's buffer: good until the handler returns. What a
// Deferred needs later it must copy.
struct Request {
  std::string_view method;  // `GET`; `HEAD` stays `HEAD`
  std::string_view path;    // raw bytes up to `?`; begins with `/`; visible ASCII without % \ # "
  std::string_view query;   // raw bytes after the first `?`; empty if there is none
  std::span<const Header> headers;
  std::string_view body;
  const Peer& peer;

  // The first header of that name (any case), and how many there are.
  std::optional<std::string_view> FindHeader(std::string_view name) const;
  std::size_t CountHeader(std::string_view name) const;
};

}  // namespace openimds::http
