// SPDX-License-Identifier: Apache-2.0
#include "http/server.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstring>
#include <latch>
#include <map>
#include <shared_mutex>
#include <thread>
#include <utility>

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include "base/text.h"
#include "http/connection.h"
#include "http/connection_limits.h"
#include "net/socket.h"
#include "telemetry/events.h"

namespace openimds::http {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using Protocol = asio::generic::stream_protocol;
using Acceptor = asio::basic_socket_acceptor<Protocol, Executor>;
using Timer = asio::basic_waitable_timer<std::chrono::steady_clock,
                                         asio::wait_traits<std::chrono::steady_clock>, Executor>;

// Connections taken in one wake-up before others get their turn.
constexpr int kAcceptsPerWake = 64;

// One listening socket of one thread.
struct Door {
  Door(asio::io_context& io, int its_family, Descriptor socket,
       std::shared_ptr<const Site> its_site)
      : acceptor(io.get_executor()), site(std::move(its_site)), family(its_family) {
    acceptor.assign(Protocol(its_family, 0), socket.Release());
  }
  Acceptor acceptor;
  std::shared_ptr<const Site> site;
  int family;
  bool paused = false;  // out of descriptors; the next tick tries again
};

// An event loop with its listening sockets and connections, run by one thread.
class IoThread {
 public:
  IoThread(const ServerSettings& settings, WorkerPool& workers, ConnectionLimits& limits, Log& log)
      : context_(settings, workers, log),
        limits_(limits),
        timer_(context_.io.get_executor()),
        work_(asio::make_work_guard(context_.io)) {
    context_.forget = [this](Connection* connection) { Forget(connection); };
  }

  // Before Start(), or on this thread.
  void AddDoor(int family, Descriptor socket, std::shared_ptr<const Site> site) {
    if (context_.stopping) return;
    doors_.push_back(
        std::make_shared<Door>(context_.io, family, std::move(socket), std::move(site)));
    if (started_) Accept(doors_.back());
  }
  void CloseDoor(const Site* site) {
    EndConnections(site, [](const Peer&) { return true; });
    std::erase_if(doors_, [site](const auto& door) {
      if (door->site.get() != site) return false;
      error_code ignored;
      door->acceptor.close(ignored);
      return true;
    });
  }
  void EndConnections(const Site* site, const std::function<bool(const Peer&)>& which) {
    for (const auto& door : doors_) {
      if (door->site.get() == site && started_ && !context_.stopping) TakeAll(door.get());
    }
    for (Connection* connection : context_.connections) {
      if (connection->site() == site && which(connection->peer())) connection->Drop();
    }
  }

  // Runs `work` on this thread, once it runs.
  void Post(std::function<void()> work) { asio::post(context_.io, std::move(work)); }

  void Start() {
    started_ = true;
    for (const auto& door : doors_) Accept(door);
    Tick();
    thread_ = std::thread([this] { context_.io.run(); });
  }

  void Retire() { context_.retiring = true; }  // on this thread, as the next one
  bool HasRetired() const {
    return std::none_of(context_.connections.begin(), context_.connections.end(),
                        [](const Connection* one) { return one->has_answered(); });
  }

  // No new connections; idle ones end. `on_empty` is called, on this thread, once none is left.
  void BeginStop(bool handing_over, std::function<void()> on_empty) {
    asio::post(context_.io, [this, handing_over, on_empty = std::move(on_empty)]() mutable {
      context_.stopping = true;
      context_.handing_over = handing_over;
      on_empty_ = std::move(on_empty);
      error_code ignored;
      for (const auto& door : doors_) door->acceptor.close(ignored);
      for (Connection* connection : context_.connections) connection->OnStopping();
      if (context_.connections.empty()) on_empty_();
    });
  }

  void Join() {
    context_.io.stop();
    if (thread_.joinable()) thread_.join();
    context_.return_path->Close();
  }

  // After Join(): what is left is destroyed without its handlers being called.
  void DropConnections() {
    for (Connection* connection : context_.connections) {
      limits_.Leave(connection->peer());
      delete connection;
    }
    context_.connections.clear();
  }

 private:
  // What has become ready just before a door is closed still comes here, without an error.
  void Accept(const std::shared_ptr<Door>& door) {
    door->acceptor.async_wait(Acceptor::wait_read, [this, door](const error_code& error) {
      if (error || !door->acceptor.is_open()) return;
      TakeWaiting(door);
    });
  }

  // Those that came before this moment, so that they can be ended. No more than the kernel queues:
  // a caller that connects all the time must not hold us here.
  void TakeAll(Door* door) {
    for (int i = 0; i < SOMAXCONN; ++i) {
      Accepted accepted = AcceptConnection(door->acceptor.native_handle(), door->site->place);
      if (accepted.socket.is_open()) {
        Welcome(door, std::move(accepted));
      } else if (errno != ECONNABORTED && errno != EINTR) {
        return;
      }
    }
  }

