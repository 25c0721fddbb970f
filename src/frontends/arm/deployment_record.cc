// SPDX-License-Identifier: Apache-2.0
#include "frontends/arm/deployment_record.h"

#include <algorithm>
#include <map>
#include <utility>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "base/reasons.h"
#include "base/text.h"
#include "crypto/digest.h"
#include "crypto/json_object.h"
#include "frontends/arm/answer.h"

namespace openimds::arm {
namespace {

namespace json = boost::json;

// Templates nest as deep as their authors like, outputs as deep as templates make them. So these
// are texts inside the document, which a registry reads whole or not at all.
constexpr std::size_t kMaxKeptDepth = 4096;

constexpr std::string_view kOperations = "/operations/";

// `/subscriptions/…/resourceGroups/…/providers/Microsoft.Resources/deployments/…`
constexpr std::size_t kDeploymentSegments = 8;

std::size_t SegmentsOf(const ResourceId& id) {
  return static_cast<std::size_t>(std::count(id.text().begin(), id.text().end(), '/'));
}

Result<json::value> ReadText(const json::object& body, std::string_view name) {
  json::parse_options options;
  options.max_depth = kMaxKeptDepth;
  json::error_code failure;
  json::value value = json::parse(TextOf(body, name), failure, {}, options);
  if (!failure) return value;
  return Fail(ErrorKind::kInternal, reasons::kStoreFailed,
              "expected JSON in '" + std::string(name) + "' of a deployment that is kept");
}

Result<json::object> ReadObjectText(const json::object& body, std::string_view name) {
  TRY(json::value value, ReadText(body, name));
  if (value.is_object()) return std::move(value.get_object());
  return Fail(ErrorKind::kInternal, reasons::kStoreFailed,
              "expected an object in '" + std::string(name) + "' of a deployment that is kept");
}

std::int64_t ToMilliseconds(Time time) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
}

Time TimeOf(const json::object& body, std::string_view name) {
  const json::value* value = body.if_contains(name);
  const std::int64_t kept = value && value->is_int64() ? value->get_int64() : 0;
  return Time{std::chrono::milliseconds{kept}};
}

// What a step says of how it ended.
json::object StatusMessage(const templates::ResourceOperation& operation) {
  if (!operation.error) return {{"status", kSucceededState}};
  return {{"status", kFailedState}, {"error", ErrorObject(*operation.error)}};
}

std::string_view StateOf(const templates::ResourceOperation& operation) {
  switch (operation.state) {
    case templates::ResourceOperation::State::kPending:
      return kRunning;
    case templates::ResourceOperation::State::kSucceeded:
      return kSucceededState;
    case templates::ResourceOperation::State::kFailed:
    case templates::ResourceOperation::State::kSkipped:
      break;
  }
  return kFailedState;
}

std::string_view StatusCodeOf(const templates::ResourceOperation& operation) {
  if (operation.state == templates::ResourceOperation::State::kSucceeded) return "OK";
  return operation.error && operation.error->kind == ErrorKind::kForbidden ? "Forbidden"
                                                                           : "Conflict";
}

std::uint64_t StepOf(const ResourceDocument& operation) {
  const json::value* step = operation.body.if_contains("step");
  return step ? step->to_number<std::uint64_t>() : 0;
}

bool IsSecureText(std::string_view type) {
  return EqualsIgnoringCase(type, "securestring") || EqualsIgnoringCase(type, "secureobject");
}

bool IsExpression(const json::value& value) {
  const json::string* text = value.if_string();
  return text && text->starts_with('[') && text->ends_with(']');
}

json::value WithoutSecretDefault(const json::value& value) {
  if (const json::array* array = value.if_array()) {
    json::array kept;
    for (const json::value& element : *array) kept.push_back(WithoutSecretDefault(element));
    return kept;
  }
  const json::object* object = value.if_object();
  return object ? json::value(WithoutSecretDefaults(*object)) : value;
}

}  // namespace

bool IsDeployment(const ResourceId& id) {
  return EqualsIgnoringCase(id.type(), kDeploymentsType) && SegmentsOf(id) == kDeploymentSegments;
}

bool IsOfDeployment(const ResourceId& id) {
  return EqualsIgnoringCase(id.type(), kDeploymentsType);
}

std::vector<std::shared_ptr<const ResourceDocument>> DeploymentDocumentsIn(
    const Snapshot& snapshot, const ResourceId& group) {
  std::vector<std::shared_ptr<const ResourceDocument>> found;
  const std::string prefix =
      LowerAscii(group.key() + "/providers/" + std::string(kDeploymentsType) + "/");
  for (auto at = snapshot.documents.lower_bound(prefix);
       at != snapshot.documents.end() && at->first.starts_with(prefix); ++at) {
    if (IsDeployment(at->second->id)) found.push_back(at->second);
  }
  return found;
}

