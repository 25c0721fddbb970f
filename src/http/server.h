// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/descriptor.h"
#include "base/result.h"
#include "crypto/tls_session.h"
#include "http/router.h"
#include "net/address.h"
#include "net/inherited_sockets.h"
#include "telemetry/log.h"

namespace openimds::http {

struct ServerSettings {
  std::size_t io_threads = 1;
  std::size_t worker_threads = 4;
  std::size_t worker_queue = 256;  // deferred answers waiting for a worker; more are refused
  std::size_t max_header_bytes = 16 * 1024;  // request line and headers: else 431 (or 414)
  std::size_t max_uri_bytes = 8 * 1024;      // else 414
  std::size_t max_headers = 64;              // else 431
  std::size_t max_body_bytes = 64 * 1024;    // else 413
  std::size_t max_connections = 16'384;      // over all listeners
  std::size_t max_connections_per_peer = 1'024;
  std::chrono::seconds header_timeout{10};  // from a request's first byte to its last
  std::chrono::seconds idle_timeout{60};    // between requests
  std::chrono::seconds write_timeout{10};   // for a client that does not read
  std::chrono::seconds drain_timeout{10};   // for what is under way at shutdown
};

// One address with the protocol that is spoken there.
struct Listener {
  ListenAddress address;
  std::shared_ptr<const Router> router;
  // What `Host` may name besides the listener's own address, localhost, 127.0.0.1, [::1] and
  // 169.254.169.254. Lower case, no port.
  std::vector<std::string> allowed_hosts;
  std::string_view server_header = "OpenIMDS";
  // Null: plain HTTP. Else HTTPS; each new connection takes the context that is published then.
  std::shared_ptr<const TlsContextSource> tls{};
  // In place of the server's, where those who call are known.
  std::optional<std::size_t> max_body_bytes = std::nullopt;
  // Goes with every peer that comes through here; null: nothing is known but the address.
  std::shared_ptr<const ListeningPlace> place = nullptr;
};

// Serves HTTP/1.0 and 1.1 strictly, over TLS where a listener says so. Each I/O thread has its own
// SO_REUSEPORT listener; a request that is answered from memory never leaves its thread.
class Server {
 public:
  // `log`, and `inherited` where there is one, must outlive the server.
  Server(ServerSettings settings, Log& log, InheritedSockets* inherited = nullptr);
  ~Server();  // as Stop()
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Binds and listens at once; the kernel queues connections until Start(). Returns the address
  // with the port that was given. Fails with kAddressInUse or kListenFailed. A UNIX socket's file
  // is made 0600; a stale one is replaced, one that is alive is not.
  Result<ListenAddress> Listen(const Listener& listener);

  // The same for sockets that listen already, at any time: they are served from here on (or from
  // Start() on). They are spread over the I/O threads.
  using ListenerId = std::uint64_t;
  ListenerId Adopt(const Listener& listener, std::vector<Descriptor> sockets);

  // Stops listening there, ends the connections that came through there, whatever they are doing,
  // and returns when that is done. From any thread but an I/O thread.
  void Close(ListenerId listener);

  // Ends those of the listener's connections that `which` picks, those that wait to be accepted
  // included; as above.
  void EndConnections(ListenerId listener, const std::function<bool(const Peer&)>& which);

  void Start();

  // From here on each answer is the last one of its connection; new connections are still taken.
  void BeginRetiring();
  // Whether no connection is left that has had an answer. From any thread but an I/O thread.
  bool HasRetired();

  // Stops accepting, ends idle connections, lets requests under way finish within drain_timeout.
  // Blocks until all threads have ended. Not from a server thread.
  // kHandOver: others listen on with duplicates of the sockets. Files of UNIX sockets stay, and a
  // connection that was taken but has not asked yet gets a second for its request.
  enum class Ending { kForGood, kHandOver };
  void Stop(Ending ending = Ending::kForGood);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace openimds::http