  void TakeWaiting(const std::shared_ptr<Door>& door) {
    for (int i = 0; i < kAcceptsPerWake; ++i) {
      Accepted accepted = AcceptConnection(door->acceptor.native_handle(), door->site->place);
      if (accepted.socket.is_open()) {
        Welcome(door.get(), std::move(accepted));
        continue;
      }
      if (errno == ECONNABORTED || errno == EINTR) continue;
      if (errno != EAGAIN) {
        context_.log.Write(LogLevel::kError, events::kConnectionRefused,
                           {{"message", std::strerror(errno)}});
        door->paused = true;
        return;
      }
      break;
    }
    Accept(door);
  }

  void Welcome(Door* door, Accepted accepted) {
    if (!limits_.TryEnter(accepted.peer)) {
      if (context_.refusals_logged++ < kRefusalLinesPerSecond) {
        const std::string text = accepted.peer.ToString();
        context_.log.Write(LogLevel::kWarn, events::kConnectionRefused,
                           {{"peer", text}, {"message", "too many connections"}});
      }
      return;
    }
    Socket socket(context_.io.get_executor());
    socket.assign(Protocol(door->family, 0), accepted.socket.Release());
    auto* connection = new Connection(context_, door->site, std::move(socket), accepted.peer);
    connection->place = context_.connections.size();
    context_.connections.push_back(connection);
    connection->Start();
  }

  void Forget(Connection* connection) {
    limits_.Leave(connection->peer());
    auto& all = context_.connections;
    all.back()->place = connection->place;
    all[connection->place] = all.back();
    all.pop_back();
    delete connection;
    if (context_.stopping && all.empty() && on_empty_) on_empty_();
  }

  void Tick() {
    timer_.expires_after(std::chrono::milliseconds(1000 / ThreadContext::kTicksPerSecond));
    timer_.async_wait([this](const error_code& error) {
      if (error) return;
      ++context_.tick;
      if (context_.tick % ThreadContext::kTicksPerSecond == 0) context_.refusals_logged = 0;
      for (Connection* connection : context_.connections) connection->OnTick();
      for (const auto& door : doors_) {
        if (std::exchange(door->paused, false)) TakeWaiting(door);
      }
      Tick();
    });
  }

  ThreadContext context_;
  ConnectionLimits& limits_;
  std::vector<std::shared_ptr<Door>> doors_;
  Timer timer_;
  asio::executor_work_guard<Executor> work_;
  std::function<void()> on_empty_;
  bool started_ = false;
  std::thread thread_;
};

std::shared_ptr<const Site> MakeSite(const Listener& listener, const ListenAddress& bound) {
  auto site = std::make_shared<Site>();
  site->router = listener.router;
  site->server_header = listener.server_header;
  site->tls = listener.tls;
  site->max_body_bytes = listener.max_body_bytes;
  site->place = listener.place;
  site->allowed_hosts = {"localhost", "127.0.0.1", "[::1]", "169.254.169.254"};
  if (bound.family == ListenAddress::Family::kTcp) {
    const std::string ip = bound.ip.ToString();
    site->allowed_hosts.push_back(bound.ip.is_v4() ? ip : "[" + ip + "]");
  }
  for (const std::string& host : listener.allowed_hosts) {
    site->allowed_hosts.push_back(LowerAscii(host));
  }
  return site;
}

int FamilyOf(const Descriptor& socket) {
  int family = AF_UNSPEC;
  socklen_t size = sizeof family;
  getsockopt(socket.get(), SOL_SOCKET, SO_DOMAIN, &family, &size);
  return family;
}

}  // namespace

struct Server::Parts {
  Parts(ServerSettings server_settings, Log& log, InheritedSockets* inherited_sockets)
      : settings(server_settings),
        inherited(inherited_sockets),
        limits(settings.max_connections, settings.max_connections_per_peer),
        workers(settings.worker_threads, settings.worker_queue) {
    for (std::size_t i = 0; i < settings.io_threads; ++i) {
      threads.push_back(std::make_unique<IoThread>(settings, workers, limits, log));
    }
  }

  const ServerSettings settings;
  InheritedSockets* const inherited;
  ConnectionLimits limits;
  WorkerPool workers;
  std::vector<std::unique_ptr<IoThread>> threads;
  std::vector<std::string> socket_files;
  bool running = false;

  // Runs `work` for each I/O thread: on it if it runs, else here; returns when all have.
  void OnEachThread(const std::function<void(IoThread&, std::size_t)>& work);