ResourceDocument ToDocument(const DeploymentRecord& record) {
  json::object body{{"state", record.state},
                    {"correlationId", record.correlation_id},
                    {"cancel", record.is_to_stop},
                    {"started", ToMilliseconds(record.started)},
                    {"changed", ToMilliseconds(record.changed)},
                    {"tags", json::serialize(record.tags)},
                    {"properties", json::serialize(record.properties)},
                    {"template", json::serialize(record.document)},
                    {"operations", json::serialize(record.operations)}};
  return {record.id, std::move(body)};
}

DeploymentHead ReadHead(const ResourceDocument& document) {
  const json::value* cancel = document.body.if_contains("cancel");
  return {document.id, TextOf(document.body, "correlationId"),
          TextOf(document.body, "state") == kRunning,
          cancel && cancel->is_bool() && cancel->get_bool(), TimeOf(document.body, "changed")};
}

Result<DeploymentRecord> ReadDeployment(const ResourceDocument& document) {
  const json::object& body = document.body;
  DeploymentRecord record{.id = document.id,
                          .state = std::string(TextOf(body, "state")),
                          .correlation_id = std::string(TextOf(body, "correlationId"))};
  const DeploymentHead head = ReadHead(document);
  record.is_to_stop = head.is_to_stop;
  record.changed = head.changed;
  record.started = TimeOf(body, "started");
  TRY(record.tags, ReadObjectText(body, "tags"));
  TRY(record.properties, ReadObjectText(body, "properties"));
  TRY(record.document, ReadObjectText(body, "template"));
  TRY(json::value operations, ReadText(body, "operations"));
  if (operations.is_array()) record.operations = std::move(operations.get_array());
  return record;
}

json::object RenderDeployment(const DeploymentRecord& record) {
  json::object properties = record.properties;
  properties["provisioningState"] = record.state;
  properties["correlationId"] = record.correlation_id;
  properties["timestamp"] = FormatIsoTime(ToUnixSeconds(record.changed));
  properties["duration"] = FormatDuration(record.changed - record.started);
  json::object shown{
      {"id", record.id.text()}, {"name", record.id.name()}, {"type", kDeploymentsType}};
  if (!record.tags.empty()) shown["tags"] = record.tags;
  shown["properties"] = std::move(properties);
  return shown;
}

ResourceDocument MakeOperation(const DeploymentRecord& of,
                               const templates::ResourceOperation& operation,
                               const StepTimes& times) {
  const std::string name = LowerHex(Sha256(of.correlation_id + operation.id).substr(0, 8));
  const bool ended = operation.state != templates::ResourceOperation::State::kPending;
  json::object properties{{"provisioningOperation", operation.is_deletion ? "Delete" : "Create"},
                          {"provisioningState", StateOf(operation)},
                          {"timestamp", FormatIsoTime(ToUnixSeconds(times.now))},
                          {"duration", FormatDuration(times.now - times.began)},
                          {"trackingId", of.correlation_id},
                          {"targetResource", json::object{{"id", operation.id},
                                                          {"resourceType", operation.type},
                                                          {"resourceName", operation.name}}}};
  if (ended) {
    properties["statusCode"] = StatusCodeOf(operation);
    properties["statusMessage"] = StatusMessage(operation);
  }
  return {*ResourceId::Parse(of.id.text() + std::string(kOperations) + name),
          json::object{{"step", times.step}, {"properties", std::move(properties)}}};
}

json::object RenderOperation(const ResourceDocument& operation) {
  json::object shown{{"id", operation.id.text()}, {"operationId", operation.id.name()}};
  if (const json::value* kept = operation.body.if_contains("properties")) {
    shown["properties"] = *kept;
  }
  return shown;
}

std::vector<json::object> OperationsOf(const Snapshot& snapshot, const DeploymentRecord& record) {
  std::vector<json::object> operations;
  for (const json::value& one : record.operations) {
    if (one.is_object()) operations.push_back(one.get_object());
  }
  const std::string prefix = record.id.key() + std::string(kOperations);
  std::map<std::uint64_t, json::object> running;
  for (auto at = snapshot.documents.lower_bound(prefix);
       at != snapshot.documents.end() && at->first.starts_with(prefix); ++at) {
    running.emplace(StepOf(*at->second), RenderOperation(*at->second));
  }
  for (auto& [step, operation] : running) operations.push_back(std::move(operation));
  return operations;
}

json::object WithoutSecretDefaults(const json::object& document) {
  json::object kept;
  const bool secure = IsSecureText(TextOf(document, "type"));
  for (const auto& [name, value] : document) {
    if (secure && EqualsIgnoringCase(name, "defaultValue") && !IsExpression(value)) continue;
    kept.emplace(name, WithoutSecretDefault(value));
  }
  return kept;
}

std::string FormatDuration(Time::duration duration) {
  const auto all = std::chrono::duration_cast<std::chrono::milliseconds>(duration).count();
  const std::int64_t positive = std::max<std::int64_t>(all, 0);
  std::string text = "PT" + std::to_string(positive / 1000);
  if (positive % 1000 != 0) {
    const std::string digits = std::to_string(1000 + positive % 1000);
    text += "." + digits.substr(1);
  }
  return text + "S";
}

}  // namespace openimds::arm
