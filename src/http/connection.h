// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>

#include "crypto/tls_session.h"
#include "http/head.h"
#include "http/request_parser.h"
#include "http/router.h"
#include "http/server.h"
#include "http/worker_pool.h"
#include "telemetry/log.h"

namespace openimds::http {

// The concrete types matter: type-erased executors cost a third of the throughput.
using Executor = boost::asio::io_context::executor_type;
using Socket = boost::asio::basic_stream_socket<boost::asio::generic::stream_protocol, Executor>;

// A listener as its connections see it.
struct Site {
  std::shared_ptr<const Router> router;
  std::vector<std::string> allowed_hosts;  // the listener's own and the configured ones
  std::string_view server_header;
  std::shared_ptr<const TlsContextSource> tls;  // null: without TLS
  std::optional<std::size_t> max_body_bytes;    // in place of the server's
  std::shared_ptr<const ListeningPlace> place;  // null: an ordinary listener
};

// Strangers choose how often they are refused: more lines than this in a second say nothing new.
inline constexpr int kRefusalLinesPerSecond = 20;

class Connection;

// The way back to an I/O thread for answers that were made elsewhere, and that may come when the
// thread is gone. Every thread may call everything.
class ReturnPath {
 public:
  explicit ReturnPath(boost::asio::io_context& io) : io_(&io) {}

  void Post(std::function<void()> work);
  void Close();  // from here on Post() does nothing

 private:
  std::mutex mutex_;
  boost::asio::io_context* io_;
};

// What the connections of one I/O thread share. Only that thread touches it.
struct ThreadContext {
  ThreadContext(const ServerSettings& server_settings, WorkerPool& worker_pool, Log& server_log)
      : settings(server_settings), workers(worker_pool), log(server_log) {}

  static constexpr int kTicksPerSecond = 4;

  const ServerSettings& settings;
  WorkerPool& workers;
  Log& log;
  boost::asio::io_context io{1};
  std::shared_ptr<ReturnPath> return_path = std::make_shared<ReturnPath>(io);
  ResponseWriter writer;
  std::string out;         // responses are built here; a connection that cannot send all takes it
  std::string sealed;      // `out`, encrypted
  std::uint64_t tick = 1;  // deadlines count in these, so that no request reads a clock or a timer
  bool stopping = false;
  bool retiring = false;                    // each answer is its connection's last
  bool handing_over = false;                // with `stopping`
  int refusals_logged = 0;                  // in this second
  std::vector<Connection*> connections;     // each knows its place
  std::function<void(Connection*)> forget;  // destroys a connection that has ended
};

// One accepted socket: reads requests, answers them in order, ends.
//
// At each moment exactly one of these holds: a receive is pending, a send is pending, somebody
// else has the request. Whoever comes back from it may destroy the connection; nobody else may.
// Ending it from outside (deadline, shutdown) only closes the socket, which makes the pending one
// come back.
class Connection {
 public:
  Connection(ThreadContext& thread, std::shared_ptr<const Site> site, Socket socket,
             const Peer& peer);

  void Start() { Receive(); }
  void OnTick();
  void OnStopping();  // ends it if no request is under way
  bool has_answered() const { return answered_; }
  void Drop();  // ends it at once; it may outlive that for a moment
  const Site* site() const { return site_.get(); }

  const Peer& peer() const { return peer_; }
  std::size_t place = 0;  // in ThreadContext::connections

 private:
  enum class State { kReceiving, kSending, kWorking, kLingering };

  // What a connection with TLS has besides. Plaintext goes the way of all requests.
  struct Encryption {
    explicit Encryption(std::shared_ptr<const TlsContext> context) : session(std::move(context)) {}

    TlsSession session;
    bool used_up = true;  // nothing that was fed waits to be read
    std::array<char, 8 * 1024> received;
  };

  void Receive();
  void OnReceived(const boost::system::error_code& error, std::size_t size);
  void ReceiveEncrypted();
  void OnReceivedEncrypted(const boost::system::error_code& error, std::size_t size);
  void Decrypt();
  void EndEncryption(TlsStatus status);
  bool IsHandshaking() const;
  bool Seal();  // puts the encrypted answers in the place of the plain ones; false: it must end
  void BeginRequest();
  void ServeBuffered();
  bool ServeOne();  // false: the loop has to stop here
  std::size_t HeaderSize() const;
  bool MakeRoom();  // false: the header is over its limit
  void SkipLineBreak();

  Reply Dispatch();
  bool HostIsAllowed();
  void Append(const Response& response);
  void Refuse(int status, std::string_view reason, std::string message);
  void HandOver(Deferred deferred);
  void HandOver(const Awaited& awaited);
  void BeginWorking();
  void OnWorkDone(const Response& response);

  void Flush();
  void OnSent(const boost::system::error_code& error, std::size_t size);
  void AfterFlush();
  void Linger();
  void OnLingered(const boost::system::error_code& error);
  bool HasUnread();
  void Close();
  void End();  // destroys *this

  void SetDeadline(std::chrono::seconds from_now);
  void LogRefusal(std::string_view reason, std::string_view message);
  std::string_view Buffered() const { return {buffer_.get() + position_, end_ - position_}; }

  ThreadContext& thread_;
  const std::shared_ptr<const Site> site_;
  Socket socket_;
  const Peer peer_;
  std::unique_ptr<Encryption> tls_;  // null: plain
  RequestParser parser_;

  State state_ = State::kReceiving;
  std::uint64_t deadline_ = 0;  // a tick; 0: none
  bool request_begun_ = false;  // its deadline runs from its first byte
  bool answered_ = false;       // at least once
  bool continue_sent_ = false;
  bool keep_alive_ = true;
  bool linger_ = false;
  bool ending_ = false;
  bool gathered_enough_ = false;  // answers were sent although more requests are buffered

  // Received bytes: [begin_, position_) belong to the request being read and are parsed,
  // [position_, end_) are not yet.
  std::unique_ptr<char[]> buffer_;
  std::size_t capacity_;
  std::size_t begin_ = 0, position_ = 0, end_ = 0;
  std::string allowed_host_;  // the last one that was
  std::string unsent_;        // only while a send is pending
  std::size_t sent_ = 0;
};

}  // namespace openimds::http