  // Threads are started and joined under it alone; whoever posts to them shares it.
  std::shared_mutex life;
  bool threads_run = false;
  std::mutex adopting;
  std::map<ListenerId, std::shared_ptr<const Site>> adopted;  // under `adopting`, as these
  ListenerId last_id = 0;
  std::size_t next_thread = 0;
};

void Server::Parts::OnEachThread(const std::function<void(IoThread&, std::size_t)>& work) {
  std::shared_lock lock(life);
  if (!threads_run) {
    for (std::size_t i = 0; i < threads.size(); ++i) work(*threads[i], i);
    return;
  }
  std::latch done(static_cast<std::ptrdiff_t>(threads.size()));
  for (std::size_t i = 0; i < threads.size(); ++i) {
    threads[i]->Post([&, i] {
      work(*threads[i], i);
      done.count_down();
    });
  }
  done.wait();
}

Server::Server(ServerSettings settings, Log& log, InheritedSockets* inherited)
    : parts_(std::make_unique<Parts>(settings, log, inherited)) {}

Server::~Server() { Stop(); }

Result<ListenAddress> Server::Listen(const Listener& listener) {
  const std::size_t threads = parts_->threads.size();
  TRY(ListeningSockets opened,
      OpenListeningSockets(listener.address, threads, {}, parts_->inherited));
  const auto site = MakeSite(listener, opened.address);
  for (std::size_t i = 0; i < opened.sockets.size(); ++i) {
    const int family = FamilyOf(opened.sockets[i]);
    parts_->threads[i % threads]->AddDoor(family, std::move(opened.sockets[i]), site);
  }
  if (opened.address.family == ListenAddress::Family::kUnix) {
    parts_->socket_files.push_back(opened.address.path);
  }
  return opened.address;
}

Server::ListenerId Server::Adopt(const Listener& listener, std::vector<Descriptor> sockets) {
  const auto site = MakeSite(listener, listener.address);
  std::lock_guard lock(parts_->adopting);
  const std::size_t first = parts_->next_thread;
  const std::size_t threads = parts_->threads.size();
  parts_->next_thread = (first + sockets.size()) % threads;
  parts_->OnEachThread([&](IoThread& thread, std::size_t number) {
    for (std::size_t i = (number + threads - first) % threads; i < sockets.size(); i += threads) {
      const int family = FamilyOf(sockets[i]);
      thread.AddDoor(family, std::move(sockets[i]), site);
    }
  });
  parts_->adopted.emplace(++parts_->last_id, site);
  return parts_->last_id;
}

void Server::Close(ListenerId listener) {
  std::lock_guard lock(parts_->adopting);
  const auto found = parts_->adopted.find(listener);
  if (found == parts_->adopted.end()) return;
  parts_->OnEachThread(
      [&](IoThread& thread, std::size_t) { thread.CloseDoor(found->second.get()); });
  parts_->adopted.erase(found);
}

void Server::EndConnections(ListenerId listener, const std::function<bool(const Peer&)>& which) {
  std::lock_guard lock(parts_->adopting);
  const auto found = parts_->adopted.find(listener);
  if (found == parts_->adopted.end()) return;
  parts_->OnEachThread(
      [&](IoThread& thread, std::size_t) { thread.EndConnections(found->second.get(), which); });
}

void Server::Start() {
  std::unique_lock lock(parts_->life);
  parts_->running = parts_->threads_run = true;
  for (const auto& thread : parts_->threads) thread->Start();
}

void Server::BeginRetiring() {
  parts_->OnEachThread([](IoThread& thread, std::size_t) { thread.Retire(); });
}

bool Server::HasRetired() {
  std::atomic<bool> all = true;
  parts_->OnEachThread([&all](IoThread& thread, std::size_t) {
    if (!thread.HasRetired()) all = false;
  });
  return all;
}

void Server::Stop(Ending ending) {
  if (std::exchange(parts_->running, false)) {
    std::mutex mutex;
    std::condition_variable emptied;
    std::size_t left = parts_->threads.size();
    for (const auto& thread : parts_->threads) {
      thread->BeginStop(ending == Ending::kHandOver, [&, done = false]() mutable {
        if (std::exchange(done, true)) return;
        std::lock_guard lock(mutex);
        --left;
        emptied.notify_one();
      });
    }
    std::unique_lock lock(mutex);
    emptied.wait_for(lock, parts_->settings.drain_timeout, [&] { return left == 0; });
    lock.unlock();
    parts_->workers.Stop();
    {
      std::unique_lock life(parts_->life);
      for (const auto& thread : parts_->threads) thread->Join();
      parts_->threads_run = false;
    }
    for (const auto& thread : parts_->threads) thread->DropConnections();
  }
  const auto files = std::exchange(parts_->socket_files, {});
  if (ending == Ending::kHandOver) return;
  for (const std::string& path : files) unlink(path.c_str());
}

}  // namespace openimds::http
