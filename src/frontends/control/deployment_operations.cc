// SPDX-License-Identifier: Apache-2.0
// Deployments, by way of the resource manager: its routes are the only ones that make them.
#include <string>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "frontends/control/lookup.h"
#include "frontends/control/resources.h"

namespace openimds::control {
namespace {

namespace json = boost::json;

constexpr std::string_view kDeployments = "/providers/Microsoft.Resources/deployments";

Result<json::value> Ask(const Workplace& at, std::string_view method, const std::string& path,
                        std::string text, std::string_view caller) {
  return at.resources(method, path, std::move(text), caller);
}

Result<std::string> PathOf(const Workplace& at, const Arguments& arguments) {
  TRY(const Place place, FindPlace(at, arguments));
  const std::string name = arguments.Text("name");
  const std::string path = place.group.text() + std::string(kDeployments) + "/" + name;
  if (name.find('/') == std::string::npos && ResourceId::Parse(path)) return path;
  return BadArgument(
      "name", "expected 1 to 90 letters, digits or -_.(), got '" + name.substr(0, 100) + "'");
}

// As whatever an operator creates: in a group that is made if it is missing.
Result<json::value> Create(const Workplace& at, const Arguments& arguments,
                           std::string_view caller) {
  TRY(const Place place, FindPlace(at, arguments));
  TRY(const std::string path, PathOf(at, arguments));
  TRY_VOID(EnsureGroup(at, place.group, place.location));
  return Ask(at, "PUT", path, arguments.Text("request"), caller);
}

Result<json::value> WhatIf(const Workplace& at, const Arguments& arguments,
                           std::string_view caller) {
  TRY(const std::string path, PathOf(at, arguments));
  return Ask(at, "POST", path + "/whatIf", arguments.Text("request"), caller);
}

Result<json::value> Show(const Workplace& at, const Arguments& arguments, std::string_view caller) {
  TRY(const std::string path, PathOf(at, arguments));
  return Ask(at, "GET", path, "", caller);
}

Result<json::value> List(const Workplace& at, const Arguments& arguments, std::string_view caller) {
  TRY(const Place place, FindPlace(at, arguments));
  TRY(json::value page, Ask(at, "GET", place.group.text() + std::string(kDeployments), "", caller));
  return std::move(page.at("value"));
}

Result<json::value> ListOperations(const Workplace& at, const Arguments& arguments,
                                   std::string_view caller) {
  TRY(const std::string path, PathOf(at, arguments));
  TRY(json::value page, Ask(at, "GET", path + "/operations", "", caller));
  return std::move(page.at("value"));
}

// That of a deployment, or one that makes what is in the group.
Result<json::value> Export(const Workplace& at, const Arguments& arguments,
                           std::string_view caller) {
  TRY(const Place place, FindPlace(at, arguments));
  std::string path = place.group.text();
  if (arguments.FindText("name")) {
    TRY(path, PathOf(at, arguments));
  }
  TRY(json::value answer, Ask(at, "POST", path + "/exportTemplate", "", caller));
  return std::move(answer.at("template"));
}

Result<json::value> Cancel(const Workplace& at, const Arguments& arguments,
                           std::string_view caller) {
  TRY(const std::string path, PathOf(at, arguments));
  TRY_VOID(Ask(at, "POST", path + "/cancel", "", caller));
  return json::object{{"canceled", path}};
}

Result<json::value> Delete(const Workplace& at, const Arguments& arguments,
                           std::string_view caller) {
  TRY(const std::string path, PathOf(at, arguments));
  TRY_VOID(Ask(at, "GET", path, "", caller));
  TRY_VOID(Ask(at, "DELETE", path, "", caller));
  return json::object{{"deleted", path}};
}

}  // namespace

std::vector<Operation> DeploymentOperations() {
  const ArgumentRule name{"name", ArgumentType::kText, true};
  const ArgumentRule group{"resourceGroup", ArgumentType::kText};
  const ArgumentRule subscription{"subscription", ArgumentType::kGuid};
  const ArgumentRule location{"location", ArgumentType::kText};
  const ArgumentRule request{"request", ArgumentType::kText, true};
  return {{"deployment.create",
           Effect::kChanges,
           {name, request, group, subscription, location},
           Create},
          {"deployment.whatIf", Effect::kReads, {name, request, group, subscription}, WhatIf},
          {"deployment.show", Effect::kReads, {name, group, subscription}, Show},
          {"deployment.list", Effect::kReads, {group, subscription}, List},
          {"deployment.operations", Effect::kReads, {name, group, subscription}, ListOperations},
          {"deployment.export",
           Effect::kReads,
           {{"name", ArgumentType::kText}, group, subscription},
           Export},
          {"deployment.cancel", Effect::kChanges, {name, group, subscription}, Cancel},
          {"deployment.delete", Effect::kChanges, {name, group, subscription}, Delete}};
}

}  // namespace openimds::control
