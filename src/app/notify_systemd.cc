// SPDX-License-Identifier: Apache-2.0
#include "app/notify_systemd.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cstddef>

#include "base/descriptor.h"

namespace openimds {

void NotifySystemd(std::string_view state) {
  const char* const name = getenv("NOTIFY_SOCKET");
  sockaddr_un where{};
  where.sun_family = AF_UNIX;
  const std::string_view path = name ? name : "";
  if (path.size() < 2 || path.size() >= sizeof where.sun_path) return;
  std::copy(path.begin(), path.end(), where.sun_path);
  if (path.front() == '@') where.sun_path[0] = '\0';  // the abstract namespace
  const Descriptor socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());
  (void)sendto(socket.get(), state.data(), state.size(), MSG_NOSIGNAL,
               reinterpret_cast<const sockaddr*>(&where), size);
}

}  // namespace openimds
