// SPDX-License-Identifier: Apache-2.0
#include "authority/attested_document.h"

#include <time.h>

#include <array>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "base/reasons.h"
#include "crypto/json_object.h"
#include "model/machine_document.h"

namespace openimds {
namespace {

namespace json = boost::json;

constexpr char kTimeFormat[] = "%m/%d/%y %H:%M:%S -0000";
constexpr char kNonceFormat[] = "%Y%m%d-%H%M%S";

std::string Format(const char* format, Time time) {
  const auto seconds = static_cast<time_t>(ToUnixSeconds(time));
  struct tm parts {};
  gmtime_r(&seconds, &parts);
  std::array<char, 40> text{};
  return {text.data(), strftime(text.data(), text.size(), format, &parts)};
}

// Nothing unless writing it again gives the same text, so there is one way to say a time.
std::optional<Time> ParseTime(std::string_view text) {
  struct tm parts {};
  const std::string copy(text);
  const char* const end = strptime(copy.c_str(), kTimeFormat, &parts);
  if (end == nullptr || *end != '\0') return std::nullopt;
  const auto time = TimeFromNumber(timegm(&parts));
  if (!time || Format(kTimeFormat, *time) != text) return std::nullopt;
  return time;
}

tl::unexpected<Error> Malformed(const std::string& what) {
  return Fail(ErrorKind::kInvalidRequest, reasons::kAttestationMalformed, what);
}

// Reads members one after the other and remembers the first that was not as it must be.
class DocumentReader {
 public:
  explicit DocumentReader(const json::object& document) : document_(document) {}

  std::string Text(const json::object* object, const char* name) {
    const auto text = object ? FindString(*object, name) : std::nullopt;
    if (!text) Complain(name, "a text");
    return std::string(text.value_or(""));
  }
  std::optional<std::string> TextIfThere(const char* name) {
    if (!document_.contains(name)) return std::nullopt;
    return Text(&document_, name);
  }
  const json::object* Object(const char* name) {
    const json::value* const value = document_.if_contains(name);
    if (value && value->is_object()) return &value->get_object();
    Complain(name, "an object");
    return nullptr;
  }
  Time TimeIn(const json::object* object, const char* name) {
    const auto time = ParseTime(Text(object, name));
    if (!time) Complain(name, "a time such as '11/25/26 13:14:15 -0000'");
    return time.value_or(Time());
  }
  Guid GuidIn(const char* name) {
    const auto guid = Guid::Parse(Text(&document_, name));
    if (!guid) Complain(name, "a GUID");
    return guid.value_or(Guid());
  }
  const std::string& complaint() const { return complaint_; }

 private:
  void Complain(const std::string& name, const std::string& expected) {
    if (complaint_.empty()) complaint_ = "'" + name + "': expected " + expected;
  }

  const json::object& document_;
  std::string complaint_;
};

}  // namespace

AttestedDocument AttestedDocumentOf(const Machine& machine, std::string_view api_version,
                                    const std::optional<std::string>& nonce, Time now) {
  const json::object shown = MachineDocument(machine);
  const json::object& compute = shown.at("compute").as_object();
  const json::object& plan = compute.at("plan").as_object();
  const auto since = [&](std::string_view version, const char* name) {
    return api_version < version ? std::nullopt : std::optional<std::string>(TextOf(compute, name));
  };
  const Time created = FromUnixSeconds(ToUnixSeconds(now));
  return {.nonce = nonce.value_or(Format(kNonceFormat, now)),
          .plan_name = std::string(TextOf(plan, "name")),
          .plan_product = std::string(TextOf(plan, "product")),
          .plan_publisher = std::string(TextOf(plan, "publisher")),
          .created_on = created,
          .expires_on = created + kAttestationLifetime,
          .vm_id = machine.vm_id,
          .license_type = since("2020-09-01", "licenseType"),
          .subscription_id = since("2019-04-30", "subscriptionId"),
          .sku = since("2019-11-01", "sku")};
}

std::string RenderAttestedDocument(const AttestedDocument& document) {
  json::object text{
      {"nonce", document.nonce},
      {"plan", json::object{{"name", document.plan_name},
                            {"product", document.plan_product},
                            {"publisher", document.plan_publisher}}},
      {"timeStamp", json::object{{"createdOn", Format(kTimeFormat, document.created_on)},
                                 {"expiresOn", Format(kTimeFormat, document.expires_on)}}},
      {"vmId", document.vm_id.ToString()}};
  if (document.license_type) text["licenseType"] = *document.license_type;
  if (document.subscription_id) text["subscriptionId"] = *document.subscription_id;
  if (document.sku) text["sku"] = *document.sku;
  return json::serialize(text);
}

Result<AttestedDocument> ParseAttestedDocument(std::string_view text) {
  const auto object = ParseJsonObject(text);
  if (!object) return Malformed("expected a JSON object in the message: " + object.error());
  DocumentReader reader(*object);
  const json::object* const plan = reader.Object("plan");
  const json::object* const times = reader.Object("timeStamp");
  AttestedDocument document{.nonce = reader.Text(&*object, "nonce"),
                            .plan_name = reader.Text(plan, "name"),
                            .plan_product = reader.Text(plan, "product"),
                            .plan_publisher = reader.Text(plan, "publisher"),
                            .created_on = reader.TimeIn(times, "createdOn"),
                            .expires_on = reader.TimeIn(times, "expiresOn"),
                            .vm_id = reader.GuidIn("vmId"),
                            .license_type = reader.TextIfThere("licenseType"),
                            .subscription_id = reader.TextIfThere("subscriptionId"),
                            .sku = reader.TextIfThere("sku")};
  if (!reader.complaint().empty()) return Malformed(reader.complaint());
  return document;
}

}  // namespace openimds
