// SPDX-License-Identifier: Apache-2.0
#include "http/connection.h"

#include <sys/socket.h>

#include <cstring>
#include <exception>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>

#include "base/reasons.h"
#include "base/text.h"
#include "http/target.h"
#include "telemetry/events.h"

namespace openimds::http {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

// Room beside the header for a body on its way through.
constexpr std::size_t kBodyRoom = 4096;
// Pipelined answers are gathered up to this size before they are sent.
constexpr std::size_t kGatherBytes = 64 * 1024;
constexpr std::chrono::seconds kLingerTime{2};
// For a client that has connected and not asked yet, at a hand-over.
constexpr std::chrono::seconds kFirstRequestTime{1};

}  // namespace

void ReturnPath::Post(std::function<void()> work) {
  std::lock_guard lock(mutex_);
  if (io_) asio::post(*io_, std::move(work));
}

void ReturnPath::Close() {
  std::lock_guard lock(mutex_);
  io_ = nullptr;
}

Connection::Connection(ThreadContext& thread, std::shared_ptr<const Site> site, Socket socket,
                       const Peer& peer)
    : thread_(thread),
      site_(std::move(site)),
      socket_(std::move(socket)),
      peer_(peer),
      parser_(thread.settings, site_->max_body_bytes.value_or(thread.settings.max_body_bytes)),
      capacity_(thread.settings.max_header_bytes + kBodyRoom) {
  buffer_ = std::make_unique_for_overwrite<char[]>(capacity_);
  if (site_->tls) tls_ = std::make_unique<Encryption>(site_->tls->Read());
}

void Connection::SetDeadline(std::chrono::seconds from_now) {
  deadline_ =
      thread_.tick + static_cast<std::uint64_t>(from_now.count()) * ThreadContext::kTicksPerSecond;
}

// ---- receiving -------------------------------------------------------------------------------

void Connection::Receive() {
  state_ = State::kReceiving;
  if (!request_begun_) SetDeadline(thread_.settings.idle_timeout);
  if (tls_) return ReceiveEncrypted();
  // Asio tries to receive at once unless it knows that nothing is there.
  socket_.async_receive(
      asio::buffer(buffer_.get() + end_, capacity_ - end_),
      [this](const error_code& error, std::size_t size) { OnReceived(error, size); });
}

void Connection::OnReceived(const error_code& error, std::size_t size) {
  if (error || ending_) return End();
  end_ += size;
  BeginRequest();
  ServeBuffered();
}

void Connection::BeginRequest() {
  if (request_begun_) return;
  request_begun_ = true;
  SetDeadline(thread_.settings.header_timeout);
}

void Connection::ServeBuffered() {
  thread_.out.clear();
  while (ServeOne()) {
  }
  if (state_ != State::kWorking) return Flush();
}

// Some old clients end a form with a line break that belongs to nothing (RFC 9112, 2.2).
void Connection::SkipLineBreak() {
  if (position_ == begin_ && Buffered().substr(0, 2) == "\r\n") begin_ = position_ += 2;
}

bool Connection::ServeOne() {
  SkipLineBreak();
  if (Buffered().empty()) {
    if (position_ == begin_) begin_ = position_ = end_ = 0;
    if (position_ == 0) request_begun_ = false;
    return false;
  }
  std::size_t consumed = 0;
  const auto progress = parser_.Parse(Buffered(), &consumed);
  position_ += consumed;
  switch (progress) {
    case RequestParser::Progress::kRefused:
      Refuse(parser_.refused_status(), parser_.refused_reason(), "the request is malformed");
      return false;
    case RequestParser::Progress::kNeedMore:
      if (!MakeRoom()) {
        const bool long_line = !parser_.start_line_done();
        Refuse(long_line ? 414 : 431, long_line ? reasons::kUriTooLong : reasons::kHeaderTooLarge,
               "the request's header is too large");
      }
      if (parser_.header_done() && parser_.expects_continue() && !continue_sent_) {
        continue_sent_ = true;
        thread_.out.append("HTTP/1.1 100 Continue\r\n\r\n");
      }
      return false;
    case RequestParser::Progress::kComplete:
      break;
  }
  if (HeaderSize() > thread_.settings.max_header_bytes) {
    Refuse(431, reasons::kHeaderTooLarge, "the request's header is too large");
    return false;
  }

  Reply reply = Dispatch();
  if (auto* deferred = std::get_if<Deferred>(&reply)) {
    HandOver(std::move(*deferred));
    return false;
  }
  if (auto* awaited = std::get_if<Awaited>(&reply)) {
    HandOver(*awaited);
    return false;
  }
  Append(std::get<Response>(reply));
  gathered_enough_ = thread_.out.size() >= kGatherBytes;
  return keep_alive_ && !gathered_enough_;
}

