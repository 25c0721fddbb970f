// SPDX-License-Identifier: Apache-2.0
#include <string>

#include "arm/function_groups.h"
#include "arm/lenient_json.h"
#include "arm/unique_string.h"
#include "arm/utf8.h"
#include "base/text.h"
#include "crypto/digest.h"

namespace openimds::templates {
namespace {

namespace json = boost::json;

constexpr std::string_view kDataUriStart = "data:text/plain;charset=utf8;base64,";

Result<std::string> DecodeText(const FunctionCall& call, std::string_view base64) {
  std::string bytes;
  if (!Base64Decode(base64, &bytes) || !IsUtf8(bytes)) {
    return call.FailCall("expected base64 of UTF-8 text, with its padding");
  }
  return bytes;
}

Result<Value> ReadJsonText(FunctionCall& call, std::string_view text) {
  auto value = ReadLenientJson(text);
  if (!value) return call.FailCall("expected JSON: " + value.error().message);
  return call.Give(*std::move(value));
}

Result<Value> Base64(FunctionCall& call) {
  TRY(const std::string_view text, call.Text(0));
  return call.GiveText(Base64Encode(text));
}

Result<Value> Base64ToString(FunctionCall& call) {
  TRY(const std::string_view text, call.Text(0));
  TRY(const std::string decoded, DecodeText(call, text));
  return call.GiveText(decoded);
}

Result<Value> Base64ToJson(FunctionCall& call) {
  TRY(const std::string_view text, call.Text(0));
  TRY(const std::string decoded, DecodeText(call, text));
  return ReadJsonText(call, decoded);
}

Result<Value> Json(FunctionCall& call) {
  TRY(const std::string_view text, call.Text(0));
  return ReadJsonText(call, text);
}

Result<Value> DataUri(FunctionCall& call) {
  const std::string text = WriteText(call.argument(0));
  TRY_VOID(call.LookThrough(call.argument(0)));
  return call.GiveText(std::string(kDataUriStart) + Base64Encode(text));
}

Result<Value> DataUriToString(FunctionCall& call) {
  TRY(const std::string_view text, call.Text(0));
  constexpr std::string_view kMarker = ";base64,";
  const std::size_t marker = text.find(kMarker);
  if (!StartsWithIgnoringCase(text, "data:") || marker == text.npos) {
    return call.FailCall("expected 'data:…;base64,…'");
  }
  TRY(const std::string decoded, DecodeText(call, text.substr(marker + kMarker.size())));
  return call.GiveText(decoded);
}

// The base loses what follows its last slash, unless that slash belongs to `://`.
Result<Value> Uri(FunctionCall& call) {
  TRY(const std::string_view base, call.Text(0));
  TRY(std::string_view relative, call.Text(1));
  const std::size_t scheme = base.find("://");
  const std::size_t slash = base.rfind('/');
  if (scheme == base.npos || slash == base.npos) return call.FailCall("expected 'https://…'");
  if (relative.substr(0, 1) == "/") relative.remove_prefix(1);
  const bool has_path = slash > scheme + 2;
  const std::string start(has_path ? base.substr(0, slash) : base);
  return call.GiveText(start + "/" + std::string(relative));
}

Result<Value> UriComponent(FunctionCall& call) {
  TRY(const std::string_view text, call.Text(0));
  constexpr std::string_view kHexadecimal = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    const char lower = ToLowerAscii(c);
    const bool plain = (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') ||
                       std::string_view("-_.~").find(c) != std::string_view::npos;
    const auto byte = static_cast<unsigned char>(c);
    encoded += plain ? std::string(1, c)
                     : std::string{'%', kHexadecimal[byte >> 4], kHexadecimal[byte & 15]};
  }
  return call.GiveText(encoded);
}

Result<Value> UriComponentToString(FunctionCall& call) {
  TRY(const std::string_view text, call.Text(0));
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int high = i + 2 < text.size() ? HexValue(text[i + 1]) : -1;
    const int low = high >= 0 ? HexValue(text[i + 2]) : -1;
    const bool escape = text[i] == '%' && low >= 0;
    decoded += escape ? static_cast<char>(high << 4 | low) : text[i];
    if (escape) i += 2;
  }
  if (!IsUtf8(decoded)) return call.FailCall("expected an encoding of UTF-8 text");
  return call.GiveText(decoded);
}

// guid() and uniqueString() are of their arguments with dashes between them.
Result<std::string> JoinWithDashes(FunctionCall& call) {
  std::string joined;
  for (std::size_t i = 0; i < call.size(); ++i) {
    TRY(const std::string_view text, call.Text(i));
    TRY_VOID(call.budget().Grow(text.size()));
    joined.append(i == 0 ? "" : "-").append(text);
  }
  return joined;
}

Result<Value> MakeGuid(FunctionCall& call) {
  TRY(const std::string name, JoinWithDashes(call));
  return call.GiveText(NameGuid(kTemplateGuidSpace, name).ToString());
}

Result<Value> MakeUniqueString(FunctionCall& call) {
  TRY(const std::string text, JoinWithDashes(call));
  return call.GiveText(UniqueString(text));
}

constexpr TemplateFunction kFunctions[] = {
    {"base64", 1, 1, Base64},
    {"base64ToJson", 1, 1, Base64ToJson},
    {"base64ToString", 1, 1, Base64ToString},
    {"dataUri", 1, 1, DataUri},
    {"dataUriToString", 1, 1, DataUriToString},
    {"guid", 1, TemplateFunction::kAny, MakeGuid},
    {"json", 1, 1, Json},
    {"uniqueString", 1, TemplateFunction::kAny, MakeUniqueString},
    {"uri", 2, 2, Uri},
    {"uriComponent", 1, 1, UriComponent},
    {"uriComponentToString", 1, 1, UriComponentToString},
};

}  // namespace

std::span<const TemplateFunction> EncodingFunctions() { return kFunctions; }

}  // namespace openimds::templates
