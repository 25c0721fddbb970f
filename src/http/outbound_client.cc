// SPDX-License-Identifier: Apache-2.0
#include "http/outbound_client.h"

#include <curl/curl.h>
#include <string.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdlib>
#include <ctime>

#include "base/guarded.h"
#include "base/reasons.h"
#include "base/text.h"

namespace openimds::http {
namespace {

constexpr std::size_t kMaxHeaderBytes = 64 * 1024;
constexpr std::size_t kKeptHandles = 16;
constexpr std::size_t kFirstBodyRoom = 8 * 1024;
constexpr long kTrustKeptSeconds = 60;  // how long a parsed CA file is used without looking again
constexpr std::chrono::seconds kLongestRetryAfter = std::chrono::hours{24};
constexpr const char* kUserAgent = "openimds/" OPENIMDS_VERSION;

struct CurlFree {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
  void operator()(curl_slist* list) const {
    for (curl_slist* line = list; line != nullptr; line = line->next) {
      explicit_bzero(line->data, strlen(line->data));  // one of them may be Authorization
    }
    curl_slist_free_all(list);
  }
};
template <class T>
using CurlPtr = std::unique_ptr<T, CurlFree>;

tl::unexpected<Error> Unavailable(std::string_view reason, std::string message) {
  return Fail(ErrorKind::kUnavailable, reason, std::move(message));
}

// ---- what is sent ----------------------------------------------------------------------------

struct Destination {
  CurlPtr<CURLU> url;
  std::string host;  // as the URL has it, for messages
  bool loopback;     // or, where that is allowed, IMDS: http, and no proxy
};

std::string PartOf(CURLU* url, CURLUPart part) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, 0) != CURLUE_OK) return {};
  std::string copy(text);
  curl_free(text);
  return copy;
}

// curl has written numeric hosts in their usual form by now.
bool IsLoopbackHost(std::string_view host) {
  if (host == "localhost" || host == "[::1]") return true;
  return host.starts_with("127.") && std::all_of(host.begin(), host.end(), [](char c) {
           return (c >= '0' && c <= '9') || c == '.';
         });
}

Result<Destination> ParseDestination(const std::string& text, bool to_imds) {
  Destination to{CurlPtr<CURLU>(curl_url()), {}, false};
  CURLU* const url = to.url.get();
  if (curl_url_set(url, CURLUPART_URL, text.c_str(), CURLU_DISALLOW_USER) != CURLUE_OK ||
      text.find('\0') != std::string::npos) {
    return Unavailable(reasons::kUpstreamNotAllowed,
                       "expected the authority's URL to be https:// without user or password");
  }
  to.host = LowerAscii(PartOf(url, CURLUPART_HOST));
  to.loopback = IsLoopbackHost(to.host) || (to_imds && to.host == "169.254.169.254");
  const std::string scheme = PartOf(url, CURLUPART_SCHEME);
  if (scheme != "https" && !(scheme == "http" && to.loopback)) {
    return Unavailable(reasons::kUpstreamNotAllowed,
                       "expected https for " + to.host + ", got " + scheme);
  }
  return to;
}

bool IsHeaderText(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) < ' ' && c != '\t') || c == '\x7f';
  });
}

bool Append(CurlPtr<curl_slist>& list, std::string_view name, std::string_view value) {
  if (name.empty() || !IsHeaderText(name) || !IsHeaderText(value)) return false;
  std::string line(name);
  line.append(": ").append(value);
  curl_slist* const longer = curl_slist_append(list.get(), line.c_str());
  explicit_bzero(line.data(), line.size());
  if (longer == nullptr) return false;
  (void)list.release();
  list.reset(longer);
  return true;
}

Result<CurlPtr<curl_slist>> RenderHeaders(const OutboundRequest& request) {
  CurlPtr<curl_slist> list(curl_slist_append(nullptr, "Expect:"));  // never wait for a 100
  bool good = list != nullptr;
  for (const auto& [name, value] : request.headers) good = good && Append(list, name, value);
  if (!request.authorization.empty()) {
    good = good && Append(list, "Authorization", request.authorization.RevealSecret());
  }
  if (!request.content_type.empty()) {
    good = good && Append(list, "Content-Type", request.content_type);
  }
  if (good) return list;
  return Unavailable(reasons::kUpstreamNotAllowed, "expected headers without control characters");
}

// ---- what comes back -------------------------------------------------------------------------

// One request under way, as libcurl's callbacks see it.
struct Exchange {
  explicit Exchange(std::size_t body_limit, const std::atomic<bool>& is_stopping)
      : limit(body_limit), stopping(is_stopping) {}
  ~Exchange() { Wipe(body); }

