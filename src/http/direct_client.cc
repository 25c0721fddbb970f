// SPDX-License-Identifier: Apache-2.0
#include "http/direct_client.h"

#include <string.h>
#include <time.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http.hpp>

#include "base/reasons.h"
#include "base/text.h"
#include "http/outbound_url.h"
#include "http/wire.h"
#include "net/name_lookup.h"

namespace openimds::http {
namespace {

namespace beast = boost::beast;

constexpr std::uint32_t kMaxHeaderBytes = 64 * 1024;
constexpr std::size_t kFirstBodyRoom = 16 * 1024;
constexpr std::chrono::seconds kLongestRetryAfter = std::chrono::hours{24};

// Where distributions keep what they trust: Debian and Alpine, Red Hat, SUSE, and old CentOS.
constexpr std::array<const char*, 4> kStores{
    "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem", "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem"};

tl::unexpected<Error> Unavailable(std::string_view reason, std::string message) {
  return Fail(ErrorKind::kUnavailable, reason, std::move(message));
}

std::string ReadText(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

Result<std::shared_ptr<const TlsContext>> MakeTls(const std::filesystem::path& ca_file) {
  if (!ca_file.empty()) {
    auto context = TlsContext::ForClient(ReadText(ca_file));
    if (!context) context.error().message = ca_file.string() + ": " + context.error().message;
    return context;
  }
  for (const char* store : kStores) {
    if (auto context = TlsContext::ForClient(ReadText(store))) return context;
  }
  return std::shared_ptr<const TlsContext>();
}

bool IsHeaderText(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) < ' ' && c != '\t') || c == '\x7f';
  });
}

bool AddHeader(std::string_view name, std::string_view value, std::string* head) {
  if (name.empty() || !IsHeaderText(name) || !IsHeaderText(value)) return false;
  head->append(name).append(": ").append(value).append("\r\n");
  return true;
}

// Head and body in one piece, that no second packet has to wait for the first one's receipt.
Result<Secret> RenderRequest(const OutboundRequest& request, const OutboundUrl& url) {
  const std::string_view body = request.body.RevealSecret();
  std::string text;
  text.reserve(1024 + url.target.size() + request.authorization.RevealSecret().size() +
               body.size() + 256 * request.headers.size());
  text.append(request.method).append(" ").append(url.target).append(" HTTP/1.1\r\n");
  bool good = AddHeader("Host", url.authority, &text) &&
              AddHeader("User-Agent", "openimds/" OPENIMDS_VERSION, &text) &&
              AddHeader("Connection", "close", &text);
  for (const auto& [name, value] : request.headers) good = good && AddHeader(name, value, &text);
  if (!request.authorization.empty()) {
    good = good && AddHeader("Authorization", request.authorization.RevealSecret(), &text);
  }
  if (!request.content_type.empty()) {
    good = good && AddHeader("Content-Type", request.content_type, &text);
  }
  if (request.method != "GET") {
    good = good && AddHeader("Content-Length", std::to_string(body.size()), &text);
  }
  text.append("\r\n").append(body);
  Secret rendered(std::move(text));
  if (good) return rendered;
  return Unavailable(reasons::kUpstreamNotAllowed, "expected headers without control characters");
}

using Parser = beast::http::response_parser<beast::http::string_body>;

