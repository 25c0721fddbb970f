// SPDX-License-Identifier: Apache-2.0
#include "http/request_parser.h"

#include <algorithm>
#include <functional>

#include <boost/beast/http/error.hpp>

#include "base/reasons.h"
#include "base/text.h"

namespace openimds::http {
namespace {

namespace beast_http = boost::beast::http;

// A body's memory is kept for the next request unless it grew past this.
constexpr std::size_t kKeptBodyBytes = 4096;

std::string_view ToStd(boost::beast::string_view view) { return {view.data(), view.size()}; }

bool IsBlank(char c) { return c == ' ' || c == '\t'; }

bool LiesWithin(std::string_view part, std::string_view whole) {
  const std::less_equal<const char*> not_after;
  return not_after(whole.data(), part.data()) &&
         not_after(part.data() + part.size(), whole.data() + whole.size());
}

}  // namespace

RequestParser::RequestParser(const ServerSettings& limits, std::size_t max_body_bytes)
    : limits_(limits), max_body_bytes_(max_body_bytes) {
  Reset();
}

void RequestParser::Reset() {
  grammar_.emplace(*this);
  grammar_->eager(true);
  grammar_->header_limit(static_cast<std::uint32_t>(limits_.max_header_bytes));
  grammar_->body_limit(max_body_bytes_);
  method_ = target_ = host_ = {};
  pinned_end_ = nullptr;
  version_ = 0;
  header_count_ = 0;
  hosts_ = 0;
  has_content_length_ = has_transfer_encoding_ = expects_continue_ = false;
  body_.clear();
  if (body_.capacity() > kKeptBodyBytes) body_.shrink_to_fit();
  refused_status_ = 0;
  refused_reason_ = {};
}

RequestParser::Progress RequestParser::Parse(std::string_view bytes, std::size_t* consumed) {
  window_ = bytes;
  const bool header_was_done = grammar_->is_header_done();
  ErrorCode ec;
  *consumed = grammar_->put({bytes.data(), bytes.size()}, ec);
  if (!header_was_done && grammar_->is_header_done() && HasFoldedLine()) {
    Refuse(400, reasons::kMalformedRequest, ec);
  }
  if (ec == beast_http::error::need_more) return Progress::kNeedMore;
  if (ec) return RefusedBy(ec);
  return grammar_->is_done() ? Progress::kComplete : Progress::kNeedMore;
}

// Beast unfolds lines as HTTP once allowed. All of the header's bytes still stand where they came.
bool RequestParser::HasFoldedLine() const {
  if (header_count_ == 0) return false;
  const std::string_view lines(method_.data(),
                               static_cast<std::size_t>(pinned_end_ - method_.data()));
  for (size_t at = lines.find('\n'); at != std::string_view::npos; at = lines.find('\n', at + 1)) {
    if (at + 1 < lines.size() && IsBlank(lines[at + 1])) return true;
  }
  // Behind the last value there is nothing but the end: another line would be a fold of it.
  const char* rest = pinned_end_;
  while (IsBlank(*rest)) ++rest;
  return std::string_view(rest, 4) != "\r\n\r\n";
}

RequestParser::Progress RequestParser::RefusedBy(const ErrorCode& ec) {
  if (refused_status_ == 0) {
    ErrorCode ignored;
    if (ec == beast_http::error::header_limit && method_.empty()) {
      Refuse(414, reasons::kUriTooLong, ignored);
    } else if (ec == beast_http::error::header_limit) {
      Refuse(431, reasons::kHeaderTooLarge, ignored);
    } else if (ec == beast_http::error::body_limit) {
      Refuse(413, reasons::kBodyTooLarge, ignored);
    } else {
      Refuse(400, reasons::kMalformedRequest, ignored);
    }
  }
  return Progress::kRefused;
}

void RequestParser::Refuse(int status, std::string_view reason, ErrorCode& ec) {
  refused_status_ = status;
  refused_reason_ = reason;
  ec = beast_http::error::bad_value;
}

void RequestParser::Grammar::on_request_impl(beast_http::verb, Bytes method, Bytes target,
                                             int version, ErrorCode& ec) {
  owner_.method_ = ToStd(method);
  owner_.target_ = ToStd(target);
  owner_.version_ = version;
  owner_.pinned_end_ = target.data() + target.size();
  if (target.size() > owner_.limits_.max_uri_bytes) {
    owner_.Refuse(414, reasons::kUriTooLong, ec);
  }
}

void RequestParser::Grammar::on_field_impl(beast_http::field field, Bytes name, Bytes value,
                                           ErrorCode& ec) {
  // Trailers come the same way after the header; nothing of ours reads them.
  if (is_header_done()) return;
  owner_.TakeField(field, ToStd(name), ToStd(value), ec);
}

void RequestParser::TakeField(beast_http::field field, std::string_view name,
                              std::string_view value, ErrorCode& ec) {
  // A value outside our bytes was put together from a folded line.
  if (!value.empty() && !LiesWithin(value, window_)) {
    return Refuse(400, reasons::kMalformedRequest, ec);
  }
  if (header_count_ >= std::min(limits_.max_headers, headers_.size())) {
    return Refuse(431, reasons::kHeaderTooLarge, ec);
  }
  headers_[header_count_++] = {name, value};
  pinned_end_ = value.empty() ? name.data() + name.size() + 1  // the colon
                              : value.data() + value.size();

  switch (field) {
    case beast_http::field::host:
      ++hosts_;
      host_ = value;
      break;
    case beast_http::field::content_length:
      // One, and digits only: Beast would take a list of equal numbers.
      if (has_content_length_ || !ParseDecimal(value)) {
        return Refuse(400, reasons::kMalformedRequest, ec);
      }
      has_content_length_ = true;
      break;
    case beast_http::field::transfer_encoding:
      if (has_transfer_encoding_ || !EqualsIgnoringCase(value, "chunked")) {
        return Refuse(400, reasons::kMalformedRequest, ec);
      }
      has_transfer_encoding_ = true;
      break;
    case beast_http::field::expect:
      if (!EqualsIgnoringCase(value, "100-continue")) {
        return Refuse(417, reasons::kMalformedRequest, ec);
      }
      expects_continue_ = true;
      break;
    default:
      break;
  }
}

void RequestParser::Grammar::on_header_impl(ErrorCode& ec) { owner_.CheckHeader(ec); }

void RequestParser::CheckHeader(ErrorCode& ec) {
  const bool host_is_right = hosts_ == 1 || (hosts_ == 0 && !http11());
  const bool both_lengths = has_content_length_ && has_transfer_encoding_;
  const bool chunked_before_http11 = has_transfer_encoding_ && !http11();
  if (!host_is_right || both_lengths || chunked_before_http11) {
    Refuse(400, reasons::kMalformedRequest, ec);
  }
}

std::size_t RequestParser::Grammar::on_body_impl(Bytes body, ErrorCode&) {
  owner_.body_.append(body.data(), body.size());
  return body.size();
}

std::size_t RequestParser::Grammar::on_chunk_body_impl(std::uint64_t, Bytes body, ErrorCode&) {
  owner_.body_.append(body.data(), body.size());
  return body.size();
}

}  // namespace openimds::http