  static void Wipe(std::string& text) { explicit_bzero(text.data(), text.size()); }

  // A string that grows by itself would leave its earlier bytes behind.
  void Keep(const char* bytes, std::size_t size) {
    if (body.capacity() - body.size() < size) {
      std::string larger;
      larger.reserve(std::max({2 * body.capacity(), body.size() + size, kFirstBodyRoom}));
      larger.append(body);
      Wipe(body);
      body.swap(larger);
    }
    body.append(bytes, size);
  }

  const std::size_t limit;
  const std::atomic<bool>& stopping;
  std::string body;
  std::size_t header_bytes = 0;
  bool too_large = false;
  std::array<char, CURL_ERROR_SIZE> detail{};
};

std::size_t TakeBody(char* bytes, std::size_t, std::size_t size, void* given) {
  auto& exchange = *static_cast<Exchange*>(given);
  exchange.too_large = size > exchange.limit - exchange.body.size();
  if (exchange.too_large) return 0;
  exchange.Keep(bytes, size);
  return size;
}

// libcurl keeps the header; all that is ours to see is that it ends.
std::size_t CountHeader(char*, std::size_t, std::size_t size, void* given) {
  auto& exchange = *static_cast<Exchange*>(given);
  exchange.header_bytes += size;
  exchange.too_large = exchange.header_bytes > kMaxHeaderBytes;
  return exchange.too_large ? 0 : size;
}

int AbortIfStopping(void* given, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<Exchange*>(given)->stopping ? 1 : 0;
}

// Programs that this service starts inherit no connection.
curl_socket_t OpenSocket(void*, curlsocktype, curl_sockaddr* to) {
  return socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
}

std::optional<std::string_view> FindHeader(CURL* easy, const char* name) {
  curl_header* found = nullptr;
  if (curl_easy_header(easy, name, 0, CURLH_HEADER, -1, &found) != CURLHE_OK) return std::nullopt;
  return found->value;
}

std::optional<std::time_t> ParseHttpDate(std::string_view text) {
  const std::time_t time = curl_getdate(std::string(text).c_str(), nullptr);
  return time < 0 ? std::nullopt : std::optional(time);
}

// A date is measured against the answer's own, so that our clock and theirs need not agree.
std::optional<std::chrono::seconds> ReadRetryAfter(CURL* easy) {
  const auto text = FindHeader(easy, "Retry-After");
  if (!text) return std::nullopt;
  const auto limit = static_cast<std::uint64_t>(kLongestRetryAfter.count());
  if (const auto seconds = ParseDecimal(*text)) {
    return std::chrono::seconds(std::min(*seconds, limit));
  }
  const auto until = ParseHttpDate(*text);
  if (!until) return std::nullopt;
  const auto date = FindHeader(easy, "Date");
  const std::time_t now = (date ? ParseHttpDate(*date) : std::nullopt).value_or(time(nullptr));
  return std::clamp(std::chrono::seconds(*until - now), std::chrono::seconds(0),
                    kLongestRetryAfter);
}

OutboundResponse ReadResponse(CURL* easy, Exchange& exchange) {
  OutboundResponse response;
  long status = 0;
  curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
  response.status = static_cast<int>(status);
  const char* type = nullptr;
  curl_easy_getinfo(easy, CURLINFO_CONTENT_TYPE, &type);
  if (type != nullptr) response.content_type = type;
  response.retry_after = ReadRetryAfter(easy);
  response.body = Secret(std::move(exchange.body));
  return response;
}

// ---- what goes wrong -------------------------------------------------------------------------

struct Failure {
  std::string_view reason;
  std::string what;
};

Failure Explain(CURLcode code, CURL* easy, const Exchange& exchange) {
  if (exchange.too_large) return {reasons::kUpstreamTooLarge, "the answer is too large"};
  long proxy_status = 0;
  curl_easy_getinfo(easy, CURLINFO_HTTP_CONNECTCODE, &proxy_status);
  if (proxy_status >= 300) {
    return {reasons::kUpstreamConnect,
            "the proxy refuses the connection with status " + std::to_string(proxy_status)};
  }
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
      return {reasons::kUpstreamNameLookup, "its name cannot be looked up"};
    case CURLE_COULDNT_RESOLVE_PROXY:
      return {reasons::kUpstreamNameLookup, "the proxy's name cannot be looked up"};
    case CURLE_COULDNT_CONNECT:
    case CURLE_PROXY:
      return {reasons::kUpstreamConnect, "no connection can be made"};
    case CURLE_OPERATION_TIMEDOUT:
      return {reasons::kUpstreamTimeout, "no answer in time"};
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
    case CURLE_PEER_FAILED_VERIFICATION:
      // The library's sentence on a failed handshake says which check failed, and no more.
      return {reasons::kUpstreamTls, exchange.detail.front() != '\0'
                                         ? std::string(exchange.detail.data())
                                         : std::string(curl_easy_strerror(code))};
    case CURLE_ABORTED_BY_CALLBACK:
      return {reasons::kUpstreamBroken, "given up, because the service stops"};
    default:
      return {reasons::kUpstreamBroken,
              std::string("the answer is broken: ") + curl_easy_strerror(code)};
  }
}

}  // namespace

