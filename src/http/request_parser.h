// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <boost/beast/http/basic_parser.hpp>

#include "http/request.h"
#include "http/server.h"

namespace openimds::http {

// Reads one request after the other from bytes that stay where they are.
//
// The grammar is Beast's basic_parser; this class stores views only, and refuses what the grammar
// allows but we do not (attacks.md 24): folded lines, a second Content-Length or Transfer-Encoding,
// both of them, a transfer coding other than `chunked`, no or two Host headers on HTTP/1.1.
//
// Not thread-safe; one for each connection. Pure: no socket, no clock. Fuzzed.
class RequestParser {
 public:
  enum class Progress { kNeedMore, kComplete, kRefused };

  // `limits` must outlive the parser.
  explicit RequestParser(const ServerSettings& limits)
      : RequestParser(limits, limits.max_body_bytes) {}
  RequestParser(const ServerSettings& limits, std::size_t max_body_bytes);

  // Goes on with `bytes`, which begin where the last call's `consumed` ended. The header's bytes
  // must not move before Reset(); those of the body may, once they are consumed.
  Progress Parse(std::string_view bytes, std::size_t* consumed);

  void Reset();  // for the next request

  // Past the last byte that method(), headers() and so on still look at.
  const char* pinned_end() const { return pinned_end_; }

  bool header_done() const { return grammar_->is_header_done(); }
  bool start_line_done() const { return !method_.empty(); }
  bool keep_alive() const { return grammar_->keep_alive(); }
  bool http11() const { return version_ >= 11; }
  bool expects_continue() const { return expects_continue_; }

  // After kComplete; partly also after kRefused, for what was read until then.
  std::string_view method() const { return method_; }
  std::string_view raw_target() const { return target_; }
  std::string_view host() const { return host_; }  // empty on HTTP/1.0 without one
  std::span<const Header> headers() const { return {headers_.data(), header_count_}; }
  std::string_view body() const { return body_; }

  // After kRefused.
  int refused_status() const { return refused_status_; }
  std::string_view refused_reason() const { return refused_reason_; }

 private:
  using Base = boost::beast::http::basic_parser<true>;
  using Bytes = boost::beast::string_view;
  using ErrorCode = boost::beast::error_code;

  // Beast calls these virtual functions; they hand everything to the parser around them.
  class Grammar final : public Base {
   public:
    explicit Grammar(RequestParser& owner) : owner_(owner) {}

   private:
    void on_request_impl(boost::beast::http::verb, Bytes method, Bytes target, int version,
                         ErrorCode& ec) override;
    void on_response_impl(int, Bytes, int, ErrorCode&) override {}
    void on_field_impl(boost::beast::http::field field, Bytes name, Bytes value,
                       ErrorCode& ec) override;
    void on_header_impl(ErrorCode& ec) override;
    void on_body_init_impl(boost::optional<std::uint64_t> const&, ErrorCode&) override {}
    std::size_t on_body_impl(Bytes body, ErrorCode&) override;
    void on_chunk_header_impl(std::uint64_t, Bytes, ErrorCode&) override {}
    std::size_t on_chunk_body_impl(std::uint64_t, Bytes body, ErrorCode&) override;
    void on_finish_impl(ErrorCode&) override {}

    RequestParser& owner_;
  };

  void TakeField(boost::beast::http::field field, std::string_view name, std::string_view value,
                 ErrorCode& ec);
  void CheckHeader(ErrorCode& ec);
  bool HasFoldedLine() const;
  void Refuse(int status, std::string_view reason, ErrorCode& ec);
  Progress RefusedBy(const ErrorCode& ec);

  const ServerSettings& limits_;
  const std::size_t max_body_bytes_;
  std::optional<Grammar> grammar_;
  std::string_view window_;  // what the current call may look at
  const char* pinned_end_ = nullptr;
  std::string_view method_, target_, host_;
  int version_ = 0;
  std::array<Header, 128> headers_;
  std::size_t header_count_ = 0;
  int hosts_ = 0;
  bool has_content_length_ = false;
  bool has_transfer_encoding_ = false;
  bool expects_continue_ = false;
  std::string body_;
  int refused_status_ = 0;
  std::string_view refused_reason_;
};

}  // namespace openimds::http