std::size_t Connection::HeaderSize() const {
  return static_cast<std::size_t>(parser_.pinned_end() - (buffer_.get() + begin_));
}

bool Connection::MakeRoom() {
  char* const bytes = buffer_.get();
  if (!parser_.header_done()) {
    if (end_ - begin_ >= thread_.settings.max_header_bytes) return false;
    if (begin_ == 0) return true;
    // The views that the parser holds would dangle: it begins again once the rest is there.
    std::memmove(bytes, bytes + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = position_ = 0;
    parser_.Reset();
    return true;
  }
  const std::size_t pinned = begin_ + HeaderSize();
  if (HeaderSize() > thread_.settings.max_header_bytes) return false;
  std::memmove(bytes + pinned, bytes + position_, end_ - position_);
  end_ -= position_ - pinned;
  position_ = pinned;
  return true;
}

// ---- TLS -------------------------------------------------------------------------------------

bool Connection::IsHandshaking() const { return tls_ && !tls_->session.established(); }

void Connection::ReceiveEncrypted() {
  if (!tls_->used_up) return Decrypt();
  socket_.async_receive(
      asio::buffer(tls_->received),
      [this](const error_code& error, std::size_t size) { OnReceivedEncrypted(error, size); });
}

void Connection::OnReceivedEncrypted(const error_code& error, std::size_t size) {
  if (error || ending_) return End();
  tls_->session.Feed({tls_->received.data(), size});
  BeginRequest();
  Decrypt();
}

void Connection::Decrypt() {
  const auto [status, size] = tls_->session.Read(buffer_.get() + end_, capacity_ - end_);
  tls_->used_up = status == TlsStatus::kWantsMore;
  if (size > 0) {
    end_ += size;
    return ServeBuffered();
  }
  thread_.out.clear();
  if (status != TlsStatus::kWantsMore) return EndEncryption(status);
  // The end of a handshake, or a ticket, is not the beginning of a request.
  if (end_ == 0 && tls_->session.AtRest()) request_begun_ = false;
  Flush();
}

// From here on the bytes are plain: an alert, a close_notify, or a word to whoever speaks no TLS.
void Connection::EndEncryption(TlsStatus status) {
  keep_alive_ = false;
  linger_ = status != TlsStatus::kClosed;
  if (status == TlsStatus::kBroken) {
    LogRefusal(reasons::kTlsFailed, std::string("TLS failed: ") + tls_->session.failure());
  }
  if (status != TlsStatus::kPlainHttp) tls_->session.Shutdown(&thread_.out);
  tls_ = nullptr;
  if (status == TlsStatus::kPlainHttp) {
    Refuse(400, reasons::kMalformedRequest, "this port speaks HTTPS, not HTTP");
  }
  Flush();
}

bool Connection::Seal() {
  std::string& sealed = thread_.sealed;
  sealed.clear();
  if (!tls_->session.Encrypt(thread_.out, &sealed)) return false;
  if (!keep_alive_) tls_->session.Shutdown(&sealed);
  thread_.out.swap(sealed);
  return true;
}

// ---- answering -------------------------------------------------------------------------------

Reply Connection::Dispatch() {
  const Router& router = *site_->router;
  const auto refuse = [&](int status, const Error& error) {
    LogRefusal(error.reason, error.message);
    Response response = router.Refuse(status, error, nullptr);
    response.close = true;
    return response;
  };
  if (parser_.method() == "CONNECT") {
    return refuse(405, {ErrorKind::kInvalidRequest, reasons::kMethodNotAllowed,
                        "this is no proxy: CONNECT is not served"});
  }
  const auto target = ParseTarget(parser_.raw_target());
  if (!target) return refuse(400, target.error());
  if (!target->authority.empty() && !IsAllowedHost(target->authority, site_->allowed_hosts)) {
    return refuse(421, {ErrorKind::kInvalidRequest, reasons::kHostNotAllowed,
                        "this is no proxy: the request is for another authority"});
  }
  if (!HostIsAllowed()) {
    return refuse(400, {ErrorKind::kInvalidRequest, reasons::kHostNotAllowed,
                        "the Host header names no authority of this listener"});
  }
  const Request request{.method = parser_.method(),
                        .path = target->path,
                        .query = target->query,
                        .headers = parser_.headers(),
                        .body = parser_.body(),
                        .peer = peer_};
  try {
    return router.Route(request);
  } catch (const std::exception& failure) {
    thread_.log.Write(LogLevel::kError, events::kHandlerFailed, {{"message", failure.what()}});
    return router.Refuse(
        500, {ErrorKind::kInternal, reasons::kHandlerFailed, "an internal error occurred"},
        nullptr);
  }
}

// A client names the same host again and again.
bool Connection::HostIsAllowed() {
  const std::string_view host = parser_.host();
  if (host.empty() && !parser_.http11()) return true;  // HTTP/1.0 need not say
  if (!host.empty() && host == allowed_host_) return true;
  if (!IsAllowedHost(host, site_->allowed_hosts)) return false;
  allowed_host_ = host;
  return true;
}

void Connection::Append(const Response& response) {
  keep_alive_ = parser_.keep_alive() && !response.close && !thread_.stopping && !thread_.retiring;
  answered_ = true;
  thread_.writer.Append(response,
                        {.keep_alive = keep_alive_,
                         .head_only = parser_.method() == "HEAD",
                         .server = site_->server_header},
                        &thread_.out);
  parser_.Reset();
  begin_ = position_;
  continue_sent_ = false;
  request_begun_ = position_ != end_;
  if (request_begun_) SetDeadline(thread_.settings.header_timeout);
}

void Connection::Refuse(int status, std::string_view reason, std::string message) {
  LogRefusal(reason, message);
  Response response = site_->router->Refuse(
      status, {ErrorKind::kInvalidRequest, reason, std::move(message)}, nullptr);
  response.close = true;
  linger_ = true;
  thread_.writer.Append(response,
                        {.keep_alive = false, .head_only = false, .server = site_->server_header},
                        &thread_.out);
  keep_alive_ = false;
}

void Connection::LogRefusal(std::string_view reason, std::string_view message) {
  if (thread_.refusals_logged++ >= kRefusalLinesPerSecond) return;
  const std::string peer = peer_.ToString();
  thread_.log.Write(LogLevel::kWarn, events::kRequestRefused,
                    {{"peer", peer}, {"reason", reason}, {"message", message}});
}

void Connection::BeginWorking() {
  state_ = State::kWorking;
  deadline_ = 0;
  unsent_.assign(thread_.out);  // answers to earlier requests wait with this one
}

// Nobody ends a connection while it is working, so `this` is good until the answer has come back,
// or the thread has gone and the way back is closed.
void Connection::HandOver(const Awaited& awaited) {
  BeginWorking();
  awaited.begin([this, path = thread_.return_path](Response response) {
    path->Post([this, answer = std::move(response)] { OnWorkDone(answer); });
  });
}

void Connection::HandOver(Deferred deferred) {
  BeginWorking();
  const bool accepted = thread_.workers.TryRun([this, work = std::move(deferred.work)] {
    Response response;
    try {
      response = work();
    } catch (const std::exception& failure) {
      thread_.log.Write(LogLevel::kError, events::kHandlerFailed, {{"message", failure.what()}});
      response = site_->router->Refuse(
          500, {ErrorKind::kInternal, reasons::kHandlerFailed, "an internal error occurred"},
          nullptr);
    }
    asio::post(thread_.io, [this, answer = std::move(response)] { OnWorkDone(answer); });
  });
  if (!accepted) {
    asio::post(thread_.io, [this, answer = std::move(deferred.if_busy)] { OnWorkDone(answer); });
  }
}

void Connection::OnWorkDone(const Response& response) {
  state_ = State::kReceiving;
  thread_.out.assign(unsent_);
  unsent_.clear();
  Append(response);
  while (keep_alive_ && ServeOne()) {
  }
  if (state_ != State::kWorking) Flush();
}

// ---- sending ---------------------------------------------------------------------------------

void Connection::Flush() {
  std::string& out = thread_.out;
  if (tls_ && !Seal()) return End();
  if (out.empty()) return AfterFlush();
  const ssize_t sent =
      ::send(socket_.native_handle(), out.data(), out.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent == static_cast<ssize_t>(out.size())) return AfterFlush();
  if (sent < 0 && errno != EAGAIN && errno != EINTR) return End();
  sent_ = sent < 0 ? 0 : static_cast<std::size_t>(sent);
  unsent_.swap(out);
  out.clear();
  state_ = State::kSending;
  SetDeadline(thread_.settings.write_timeout);
  OnSent({}, 0);
}

void Connection::OnSent(const error_code& error, std::size_t size) {
  if (error || ending_) return End();
  sent_ += size;
  if (sent_ == unsent_.size()) {
    unsent_ = {};
    return AfterFlush();
  }
  socket_.async_send(asio::buffer(unsent_.data() + sent_, unsent_.size() - sent_),
                     [this](const error_code& e, std::size_t n) { OnSent(e, n); });
}

void Connection::AfterFlush() {
  if (linger_) return Linger();
  if (!keep_alive_ || (thread_.stopping && !request_begun_)) return End();
  if (std::exchange(gathered_enough_, false)) return ServeBuffered();
  Receive();
}

// A socket closed with unread bytes is reset, and the client may never see the answer: tell it that
// we are done, and read on for a moment.
void Connection::Linger() {
  if (state_ != State::kLingering) {
    state_ = State::kLingering;
    SetDeadline(kLingerTime);
    error_code ignored;
    socket_.shutdown(Socket::shutdown_send, ignored);
  }
  socket_.async_receive(asio::buffer(buffer_.get(), capacity_),
                        [this](const error_code& error, std::size_t) { OnLingered(error); });
}

void Connection::OnLingered(const error_code& error) {
  if (error || ending_) return End();
  Linger();
}

// ---- ending ----------------------------------------------------------------------------------

void Connection::OnTick() {
  if (deadline_ == 0 || thread_.tick < deadline_) return;
  deadline_ = 0;
  ending_ = true;
  thread_.out.clear();
  if (state_ == State::kReceiving && request_begun_) {
    if (IsHandshaking()) {
      LogRefusal(reasons::kTlsFailed, "the TLS handshake did not end in time");
    } else {
      Refuse(408, reasons::kMalformedRequest, "the request did not arrive in time");
    }
  }
  Close();
}

void Connection::OnStopping() {
  if (state_ != State::kReceiving || (request_begun_ && !IsHandshaking())) return;
  if (thread_.handing_over && (!answered_ || HasUnread())) return SetDeadline(kFirstRequestTime);
  ending_ = true;
  thread_.out.clear();
  Close();
}

// What the client sent a moment ago is not lost.
bool Connection::HasUnread() {
  char next = 0;
  return recv(socket_.native_handle(), &next, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
}

void Connection::Drop() {
  ending_ = true;
  thread_.out.clear();
  Close();
}

// Sends what `out` holds as far as it goes at once. What is pending comes back and ends us.
void Connection::Close() {
  keep_alive_ = false;
  const bool may_send = state_ == State::kReceiving && (!tls_ || Seal());
  if (may_send && !thread_.out.empty()) {
    ::send(socket_.native_handle(), thread_.out.data(), thread_.out.size(),
           MSG_NOSIGNAL | MSG_DONTWAIT);
  }
  error_code ignored;
  socket_.close(ignored);
}

void Connection::End() { thread_.forget(this); }

}  // namespace openimds::http
