// SPDX-License-Identifier: Apache-2.0
#include "base/text.h"
#include "migrate/command_line.h"
#include "migrate/request_rewrite.h"

// PowerShell puts a hashtable body of a GET behind the query that the URL has.
namespace openimds::migrate {
namespace {

constexpr std::string_view kCommands[] = {"invoke-webrequest", "invoke-restmethod", "iwr", "irm"};

bool TakesPowerShell(Language language) {
  return language == Language::kPowerShell || language == Language::kProse;
}

std::size_t FindRequest(const SourceText& source, std::size_t offset) {
  for (const std::string_view name : kCommands) {
    const std::size_t begin = FindCommand(source, name, offset, kPowerShellSyntax);
    if (begin != SourceText::kNone) return begin;
  }
  return SourceText::kNone;
}

// Whether `$name` is given a hashtable somewhere, so that it can become a query.
bool IsHashtable(const SourceText& source, const std::string& value) {
  if (value.starts_with("@{")) return true;
  if (!value.starts_with("$")) return false;
  const std::string name = LowerAscii(value);
  for (std::size_t at = source.lower().find(name); at != SourceText::kNone;
       at = source.lower().find(name, at + 1)) {
    const std::string_view rest = TrimSpace(source.lower().substr(at + name.size(), 40));
    if (rest.starts_with("=") && TrimSpace(rest.substr(1)).starts_with("@{")) return true;
  }
  return false;
}

Rewriting Rewrite(const SourceText& source, const EndpointUrl& url, const CommandLine& command) {
  const CommandWord* method = command.FindValue({"-Method"});
  const CommandWord* body = command.FindValue({"-Body"});
  const bool posts = method && EqualsIgnoringCase(method->value, "POST");
  if (method && !posts && !EqualsIgnoringCase(method->value, "GET")) {
    return ByHand("this request is neither a GET nor a POST");
  }
  if (body && !IsHashtable(source, body->value)) {
    return ByHand("its body is not a hashtable, so it does not become a query by itself");
  }
  if (url.path == EndpointUrl::Path::kNone || url.path == EndpointUrl::Path::kOther) {
    return ByHand("its path is not that of the token endpoint");
  }
  const CommandWord* headers = command.FindValue({"-Headers"});
  if (headers && !SendsMetadataHeader(source)) return ByHand("it sends no header Metadata: true");
  Rewriting result{ReplaceUrl(source, url, true), {}};
  if (posts) result.edits.push_back({method->span, "GET"});
  if (!headers) {
    const std::size_t end = command.words.front().span.end;
    result.edits.push_back({{end, end}, " -Headers @{Metadata='true'}"});
  }
  return result;
}

}  // namespace

std::optional<Rewriting> RewritePowerShell(const SourceText& source, const EndpointUrl& url) {
  if (!TakesPowerShell(source.language())) return std::nullopt;
  const std::size_t begin = FindRequest(source, url.span.begin);
  if (begin == SourceText::kNone) return std::nullopt;
  return Rewrite(source, url, ReadCommand(source, begin, kPowerShellSyntax));
}

}  // namespace openimds::migrate