std::optional<std::time_t> ParseHttpDate(const std::string& text) {
  tm parts{};
  const char* const end = strptime(text.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  return end != nullptr && *end == '\0' ? std::optional(timegm(&parts)) : std::nullopt;
}

// A date is measured against the answer's own, so that our clock and theirs need not agree.
std::optional<std::chrono::seconds> ReadRetryAfter(const Parser::value_type& message) {
  const std::string text(message[beast::http::field::retry_after]);
  const auto limit = static_cast<std::uint64_t>(kLongestRetryAfter.count());
  if (const auto seconds = ParseDecimal(text)) {
    return std::chrono::seconds(std::min(*seconds, limit));
  }
  const auto until = ParseHttpDate(text);
  if (!until) return std::nullopt;
  const auto date = ParseHttpDate(std::string(message[beast::http::field::date]));
  return std::clamp(std::chrono::seconds(*until - date.value_or(time(nullptr))),
                    std::chrono::seconds(0), kLongestRetryAfter);
}

Result<void> Judge(const beast::error_code& error, const std::string& host) {
  if (!error || error == beast::http::error::need_more) return {};
  if (error == beast::http::error::body_limit || error == beast::http::error::header_limit) {
    return Unavailable(reasons::kUpstreamTooLarge, host + ": the answer is too large");
  }
  return Unavailable(reasons::kUpstreamBroken, host + ": the answer is broken: " + error.message());
}

// One that was received and is not yet parsed, in memory of its own that is wiped.
class Received {
 public:
  ~Received() { explicit_bzero(bytes_.data(), bytes_.size()); }

  Result<std::size_t> Add(Wire& wire) {
    if (end_ == bytes_.size()) return std::size_t{0};
    TRY(const std::size_t size, wire.Read(bytes_.data() + end_, bytes_.size() - end_));
    end_ += size;
    return size;
  }
  boost::asio::const_buffer view() const { return {bytes_.data(), end_}; }
  void Drop(std::size_t size) {
    memmove(bytes_.data(), bytes_.data() + size, end_ - size);
    end_ -= size;
  }

 private:
  std::array<char, kMaxHeaderBytes + 1024> bytes_;
  std::size_t end_ = 0;
};

Result<void> ReadMessage(Wire& wire, const std::string& host, Parser& parser) {
  const auto received = std::make_unique<Received>();
  while (!parser.is_done()) {
    TRY(const std::size_t size, received->Add(wire));
    beast::error_code error;
    if (size == 0) {
      if (parser.got_some()) parser.put_eof(error);
      if (error || !parser.is_done()) {
        return Unavailable(reasons::kUpstreamBroken, host + ": the answer was cut short");
      }
      return {};
    }
    received->Drop(parser.put(received->view(), error));
    TRY_VOID(Judge(error, host));
  }
  return {};
}

Result<OutboundResponse> ReadResponse(Wire& wire, const std::string& host, std::size_t limit) {
  Parser parser;
  parser.eager(true);
  parser.header_limit(kMaxHeaderBytes);
  parser.body_limit(limit);
  parser.get().body().reserve(kFirstBodyRoom);
  TRY_VOID(ReadMessage(wire, host, parser));
  auto message = parser.release();
  OutboundResponse response;
  response.status = static_cast<int>(message.result_int());
  response.content_type = std::string(message[beast::http::field::content_type]);
  response.retry_after = ReadRetryAfter(message);
  response.body = Secret(std::move(message.body()));
  return response;
}

Result<std::vector<IpAddress>> AddressesOf(const std::string& host, SteadyTime deadline) {
  if (const auto literal = IpAddress::Parse(host)) return std::vector{*literal};
  if (EqualsIgnoringCase(host, "localhost")) {
    return std::vector{*IpAddress::Parse("127.0.0.1"), *IpAddress::Parse("::1")};
  }
  return LookUpName(host, deadline);
}

}  // namespace

Result<std::unique_ptr<DirectClient>> DirectClient::Make(OutboundSettings settings) {
  TRY(auto tls, MakeTls(settings.ca_file));
  return std::unique_ptr<DirectClient>(new DirectClient(std::move(settings), std::move(tls)));
}

Result<OutboundResponse> DirectClient::Send(const OutboundRequest& request) {
  TRY(const OutboundUrl url, ParseOutboundUrl(request.url, settings_.to_imds));
  TRY(const Secret rendered, RenderRequest(request, url));
  if (stopping_) {
    return Unavailable(reasons::kUpstreamBroken,
                       url.host + ": not asked, because the service stops");
  }
  if (url.encrypted && !tls_) {
    return Unavailable(reasons::kUpstreamTls,
                       url.host + ": this machine has no CA certificates to check it by");
  }
  const SteadyTime start = std::chrono::steady_clock::now();
  const SteadyTime connected_by = start + settings_.connect_timeout;
  TRY(const auto addresses, AddressesOf(url.host, connected_by));
  Wire wire(url.host, stopping_);
  wire.SetDeadline(connected_by);
  TRY_VOID(wire.Connect(addresses, url.port));
  if (url.encrypted) {
    TRY_VOID(wire.Encrypt(tls_));
  }
  wire.SetDeadline(start + settings_.total_timeout);
  TRY_VOID(wire.Write(rendered.RevealSecret()));
  return ReadResponse(wire, url.host, settings_.max_body_bytes);
}

}  // namespace openimds::http
