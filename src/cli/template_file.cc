// SPDX-License-Identifier: Apache-2.0
#include "cli/template_file.h"

#include <filesystem>
#include <fstream>
#include <string_view>
#include <utility>

#include "arm/lenient_json.h"
#include "base/reasons.h"
#include "base/text.h"
#include "cli/render.h"

namespace openimds::cli {
namespace {

namespace json = boost::json;

tl::unexpected<Error> WrongArgument(const std::string& message) {
  return Fail(ErrorKind::kInvalidRequest, reasons::kArgumentInvalid, message);
}

Result<std::string> ReadWholeFile(const std::string& path) {
  std::string text(templates::kMaxJsonBytes + 1, '\0');
  std::ifstream file(path, std::ios::binary);
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (!text.empty()) return text;
  return WrongArgument("expected a readable file that is not empty, got '" + path + "'");
}

// `FILE:LINE:COLUMN: message`, of a message that begins with a path in the template or with a line.
Error AtPlaceIn(Error error, const std::string& file, std::string_view text) {
  const std::string& message = error.message;
  const std::string path = message.substr(0, message.find_first_of(",:"));
  if (message.rfind("line ", 0) == 0) {
    const std::size_t comma = message.find(", column "), colon = message.find(": ");
    error.message = file + ":" + message.substr(5, comma - 5) + ":" +
                    message.substr(comma + 9, colon - comma - 9) + message.substr(colon);
  } else if (const auto place = templates::FindInText(text, path); place && !path.empty()) {
    error.message = file + ":" + std::to_string(place->line) + ":" + std::to_string(place->column) +
                    ": " + message;
  } else {
    error.message = file + ": " + message;
  }
  return error;
}

Result<json::object> ReadObjectFile(const std::string& file, const std::string& text) {
  auto value = templates::ReadLenientJson(text);
  if (!value) return tl::unexpected<Error>(AtPlaceIn(std::move(value.error()), file, text));
  if (value->is_object()) return std::move(value->get_object());
  return Fail(ErrorKind::kInvalidRequest, reasons::kTemplateInvalid, file + ": expected an object");
}

// A file of parameters has them under `parameters`, or is nothing else.
Result<void> AddParameterFile(const std::string& file, json::object* parameters) {
  TRY(const std::string text, ReadWholeFile(file));
  TRY(const json::object object, ReadObjectFile(file, text));
  const json::value* inner = object.if_contains("parameters");
  for (const auto& member : inner && inner->is_object() ? inner->get_object() : object) {
    parameters->insert_or_assign(member.key(), member.value());
  }
  return {};
}

// As text if the template declares it so; else what stands there is JSON.
Result<json::value> ReadParameterValue(const json::object& document, std::string_view name,
                                       std::string_view text) {
  const json::value* section = document.if_contains("parameters");
  const json::value* declared =
      section && section->is_object()
          ? section->get_object().if_contains(json::string_view(name.data(), name.size()))
          : nullptr;
  const std::string type = declared ? LowerAscii(MemberText(*declared, "type")) : "string";
  if (type == "string" || type == "securestring") return json::value(json::string(text));
  auto value = templates::ReadLenientJson(text);
  if (value) return value;
  return WrongArgument("--parameters " + std::string(name) + ": expected JSON of type " + type);
}

Result<json::object> ReadParameters(const json::object& document,
                                    const std::vector<std::string>& arguments) {
  json::object parameters;
  for (const std::string& argument : arguments) {
    std::error_code ignored;
    const std::size_t equals = argument.find('=');
    if (equals == std::string::npos || std::filesystem::is_regular_file(argument, ignored)) {
      TRY_VOID(AddParameterFile(argument, &parameters));
      continue;
    }
    const std::string name = argument.substr(0, equals);
    TRY(json::value value, ReadParameterValue(document, name, argument.substr(equals + 1)));
    parameters.insert_or_assign(name, json::object{{"value", std::move(value)}});
  }
  return parameters;
}

}  // namespace

Result<TemplateFile> ReadTemplateFile(const std::string& path,
                                      const std::vector<std::string>& parameters) {
  TemplateFile file;
  file.path = path;
  file.name = std::filesystem::path(path).stem().string();
  TRY(file.text, ReadWholeFile(path));
  TRY(file.document, ReadObjectFile(path, file.text));
  TRY(file.parameters, ReadParameters(file.document, parameters));
  return file;
}

Error AtPlace(Error error, const TemplateFile& file) {
  return AtPlaceIn(std::move(error), file.path, file.text);
}

}  // namespace openimds::cli
