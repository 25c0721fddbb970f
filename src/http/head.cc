// SPDX-License-Identifier: Apache-2.0
#include "http/head.h"

#include <array>
#include <charconv>
#include <cstring>
#include <ctime>
#include <utility>

#include "base/guid.h"

namespace openimds::http {
namespace {

std::string_view StatusLine(int status) {
  switch (status) {
    case 200:
      return "HTTP/1.1 200 OK\r\n";
    case 201:
      return "HTTP/1.1 201 Created\r\n";
    case 202:
      return "HTTP/1.1 202 Accepted\r\n";
    case 204:
      return "HTTP/1.1 204 No Content\r\n";
    case 400:
      return "HTTP/1.1 400 Bad Request\r\n";
    case 401:
      return "HTTP/1.1 401 Unauthorized\r\n";
    case 403:
      return "HTTP/1.1 403 Forbidden\r\n";
    case 404:
      return "HTTP/1.1 404 Not Found\r\n";
    case 405:
      return "HTTP/1.1 405 Method Not Allowed\r\n";
    case 408:
      return "HTTP/1.1 408 Request Timeout\r\n";
    case 409:
      return "HTTP/1.1 409 Conflict\r\n";
    case 410:
      return "HTTP/1.1 410 Gone\r\n";
    case 412:
      return "HTTP/1.1 412 Precondition Failed\r\n";
    case 413:
      return "HTTP/1.1 413 Content Too Large\r\n";
    case 414:
      return "HTTP/1.1 414 URI Too Long\r\n";
    case 417:
      return "HTTP/1.1 417 Expectation Failed\r\n";
    case 421:
      return "HTTP/1.1 421 Misdirected Request\r\n";
    case 429:
      return "HTTP/1.1 429 Too Many Requests\r\n";
    case 431:
      return "HTTP/1.1 431 Request Header Fields Too Large\r\n";
    case 503:
      return "HTTP/1.1 503 Service Unavailable\r\n";
    default:
      return "HTTP/1.1 500 Internal Server Error\r\n";
  }
}

void AppendNumber(std::string* out, std::size_t number) {
  char digits[20];
  const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
  out->append(digits, end);
}

void AppendBody(const Response& response, std::string* out) {
  if (const auto* text = std::get_if<std::string>(&response.body)) {
    out->append(*text);
    return;
  }
  const auto& prepared = std::get<PreparedBody>(response.body);
  out->append(prepared.before);
  out->append(prepared.digits.data(), prepared.digit_count);
  out->append(prepared.after);
}

std::size_t BodySize(const Response& response) {
  if (const auto* text = std::get_if<std::string>(&response.body)) return text->size();
  return std::get<PreparedBody>(response.body).size();
}

}  // namespace

ResponseWriter::ResponseWriter() {
  const Guid seed = Guid::Random();
  std::memcpy(state_, seed.bytes().data(), sizeof state_);
}

// xorshift128+: request ids only have to differ, they keep nothing secret.
std::uint64_t ResponseWriter::NextRandom() {
  std::uint64_t x = state_[0];
  const std::uint64_t y = state_[1];
  state_[0] = y;
  x ^= x << 23;
  state_[1] = x ^ y ^ (x >> 17) ^ (y >> 26);
  return state_[1] + y;
}

void ResponseWriter::AppendRequestId(std::string* out) {
  std::array<std::uint8_t, 16> bytes;
  const std::uint64_t words[2] = {NextRandom(), NextRandom()};
  std::memcpy(bytes.data(), words, sizeof words);
  char text[Guid::kTextSize];
  Guid(bytes).Write(text);
  out->append(text, sizeof text);
}

std::string_view ResponseWriter::Date() {
  const std::time_t now = std::time(nullptr);
  if (now != date_second_) {
    date_second_ = now;
    std::tm utc{};
    gmtime_r(&now, &utc);
    char text[64];
    date_.assign(text, std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &utc));
  }
  return date_;
}

// Status, Server, Date and Content-Type of an answer that succeeds are the same for a whole second.
void ResponseWriter::AppendBeginning(const Response& response, std::string_view server,
                                     std::string* out) {
  const std::string_view date = Date();
  const bool usual = response.status == 200 && response.content_type.data() == kJson.data();
  if (usual && usual_second_ == date_second_ && usual_server_ == server.data()) {
    out->append(usual_);
    return;
  }
  std::string text(StatusLine(response.status));
  text.append("Server: ").append(server);
  text.append("\r\nDate: ").append(date);
  if (response.status == 204) {  // RFC 9110, 8.6: it has no length
    out->append(text);
    return;
  }
  text.append("\r\nContent-Type: ").append(response.content_type);
  text.append("\r\nContent-Length: ");
  out->append(text);
  if (!usual) return;
  usual_ = std::move(text);
  usual_second_ = date_second_;
  usual_server_ = server.data();
}

void ResponseWriter::Append(const Response& response, const Framing& framing, std::string* out) {
  AppendBeginning(response, response.server.empty() ? framing.server : response.server, out);
  if (response.status != 204) AppendNumber(out, BodySize(response));
  out->append("\r\nx-ms-request-id: ");
  AppendRequestId(out);
  for (const auto& [name, value] : response.headers) {
    out->append("\r\n").append(name).append(": ").append(value);
  }
  // Said in both directions: HTTP/1.0 clients that asked to stay need to read it.
  out->append(framing.keep_alive ? "\r\nConnection: keep-alive\r\n\r\n"
                                 : "\r\nConnection: close\r\n\r\n");
  if (!framing.head_only) AppendBody(response, out);
}

}  // namespace openimds::http