struct OutboundClient::Parts {
  explicit Parts(OutboundSettings given) : settings(std::move(given)) {}

  const OutboundSettings settings;
  std::atomic<bool> stopping{false};
  Guarded<std::vector<CurlPtr<CURL>>> idle;

  CurlPtr<CURL> Take() {
    auto kept = idle.Lock();
    if (kept->empty()) return CurlPtr<CURL>(curl_easy_init());
    CurlPtr<CURL> easy = std::move(kept->back());
    kept->pop_back();
    return easy;
  }

  // Forgets everything about the request, and keeps the connection.
  void GiveBack(CurlPtr<CURL> easy) {
    curl_easy_reset(easy.get());
    auto kept = idle.Lock();
    if (kept->size() < kKeptHandles) kept->push_back(std::move(easy));
  }

  void SetRules(CURL* easy, const Destination& to) const;
};

// What holds for every request.
void OutboundClient::Parts::SetRules(CURL* easy, const Destination& to) const {
  curl_easy_setopt(easy, CURLOPT_CURLU, to.url.get());
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, to.loopback ? "http,https" : "https");
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  curl_easy_setopt(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(easy, CURLOPT_USERAGENT, kUserAgent);
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  // A name lookup that hangs is left behind, not waited for.
  curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
                   static_cast<long>(settings.connect_timeout.count()));
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(settings.total_timeout.count()));
  curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  curl_easy_setopt(easy, CURLOPT_CA_CACHE_TIMEOUT, kTrustKeptSeconds);
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, OpenSocket);
  if (!settings.ca_file.empty()) {
    curl_easy_setopt(easy, CURLOPT_CAINFO, settings.ca_file.c_str());
    curl_easy_setopt(easy, CURLOPT_CAPATH, nullptr);
  }
  if (to.loopback) curl_easy_setopt(easy, CURLOPT_PROXY, "");
}

namespace {

void SetRequest(CURL* easy, const OutboundRequest& request, const std::string& method,
                const curl_slist* headers) {
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
  if (method == "GET") return;
  const std::string_view body = request.body.RevealSecret();
  curl_easy_setopt(easy, CURLOPT_POST, 1L);
  curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, method.c_str());
  curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
  curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body.data());  // not copied
}

void SetExchange(CURL* easy, Exchange& exchange) {
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, TakeBody);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &exchange);
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, CountHeader);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, &exchange);
  curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, AbortIfStopping);
  curl_easy_setopt(easy, CURLOPT_XFERINFODATA, &exchange);
  curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, exchange.detail.data());
}

}  // namespace

OutboundClient::OutboundClient(OutboundSettings settings)
    : parts_(std::make_unique<Parts>(std::move(settings))) {
  // Threads may come here together: this version of the library guards it.
  if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
    std::abort();  // only memory can be missing
}

OutboundClient::~OutboundClient() = default;

void OutboundClient::Stop() { parts_->stopping = true; }

Result<OutboundResponse> OutboundClient::Send(const OutboundRequest& request) {
  TRY(const Destination to, ParseDestination(request.url, parts_->settings.to_imds));
  TRY(const CurlPtr<curl_slist> headers, RenderHeaders(request));
  if (parts_->stopping) {
    return Unavailable(reasons::kUpstreamBroken,
                       to.host + ": not asked, because the service stops");
  }
  CurlPtr<CURL> easy = parts_->Take();
  if (!easy) return Unavailable(reasons::kUpstreamBroken, to.host + ": out of memory");
  const std::string method(request.method);
  Exchange exchange(parts_->settings.max_body_bytes, parts_->stopping);
  parts_->SetRules(easy.get(), to);
  SetRequest(easy.get(), request, method, headers.get());
  SetExchange(easy.get(), exchange);
  const CURLcode code = curl_easy_perform(easy.get());
  if (code != CURLE_OK) {
    const Failure failure = Explain(code, easy.get(), exchange);
    parts_->GiveBack(std::move(easy));
    return Unavailable(failure.reason, to.host + ": " + failure.what);
  }
  OutboundResponse response = ReadResponse(easy.get(), exchange);
  parts_->GiveBack(std::move(easy));
  return response;
}

}  // namespace openimds::http
