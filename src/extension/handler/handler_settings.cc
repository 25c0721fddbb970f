// SPDX-License-Identifier: Apache-2.0
#include "extension/handler/handler_settings.h"

#include <algorithm>
#include <cctype>

#include "base/reasons.h"
#include "base/text.h"
#include "crypto/digest.h"
#include "crypto/json_object.h"
#include "extension/handler/agent_json.h"

namespace openimds::extension {
namespace {

namespace json = boost::json;

constexpr std::size_t kThumbprintDigits = 40;

tl::unexpected<Error> Wrong(const std::string& what) {
  return Fail(ErrorKind::kInvalidRequest, reasons::kHandlerSettings, "settings: " + what);
}

bool IsNothing(const json::value* value) {
  if (value == nullptr || value->is_null()) return true;
  if (const json::object* const object = value->if_object()) return object->empty();
  if (const json::array* const array = value->if_array()) return array->empty();
  return value->is_string() && value->get_string().empty();
}

bool IsBlank(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\0';
  });
}

// Null if the path ends in nothing; `wrong` says if it ends in something else.
Result<const json::object*> FindSettings(const json::value& root) {
  if (IsNothing(&root)) return nullptr;
  const json::object* const outer = root.if_object();
  if (outer == nullptr) return Wrong("expected an object");
  const json::value* const runtime = outer->if_contains("runtimeSettings");
  if (IsNothing(runtime)) return nullptr;
  if (!runtime->is_array()) return Wrong("expected 'runtimeSettings' to be an array");
  const json::value& first = runtime->get_array().front();
  if (IsNothing(&first)) return nullptr;
  if (!first.is_object()) return Wrong("expected an object in 'runtimeSettings'");
  const json::value* const handler = first.get_object().if_contains("handlerSettings");
  if (IsNothing(handler)) return nullptr;
  if (!handler->is_object()) return Wrong("expected 'handlerSettings' to be an object");
  return &handler->get_object();
}

// Some tools send the object as text, because old templates wrote it so.
Result<json::object> TakePublic(const json::value* value) {
  if (IsNothing(value)) return json::object();
  if (const json::object* const object = value->if_object()) return *object;
  if (!value->is_string()) return Wrong("expected 'publicSettings' to be an object");
  const auto parsed = ParseAgentJson(value->get_string());
  if (!parsed || !parsed->is_object()) {
    return Wrong("expected 'publicSettings' to be an object, or one in a string");
  }
  return parsed->get_object();
}

Result<std::string> TakeEnvelope(const json::value& value) {
  if (!value.is_string()) return Wrong("expected 'protectedSettings' to be base64 in a string");
  std::string text;
  for (const char c : value.get_string()) {
    if (c != '\r' && c != '\n') text.push_back(c);  // base64 tools wrap their lines
  }
  std::string der;
  if (!Base64Decode(text, &der)) return Wrong("expected 'protectedSettings' to be base64");
  return der;
}

Result<std::string> TakeThumbprint(const json::object& settings) {
  std::string thumbprint(TextOf(settings, "protectedSettingsCertThumbprint"));
  std::transform(thumbprint.begin(), thumbprint.end(), thumbprint.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  const bool hexadecimal =
      std::all_of(thumbprint.begin(), thumbprint.end(), [](char c) { return HexValue(c) >= 0; });
  if (thumbprint.size() != kThumbprintDigits || !hexadecimal) {
    return Wrong("expected 'protectedSettingsCertThumbprint' to be 40 hexadecimal digits");
  }
  return thumbprint;
}

}  // namespace

Result<HandlerSettings> ParseHandlerSettings(std::string_view text) {
  if (IsBlank(text)) return HandlerSettings{};
  const auto parsed = ParseAgentJson(text);
  if (!parsed) return Wrong(parsed.error());
  TRY(const json::object* settings, FindSettings(*parsed));
  HandlerSettings found;
  if (settings == nullptr) return found;
  TRY(found.public_settings, TakePublic(settings->if_contains("publicSettings")));
  const json::value* const envelope = settings->if_contains("protectedSettings");
  if (IsNothing(envelope)) return found;
  TRY(found.protected_settings, TakeEnvelope(*envelope));
  TRY(found.thumbprint, TakeThumbprint(*settings));
  return found;
}

}  // namespace openimds::extension
