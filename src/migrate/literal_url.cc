// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <string>

#include "base/text.h"
#include "migrate/request_rewrite.h"

// A URL in a string of any language. What can be seen to be a GET, and to end in a query that may
// take one more parameter, is rewritten; the rest is for people.
namespace openimds::migrate {
namespace {

constexpr std::string_view kPostMarks[] = {
    "httppost",         "postasync", "postform",  "setbody",      "form_params",
    "post_data",        "-x post",   "post-data", "curlopt_post", "formurlencodedcontent",
    "bodypublishers.of"};
constexpr std::size_t kLinesAround = 12;

bool IsForCommands(Language language) {
  return language == Language::kShell || language == Language::kDockerfile ||
         language == Language::kYaml || language == Language::kBatch ||
         language == Language::kProse || language == Language::kOther;
}

// Whether the code around may send a POST: then more than the URL has to change.
bool MayPost(const SourceText& source, std::size_t offset) {
  const Span around = source.Around(offset, kLinesAround);
  const std::string_view text = source.lower().substr(around.begin, around.end - around.begin);
  for (const std::string_view mark : kPostMarks) {
    if (text.find(mark) != std::string_view::npos) return true;
  }
  // curl with a form; in other languages -d and --data are other things.
  const bool sends_form =
      text.find(" -d ") != std::string_view::npos || text.find(" --data") != std::string_view::npos;
  if (IsForCommands(source.language()) && sends_form) return true;
  return source.FindWordIn("post", around) != SourceText::kNone;
}

bool IsInQuotes(const SourceText& source, const EndpointUrl& url) {
  if (url.span.begin == 0) return false;
  return std::string_view("\"'`").find(source.text()[url.span.begin - 1]) != std::string_view::npos;
}

// `?resource=` behind something that is no URL: a constant that is put together with it.
std::vector<std::size_t> FindQueriesElsewhere(const SourceText& source) {
  constexpr std::string_view kQuery = "?resource=";
  std::vector<std::size_t> found;
  for (std::size_t at = source.text().find(kQuery); at != SourceText::kNone;
       at = source.text().find(kQuery, at + 1)) {
    const std::string_view before = source.lower().substr(0, at);
    const bool of_a_path = before.ends_with("/token") || before.ends_with("/token/");
    if (!of_a_path && !source.IsProse(at)) found.push_back(at);
  }
  return found;
}

// What takes a URL apart and puts its query together with more parameters, keeping what is there.
bool KeepsQuery(const SourceText& source) {
  const std::string_view text = source.text();
  const auto has = [text](std::string_view word) { return text.find(word) != SourceText::kNone; };
  switch (source.language()) {
    case Language::kGo:
      return has(".URL.Query()") && has(".Encode()");
    case Language::kJavaScript:
      return has("new URL(") && (has("searchParams.set(") || has("searchParams.append("));
    default:
      return false;
  }
}

std::size_t CountUrls(const SourceText& source) {
  std::size_t count = 0;
  for (std::size_t at = source.lower().find("oauth2/token"); at != SourceText::kNone;
       at = source.lower().find("oauth2/token", at + 1)) {
    if (!source.IsProse(at)) ++count;
  }
  return count;
}

Rewriting RewriteBase(const SourceText& source, const EndpointUrl& url) {
  const auto queries = FindQueriesElsewhere(source);
  if (queries.empty()) {
    if (KeepsQuery(source)) return {ReplaceUrl(source, url, true), {}};
    return ByHand("where its query is made cannot be seen from here");
  }
  if (CountUrls(source) != 1) return ByHand("the file has several token endpoints");
  Rewriting result{ReplaceUrl(source, url, false), {}};
  for (const std::size_t at : queries) {
    result.edits.push_back({{at + 1, at + 1}, std::string(kApiVersion) + "&"});
  }
  return result;
}

bool IsExported(const SourceText& source, std::size_t offset) {
  const std::string_view line = source.Text(source.LineAt(offset));
  return line.find("export ") != std::string_view::npos;
}

}  // namespace

Rewriting RewriteLiteral(const SourceText& source, const EndpointUrl& url) {
  if (!url.has_scheme) return ByHand("it is not a whole URL");
  if (source.language() == Language::kXml) return ByHand("in XML an & is written &amp;");
  if (url.path == EndpointUrl::Path::kNone || url.path == EndpointUrl::Path::kOther) {
    return ByHand("its path is not that of the token endpoint");
  }
  const std::string_view line = source.Text(source.LineAt(url.span.begin));
  if (line.find("MSI_ENDPOINT") != std::string_view::npos) {
    return ByHand("it stands in for MSI_ENDPOINT, whose reader decides how it asks");
  }
  if (!IsInQuotes(source, url)) return ByHand("who reads it cannot be seen from here");
  if (IsForCommands(source.language()) && IsExported(source, url.span.begin)) {
    return ByHand("other programs see this variable");
  }
  if (MayPost(source, url.span.begin)) {
    return ByHand(
        "it may be sent as a POST; IMDS takes GET only, with all parameters in the query");
  }
  if (!SendsMetadataHeader(source)) {
    return ByHand("nothing in this file sends the header Metadata: true, which IMDS wants");
  }
  if (url.query.end == 0) return RewriteBase(source, url);
  return {ReplaceUrl(source, url, false), {}};
}

}  // namespace openimds::migrate
