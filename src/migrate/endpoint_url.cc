// SPDX-License-Identifier: Apache-2.0
#include "migrate/endpoint_url.h"

#include <algorithm>
#include <optional>
#include <string>

#include "base/text.h"

namespace openimds::migrate {
namespace {

constexpr std::size_t kLongestUrl = 2048;
constexpr std::string_view kHosts[] = {"localhost", "127.0.0.1", "[::1]"};
constexpr std::string_view kEndsUrl = " \t\r\n\"'`<>|\\,)]";
// A number in braces or behind a sign: ${PORT}, $port, {port}, %d, #{port}.
constexpr std::string_view kPortExpression = "${}%#()";

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

bool HoldsAt(std::string_view text, std::size_t at, std::string_view word) {
  return text.compare(at, word.size(), word) == 0;
}

class UrlReader {
 public:
  UrlReader(const SourceText& source, const ExtensionPorts& ports)
      : text_(source.lower()), ports_(ports) {}

  // The URL whose host stands at [host, after).
  std::optional<EndpointUrl> Read(std::size_t host, std::size_t after) const {
    EndpointUrl url;
    url.span.begin = host;
    for (const std::string_view scheme : {"http://", "https://"}) {
      if (host >= scheme.size() && HoldsAt(text_, host - scheme.size(), scheme)) {
        url.span.begin = host - scheme.size();
        url.has_scheme = true;
      }
    }
    std::size_t at = ReadPort(after, &url);
    at = ReadPath(at, &url);
    url.span.end = at;
    const bool looks_like_one = url.has_scheme && url.path == EndpointUrl::Path::kToken;
    if (!url.on_known_port && !looks_like_one) return std::nullopt;
    url.query = ReadQuery(at);
    return url;
  }

 private:
  std::size_t ReadPort(std::size_t at, EndpointUrl* url) const {
    if (at >= text_.size() || text_[at] != ':') return at;
    std::size_t end = at + 1;
    while (end < text_.size() && IsDigit(text_[end])) ++end;
    if (end > at + 1) {
      const auto port = ParseDecimal(text_.substr(at + 1, end - at - 1));
      url->on_known_port =
          port && *port <= 65535 && ports_.contains(static_cast<std::uint16_t>(*port));
      return end;
    }
    const auto belongs = [this](std::size_t i) {
      return IsWordCharacter(text_[i]) || kPortExpression.find(text_[i]) != std::string_view::npos;
    };
    while (end < text_.size() && belongs(end)) ++end;
    return end;
  }

  std::size_t ReadPath(std::size_t at, EndpointUrl* url) const {
    std::size_t end = at;
    while (end < text_.size() && text_[end] == '/') ++end;
    if (end == at) return at;
    const auto take = [&](std::string_view path, EndpointUrl::Path kind) {
      if (!HoldsAt(text_, end, path)) return false;
      std::size_t after = end + path.size();
      if (after < text_.size() && IsWordCharacter(text_[after])) return false;
      if (after < text_.size() && text_[after] == '/') ++after;
      end = after;
      url->path = kind;
      return true;
    };
    if (take("oauth2/token", EndpointUrl::Path::kToken)) return end;
    if (take("metadata/identity/oauth2/token", EndpointUrl::Path::kImds)) return end;
    const std::string_view rest = text_.substr(end, kLongestUrl);
    const std::size_t path_end =
        end + std::min(rest.find_first_of(std::string(kEndsUrl) + "?#"), rest.size());
    if (path_end > end) url->path = EndpointUrl::Path::kOther;
    return path_end;
  }

  Span ReadQuery(std::size_t at) const {
    if (at >= text_.size() || text_[at] != '?') return {};
    const std::string_view rest = text_.substr(at, kLongestUrl);
    return {at, at + std::min(rest.find_first_of(kEndsUrl), rest.size())};
  }

  std::string_view text_;
  const ExtensionPorts& ports_;
};

}  // namespace

std::vector<EndpointUrl> FindEndpointUrls(const SourceText& source, const ExtensionPorts& ports) {
  const UrlReader reader(source, ports);
  std::vector<EndpointUrl> urls;
  for (const std::string_view host : kHosts) {
    for (std::size_t at = source.lower().find(host); at != SourceText::kNone;
         at = source.lower().find(host, at + host.size())) {
      const bool begins =
          at == 0 || (!IsWordCharacter(source.lower()[at - 1]) && source.lower()[at - 1] != '.');
      if (!begins) continue;
      if (const auto url = reader.Read(at, at + host.size())) urls.push_back(*url);
    }
  }
  std::sort(urls.begin(), urls.end(),
            [](const EndpointUrl& a, const EndpointUrl& b) { return a.span.begin < b.span.begin; });
  return urls;
}

bool IsOfCloudShell(const SourceText& source, std::size_t offset) {
  const Span here = source.Around(offset, 1);
  const std::string_view text = source.lower().substr(here.begin, here.end - here.begin);
  const std::string file = LowerAscii(source.path().substr(source.path().rfind('/') + 1));
  for (const std::string_view name : {"cloudshell", "cloud shell", "cloud_shell", "cloud-shell"}) {
    if (text.find(name) != std::string_view::npos || file.find(name) != std::string::npos) {
      return true;
    }
  }
  return false;
}

}  // namespace openimds::migrate
