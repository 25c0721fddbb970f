// SPDX-License-Identifier: Apache-2.0
#include <string>

#include "base/text.h"
#include "migrate/examine.h"
#include "migrate/request_rewrite.h"

namespace openimds::migrate {
namespace {

constexpr std::size_t kLinesAround = 15;

// `port`, `msiPort`, `MSI_PORT`, but not `import`, `report`, `support`.
bool HasHint(std::string_view text, std::string_view lower, std::string_view hint) {
  for (std::size_t at = lower.find(hint); at != std::string_view::npos;
       at = lower.find(hint, at + 1)) {
    const char before = at == 0 ? ' ' : lower[at - 1];
    const bool after_letter = before >= 'a' && before <= 'z';
    if (!after_letter || (text[at] != lower[at] && text[at - 1] == lower[at - 1])) return true;
  }
  return false;
}

bool LooksLikePort(const SourceText& source, Span number) {
  const Span line = source.NearInLine(number.begin);
  const std::string_view text = source.Text(line);
  const std::string_view lower = source.lower().substr(line.begin, line.end - line.begin);
  const char before = number.begin > line.begin ? source.text()[number.begin - 1] : ' ';
  const char after = number.end < line.end ? source.text()[number.end] : ' ';
  if (before == '.' || before == '-' || before == '#' || after == '-') return false;
  if (after == '.' && number.end + 1 < line.end &&
      ParseDecimal(source.text().substr(number.end + 1, 1)))
    return false;
  return HasHint(text, lower, "port") || HasHint(text, lower, "msi") ||
         HasHint(text, lower, "localhost") || HasHint(text, lower, "127.0.0.1");
}

Rewriting RewriteRequest(const SourceText& source, const EndpointUrl& url) {
  for (const auto attempt : {RewriteCurl, RewritePowerShell, RewritePythonRequests}) {
    if (auto result = attempt(source, url)) return *std::move(result);
  }
  return RewriteLiteral(source, url);
}

void FindUrl(const SourceText& source, const EndpointUrl& url, Findings* findings) {
  const bool is_prose = source.IsProse(url.span.begin);
  if (!url.on_known_port) {
    const Span around = source.Around(url.span.begin, kLinesAround);
    const bool sends_header = source.FindWordIn("metadata", around) != SourceText::kNone;
    if (sends_header && !is_prose) findings->Report("endpoint-other-port", url.span, "");
    return;
  }
  if (is_prose) return findings->Note("endpoint-mention", url.span, "");
  if (IsOfCloudShell(source, url.span.begin)) {
    return findings->Note("endpoint-url", url.span, "it is Azure Cloud Shell's own and stays");
  }
  Rewriting rewriting = RewriteRequest(source, url);
  if (rewriting.edits.empty()) {
    findings->Report("endpoint-url", url.span, std::move(rewriting.by_hand));
  } else {
    findings->Rewrite("endpoint-url", url.span, std::move(rewriting.edits));
  }
}

void FindPort(const SourceText& source, std::uint16_t port, Findings* findings) {
  const std::string digits = std::to_string(port);
  for (std::size_t at = source.FindWord(digits, 0); at != SourceText::kNone && !findings->is_full();
       at = source.FindWord(digits, at + 1)) {
    const Span number{at, at + digits.size()};
    if (source.IsProse(at) || findings->IsTaken(at) || !LooksLikePort(source, number)) continue;
    if (IsOfCloudShell(source, at)) continue;
    findings->Report("endpoint-port", number, "");
  }
}

}  // namespace

void FindEndpoints(const SourceText& source, const ExtensionPorts& ports, Findings* findings) {
  for (const EndpointUrl& url : FindEndpointUrls(source, ports)) {
    if (findings->is_full()) return;
    if (!findings->IsTaken(url.span.begin)) FindUrl(source, url, findings);
  }
  for (const std::uint16_t port : ports) FindPort(source, port, findings);
}

}  // namespace openimds::migrate
